"""Writes a package for the portal: the rows of the published marts as the CSV files its витрина loads.

The rules are those of specification 4-portal.md; the tables are described by a specification file
(`portal/spec/<version>.yaml`), never by code. How a package comes about:

1. `published/` is opened read-only (`published.py`): marts, and who may be shown: students who are active and have a
   connected application (`connected_only=False` drops that condition).
2. For each table, parents before children, three SELECTs are built from the specification: the rows of its marts
   (`source_sql.py`), their typed values (`value_sql.py`), and each row as one CSV line in order of key (`row_sql.py`).
3. The lines stream from the engine into the file (`line_writer.py`), hashed on the way. Sorting spills into the
   package's own temporary folder, so memory is bounded by `memory_limit` whatever the number of rows.
4. `manifest.json` is written last and the folder renamed (`package_folder.py`).

What the rules leave open, and how it is decided here:

* A row that the portal would refuse is held back and counted in the manifest, and the rest goes out: a value longer
  than its field (the region's prefix included; control characters removed first), a value that does not fit its type,
  an empty key, a parent that is not in the package. Nothing is cut. Of rows with one key one is sent.
* Every field named `id` or `*_id` is prefixed, so the year's period is `{PREFIX}-year-<academic_year_id>`, in
  `dict_period` as in the tables that refer to it. An empty id stays empty, without a prefix.
* What belongs to a class (class averages, numbers of students) is in no table of a student.
* `send_datetime` is `create_datetime`: the file is hashed when the package is made and sent as it was hashed.
* A table without rows has no file; the manifest names it with 0 rows. Files are numbered in order of sending.
* Control characters are those of Unicode category Cc (C0, delete, C1); spaces at the ends of a value are kept.

Every table of a package comes from one relation, *checked* rows (`row_sql.RowQuery.checked_sql`): a delta will join it
with the table of what the portal has confirmed, and write `update` and `delete` files by the same line writer.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb

from extracts.errors import BadInput
from portal.line_writer import WrittenFile, write_lines
from portal.manifest import HeldBack, Operation, Package, PackageFile, TableRows, write_manifest
from portal.model import Specification, Table
from portal.package_folder import FOLDER_MODE, PackageFolder, new_package_folder
from portal.published import create_exported_students, current_academic_year, mart_columns, open_published
from portal.row_sql import REASONS, RowQuery, row_query
from portal.source_sql import MartColumns, Scope, check_sources, source_sql
from portal.specification import load_specification
from portal.sql_text import quote_name

_PREFIX = re.compile(r"\w[\w.-]{0,31}")

#: Rows in memory at a time. Bigger batches are no faster.
_BATCH_ROWS = 50_000


@dataclass
class _Run:
    """One package in the making: what its tables share, and what has been written so far."""

    connection: duckdb.DuckDBPyConnection
    specification: Specification
    marts: MartColumns
    scope: Scope
    prefix: str
    created_at: datetime
    folder: PackageFolder
    files: list[PackageFile] = field(default_factory=list)
    tables: list[TableRows] = field(default_factory=list)
    held_back: list[HeldBack] = field(default_factory=list)


def write_package(
    published: Path,
    exports: Path,
    *,
    prefix: str,
    created_at: datetime,
    as_of: date,
    specification: Specification | None = None,
    connected_only: bool = True,
    memory_limit: str = "2GB",
) -> Package:
    """Writes a full package of all exported students into `exports/<as_of>-<number>/` (4-portal.md).

    Args:
        published: the folder, or the link to it, with `portfolio.duckdb` and `people.duckdb`.
        exports: the folder of the packages; made if it is not there.
        prefix: the region's prefix of ids, without the hyphen; never changes for a region.
        created_at: when the package is made, in the region's local time; a time zone on it is ignored.
        as_of: the date of the published state; the current academic year is the last that began by then.
        specification: the tables of the portal; default: the version that the project ships.
        connected_only: only students with a connected application.
        memory_limit: how much memory the queries may take, as DuckDB writes it.

    Returns:
        The package: its folder, files and rows that were held back.

    Raises:
        BadInput: a published file is missing, the specification asks for a mart, a column or a feature that is not
            there, or the prefix cannot stand in an id. Nothing is left behind.
    """
    specification = specification or load_specification()
    _check_prefix(prefix)
    _check_hashed(specification)
    created_at = created_at.replace(tzinfo=None, microsecond=0)
    with new_package_folder(exports, as_of) as folder:
        spill = folder.temporary / ".spill"
        spill.mkdir(mode=FOLDER_MODE)
        with open_published(published, memory_limit=memory_limit, spill=spill) as connection:
            marts = mart_columns(connection)
            check_sources(specification, marts)
            create_exported_students(connection, connected_only=connected_only)
            scope = _scope(connection, specification, as_of)
            run = _Run(connection, specification, marts, scope, prefix, created_at, folder)
            _write_tables(run)
        if spill.exists():
            shutil.rmtree(spill)
        package = Package(
            path=folder.final,
            number=folder.number,
            specification=specification.version,
            as_of=as_of,
            prefix=prefix,
            connected_only=connected_only,
            created_at=created_at,
            files=tuple(run.files),
            tables=tuple(run.tables),
            held_back=tuple(run.held_back),
        )
        write_manifest(package, folder.temporary)
    return package


def _check_prefix(prefix: str) -> None:
    if _PREFIX.fullmatch(prefix) is None:
        raise BadInput(
            "префикс региона: от 1 до 32 букв, цифр, точек, дефисов и подчёркиваний, первой не точка и дефис"
        )


def _check_hashed(specification: Specification) -> None:
    """Streebog needs a package of its own; until then a field must not go out unhashed."""
    messages = [
        f"{specification.path.name}:{field.line}: таблица «{table.name}», поле «{field.name}»: хэширование "
        "(ГОСТ Р 34.11-2012) появится в следующей версии, пока уберите `hashed` или само поле"
        for table in specification.tables
        for field in table.fields
        if field.hashed
    ]
    if messages:
        raise BadInput(messages)


def _scope(connection: duckdb.DuckDBPyConnection, specification: Specification, as_of: date) -> Scope:
    asked = any(source.current_year_only for table in specification.tables for source in table.sources)
    return Scope(current_academic_year(connection, as_of) if asked else None)


def _write_tables(run: _Run) -> None:
    referred = {parent for table in run.specification.tables for parent in table.parents}
    for table in run.specification.tables:
        query = _query(run, table)
        if table.name in referred:
            run.connection.execute(f"CREATE TEMP TABLE {_keys_table(table.name)} AS {query.keys_sql()}")
        _write_table(run, query)


def _query(run: _Run, table: Table) -> RowQuery:
    source = source_sql(table, run.marts, run.scope)
    described = run.connection.execute(f"DESCRIBE {source}").fetchall()
    types = {str(name): str(type_) for name, type_, *_ in described}
    sent = {parent: _keys_table(parent) for parent in table.parents}
    return row_query(table, source, types, prefix=run.prefix, created_at=run.created_at, sent=sent)


def _keys_table(table: str) -> str:
    return quote_name(f"keys_of_{table}")


def _write_table(run: _Run, query: RowQuery) -> None:
    """Writes the file of one table and notes it; of a key that stands twice only one row goes out."""
    operation: Operation = "create"
    order = len(run.files) + 1
    name = f"{order:02d}_{query.table.name}_{operation}.csv"
    path = run.folder.temporary / name
    written = _stream(run, query, path, distinct=False)
    if written.has_equal_keys:
        written = _stream(run, query, path, distinct=True)
    held = [_held_back(query, number, rows) for number, rows in sorted(written.held.items())]
    run.held_back += held
    run.tables.append(TableRows(query.table.name, written.rows, sum(written.held.values())))
    if written.rows:
        file = PackageFile(order, name, query.table.name, operation, written.rows, written.size, written.sha256)
        run.files.append(file)


def _stream(run: _Run, query: RowQuery, path: Path, *, distinct: bool) -> WrittenFile:
    result = run.connection.execute(query.lines_sql(distinct=distinct))
    with result.to_arrow_reader(_BATCH_ROWS) as reader:
        return write_lines(path, query.header, reader)


def _held_back(query: RowQuery, number: int, rows: int) -> HeldBack:
    hold = query.holds[number - 1]
    return HeldBack(query.table.name, hold.field, hold.reason, REASONS[hold.reason], rows)
