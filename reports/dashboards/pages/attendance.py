"""«Посещаемость»: a calendar by day, reasons by month, who is chronically absent (10 % of the lessons and more)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from reports.dashboards.address import View
from reports.dashboards.blocks import (
    Block,
    Cards,
    Cell,
    Picture,
    Table,
    count_cell,
    percent,
    rows_or_nothing,
    text_of,
    value_cell,
)
from reports.dashboards.drawing import calendar, grouped_bars
from reports.dashboards.places import PART_TITLES, part_cell
from reports.dashboards.questions import CLASS, LEVEL, Answer, Question, ask, ask_one, parts_of
from reports.dashboards.store import Reader
from reports.text import short_date

REASONS = {
    "По болезни": "missed_by_illness",
    "Уважительная, не болезнь": "missed_other",
    "Без уважительной": "missed_unexcused",
}
MONTHS = (
    "январь", "февраль", "март", "апрель", "май", "июнь",
    "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
)  # fmt: skip

_LESSONS = {
    name: f"sum(a.{name})" for name in ("lessons_held", "lessons_missed", "missed_unexcused", "missed_by_illness")
}
_LESSONS["missed_other"] = "sum(a.missed_excused - a.missed_by_illness)"
_CHRONIC = {"students_chronic": "cast(sum(a.students_chronic) as bigint)"}


def year_question() -> Question:
    """Absences of the year."""
    return Question(
        table="marts.agg_attendance",
        students="sum(a.students_count)",
        measures=_LESSONS | _CHRONIC,
        counts=("students_chronic",),
        where="a.month_begin is null",
    )


def _months_question() -> Question:
    return replace(year_question(), key="a.month_begin", where="a.month_begin is not null")


# Nobody without a lesson is in a share: no more students than lessons.
_CLASS_DAYS = """
    select
        d.academic_year_id, d.organization_id, c.class_level, d.class_unit_id, d.date, d.lessons_held, d.lessons_missed,
        least(d.students_enrolled, d.lessons_held) as students_count
    from marts.class_attendance as d
    inner join marts.class_units as c on d.class_unit_id = c.class_unit_id
"""


def _days_question() -> Question:
    """By day: of schools and what is wider from their sums, of parallels and classes from the classes' days."""
    return Question(
        table="marts.agg_attendance_days",
        students="sum(a.students_count)",
        measures={name: f"sum(a.{name})" for name in ("lessons_held", "lessons_missed")},
        key="a.date",
        finer=_CLASS_DAYS,
        finer_steps=(LEVEL, CLASS),
    )


def missed_share(answer: Answer) -> Cell:
    """Lessons missed in per cent of those held."""
    return value_cell(answer, percent(answer.values["lessons_missed"], answer.values["lessons_held"]), 1)


def blocks(reader: Reader, view: View) -> list[Block]:
    """The page."""
    question = year_question()
    own = ask_one(reader, view, question)
    if own is None:
        return rows_or_nothing([])
    unexcused = percent(own.values["missed_unexcused"], own.values["lessons_missed"])
    chronic = count_cell(own, "students_chronic")
    made: list[Block] = [
        Cards(
            (
                ("Пропущено уроков за год", text_of(missed_share(own), " %")),
                ("Из них без уважительной причины", text_of(value_cell(own, unexcused, 1), " %")),
                ("Пропускают 10 % и больше", text_of(chronic)),
                ("Учащихся", text_of(count_cell(own, "students"))),
            )
        )
    ]
    if own.is_hidden:
        return made
    made += _calendar(reader, view)
    made += _reasons(reader, view)
    parts = parts_of(view)
    if parts is not None:
        rows = [
            (
                part_cell(view, answer.part, reader.catalog, is_hidden=answer.is_hidden),
                missed_share(answer),
                *_reason_cells(answer),
                count_cell(answer, "students_chronic"),
                count_cell(answer, "students"),
            )
            for answer in ask(reader, view, question, by=parts)
        ]
        head = (PART_TITLES[parts], "Пропущено, %", *_REASON_HEAD, "Пропускают 10 % и больше", "Учащихся")
        made.append(Table("parts", "Сравнение за год", head, tuple(rows)))
    return made


_REASON_HEAD = tuple(f"{name}, % уроков" for name in REASONS)


def _reason_cells(answer: Answer) -> list[Cell]:
    held = answer.values["lessons_held"]
    return [value_cell(answer, percent(answer.values[name], held), 1) for name in REASONS.values()]


def _calendar(reader: Reader, view: View) -> list[Block]:
    days = ask(reader, view, _days_question())
    if not days:
        return []
    shares = [(answer.key, missed_share(answer)) for answer in days]
    points = [(day, float(cell.value) if not isinstance(cell.value, str | None) else None) for day, cell in shares]
    rows = [
        (Cell(short_date(answer.key)), share, count_cell(answer, "students"))
        for answer, (_, share) in zip(days, shares, strict=True)
    ]
    return [
        Picture(
            "calendar", "Пропуски по дням", calendar(points, "пропущено, %"), "Доля пропущенных уроков каждого дня."
        ),
        Table("days", "По дням", ("День", "Пропущено, %", "Учащихся"), tuple(rows)),
    ]


def _reasons(reader: Reader, view: View) -> list[Block]:
    months = ask(reader, view, _months_question())
    if not months:
        return []
    names = [month_name(answer.key) for answer in months]
    series = [
        (
            reason,
            [
                None if answer.is_hidden else float(percent(answer.values[name], answer.values["lessons_held"]) or 0)
                for answer in months
            ],
        )
        for reason, name in REASONS.items()
    ]
    rows = [
        (
            Cell(name),
            missed_share(answer),
            *_reason_cells(answer),
            count_cell(answer, "students_chronic"),
            count_cell(answer, "students"),
        )
        for name, answer in zip(names, months, strict=True)
    ]
    head = ("Месяц", "Пропущено, %", *_REASON_HEAD, "Пропускают 10 % и больше", "Учащихся")
    return [
        Picture("reasons", "Причины по месяцам", grouped_bars(names, series, "% проведённых уроков")),
        Table("months", "По месяцам", head, tuple(rows)),
    ]


def month_name(day: date) -> str:
    """Октябрь 2026."""
    return f"{MONTHS[day.month - 1].capitalize()} {day.year}"
