"""Parquet: true types, nested columns refused, the row's number for its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from extracts.database import fetch
from extracts.matching import match_columns
from extracts.readers.probing import raise_if_unreadable
from extracts.readers.unpacking import excess
from extracts.sql_text import file_literal, identifier
from extracts.typed_copy import FileJob, Outcome, SourceColumn, TypedCopy

_FLOATS = ("FLOAT", "DOUBLE")
_TOO_LONG = "слишком длинное значение"


@dataclass(frozen=True)
class _Described:
    """What the file says of itself: its columns and the number of its rows."""

    columns: tuple[SourceColumn, ...]
    rows: int


def read(job: FileJob) -> Outcome:
    """Loads one Parquet file. Errors: BadInput if it is damaged, holds too much, or has no key column."""
    if job.source.stat().st_size == 0:
        raise job.bad("файл пуст (0 байт)")
    options = "file_row_number=true, hive_partitioning=false, binary_as_string=true"
    relation = f"read_parquet({file_literal(job.source)}, {options})"
    described = _describe(job, relation)
    try:
        copy = TypedCopy(job, _bounded(job, described, relation), where=job.where)
        loaded = copy.copy_good(relation)
        is_all = loaded == described.rows
        rejected = 0 if is_all else copy.copy_rejects(relation, place="file_row_number", line_offset=1)
    except duckdb.Error:
        raise_if_unreadable(job, relation)
        raise
    if loaded + rejected != described.rows:
        raise job.bad("число строк не совпадает с заявленным в файле")
    return Outcome(rows_read=described.rows, rows_loaded=loaded, match=copy.match)


def _describe(job: FileJob, relation: str) -> _Described:
    file = file_literal(job.source)
    try:
        described = fetch(job.connection, f"DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {relation}")
        tree = fetch(job.connection, f"SELECT name, num_children FROM parquet_schema({file})")
        ((rows,),) = fetch(job.connection, f"SELECT num_rows FROM parquet_file_metadata({file})")
        ((grouped,),) = fetch(
            job.connection,
            "SELECT coalesce(sum(rows), 0) FROM (SELECT any_value(row_group_num_rows) AS rows "
            f"FROM parquet_metadata({file}) GROUP BY row_group_id)",
        )
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        raise job.bad("файл Parquet повреждён или это не Parquet") from None
    if rows != grouped:
        raise job.bad("файл Parquet повреждён: число строк в нём не сходится")
    # DuckDB numbers columns of one name; the names as they stand in the file tell that they are doubled.
    columns = [
        SourceColumn(name, _expression(shown, type_), type_)
        for name, (shown, type_, *_) in zip(_top_level(tree), described, strict=True)
    ]
    return _Described(tuple(columns), int(rows))


def _expression(name: str, type_: str) -> str:
    """What reads a column. In place of an empty number some writers put NaN (pandas has no other)."""
    column = identifier(name)
    return f"CASE WHEN NOT isnan({column}) THEN {column} END" if type_ in _FLOATS else column


def _bounded(job: FileJob, described: _Described, relation: str) -> tuple[SourceColumn, ...]:
    """The columns, with values refused that are longer than a row may be.

    Parquet says a repeated value once: a small file can hold more than any disk does. How much it is takes one look at
    lengths alone. Errors: BadInput if it is more than the settings allow.
    """
    columns = described.columns
    match = match_columns(job.dataset, [column.name for column in columns], job.rename, where=job.where)
    packed = job.source.stat().st_size
    cells = described.rows * len(match.places)
    _check(job, packed, cells)
    texts = [place for place in match.places.values() if columns[place].type == "VARCHAR"]
    longest, total = _lengths(job, relation, [columns[place].expression for place in texts])
    _check(job, packed, cells + total)
    too_long = [place for place, length in zip(texts, longest, strict=True) if length > job.longest_row]
    return tuple(
        replace(column, refused=f"coalesce(strlen({column.expression}) > {job.longest_row}, false)", refusal=_TOO_LONG)
        if place in too_long
        else column
        for place, column in enumerate(columns)
    )


def _check(job: FileJob, packed: int, unpacked: int) -> None:
    problem = excess(job.options, packed=packed, unpacked=unpacked)
    if problem:
        raise job.bad(f"данные файла {problem}")


def _lengths(job: FileJob, relation: str, texts: Sequence[str]) -> tuple[Sequence[int], int]:
    """The length of each column's longest value, and of all values together."""
    if not texts:
        return (), 0
    longest = ", ".join(f"coalesce(max(strlen({text})), 0)" for text in texts)
    total = " + ".join(f"coalesce(sum(strlen({text})), 0)" for text in texts)
    ((*lengths, length),) = fetch(job.connection, f"SELECT {longest}, {total} FROM {relation}")
    return lengths, int(length)


def _top_level(tree: list[tuple[str, int | None]]) -> list[str]:
    """The names of the columns, out of the schema's tree, which is listed root first, depth first."""
    names: list[str] = []
    below = 0  # elements still to come that are parts of the column named last
    for name, children in tree[1:]:
        if below == 0:
            names.append(name)
        else:
            below -= 1
        below += children or 0
    return names
