"""«Посещаемость»: a calendar by day, reasons by month, who is chronically absent (10 % of the lessons and more)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from reports.dashboards.address import View
from reports.dashboards.blocks import (
    HIDDEN,
    Block,
    Cards,
    Cell,
    Note,
    Picture,
    Table,
    count_cell,
    day_cell,
    percent,
    rows_or_nothing,
    text_of,
    value_cell,
)
from reports.dashboards.drawing import calendar, stacked_bars
from reports.dashboards.places import PART_TITLES, part_cell, part_name
from reports.dashboards.questions import Answer, Question, ask, ask_one, parts_of
from reports.dashboards.store import Reader

REASONS = {
    "По болезни": "missed_by_illness",
    "Уважительная, не болезнь": "missed_other",
    "Без уважительной": "missed_unexcused",
}
#: Of more parts than this the table says more than bars do.
MANY_PARTS = 30
CALENDAR_NOTE = (
    "Доля пропущенных уроков каждого дня: чем темнее, тем больше. Пустая клетка — уроков не было, или день скрыт."
)
NO_NAMES = "Панели показывают только своды: имена пропускающих — в журнале класса."
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
        within=("students_chronic",),
        where="a.month_begin is null",
    )


def _months_question() -> Question:
    return replace(year_question(), key="a.month_begin", where="a.month_begin is not null")


def _days_question() -> Question:
    """By day. A group is those who had lessons on the day: of a class of 25 they may be two."""
    return Question(
        table="marts.agg_attendance_days",
        students="sum(a.students_count)",
        measures={name: f"sum(a.{name})" for name in ("lessons_held", "lessons_missed")},
        key="a.date",
    )


def missed_share(answer: Answer) -> Cell:
    """Lessons missed in per cent of those held."""
    return value_cell(answer, percent(answer.values["lessons_missed"], answer.values["lessons_held"]), 1)


def chronic_share(answer: Answer) -> Cell:
    """Students who miss 10 % of the lessons and more, in per cent of all; hidden where their number is."""
    if answer.is_hidden or "students_chronic" in answer.hidden:
        return Cell(HIDDEN)
    return Cell(percent(answer.values["students_chronic"], answer.students), 1)


def blocks(reader: Reader, view: View) -> list[Block]:
    """The page."""
    question = year_question()
    own = ask_one(reader, view, question)
    if own is None:
        return rows_or_nothing([])
    unexcused = percent(own.values["missed_unexcused"], own.values["lessons_missed"])
    made: list[Block] = [
        Cards(
            (
                ("Пропущено уроков за год", text_of(missed_share(own), " %")),
                ("Из них без уважительной причины", text_of(value_cell(own, unexcused, 1), " %")),
                ("Пропускают 10 % и больше", text_of(count_cell(own, "students_chronic"))),
                ("Доля таких учащихся", text_of(chronic_share(own), " %")),
                ("Учащихся", text_of(count_cell(own, "students"))),
            )
        )
    ]
    if own.is_hidden:
        return made
    made += _parts(reader, view)
    made += _reasons(reader, view)
    made += _calendar(reader, view)
    return made


def _parts(reader: Reader, view: View) -> list[Block]:
    """Who is absent, and why: down to the class."""
    parts = parts_of(view)
    if parts is None:
        return [Note(NO_NAMES)]
    answers = ask(reader, view, year_question(), by=parts)
    rows = [
        (
            part_cell(view, answer.part, reader.catalog, is_hidden=answer.is_hidden),
            missed_share(answer),
            *_reason_cells(answer),
            count_cell(answer, "students_chronic"),
            chronic_share(answer),
            count_cell(answer, "students"),
        )
        for answer in answers
    ]
    head = (PART_TITLES[parts], "Пропущено, %", *_REASON_HEAD, "Пропускают 10 % и больше", "Их доля, %", "Учащихся")
    table = Table("parts", "Кто пропускает и почему, за год", head, tuple(rows))
    shown = [answer for answer in answers if not answer.is_hidden]
    if not 1 < len(shown) <= MANY_PARTS:
        return [table]
    names = [part_name(view, answer.part, reader.catalog) for answer in shown]
    figure = stacked_bars(names, _series(shown), "% уроков")
    return [Picture("parts", "Кто пропускает и почему, за год", figure, table="parts"), table]


_REASON_HEAD = tuple(f"{name}, % уроков" for name in REASONS)


def _reason_cells(answer: Answer) -> list[Cell]:
    held = answer.values["lessons_held"]
    return [value_cell(answer, percent(answer.values[name], held), 1) for name in REASONS.values()]


def _series(answers: Sequence[Answer]) -> list[tuple[str, list[float | None]]]:
    """By reason, the share of lessons missed for it in each answer."""
    cells = [_reason_cells(answer) for answer in answers]
    return [(reason, [row[place].number for row in cells]) for place, reason in enumerate(REASONS)]


def _calendar(reader: Reader, view: View) -> list[Block]:
    days = ask(reader, view, _days_question())
    if not days:
        return []
    points = [(answer.key, missed_share(answer).number) for answer in days]
    rows = [(day_cell(answer.key), missed_share(answer), count_cell(answer, "students")) for answer in days]
    return [
        Picture("calendar", "Пропуски по дням", calendar(points, "пропущено, %"), CALENDAR_NOTE, table="days"),
        Table("days", "По дням", ("День", "Пропущено, %", "Учащихся"), tuple(rows), is_folded=True),
    ]


def _reasons(reader: Reader, view: View) -> list[Block]:
    months = ask(reader, view, _months_question())
    if not months:
        return []
    names = [month_name(answer.key) for answer in months]
    rows = [
        (
            Cell(name, order=answer.key.isoformat()),
            missed_share(answer),
            *_reason_cells(answer),
            count_cell(answer, "students_chronic"),
            count_cell(answer, "students"),
        )
        for name, answer in zip(names, months, strict=True)
    ]
    head = ("Месяц", "Пропущено, %", *_REASON_HEAD, "Пропускают 10 % и больше", "Учащихся")
    return [
        Picture(
            "reasons",
            "Причины по месяцам",
            stacked_bars(names, _series(months), "% уроков"),
            table="months",
        ),
        Table("months", "По месяцам", head, tuple(rows)),
    ]


def month_name(day: date) -> str:
    """Октябрь 2026."""
    return f"{MONTHS[day.month - 1].capitalize()} {day.year}"
