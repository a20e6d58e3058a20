"""«Динамика»: averages by week: several subjects of one place, or one subject along the way from the region to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from reports.dashboards.address import View, address_of
from reports.dashboards.blocks import (
    Block,
    Cell,
    Note,
    Picture,
    Table,
    count_cell,
    day_cell,
    difference,
    mean,
    rows_or_nothing,
    value_cell,
)
from reports.dashboards.drawing import lines
from reports.dashboards.places import place_name, subject_name, way_names
from reports.dashboards.questions import CLASS, Answer, Question, ask
from reports.dashboards.store import Reader
from reports.text import short_date

CHOSEN = (
    "Показан предмет «{subject}»: по нему больше всего отметок. Другой выбирается вверху или в таблице предметов внизу;"
    " выберите несколько (до восьми), и рядом встанут линии предметов."
)
WEEK_NOTE = "Последняя неделя с отметками, которая закончилась. Название предмета ведёт к его неделям."

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


def subjects_question(week: date) -> Question:
    """All subjects in one week."""
    return replace(weeks_question(""), key="a.subject_id", where="a.week_begin = ?", parameters=[week])


def usual_subject(reader: Reader, view: View) -> str | None:
    """The subject with most marks, of the school if one was chosen; None where there are no weeks."""
    where, parameters = _of_school(view)
    rows = reader.rows(
        f"select subject_id from marts.agg_weeks where {where} and subject_id is not null"
        " group by subject_id order by sum(marks_count) desc, subject_id limit 1",
        parameters,
    )
    return rows[0]["subject_id"] if rows else None


def last_week(reader: Reader, view: View) -> date | None:
    """The last week with marks that is over at the date of the publication; where none is, the last of all."""
    where, parameters = _of_school(view)
    over = reader.catalog.as_of - timedelta(days=6)
    [row] = reader.rows(
        "select coalesce(max(week_begin) filter (where week_begin <= ?), max(week_begin)) as week"
        f" from marts.agg_weeks where {where}",
        [over, *parameters],
    )
    week: date | None = row["week"]
    return week


def _of_school(view: View) -> tuple[str, list[object]]:
    if view.organization is None:
        return "academic_year_id = ?", [view.year]
    return "academic_year_id = ? and organization_id = ?", [view.year, view.organization]


def blocks(reader: Reader, view: View) -> list[Block]:
    """The page."""
    catalog = reader.catalog
    made: list[Block] = []
    if not view.subjects:
        subject = usual_subject(reader, view)
        if subject is None:
            return rows_or_nothing([])
        view = replace(view, subjects=(subject,))
        made.append(Note(CHOSEN.format(subject=subject_name(subject, catalog))))
    is_one = len(view.subjects) == 1
    series = _one_subject(reader, view) if is_one else _subjects(reader, view)
    weeks = sorted({answer.key for _, answers in series for answer in answers})
    if weeks:
        title = subject_name(view.subject, catalog) if is_one else place_name(view, catalog)
        drawn = [(name, _points(answers, weeks)) for name, answers in series]
        figure = lines(drawn, "средний балл за неделю")
        made += [
            Picture("weeks", f"{title}: средний балл по неделям", figure, table="weeks"),
            _table(series, weeks, with_difference=is_one and len(series) > 1),
        ]
    return rows_or_nothing([*made, *_by_subject(reader, view)])


def _one_subject(reader: Reader, view: View) -> list[Series]:
    """The place among what it lies in, the narrowest first."""
    way = reversed(way_names(view, reader.catalog))
    return [(name, ask(reader, wide, weeks_question(view.subjects[0]))) for name, wide in way]


def _subjects(reader: Reader, view: View) -> list[Series]:
    return [
        (subject_name(subject, reader.catalog), ask(reader, view, weeks_question(subject))) for subject in view.subjects
    ]


def _average(answer: Answer | None) -> Cell:
    return Cell(None) if answer is None else value_cell(answer, mean(answer.values["sum"], answer.students), 2)


def _points(answers: Sequence[Answer], weeks: Sequence[date]) -> list[tuple[date, float | None]]:
    found = {answer.key: answer for answer in answers}
    return [(week, _average(found.get(week)).number) for week in weeks]


def _table(series: Sequence[Series], weeks: Sequence[date], *, with_difference: bool) -> Table:
    """A row for each week; of one subject also how far the place is from what it lies in."""
    found = {(place, answer.key): answer for place, (_, answers) in enumerate(series) for answer in answers}
    rows = []
    for week in weeks:
        row = [day_cell(week)]
        for place in range(len(series)):
            answer = found.get((place, week))
            row += [_average(answer), Cell(None) if answer is None else count_cell(answer, "students")]
        row += [difference(row[1], row[3])] if with_difference else []
        rows.append(tuple(row))
    head = [title for name, _ in series for title in (name, "учащихся")]
    head += [f"Разница с «{series[1][0]}»"] if with_difference else []
    return Table("weeks", "По неделям", ("Неделя с", *head), tuple(rows))


def _by_subject(reader: Reader, view: View) -> list[Block]:
    """Every subject in the last week, beside what the place lies in."""
    week = last_week(reader, view)
    if week is None:
        return []
    catalog = reader.catalog
    way = [*reversed(way_names(view, catalog))]
    found = [{answer.key: answer for answer in ask(reader, wide, subjects_question(week))} for _, wide in way]
    rows = []
    for subject, name in catalog.subjects.items():
        if subject not in found[0]:
            continue
        own = [_average(answers.get(subject)) for answers in found]
        gap = [difference(own[0], own[1])] if len(way) > 1 else []
        link = address_of(replace(view, subjects=(subject,), order=None), catalog)
        rows.append((Cell(name, href=link), *own, *gap))
    head = ("Предмет", *(name for name, _ in way), *([f"Разница с «{way[1][0]}»"] if len(way) > 1 else []))
    title = f"Предметы: средний балл за неделю с {short_date(week)}"
    return [Table("subjects", title, head, tuple(rows), WEEK_NOTE)] if rows else []
