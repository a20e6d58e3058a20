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

A package is a *delta*: what differs from the rows that the portal has confirmed (`confirmed.py`). As long as nothing is
confirmed, or when it is asked for, it is *full*: every row. How the files of a table come about: `table_files.py`.

For the core of the витрина the same rows are written as Avro (`avro_writer.py`); the CSV files stay aside for settling.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import duckdb

from extracts.errors import BadInput
from portal.avro_writer import FileFormat
from portal.confirmed import Confirmed, read_confirmed
from portal.delete_guard import DeleteLimits, stop_too_many_deletions
from portal.hashed_fields import with_hashed_fields
from portal.hashed_values import hashed_values
from portal.journal import last_sequence
from portal.manifest import Package, write_manifest
from portal.model import Specification
from portal.package_folder import FOLDER_MODE, new_package_folder
from portal.published import create_exported_students, current_academic_year, mart_columns, open_published
from portal.source_sql import Scope, check_sources
from portal.specification import load_specification
from portal.table_files import TableFiles

_PREFIX = re.compile(r"\w[\w.-]{0,31}")


def write_package(
    published: Path,
    exports: Path,
    *,
    prefix: str,
    created_at: datetime,
    as_of: date,
    specification: Specification | None = None,
    connected_only: bool = True,
    hashed: Sequence[str] = (),
    memory_limit: str = "2GB",
    years: Path | None = None,
    full: bool = False,
    overrule: bool = False,
    limits: DeleteLimits | None = None,
    file_format: FileFormat = "csv",
    datamart: str = "portfolio",
) -> Package:
    """Writes the next package into `exports/<as_of>-<number>/`: what the portal lacks, or all there is (4-portal.md).

    Args:
        published: the folder, or the link to it, with `portfolio.duckdb` and `people.duckdb`.
        exports: the folder of the packages; made if it is not there.
        prefix: the region's prefix of ids, without the hyphen; never changes for a region.
        created_at: when the package is made, in the region's local time; a time zone on it is ignored.
        as_of: the date of the published state; the current academic year is the last that began by then.
        specification: the tables of the portal; default: the version that the project ships.
        connected_only: only students with a connected application.
        hashed: fields that are sent as hashes in every table, beside those that the specification marks.
        memory_limit: how much memory the queries may take, as DuckDB writes it.
        years: the folder of the closed academic years, whose rows go out as well.
        full: every row, whatever the portal has of it.
        overrule: makes also a package that deletes more than the limits allow.
        limits: how much of a table a package may delete.
        file_format: «csv» for the loader, «avro» for the core of the витрина (`avro_writer.py`).
        datamart: the namespace of the Avro schemas.

    Returns:
        The package: its folder, files and rows that were held back.

    Raises:
        BadInput: a published file is missing, the specification asks for a mart, a column or a feature that is not
            there, the prefix cannot stand in an id or is another than before, or it cannot be known what the portal
            has.
        LoadStopped: the package would delete too much. Nothing is left behind then, either.
    """
    specification = specification or load_specification()
    _check_prefix(prefix)
    specification = with_hashed_fields(specification, hashed, prefix=prefix)
    created_at = created_at.replace(tzinfo=None, microsecond=0)
    with new_package_folder(exports, as_of) as folder:
        spill = folder.temporary / ".spill"
        spill.mkdir(mode=FOLDER_MODE)
        with (
            open_published(published, memory_limit=memory_limit, spill=spill, years=years) as connection,
            hashed_values(connection, exports) as hashes,
        ):
            marts = mart_columns(connection)
            check_sources(specification, marts)
            create_exported_students(connection, as_of=as_of, connected_only=connected_only)
            scope = _scope(connection, specification, as_of)
            confirmed = read_confirmed(connection, exports, specification)
            _check_same_prefix(prefix, confirmed)
            tables = TableFiles(
                connection,
                hashes,
                specification,
                marts,
                scope,
                prefix,
                created_at,
                folder,
                confirmed,
                resend=full,
                datamart=datamart,
                file_format=file_format,
            )
            tables.write()
            if not overrule:
                stop_too_many_deletions(tables.deletions, limits or DeleteLimits())
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
            files=tuple(tables.files),
            tables=tuple(tables.tables),
            held_back=tuple(tables.held_back),
            sequence=1 + max(confirmed.sequence, last_sequence(exports)),
            kind="full" if full or confirmed.base_package is None else "delta",
            base_package=confirmed.base_package,
        )
        write_manifest(package, folder.temporary)
    return package


def _check_prefix(prefix: str) -> None:
    if _PREFIX.fullmatch(prefix) is None:
        raise BadInput(
            "префикс региона: от 1 до 32 букв, цифр, точек, дефисов и подчёркиваний, первой не точка и дефис"
        )


def _check_same_prefix(prefix: str, confirmed: Confirmed) -> None:
    if confirmed.prefix not in (None, prefix):
        raise BadInput(
            f"Префикс региона в настройках — «{prefix}», а на портал уже отправлены строки с префиксом"
            f" «{confirmed.prefix}». Для региона он не меняется никогда: верните прежний (portal.prefix)."
        )


def _scope(connection: duckdb.DuckDBPyConnection, specification: Specification, as_of: date) -> Scope:
    asked = any(source.academic_year == "current" for table in specification.tables for source in table.sources)
    return Scope(current_academic_year(connection, as_of) if asked else None)
