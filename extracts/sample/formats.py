"""The formats that a dataset of a sample region can be written in: the same rows in the same order in each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb

from extracts.contract import Dataset
from extracts.sample.books import write_books
from extracts.sample.parameters import FileFormat
from extracts.sample.sql_files import literal

#: Writes the rows of a query as a dataset's columns; takes the files' path without its extension and a folder for
#: scratch, gives the files.
Writer = Callable[[duckdb.DuckDBPyConnection, Dataset, str, Path, Path], list[Path]]

EXTENSIONS: Mapping[FileFormat, str] = {
    "csv": "csv",
    "csv-windows-1251": "csv",
    "jsonl": "jsonl",
    "parquet": "parquet",
    "xlsx": "xlsx",
}

_CSV = "FORMAT csv, HEADER, DELIMITER ';'"
_JSON = "FORMAT json"
_PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880"
_BLOCK = 1 << 20


def _csv(connection: duckdb.DuckDBPyConnection, dataset: Dataset, rows: str, path: Path, _scratch: Path) -> list[Path]:
    file = path.with_name(f"{path.name}.csv")
    _copy(connection, _named(dataset, rows), file, _CSV)
    return [file]


def _csv_windows_1251(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, rows: str, path: Path, scratch: Path
) -> list[Path]:
    """As the journals of many regions are exported; a letter that the encoding lacks is an error."""
    # Buckets are written side by side, and of a dataset on several nights: the name must tell them apart.
    draft = scratch / f"{path.parent.name}.{path.name}.utf8"
    file = path.with_name(f"{path.name}.csv")
    _copy(connection, _named(dataset, rows), draft, _CSV)
    with draft.open(encoding="utf-8", newline="") as source, file.open("w", encoding="cp1251", newline="") as target:
        while text := source.read(_BLOCK):
            target.write(text)
    draft.unlink()
    return [file]


def _jsonl(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, rows: str, path: Path, _scratch: Path
) -> list[Path]:
    """A file without records would have no bytes, which no delivery may hold: it is left out (a change set may be)."""
    file = path.with_name(f"{path.name}.jsonl")
    if _copy(connection, _typed(dataset, rows), file, _JSON):
        return [file]
    file.unlink()
    return []


def _parquet(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, rows: str, path: Path, _scratch: Path
) -> list[Path]:
    file = path.with_name(f"{path.name}.parquet")
    _copy(connection, _typed(dataset, rows), file, _PARQUET)
    return [file]


def _xlsx(connection: duckdb.DuckDBPyConnection, dataset: Dataset, rows: str, path: Path, scratch: Path) -> list[Path]:
    return write_books(connection, dataset, _typed(dataset, rows), path, scratch)


WRITERS: Mapping[FileFormat, Writer] = {
    "csv": _csv,
    "csv-windows-1251": _csv_windows_1251,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "xlsx": _xlsx,
}


def _named(dataset: Dataset, rows: str) -> str:
    return f"SELECT {', '.join(column.name for column in dataset.columns)} FROM ({rows})"


def _typed(dataset: Dataset, rows: str) -> str:
    chosen = ", ".join(f"{column.name}::{column.sql_type} AS {column.name}" for column in dataset.columns)
    return f"SELECT {chosen} FROM ({rows})"


def _copy(connection: duckdb.DuckDBPyConnection, query: str, file: Path, options: str) -> int:
    ((rows,),) = connection.execute(f"COPY ({query}) TO {literal(str(file))} ({options})").fetchall()
    return int(rows)
