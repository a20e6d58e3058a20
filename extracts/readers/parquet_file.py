"""Parquet: true types, nested columns refused, the row's number for its line."""

from __future__ import annotations

import duckdb

from extracts.readers.probing import raise_if_unreadable
from extracts.sql_text import file_literal, identifier
from extracts.typed_copy import FileJob, Outcome, SourceColumn, TypedCopy


def read(job: FileJob) -> Outcome:
    """Loads one Parquet file. Errors: BadInput if it is damaged, or has no key column."""
    if job.source.stat().st_size == 0:
        raise job.bad("файл пуст (0 байт)")
    options = "file_row_number=true, hive_partitioning=false, binary_as_string=true"
    relation = f"read_parquet({file_literal(job.source)}, {options})"
    columns, rows = _describe(job, relation)
    copy = TypedCopy(job, columns, where=job.where)
    try:
        loaded = copy.copy_good(relation)
        rejected = copy.copy_rejects(relation, place="file_row_number", line_offset=1) if loaded < rows else 0
    except duckdb.Error:
        raise_if_unreadable(job, relation)
        raise
    if loaded + rejected != rows:
        raise job.bad("число строк не совпадает с заявленным в файле")
    return Outcome(rows_read=rows, rows_loaded=loaded, match=copy.match)


def _describe(job: FileJob, relation: str) -> tuple[list[SourceColumn], int]:
    file = file_literal(job.source)
    try:
        described = job.connection.execute(f"DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {relation}").fetchall()
        tree = job.connection.execute(f"SELECT name, num_children FROM parquet_schema({file})").fetchall()
        ((rows,),) = job.connection.execute(f"SELECT num_rows FROM parquet_file_metadata({file})").fetchall()
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        raise job.bad("файл Parquet повреждён или это не Parquet") from None
    # DuckDB numbers columns of one name; the names as they stand in the file tell that they are doubled.
    names = _top_level(tree)
    columns = [
        SourceColumn(name, identifier(shown), type_) for name, (shown, type_, *_) in zip(names, described, strict=True)
    ]
    return columns, int(rows)


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
