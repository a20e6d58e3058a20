"""«Обзор»: the place at a glance, its parts side by side, and the subjects that fell."""

from __future__ import annotations

from dataclasses import replace

from reports.dashboards.address import View, address_of
from reports.dashboards.blocks import Block, Cards, Cell, Note, Picture, Table, count_cell, text_of
from reports.dashboards.drawing import dots
from reports.dashboards.pages.attendance import chronic_share, missed_share, year_question
from reports.dashboards.pages.averages import changes_by_part, subject_changes
from reports.dashboards.pages.marks import (
    CHANGE,
    CHANGE_NOTE,
    NO_PREVIOUS,
    SCOPE_NAMES,
    average,
    averages_question,
    change,
    change_question,
    has_change,
)
from reports.dashboards.places import PART_TITLES, part_cell, part_name
from reports.dashboards.questions import Answer, ask, ask_one, parts_of
from reports.dashboards.store import Reader

#: Of more parts than this the table says more than dots do.
MANY_PARTS = 30
FALLEN = 5
NONE_FELL = "По сравнению с прошлым периодом ни один предмет здесь не снизился."


def blocks(reader: Reader, view: View) -> list[Block]:
    """The page."""
    whole = replace(view, subjects=())
    own, absent = ask_one(reader, whole, averages_question(whole)), ask_one(reader, whole, year_question())
    changed = ask_one(reader, whole, change_question(whole)) if has_change(view) else None
    facts = _facts(view, own, changed) + _absence_facts(absent)
    made: list[Block] = [Cards(tuple(facts))] if facts else []
    if own is None or own.is_hidden:
        return made
    if has_change(view):
        made += [Note(NO_PREVIOUS)] if changed is None else _fallen(reader, whole)
    return made + _parts(reader, whole, with_change=changed is not None)


def _facts(view: View, own: Answer | None, changed: Answer | None) -> list[tuple[str, str]]:
    if own is None:
        return []
    shown = average(own)
    return [
        (f"Средний балл, {SCOPE_NAMES[view.scope]}", text_of(shown)),
        *([(CHANGE, text_of(change(shown, changed)))] if changed is not None else []),
        ("Учащихся со средним баллом", text_of(count_cell(own, "students"))),
        ("Средний ниже 2,5", text_of(count_cell(own, "students_at_risk"))),
    ]


def _absence_facts(absent: Answer | None) -> list[tuple[str, str]]:
    if absent is None:
        return []
    return [
        ("Пропущено уроков за год", text_of(missed_share(absent), " %")),
        ("Пропускают 10 % и больше", text_of(count_cell(absent, "students_chronic"))),
        ("Доля таких учащихся", text_of(chronic_share(absent), " %")),
    ]


def _fallen(reader: Reader, view: View) -> list[Block]:
    """The subjects that fell most, each with the way to where it fell."""
    catalog = reader.catalog
    answers = {answer.key: answer for answer in ask(reader, view, averages_question(view, subjects=True))}
    shown = {subject: average(answers[subject]) for subject in catalog.subjects if subject in answers}
    changes = subject_changes(reader, view, shown)
    fell = [(subject, cell) for subject, cell in changes.items() if cell.number is not None and cell.number < 0]
    if not fell:
        return [Note(NONE_FELL)] if any(cell.number is not None for cell in changes.values()) else []
    rows = [
        (Cell(catalog.subjects[subject], href=address_of(_of(view, subject), catalog)), shown[subject], cell)
        for subject, cell in fell[:FALLEN]
    ]
    head = ("Предмет", f"Средний балл, {SCOPE_NAMES[view.scope]}", CHANGE)
    return [Table("fallen", "Предметы, которые снизились сильнее всего", head, tuple(rows), CHANGE_NOTE)]


def _of(view: View, subject: str) -> View:
    return replace(view, page="averages", subjects=(subject,), order=None)


def _parts(reader: Reader, view: View, *, with_change: bool) -> list[Block]:
    parts = parts_of(view)
    if parts is None:
        return []
    answers = ask(reader, view, averages_question(view), by=parts)
    changes = changes_by_part(reader, view, change_question(view), parts) if with_change else {}
    missed = {answer.part: answer for answer in ask(reader, view, year_question(), by=parts)}
    made: list[Block] = []
    shown = [answer for answer in answers if not answer.is_hidden]
    if 1 < len(shown) <= MANY_PARTS:
        names = [part_name(view, answer.part, reader.catalog) for answer in shown]
        values = [average(answer).number for answer in shown]
        title = f"Средний балл: {SCOPE_NAMES[view.scope]}"
        made.append(Picture("parts", title, dots(names, [("Средний балл", values)], "средний балл"), table="parts"))
    rows = []
    for answer in answers:
        absence = missed.get(answer.part)
        own = average(answer)
        rows.append(
            (
                part_cell(view, answer.part, reader.catalog, is_hidden=answer.is_hidden),
                own,
                *([change(own, changes.get((answer.key, answer.part)))] if with_change else []),
                count_cell(answer, "students"),
                count_cell(answer, "students_at_risk"),
                Cell(None) if absence is None else missed_share(absence),
                Cell(None) if absence is None else count_cell(absence, "students_chronic"),
            )
        )
    columns = ("Средний балл", *([CHANGE] if with_change else []), "Учащихся", "Ниже 2,5")
    head = (PART_TITLES[parts], *columns, "Пропущено, %", "Пропускают 10 % и больше")
    return [*made, Table("parts", "Сравнение", head, tuple(rows))]
