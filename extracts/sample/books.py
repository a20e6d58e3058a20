"""Datasets of a sample region as XLSX: true dates, numbers and booleans, ids and texts as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from extracts.contract import ColumnType, Dataset

#: Rows of one workbook: a sheet ends a little above a million.
MOST_ROWS = 1_000_000

_BLOCK = 10_000
#: Stands in every workbook, so that equal parameters give equal bytes.
_CREATED = datetime(2026, 9, 1)  # noqa: DTZ001 -- local time of the region, as in every delivery
_FORMATS: Mapping[ColumnType, str] = {"date": "dd.mm.yyyy", "datetime": "yyyy-mm-dd hh:mm:ss"}
_METHODS: Mapping[ColumnType, str] = {
    "date": "write_datetime",
    "datetime": "write_datetime",
    "boolean": "write_boolean",
    "integer": "write_number",
    "decimal": "write_number",
}


def write_books(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, query: str, path: Path, scratch: Path
) -> list[Path]:
    """Writes the rows of a query, typed as the contract says, into one workbook, or several if there are too many.

    `path` is the file's without its extension; gives the files. Memory does not grow with the rows.
    """
    ((count,),) = connection.execute(f"SELECT count(*) FROM ({query})").fetchall()
    files = _names(path, max(1, -(-count // MOST_ROWS)))
    rows = _rows(connection.execute(query))
    for file in files:
        _write_book(file, dataset, islice(rows, MOST_ROWS), scratch)
    return files


def _names(path: Path, books: int) -> list[Path]:
    if books == 1:
        return [path.with_name(f"{path.name}.xlsx")]
    return [path.with_name(f"{path.name}.book-{number:03d}.xlsx") for number in range(1, books + 1)]


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while block := result.fetchmany(_BLOCK):
        yield from block


def _write_book(file: Path, dataset: Dataset, rows: Iterable[tuple[Any, ...]], scratch: Path) -> None:
    with xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": str(scratch)}) as book:
        book.set_properties({"created": _CREATED})
        sheet = book.add_worksheet(dataset.name)
        sheet.write_row(0, 0, [column.name for column in dataset.columns])
        writers = [_writer(book, sheet, column.type) for column in dataset.columns]
        for row, values in enumerate(rows, start=1):
            for column, value in enumerate(values):
                if value is not None:
                    writers[column](row, column, value)


def _writer(book: Any, sheet: Any, type_: ColumnType) -> Callable[[int, int, Any], None]:
    """Writes one cell of a type; XlsxWriter's general method would look at each value, and make formulas of texts."""
    write = getattr(sheet, _METHODS.get(type_, "write_string"))
    if type_ not in _FORMATS:
        return write  # type: ignore[no-any-return]
    shown = book.add_format({"num_format": _FORMATS[type_]})
    return lambda row, column, value: write(row, column, value, shown)
