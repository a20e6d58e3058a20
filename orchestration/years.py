"""Closed academic years: files of their own, written once and left alone (specification 5-operation.md).

A year is open until 1 October after its end. Ids are strings of some source system: a file's name is made from one so
that no id can lead out of the folder, and the id itself is read from inside the file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration.database import attach, detach_finished, literal, name, tables_of
from orchestration.home import Home, make_private_folder, sync

OCTOBER = 10
SUFFIX = ".duckdb"

#: Marts that speak of one night: a closed year has none of them.
ONE_NIGHT = frozenset(
    {
        "calendar",
        "upcoming_events",
        "completeness",
        "completeness_history",
        "completeness_rollup",
        "findings",
        "quality_checks",
        "quality_rules",
    }
)

#: The longest name that stays as it is; a file system takes 255 bytes.
LONGEST_NAME = 200


@dataclass(frozen=True)
class Year:
    """An academic year and the day that decides whether it is closed."""

    academic_year_id: str
    end_date: date

    def is_open(self, as_of: date) -> bool:
        """Whether the year still stands in the published file."""
        october = date(self.end_date.year, OCTOBER, 1)
        return as_of < (october if self.end_date < october else october.replace(year=october.year + 1))


def file_name(academic_year_id: str) -> str:
    """The name of a year's file: the id itself, with what a path or a shell could misread percent-encoded."""
    encoded = "".join(_encode(character) for character in academic_year_id)
    if encoded.startswith((".", "~", "-")):
        encoded = f"%{ord(encoded[0]):02X}{encoded[1:]}"
    if not encoded or len(encoded.encode()) > LONGEST_NAME:
        encoded = "%" + hashlib.sha256(academic_year_id.encode()).hexdigest()
    return encoded + SUFFIX


def _encode(character: str) -> str:
    if character.isalnum() or character in "-_.~ ()+=,@«»№":
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def written_years(home: Home) -> list[Year]:
    """The years that stand in `years/`, as each file says of itself."""
    return [_year_of(path) for path in sorted(home.years.glob(f"*{SUFFIX}")) if not path.name.startswith(".")]


def _year_of(path: Path) -> Year:
    connection = duckdb.connect(str(path), read_only=True)
    try:
        [(academic_year_id, end_date)] = connection.execute(
            "SELECT academic_year_id, end_date FROM meta.closed_year"
        ).fetchall()
    finally:
        connection.close()
    return Year(academic_year_id, end_date)


def closed_before(home: Home, as_of: date) -> list[str]:
    """Ids of the written years that a build for `as_of` leaves alone: those that are closed on that day."""
    return [year.academic_year_id for year in written_years(home) if not year.is_open(as_of)]


def write_closed_years(connection: duckdb.DuckDBPyConnection, home: Home, years: list[Year]) -> list[str]:
    """Writes the file of each given year that has none yet; gives the ids that it wrote.

    connection: the build, with the marts in schema `marts`. A file appears whole, under its name, or not at all.
    """
    make_private_folder(home.years)
    present = {year.academic_year_id for year in written_years(home)}
    missing = [year for year in years if year.academic_year_id not in present]
    for year in missing:
        _write(connection, home.years / file_name(year.academic_year_id), year)
    return [year.academic_year_id for year in missing]


def _write(connection: duckdb.DuckDBPyConnection, path: Path, year: Year) -> None:
    unfinished = path.with_name(f".tmp-{path.name}")
    unfinished.unlink(missing_ok=True)
    build = connection.execute("SELECT current_database()").fetchall()[0][0]
    attach(connection, unfinished, "closed_year")
    connection.execute("CREATE SCHEMA closed_year.meta")
    connection.execute(
        "CREATE TABLE closed_year.meta.closed_year AS"
        f" SELECT {literal(year.academic_year_id)} AS academic_year_id, DATE '{year.end_date}' AS end_date"
    )
    connection.execute("CREATE SCHEMA closed_year.marts")
    for table, columns in tables_of(connection, build, "marts").items():
        connection.execute(
            f"CREATE TABLE closed_year.marts.{name(table)} AS"
            f" SELECT * FROM {name(build)}.marts.{name(table)} {_rows_of(year, table, columns)}"
        )
    detach_finished(connection, unfinished, "closed_year")
    unfinished.replace(path)
    sync(path.parent)


def _rows_of(year: Year, table: str, columns: list[str]) -> str:
    if table in ONE_NIGHT:
        return "WHERE false"
    if "academic_year_id" in columns and table != "publication":
        return f"WHERE academic_year_id = {literal(year.academic_year_id)}"
    return ""
