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

#: The marts of the open years and of the closed ones as one: a view for each, in a schema of the connection's own.
ALL_YEARS = "memory.all_years"

#: The academic years that stand in the published file: they are not closed yet.
OPEN_YEARS = f"{MARTS}.academic_years"

_YEAR = "academic_year_id"

#: The summer deletes nobody: whose enrollment ends between these days without a reason stays until 15 September.
_SUMMER = ("05-20", "08-31", "09-15")

#: Finished lines that wait to be fetched: with less, the engine's threads wait for the one that fetches.
STREAMING_BUFFER = "32MB"

_STUDENT_COLUMNS = ("student_profile_id", "application_status", "is_active")


@contextmanager
def open_published(
    published: Path, *, memory_limit: str, spill: Path, years: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own with the published files attached read-only, closed at the end.

    Args:
        published: the folder (or the link to it) with `portfolio.duckdb` and `people.duckdb`.
        memory_limit: how much memory queries may take before they spill, as DuckDB writes it («2GB»).
        spill: a private folder for what does not fit.
        years: the folder of the closed academic years, a file each; those that the published file holds are left out.

    Raises:
        BadInput: one of the two published files is missing.
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
        connection.execute(f"SET streaming_buffer_size = '{STREAMING_BUFFER}'")
        connection.execute(f"ATTACH {quote_literal(str(folder / MARTS_FILE))} AS portfolio (READ_ONLY)")
        connection.execute(f"ATTACH {quote_literal(str(folder / PEOPLE_FILE))} AS people (READ_ONLY)")
        _show_all_years(connection, sorted(years.glob("[!.]*.duckdb")) if years else [])
        yield connection
    finally:
        connection.close()


def mart_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """The columns of every published mart, by name of the mart, and of every table of people, as `people.<name>`."""
    people = _columns(connection, "people", "main")
    return _columns(connection, "portfolio", "marts") | {f"people.{name}": found for name, found in people.items()}


def create_exported_students(connection: duckdb.DuckDBPyConnection, *, as_of: date, connected_only: bool) -> None:
    """Makes the table of students whose rows go out: active, without a blocker among the findings of the night (marts
    `completeness`), and with a connected application unless told otherwise.

    The summer deletes nobody: a student whose last enrollment ended between 20 May and 31 August without a reason stays
    until 15 September (4-portal.md).

    Raises:
        BadInput: people.duckdb lacks the table or a column of it, or the mart `completeness` is missing.
    """
    known = _columns(connection, "people", "main").get("students", ())
    missing = [column for column in _STUDENT_COLUMNS if column not in known]
    if missing:
        raise BadInput(f"{PEOPLE_FILE}: в таблице students нет столбцов: {', '.join(missing)}")
    if "is_complete" not in mart_columns(connection).get("completeness", ()):
        raise BadInput(f"{MARTS_FILE}: нет витрины completeness со столбцом is_complete, выполните загрузку заново")
    condition = "application_status = 'connected'" if connected_only else "true"
    shown = (
        f"is_active AND student_profile_id IN (SELECT student_profile_id FROM {MARTS}.completeness WHERE is_complete)"
    )
    kept = _kept_over_summer(as_of) if "student_classes" in _columns(connection, "people", "main") else "false"
    connection.execute(
        f"CREATE TEMP TABLE {EXPORTED_STUDENTS} AS "
        f"SELECT DISTINCT student_profile_id FROM {PEOPLE}.students WHERE {condition} AND (({shown}) OR ({kept}))"
    )


def _kept_over_summer(as_of: date) -> str:
    first, last, until = (date.fromisoformat(f"{as_of.year}-{day}") for day in _SUMMER)
    if not first <= as_of <= until:
        return "false"
    return (
        "NOT coalesce(is_active, false) AND student_profile_id IN ("
        f"SELECT student_profile_id FROM {PEOPLE}.student_classes GROUP BY student_profile_id "
        "HAVING max_by(coalesce(leave_reason, ''), (coalesce(end_date, DATE '9999-12-31'), enrollment_id)) = '' "
        f"AND max(coalesce(end_date, DATE '9999-12-31')) BETWEEN DATE '{first}' AND DATE '{last}')"
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
        FROM {ALL_YEARS}.academic_years
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
    """The full name of a published mart (of all years), or of a table of people (`people.<name>`)."""
    if name.startswith("people."):
        return f"{PEOPLE}.{quote_name(name.removeprefix('people.'))}"
    return f"{ALL_YEARS}.{quote_name(name)}"


def _show_all_years(connection: duckdb.DuckDBPyConnection, files: list[Path]) -> None:
    """Makes a view of each mart: its rows in the published file, and those of the closed years that have one."""
    connection.execute(f"CREATE SCHEMA {ALL_YEARS}")
    marts = _columns(connection, "portfolio", "marts")
    closed = [name for number, file in enumerate(files) if (name := _attach_year(connection, number, file, marts))]
    for table, columns in marts.items():
        parts = [f"FROM {MARTS}.{quote_name(table)}"]
        if _YEAR in columns and table != "publication":
            known = {year: _columns(connection, year, "marts") for year in closed}
            parts += [f"FROM {year}.marts.{quote_name(table)}" for year in closed if table in known[year]]
        connection.execute(f"CREATE VIEW {ALL_YEARS}.{quote_name(table)} AS {' UNION ALL BY NAME '.join(parts)}")


def _attach_year(
    connection: duckdb.DuckDBPyConnection, number: int, file: Path, marts: dict[str, tuple[str, ...]]
) -> str | None:
    """Attaches a closed year's file; gives its catalog, or None if the published file holds that year itself."""
    catalog = f"year_{number}"
    connection.execute(f"ATTACH {quote_literal(str(file))} AS {catalog} (READ_ONLY)")
    found = connection.execute(f"SELECT academic_year_id FROM {catalog}.meta.closed_year").fetchall()
    opened = connection.execute(f"SELECT {_YEAR} FROM {OPEN_YEARS}").fetchall() if "academic_years" in marts else []
    return None if set(found) & set(opened) else catalog


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
