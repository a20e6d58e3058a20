"""From a workbook's sheet to a table of texts: which sheet, which row is the header, which rows there are."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from extracts.disk import printable
from extracts.workbook.errors import UnreadableBook
from extracts.workbook.grid import Column, any_of, read_columns, read_serials
from extracts.workbook.sheets import Sheet, open_part
from extracts.workbook.task import CELLS, Facts, Task, fold
from extracts.workbook.unread_cells import Place, find_unread_cells

#: Dates before this one are looked at twice: a time of day is stored as a part of the first day that a workbook knows.
_FIRST_DAYS = "1904-01-02"


@dataclass(frozen=True)
class Book:
    """An open workbook; `doubtful` parts hold formulas, or text that fastexcel passes over."""

    archive: zipfile.ZipFile
    reader: fastexcel.ExcelReader
    sheets: Sequence[Sheet]
    doubtful: frozenset[str]

    def columns(self, sheet: Sheet) -> list[Column]:
        """The used columns of a sheet."""
        return read_columns(self.reader, sheet.name, self._unread(sheet))

    def _unread(self, sheet: Sheet) -> list[Place]:
        if sheet.part not in self.doubtful:
            return []
        with open_part(self.archive, sheet.part) as stream:
            return find_unread_cells(stream)


def write_table(book: Book, task: Task, folder: Path) -> Facts:
    """Writes the rows of the dataset's sheet. Errors: UnreadableBook if no sheet holds anything."""
    chosen, columns = _first_filled(book, task)
    facts = _write_sheet(book, chosen, columns, task.moments, folder)
    del columns  # room for the other sheets
    is_named = fold(chosen.name) in task.titles
    return replace(facts, others=list(_others(book, chosen, [] if is_named else facts.names)))


def _write_sheet(book: Book, sheet: Sheet, columns: Sequence[Column], moments: Sequence[str], folder: Path) -> Facts:
    """A row is what has something under a header."""
    header = _first_row([column.content for column in columns])
    height = len(columns[0].texts)
    named = [column for column in columns if column.shown(header).strip()]
    nameless = [column.content for column in columns if not column.shown(header).strip()]
    serials = _needed_serials(book, sheet, named, header, moments)
    arrays = {"line": pa.array(range(1, height + 1), pa.int64())}
    for number, column in enumerate(named):
        arrays[f"c{number}"] = column.texts
        if column.errors is not None:
            arrays[f"e{number}"] = column.errors
        if column.place in serials:
            arrays[f"n{number}"] = serials[column.place]
    is_row = any_of([column.content for column in named], height)
    table = pa.table(arrays).slice(header + 1).filter(is_row.slice(header + 1))
    pq.write_table(table, folder / CELLS, compression="lz4")
    return Facts(
        names=[column.shown(header) for column in named],
        rows=table.num_rows,
        errors=[number for number, column in enumerate(named) if column.errors is not None],
        serials=[number for number, column in enumerate(named) if column.place in serials],
        nameless=_count(any_of(nameless, height).slice(header + 1)),
        others=[],
    )


def _candidates(sheets: Sequence[Sheet], task: Task) -> list[Sheet]:
    """The dataset's own sheet first, even a hidden one, then what a user sees."""
    named = [sheet for sheet in sheets if fold(sheet.name) in task.titles]
    return named + [sheet for sheet in sheets if sheet.is_visible and sheet not in named]


def _first_filled(book: Book, task: Task) -> tuple[Sheet, list[Column]]:
    for sheet in _candidates(book.sheets, task):
        columns = book.columns(sheet)
        if any(pc.any(column.content).as_py() for column in columns):
            return sheet, columns
    raise UnreadableBook("в книге нет строки заголовков: её листы пусты")


def _others(book: Book, chosen: Sheet, names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Other sheets with something in them, and how many rows. Errors: UnreadableBook if one has the same `names`."""
    for sheet in book.sheets:
        if sheet == chosen:
            continue
        columns = book.columns(sheet)
        if names and sheet.is_visible and _names(columns) == sorted(names):
            raise UnreadableBook(
                f"у листов «{printable(chosen.name)}» и «{printable(sheet.name)}» одинаковые заголовки, и неясно, какой"
                " читать; оставьте один, назовите его именем набора или передайте листы частями, книга за книгой"
            )
        rows = _count(any_of([column.content for column in columns], len(columns[0].texts))) if columns else 0
        if rows:
            yield sheet.name, rows


def _names(columns: Sequence[Column]) -> list[str]:
    filled = [column for column in columns if pc.any(column.content).as_py()]
    if not filled:
        return []
    header = _first_row([column.content for column in filled])
    return sorted(name for column in filled if (name := column.shown(header)).strip())


def _first_row(masks: Sequence[pa.Array]) -> int:
    found: list[int] = [pc.index(mask, True).as_py() for mask in masks]
    return min(row for row in found if row >= 0)


def _needed_serials(
    book: Book, sheet: Sheet, columns: Sequence[Column], header: int, moments: Sequence[str]
) -> dict[int, pa.Array]:
    """The stored numbers of dates among codes and texts, and of times among dates: rare, and so read apart."""
    wanted = [column for column in columns if _has_odd_moments(column, fold(column.shown(header)) in moments)]
    if not wanted:
        return {}
    found = zip(wanted, read_serials(book.reader, sheet.name, wanted), strict=True)
    return {column.place: serials for column, serials in found if serials.null_count < len(serials)}


def _has_odd_moments(column: Column, is_moment: bool) -> bool:
    alike = column.moments()
    if is_moment:
        alike = pc.and_(alike, pc.fill_null(pc.less(column.texts, _FIRST_DAYS), False))
    return bool(pc.any(alike).as_py())


def _count(mask: pa.Array) -> int:
    return int(mask.true_count)
