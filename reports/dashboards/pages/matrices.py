"""Subjects (rows) in parts of a place (columns): a figure where it can be read, and a table. No counts of students."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from reports.dashboards.blocks import Block, Cell, Picture, Table
from reports.dashboards.drawing import FEW_COLUMNS
from reports.dashboards.questions import CLASS, LEVEL, MUNICIPALITY, ORGANIZATION

MANY_COLUMNS = 24
SHORT = 6  # letters that stand in a narrow column
HEAT_LABELS, HEAT_CELL, WIDE_CELL = 170, 46, 100  # pixels in which names and numbers can be read
CELL_NOTE = "Пустая клетка — нет отметок или скрыто."
PART_WORDS = {MUNICIPALITY: "муниципалитеты", ORGANIZATION: "организации", LEVEL: "параллели", CLASS: "классы"}

Draw = Callable[[Sequence[str], Sequence[str], Sequence[Sequence[float | None]]], dict[str, Any]]


@dataclass(frozen=True)
class Matrix:
    """A matrix to be drawn: cells by (subject, part), what subjects and parts are called."""

    name: str
    title: str
    cells: Mapping[tuple[Any, Any], Cell]
    subjects: Mapping[str, str]
    parts: Mapping[Any, str]
    note: str = CELL_NOTE


def matrix_blocks(matrix: Matrix, draw: Draw) -> list[Block]:
    """The figure and the table; nothing where there is no number to show."""
    if not any(isinstance(cell.value, Decimal) for cell in matrix.cells.values()):
        return []
    found = {subject for (subject, _), cell in matrix.cells.items() if cell.value is not None}
    subjects = {subject: name for subject, name in matrix.subjects.items() if subject in found}
    rows = [[matrix.cells.get((subject, part), Cell(None)) for part in matrix.parts] for subject in subjects]
    labels, names = [*subjects.values()], [*matrix.parts.values()]
    table = Table(
        matrix.name,
        matrix.title,
        ("Предмет", *names),
        tuple((Cell(label), *row) for label, row in zip(labels, rows, strict=True)),
    )
    if len(names) > MANY_COLUMNS:
        return [table]
    figure = draw(labels, names, [[cell.number for cell in row] for row in rows])
    are_names = len(names) <= FEW_COLUMNS and max(map(len, names)) > SHORT
    width = HEAT_LABELS + (WIDE_CELL if are_names else HEAT_CELL) * len(names)
    folded = replace(table, is_folded=True)
    return [Picture(matrix.name, matrix.title, figure, matrix.note, width, table=matrix.name), folded]
