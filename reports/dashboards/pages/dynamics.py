"""«Динамика»: averages by week: several subjects of one place, or one subject along the way from the region to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from reports.dashboards.address import View
from reports.dashboards.blocks import Block, Cell, Note, Picture, Table, count_cell, mean, rows_or_nothing, value_cell
from reports.dashboards.drawing import lines
from reports.dashboards.places import place_name, subject_name, way_names
from reports.dashboards.questions import CLASS, Answer, Question, ask
from reports.dashboards.store import Reader
from reports.text import short_date

CHOOSE = (
    "Выберите предмет: линии места, его школы, муниципалитета и региона встанут рядом. Выберите несколько (до восьми):"
    " линии предметов встанут рядом."
)

Series = tuple[str, Sequence[Answer]]


_CLASS_WEEKS = """
    select
        d.academic_year_id, d.organization_id, c.class_level, d.class_unit_id, d.subject_id, d.week_begin,
        d.class_students as students_count,
        cast(round(d.class_week_average * d.class_students, 12) as decimal(18, 12)) as average_sum
    from marts.class_weekly_dynamics as d
    inner join marts.class_units as c on d.class_unit_id = c.class_unit_id
"""


def weeks_question(subject: str) -> Question:
    """The weeks of a subject."""
    return Question(
        table="marts.agg_weeks",
        students="sum(a.students_count)",
        measures={"sum": "sum(a.average_sum)"},
        key="a.week_begin",
        where="a.subject_id = ?",
        parameters=[subject],
        finer=_CLASS_WEEKS,
        finer_steps=(CLASS,),
    )


def blocks(reader: Reader, view: View) -> list[Block]:
    """The page."""
    if not view.subjects:
        return [Note(CHOOSE)]
    series = _one_subject(reader, view) if len(view.subjects) == 1 else _subjects(reader, view)
    weeks = sorted({answer.key for _, answers in series for answer in answers})
    if not weeks:
        return rows_or_nothing([])
    title = place_name(view, reader.catalog)
    if len(view.subjects) == 1:
        title = subject_name(view.subject, reader.catalog)
    drawn = [(name, _points(answers, weeks)) for name, answers in series]
    return [
        Picture("weeks", f"{title}: средний балл по неделям", lines(drawn, "средний балл за неделю")),
        _table(series, weeks),
    ]


def _one_subject(reader: Reader, view: View) -> list[Series]:
    """The place among what it lies in, the narrowest first."""
    way = reversed(way_names(view, reader.catalog))
    return [(name, ask(reader, wide, weeks_question(view.subjects[0]))) for name, wide in way]


def _subjects(reader: Reader, view: View) -> list[Series]:
    return [
        (subject_name(subject, reader.catalog), ask(reader, view, weeks_question(subject))) for subject in view.subjects
    ]


def _average(answer: Answer) -> Cell:
    return value_cell(answer, mean(answer.values["sum"], answer.students), 2)


def _points(answers: Sequence[Answer], weeks: Sequence[date]) -> list[tuple[date, float | None]]:
    found = {answer.key: _average(answer).value for answer in answers}
    values = [(week, found.get(week)) for week in weeks]
    return [(week, None if value is None or isinstance(value, str) else float(value)) for week, value in values]


def _table(series: Sequence[Series], weeks: Sequence[date]) -> Table:
    found = {(name, answer.key): answer for name, answers in series for answer in answers}
    rows = []
    for week in weeks:
        row = [Cell(short_date(week))]
        for name, _ in series:
            answer = found.get((name, week))
            row += [Cell(None), Cell(None)] if answer is None else [_average(answer), count_cell(answer, "students")]
        rows.append(tuple(row))
    head = [title for name, _ in series for title in (name, "учащихся")]
    return Table("weeks", "По неделям", ("Неделя с", *head), tuple(rows))
