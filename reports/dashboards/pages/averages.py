"""«Средние баллы»: a place, its parts, subjects by parallels, and how students are spread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from reports.dashboards.address import View, address_of
from reports.dashboards.blocks import (
    Block,
    Cards,
    Cell,
    Note,
    Picture,
    Table,
    count_cell,
    mean,
    percent,
    rows_or_nothing,
    text_of,
    value_cell,
)
from reports.dashboards.catalog import Catalog
from reports.dashboards.drawing import bars, heat_map
from reports.dashboards.places import PART_TITLES, part_cell, part_name, subject_name
from reports.dashboards.questions import (
    CLASS,
    LEVEL,
    MUNICIPALITY,
    ORGANIZATION,
    Answer,
    Question,
    ask,
    ask_one,
    parts_of,
)
from reports.dashboards.store import Reader

MARKS = ("two", "three", "four", "five")
SPREAD = tuple(f"students_{mark}" for mark in MARKS)
SPREAD_NAMES = ("2 и ниже", "3", "4", "5")
SPREAD_HIDDEN = (
    "Распределение не показано: какую-то из отметок имеют меньше 5 учащихся, или его можно было бы найти вычитанием."
)
# A parallel of a municipality or the region is the sum of schools' parallels, of which small ones are hidden. Its
# average, without a number of students, tells nothing of them where rounding covers what a small group can move.
WIDE_GROUP = 1_000
WIDE_NOTE = f"Параллели меньше {WIDE_GROUP} учащихся не показаны: они есть на странице школы."
CELL_NOTE = "Пустая клетка — нет отметок или скрыто."
MATRIX_TITLES = {
    MUNICIPALITY: "Предметы и муниципалитеты",
    ORGANIZATION: "Предметы и организации",
    LEVEL: "Предметы и параллели",
    CLASS: "Предметы и классы",
}
MANY_COLUMNS = 24
HEAT_LABELS, HEAT_CELL = 190, 46  # pixels in which names and numbers can be read
SCOPE_NAMES = {"current": "текущий период", "year": "учебный год"}


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
        together=SPREAD,
        key="a.subject_id" if subjects else "''",
        where=where,
        parameters=parameters,
    )


def average(answer: Answer) -> Cell:
    """The average of a figure, as the portal shows it."""
    return value_cell(answer, mean(answer.values["sum"], answer.students), 2)


def blocks(reader: Reader, view: View) -> list[Block]:
    """The page."""
    catalog = reader.catalog
    question = averages_question(view)
    own = ask_one(reader, view, question)
    if own is None:
        return rows_or_nothing([])
    subject = subject_name(view.subject, catalog)
    made: list[Block] = [
        Cards(
            (
                (f"Средний балл, {SCOPE_NAMES[view.scope]}", text_of(average(own))),
                ("Учащихся со средним баллом", text_of(count_cell(own, "students"))),
                ("Средний ниже 2,5", text_of(count_cell(own, "students_at_risk"))),
            )
        )
    ]
    parts = parts_of(view)
    if parts is not None and not own.is_hidden:
        made += [_parts_table(reader, view, ask(reader, view, question, by=parts))]
    if not own.is_hidden:
        made += _spread(own, subject)
    made += _by_subject(reader, view)
    return made


def _parts_table(reader: Reader, view: View, answers: Sequence[Answer]) -> Table:
    catalog = reader.catalog
    return Table(
        "parts",
        f"{subject_name(view.subject, catalog)}: где сколько",
        (PART_TITLES[parts_of(view)], "Средний балл", "Учащихся", "Ниже 2,5"),
        tuple(
            (
                part_cell(view, answer.part, catalog, is_hidden=answer.is_hidden),
                average(answer),
                count_cell(answer, "students"),
                count_cell(answer, "students_at_risk"),
            )
            for answer in answers
        ),
    )


def _spread(own: Answer, subject: str) -> list[Block]:
    if own.hidden & {*SPREAD}:
        return [Note(SPREAD_HIDDEN)]
    values = [own.values[name] for name in SPREAD]
    shares = [percent(value, own.students) for value in values]
    return [
        Picture(
            "spread",
            f"{subject}: распределение учащихся по среднему баллу",
            bars(SPREAD_NAMES, [None if share is None else float(share) for share in shares], "доля учащихся, %"),
            "Средний балл округлён до отметки по порогу региона.",
        ),
        Table(
            "spread",
            f"{subject}: распределение",
            ("Средний балл округляется до", "Учащихся", "Доля, %"),
            tuple(
                (Cell(name), count_cell(own, key), Cell(share, 1))
                for name, key, share in zip(SPREAD_NAMES, SPREAD, shares, strict=True)
            ),
        ),
    ]


def _by_subject(reader: Reader, view: View) -> list[Block]:
    """Every subject of the place, and side by side in its parts; wider than a school also in its parallels."""
    catalog = reader.catalog
    question = averages_question(view, subjects=True)
    whole = {answer.key: answer for answer in ask(reader, view, question)}
    subjects = [subject for subject in catalog.subjects if subject in whole]
    if not subjects:
        return []
    rows = [
        (
            Cell(catalog.subjects[subject], href=address_of(replace(view, subjects=(subject,)), catalog)),
            average(whole[subject]),
            count_cell(whole[subject], "students"),
        )
        for subject in subjects
    ]
    made: list[Block] = [Table("subjects", "Предметы", ("Предмет", "Средний балл", "Учащихся"), tuple(rows))]
    parts = parts_of(view)
    if view.organization is None:
        wide = [_if_wide(answer) for answer in ask(reader, view, question, by=LEVEL)]
        made += _matrix(
            "parallels", "Предметы и параллели", wide, subjects=subjects, catalog=catalog, named=str, note=WIDE_NOTE
        )
    if parts is not None:
        answers = ask(reader, view, question, by=parts)
        title = MATRIX_TITLES[parts]
        made += _matrix(
            "matrix",
            title,
            answers,
            subjects=subjects,
            catalog=catalog,
            named=str if parts == LEVEL else lambda part: part_name(view, part, catalog),
            note=CELL_NOTE,
        )
    return made


def _if_wide(answer: Answer) -> Answer:
    hidden = answer.hidden if (answer.students or 0) >= WIDE_GROUP else answer.hidden | {"students"}
    return replace(answer, hidden=hidden)


def _matrix(
    name: str,
    title: str,
    answers: Sequence[Answer],
    *,
    subjects: Sequence[str],
    catalog: Catalog,
    named: Callable[[object], str],
    note: str,
) -> list[Block]:
    """Averages of subjects (rows) in parts (columns) as a figure, if it can be read, and as a table; no counts."""
    found = {(answer.key, answer.part): average(answer) for answer in answers}
    parts = list(dict.fromkeys(answer.part for answer in answers if answer.part is not None))
    if not any(isinstance(cell.value, Decimal) for cell in found.values()):
        return []
    cells = [[found.get((subject, part), Cell(None)) for part in parts] for subject in subjects]
    names = [named(part) for part in parts]
    labels = [catalog.subjects[subject] for subject in subjects]
    rows = tuple((Cell(label), *row) for label, row in zip(labels, cells, strict=True))
    table = Table(name, title, ("Предмет", *names), rows)
    if len(parts) > MANY_COLUMNS:
        return [table]
    figure = heat_map(labels, names, [[_number(cell) for cell in row] for row in cells])
    return [Picture(name, title, figure, note, HEAT_LABELS + HEAT_CELL * len(parts)), table]


def _number(cell: Cell) -> float | None:
    return None if cell.value is None or isinstance(cell.value, str) else float(cell.value)
