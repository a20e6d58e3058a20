"""What several pages ask of averages: the average of a place, and how it changed since the period before."""

from __future__ import annotations

from dataclasses import replace

from reports.dashboards.address import View
from reports.dashboards.blocks import HIDDEN, Cell, mean, value_cell
from reports.dashboards.questions import Answer, Question

MARKS = ("two", "three", "four", "five")
SPREAD = tuple(f"students_{mark}" for mark in MARKS)
SCOPE_NAMES = {"current": "текущий период", "year": "учебный год"}

CHANGE = "К прошлому периоду"
CHANGE_NOTE = (
    "«К прошлому периоду» — на сколько в среднем изменился балл одних и тех же учащихся: тех, у кого он есть и в"
    " текущем периоде, и в предыдущем того же расписания (четверть с четвертью, полугодие с полугодием). Это не"
    " разность двух средних по разным детям. В начале периода отметок мало, и изменение ещё неустойчиво."
)
NO_PREVIOUS = (
    "Изменения «к прошлому периоду» здесь нет: идёт первый период учебного года, или ни у кого нет средних баллов в"
    " двух соседних периодах."
)


def averages_question(view: View, *, subjects: bool = False) -> Question:
    """Averages of one subject, or of all together; with `subjects` of each subject apart."""
    where, parameters = "a.scope = ?", [view.scope]
    if subjects:
        where += " and a.subject_id is not null"
    elif view.subject is None:
        where += " and a.subject_id is null"
    else:
        where, parameters = where + " and a.subject_id = ?", [view.scope, view.subject]
    return Question(
        table="marts.agg_averages",
        students="sum(a.students_count)",
        measures={"sum": "sum(a.average_sum)"}
        | {name: f"cast(sum(a.{name}) as bigint)" for name in (*SPREAD, "students_at_risk")},
        counts=("students_at_risk",),
        within=("students_at_risk",),
        together=SPREAD,
        key="a.subject_id" if subjects else "''",
        where=where,
        parameters=parameters,
    )


def has_change(view: View) -> bool:
    """Whether what is looked at has a period before it: a year has none."""
    return view.scope == "current"


def change_question(view: View, *, subjects: bool = False) -> Question:
    """How the averages of `averages_question` changed; figures speak of those who have one in both periods.

    How many they are is never shown: beside the number of all it would tell how few there are without a change.
    """
    return replace(
        averages_question(view, subjects=subjects),
        students="sum(a.compared_count)",
        measures={"change": "sum(a.change_sum)"},
        counts=(),
        together=(),
    )


def average(answer: Answer) -> Cell:
    """The average of a figure, as the portal shows it."""
    return value_cell(answer, mean(answer.values["sum"], answer.students), 2)


def change(shown: Cell, answer: Answer | None) -> Cell:
    """How the average `shown` changed; hidden with it, nothing where nobody has an average in both periods."""
    if answer is None:
        return Cell(None)
    if shown.is_hidden or answer.is_hidden:
        return Cell(HIDDEN)
    return Cell(mean(answer.values["change"], answer.students), 2, signed=True)
