"""«Средние баллы»: a place and its parts, which subjects fell and where, subjects by parallels, the spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from reports.dashboards.address import View, address_of
from reports.dashboards.blocks import (
    Block,
    Cards,
    Cell,
    Note,
    Picture,
    Table,
    count_cell,
    percent,
    rows_or_nothing,
    text_of,
)
from reports.dashboards.drawing import bars, change_bars, change_map, heat_map
from reports.dashboards.pages.marks import (
    CHANGE,
    CHANGE_NOTE,
    NO_PREVIOUS,
    SCOPE_NAMES,
    SPREAD,
    average,
    averages_question,
    change,
    change_question,
    has_change,
)
from reports.dashboards.pages.matrices import CELL_NOTE, PART_WORDS, Matrix, matrix_blocks
from reports.dashboards.places import PART_TITLES, part_cell, part_name, subject_name
from reports.dashboards.questions import LEVEL, Answer, Question, ask, ask_one, parts_of
from reports.dashboards.store import Reader

SPREAD_NAMES = ("2 и ниже", "3", "4", "5")
SPREAD_HIDDEN = (
    "Распределение не показано: какую-то из отметок имеют меньше 5 учащихся, или его можно было бы найти вычитанием."
)
# A parallel of a municipality or the region is the sum of schools' parallels, of which small ones are hidden. Its
# average, without a number of students, tells nothing of them where rounding covers what a small group can move.
WIDE_GROUP = 1_000
WIDE_NOTE = f"Параллели меньше {WIDE_GROUP} учащихся не показаны: они есть на странице школы."


def blocks(reader: Reader, view: View) -> list[Block]:
    """The page."""
    own = ask_one(reader, view, averages_question(view))
    if own is None:
        return rows_or_nothing([])
    changed = ask_one(reader, view, change_question(view)) if has_change(view) else None
    made: list[Block] = [_cards(view, own, changed)]
    if has_change(view) and changed is None:
        made.append(Note(NO_PREVIOUS))
    if not own.is_hidden:
        made += _parts(reader, view, with_change=changed is not None)
    made += _by_subject(reader, view)
    if not own.is_hidden:
        made += _spread(own, subject_name(view.subject, reader.catalog))
    return made


def _cards(view: View, own: Answer, changed: Answer | None) -> Cards:
    shown = average(own)
    facts = [(f"Средний балл, {SCOPE_NAMES[view.scope]}", text_of(shown))]
    facts += [(CHANGE, text_of(change(shown, changed)))] if changed is not None else []
    return Cards(
        (
            *facts,
            ("Учащихся со средним баллом", text_of(count_cell(own, "students"))),
            ("Средний ниже 2,5", text_of(count_cell(own, "students_at_risk"))),
        )
    )


def changes_by_part(reader: Reader, view: View, question: Question, by: str) -> dict[tuple[Any, Any], Answer]:
    """Answers about the parts by (key, part)."""
    return {(answer.key, answer.part): answer for answer in ask(reader, view, question, by=by)}


def _parts(reader: Reader, view: View, *, with_change: bool) -> list[Block]:
    catalog, parts = reader.catalog, parts_of(view)
    if parts is None:
        return []
    changes = changes_by_part(reader, view, change_question(view), parts) if with_change else {}
    rows = []
    for answer in ask(reader, view, averages_question(view), by=parts):
        shown = average(answer)
        changed = [change(shown, changes.get((answer.key, answer.part)))] if with_change else []
        name = part_cell(view, answer.part, catalog, is_hidden=answer.is_hidden)
        counts = (count_cell(answer, "students"), count_cell(answer, "students_at_risk"))
        rows.append((name, shown, *changed, *counts))
    columns = ("Средний балл", *([CHANGE] if with_change else []), "Учащихся", "Ниже 2,5")
    title = f"{subject_name(view.subject, catalog)}: где сколько"
    return [Table("parts", title, (PART_TITLES[parts], *columns), tuple(rows))]


def _by_subject(reader: Reader, view: View) -> list[Block]:
    """Every subject of the place, and side by side in its parts; wider than a school also in its parallels."""
    catalog = reader.catalog
    whole = {answer.key: answer for answer in ask(reader, view, averages_question(view, subjects=True))}
    shown = {subject: average(whole[subject]) for subject in catalog.subjects if subject in whole}
    if not shown:
        return []
    changes = subject_changes(reader, view, shown)
    made = _changes(changes, catalog.subjects) if changes else []
    # What fell most comes first; subjects without a change follow by name.
    first = [*changes, *(subject for subject in shown if subject not in changes)]
    rows = [
        (
            Cell(catalog.subjects[subject], href=address_of(replace(view, subjects=(subject,)), catalog)),
            shown[subject],
            *([changes.get(subject, Cell(None))] if changes else []),
            count_cell(whole[subject], "students"),
        )
        for subject in first
    ]
    head = ("Предмет", "Средний балл", *([CHANGE] if changes else []), "Учащихся")
    made.append(Table("subjects", "Предметы", head, tuple(rows)))
    subjects = {subject: catalog.subjects[subject] for subject in shown}
    return [*made, *_matrices(reader, view, subjects, with_change=bool(changes))]


def subject_changes(reader: Reader, view: View, shown: Mapping[str, Cell]) -> dict[str, Cell]:
    """By subject, how its average changed, what fell most first and what is hidden last; empty without a change."""
    if not has_change(view):
        return {}
    found = {answer.key: answer for answer in ask(reader, view, change_question(view, subjects=True))}
    cells = {subject: change(cell, found[subject]) for subject, cell in shown.items() if subject in found}
    return dict(sorted(cells.items(), key=lambda one: (one[1].number is None, one[1].number)))


def _changes(changes: Mapping[str, Cell], names: Mapping[str, str]) -> list[Block]:
    known = [(names[subject], cell.number) for subject, cell in changes.items() if cell.number is not None]
    if not known:
        return []
    figure = change_bars([name for name, _ in known], [value for _, value in known], "баллов")
    return [Picture("changes", "Что изменилось к прошлому периоду", figure, CHANGE_NOTE, table="subjects")]


def _matrices(reader: Reader, view: View, subjects: Mapping[str, str], *, with_change: bool) -> list[Block]:
    """Changes first, averages after them; by what the place consists of, and wider than a school by parallel."""
    wide = [("parallels", LEVEL)] if view.organization is None else []
    parts = parts_of(view)
    made: list[Block] = []
    kinds = [("изменение к прошлому периоду", change_question, change_map)] if with_change else []
    for what, asked, draw in [*kinds, (f"средний балл, {SCOPE_NAMES[view.scope]}", averages_question, heat_map)]:
        for name, by in [*wide, *([("matrix", parts)] if parts is not None else [])]:
            cells = _cells(reader, view, by, is_wide=name == "parallels", is_change=asked is change_question)
            named: Callable[[Any], str] = str if by == LEVEL else lambda part: part_name(view, part, reader.catalog)
            columns = {part: named(part) for part in dict.fromkeys(part for _, part in cells) if part is not None}
            prefix = "changes" if asked is change_question else ""
            matrix = Matrix(
                name=f"{prefix}{name}",
                title=f"Предметы и {PART_WORDS[by]}: {what}",
                cells=cells,
                subjects=subjects,
                parts=columns,
                note=WIDE_NOTE if name == "parallels" else CELL_NOTE,
            )
            made += matrix_blocks(matrix, draw)
    return made


def _cells(reader: Reader, view: View, by: str, *, is_wide: bool, is_change: bool) -> dict[tuple[Any, Any], Cell]:
    """Averages or changes by (subject, part). A wide group is shown only where it is large."""

    def large(answer: Answer) -> Answer:
        return _if_wide(answer) if is_wide else answer

    answers = [large(answer) for answer in ask(reader, view, averages_question(view, subjects=True), by=by)]
    shown = {(answer.key, answer.part): average(answer) for answer in answers}
    if not is_change:
        return shown
    changes = changes_by_part(reader, view, change_question(view, subjects=True), by)
    return {place: change(cell, large(changes[place]) if place in changes else None) for place, cell in shown.items()}


def _if_wide(answer: Answer) -> Answer:
    hidden = answer.hidden if (answer.students or 0) >= WIDE_GROUP else answer.hidden | {"students"}
    return replace(answer, hidden=hidden)


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
            table="spread",
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
