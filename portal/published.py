"""The published files as the export reads them: read-only, one publication for the whole package.

`published` is a symbolic link that the next publication replaces; it is followed once, so that marts and people
always come from the same night.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from extracts.errors import BadInput
from portal.sql_text import quote_literal, quote_name

MARTS_FILE = "portfolio.duckdb"
PEOPLE_FILE = "people.duckdb"

#: Catalogs under which the two published files are attached.
MARTS = "portfolio.marts"
PEOPLE = "people.main"

#: The table of students whose rows go out: one column, `student_profile_id`.
EXPORTED_STUDENTS = "exported_students"

_STUDENT_COLUMNS = ("student_profile_id", "application_status", "is_active")


@contextmanager
def open_published(published: Path, *, memory_limit: str, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own with both published files attached read-only, closed at the end.

    Args:
        published: the folder (or the link to it) with `portfolio.duckdb` and `people.duckdb`.
        memory_limit: how much memory queries may take before they spill, as DuckDB writes it («2GB»).
        spill: a private folder for what does not fit.

    Raises:
        BadInput: one of the two files is missing.
    """
    folder = published.resolve()
    missing = [name for name in (MARTS_FILE, PEOPLE_FILE) if not (folder / name).is_file()]
    if missing:
        raise BadInput([f"{name}: опубликованного файла нет, сначала выполните загрузку" for name in missing])
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": False,
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"ATTACH {quote_literal(str(folder / MARTS_FILE))} AS portfolio (READ_ONLY)")
        connection.execute(f"ATTACH {quote_literal(str(folder / PEOPLE_FILE))} AS people (READ_ONLY)")
        yield connection
    finally:
        connection.close()


def mart_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """The columns of every published mart, by name of the mart."""
    return _columns(connection, "portfolio", "marts")


def create_exported_students(connection: duckdb.DuckDBPyConnection, *, connected_only: bool) -> None:
    """Makes the table of students whose rows go out: active, without a blocker among the findings of the night (marts
    `completeness`), and with a connected application unless told otherwise.

    Raises:
        BadInput: people.duckdb lacks the table or a column of it, or the mart `completeness` is missing.
    """
    known = _columns(connection, "people", "main").get("students", ())
    missing = [column for column in _STUDENT_COLUMNS if column not in known]
    if missing:
        raise BadInput(f"{PEOPLE_FILE}: в таблице students нет столбцов: {', '.join(missing)}")
    if "is_complete" not in mart_columns(connection).get("completeness", ()):
        raise BadInput(f"{MARTS_FILE}: нет витрины completeness со столбцом is_complete, выполните загрузку заново")
    condition = " AND application_status = 'connected'" if connected_only else ""
    connection.execute(
        f"CREATE TEMP TABLE {EXPORTED_STUDENTS} AS "
        f"SELECT DISTINCT student_profile_id FROM {PEOPLE}.students WHERE is_active{condition}"
        f" AND student_profile_id IN (SELECT student_profile_id FROM {MARTS}.completeness WHERE is_complete)"
    )


def current_academic_year(connection: duckdb.DuckDBPyConnection, as_of: date) -> str:
    """The last academic year that began on or before `as_of` (so in a gap between years the one just ended).

    Before the first one it is the first, as with the current period of 2-marts.md; of two that begin together the
    greater id.

    Raises:
        BadInput: no academic year is published.
    """
    columns = mart_columns(connection).get("academic_years", ())
    if not {"academic_year_id", "begin_date"}.issubset(columns):
        raise BadInput(f"{MARTS_FILE}: нет справочника учебных лет (marts.academic_years)")
    row = connection.execute(
        f"""
        SELECT CAST(academic_year_id AS VARCHAR)
        FROM {MARTS}.academic_years
        ORDER BY
            begin_date > $as_of,
            CASE WHEN begin_date <= $as_of THEN begin_date END DESC,
            begin_date,
            academic_year_id DESC
        LIMIT 1
        """,
        {"as_of": as_of},
    ).fetchall()
    if not row:
        raise BadInput(f"{MARTS_FILE}: нет ни одного учебного года, выгружать нечего")
    return str(row[0][0])


def mart(name: str) -> str:
    """The full name of a published mart."""
    return f"{MARTS}.{quote_name(name)}"


def _columns(connection: duckdb.DuckDBPyConnection, catalog: str, schema: str) -> dict[str, tuple[str, ...]]:
    rows = connection.execute(
        """
        SELECT table_name, column_name
        FROM duckdb_columns()
        WHERE database_name = $catalog AND schema_name = $schema
        ORDER BY table_name, column_index
        """,
        {"catalog": catalog, "schema": schema},
    ).fetchall()
    columns: dict[str, list[str]] = {}
    for table, column in rows:
        columns.setdefault(table, []).append(column)
    return {table: tuple(names) for table, names in columns.items()}
