"""Closed academic years: files of their own, written once and left alone (specification 5-operation.md).

A year is open until 1 October after its end. Ids are strings of some source system: a file's name is made from one so
that no id can lead out of the folder, and the id itself is read from inside the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
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
        "portfolio_readiness",
        "quality_checks",
        "quality_rules",
        "readiness_reasons",
        "readiness_sections",
    }
)

#: The longest name that stays as it is; a file system takes 255 bytes.
LONGEST_NAME = 200


@dataclass(frozen=True)
class Year:
    """An academic year and the day that decides whether it is closed."""

    academic_year_id: str
    end_date: date

    @property
    def closes_on(self) -> date:
        """1 October after its end."""
        october = date(self.end_date.year, OCTOBER, 1)
        return october if self.end_date < october else october.replace(year=october.year + 1)

    def is_open(self, as_of: date) -> bool:
        """Whether the year still stands in the published file."""
        return as_of < self.closes_on


@dataclass(frozen=True)
class WrittenYear(Year):
    """A year that has a file, and the deliveries that it was made from: load date → digest of the report."""

    deliveries: Mapping[date, str | None]

    def is_final(self, merged: Mapping[date, str | None]) -> bool:
        """Whether the file is left alone: made when the data had reached the closing day, and from every delivery of
        the time before it that is merged by now, as it is now. A file made for an `as_of` ahead of the data, or before
        an old delivery came, or was read again, is made again.
        """
        before = {day: digest for day, digest in merged.items() if day < self.closes_on}
        reached = max(self.deliveries, default=date.min) >= self.closes_on
        return reached and before.items() <= self.deliveries.items()


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


def written_years(home: Home) -> list[WrittenYear]:
    """The years that stand in `years/`, as each file says of itself."""
    return [_year_of(path) for path in sorted(home.years.glob(f"*{SUFFIX}")) if not path.name.startswith(".")]


def _year_of(path: Path) -> WrittenYear:
    connection = duckdb.connect(str(path), read_only=True)
    try:
        [(academic_year_id, end_date)] = connection.execute(
            "SELECT academic_year_id, end_date FROM meta.closed_year"
        ).fetchall()
        deliveries = connection.execute("FROM meta.merged_deliveries").fetchall()
    finally:
        connection.close()
    return WrittenYear(academic_year_id, end_date, {day: next(iter(digest), None) for day, *digest in deliveries})


def closed_before(home: Home, as_of: date, merged: Mapping[date, str | None]) -> list[str]:
    """Ids of the written years that a build for `as_of` leaves alone: those that are closed on that day and final.

    merged: load date → digest of the report, of every merged delivery.
    """
    return [year.academic_year_id for year in written_years(home) if not year.is_open(as_of) and year.is_final(merged)]


def write_closed_years(connection: duckdb.DuckDBPyConnection, home: Home, years: list[Year]) -> list[str]:
    """Writes the file of each given year that has students; gives the ids that it wrote.

    years: the closed years that this build computed; those that are final were left out of it. connection: the build,
    with the marts in schema `marts`. A file appears whole, under its name, or not at all. A year without students is
    only a line of the calendar: its data may still come.
    """
    make_private_folder(home.years)
    found = connection.execute("SELECT DISTINCT academic_year_id FROM marts.student_averages").fetchall()
    filled = [year for year in years if (year.academic_year_id,) in found]
    for year in filled:
        _write(connection, home.years / file_name(year.academic_year_id), year)
    return [year.academic_year_id for year in filled]


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
    connection.execute(f"CREATE TABLE closed_year.meta.merged_deliveries AS FROM {name(build)}.meta.merged_deliveries")
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
