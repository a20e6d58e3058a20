"""Publication: everyone reads one folder, and it changes by one atomic rename (specification 5-operation.md).

    publications/.tmp-…/          being written; a killed run leaves it, the next one removes it
    publications/<as_of>-<n>/     portfolio.duckdb (schema marts), people.duckdb (schema main), publication.json
    published → publications/…    a relative symbolic link

Before the rename of the link nothing has happened; after it everything has.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from extracts.raw import delivery_digests, merged_deliveries
from orchestration import audit
from orchestration.build_state import circumstances
from orchestration.database import attach, detach_finished, literal, name, open_database, tables_of
from orchestration.home import Home, make_private_folder, private_umask, read_json, sync, write_json
from orchestration.reading_order import laid
from orchestration.settings import Settings
from orchestration.years import Year, write_closed_years

PORTFOLIO_FILE = "portfolio.duckdb"
PEOPLE_FILE = "people.duckdb"
FACTS_FILE = "publication.json"
UNFINISHED = ".tmp-"

_FOLDER_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})-(\d+)")


@dataclass(frozen=True)
class Publication:
    """One publication: its folder, the date that it speaks of, and what it was made from.

    `digests`: load date → digest of the delivery's report, of those that may have been read again since.
    `circumstances`: the version of the program and the settings that it was built by (`build_state.circumstances`).
    `numbers`: as_of → the last number given to one of that date, so that no name is ever given twice.
    """

    folder: Path
    as_of: date
    number: int
    sequence: int
    created_at: str
    deliveries: tuple[str, ...]
    tables: dict[str, int]
    digests: dict[str, str] = field(default_factory=dict)
    circumstances: str = ""
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """`<as_of>-<n>`."""
        return self.folder.name

    @property
    def portfolio(self) -> Path:
        """Marts, dictionaries, findings."""
        return self.folder / PORTFOLIO_FILE

    @property
    def people(self) -> Path:
        """Who is who."""
        return self.folder / PEOPLE_FILE

    def is_made_of(self, load_date: date, digest: str) -> bool:
        """Whether the delivery is in it as it stands in `raw/` now, by the digest of its report."""
        day = load_date.isoformat()
        return day in self.deliveries and self.digests.get(day, digest) == digest


def publications(home: Home) -> list[Publication]:
    """All publications that are kept, in the order in which they were made."""
    if not home.publications.is_dir():
        return []
    folders = [path for path in home.publications.iterdir() if _FOLDER_NAME.fullmatch(path.name)]
    return sorted((_read(folder) for folder in folders), key=lambda one: (one.sequence, one.as_of, one.number))


def in_force(home: Home) -> Publication | None:
    """The publication that `published` points to; None before the first one."""
    try:
        target = home.published.resolve(strict=True)
    except OSError:
        return None
    return _read(target) if _FOLDER_NAME.fullmatch(target.name) else None


def unpublished_deliveries(home: Home) -> list[date]:
    """The merged deliveries that the publication in force was not made from, or not from as they are now."""
    publication = in_force(home)
    digests = delivery_digests(home.root, merged_deliveries(home.root))
    return [day for day, digest in digests.items() if not (publication and publication.is_made_of(day, digest))]


def publish(settings: Settings, build_db: Path) -> Publication:
    """Publishes what the build file holds (`build.prepare_build` made it, dbt filled it, checks passed it).

    Open academic years go into the publication, closed ones that have no file yet into `years/`. The newest few
    publications are kept.
    """
    home = settings.home
    make_private_folder(home.publications)
    remove_unfinished(home)
    with private_umask():
        folder = home.publications / f"{UNFINISHED}{os.getpid()}"
        folder.mkdir()
        as_of, digests, tables = _write_files(settings, build_db, folder)
        kept = publications(home)
        numbers = _given_numbers(kept)
        number = numbers.get(as_of.isoformat(), 0) + 1
        facts: dict[str, Any] = {
            "as_of": as_of.isoformat(),
            "number": number,
            "sequence": max((one.sequence for one in kept), default=0) + 1,
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "deliveries": [*digests],
            "digests": digests,
            "circumstances": circumstances(settings),
            "numbers": numbers | {as_of.isoformat(): number},
            "tables": tables,
        }
        write_json(folder / FACTS_FILE, facts)
        finished = home.publications / f"{as_of}-{number}"
        folder.rename(finished)
        sync(home.publications)
        put_in_force(home, finished)
    audit.record(home, "publication", publication=finished.name, deliveries=len(digests), rows=sum(tables.values()))
    keep_newest(home, settings.keep_publications)
    return _read(finished)


def put_in_force(home: Home, folder: Path) -> None:
    """Points `published` to the folder: one rename, so both of its files change together."""
    link = home.root / f".published-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(folder.relative_to(home.root))
    link.replace(home.published)
    sync(home.root)


def keep_newest(home: Home, count: int) -> None:
    """Removes all but the newest few publications; never the one in force."""
    current = in_force(home)
    for old in publications(home)[:-count]:
        if current is None or old.folder.resolve() != current.folder:
            # Renamed first: nobody sees a publication with one file.
            doomed = old.folder.with_name(f"{UNFINISHED}{old.id}")
            old.folder.rename(doomed)
            shutil.rmtree(doomed)


def remove_unfinished(home: Home) -> None:
    """Removes what killed runs left behind."""
    for leftover in home.publications.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover)
    for leftover in [*home.root.glob(".published-*"), *home.years.glob(f"{UNFINISHED}*")]:
        leftover.unlink()


def _write_files(settings: Settings, build_db: Path, folder: Path) -> tuple[date, dict[str, str], dict[str, int]]:
    with open_database(build_db, settings) as connection:
        [(build, as_of)] = connection.execute("SELECT current_database(), as_of FROM raw.run_context").fetchall()
        merged = connection.execute("FROM meta.merged_deliveries ORDER BY load_date").fetchall()
        years = _years(connection)
        closed = [year for year in years if not year.is_open(as_of)]
        rows = _copy(connection, build, "marts", folder / PORTFOLIO_FILE, closed)
        # In schema main: `people.students` would be ambiguous in a file that is called people itself.
        rows |= _copy(connection, build, "people", folder / PEOPLE_FILE, [], target_schema="main")
        write_closed_years(connection, settings.home, _computed(connection, closed))
    return as_of, {day.isoformat(): digest for day, digest in merged}, rows


def _years(connection: duckdb.DuckDBPyConnection) -> list[Year]:
    rows = connection.execute("SELECT academic_year_id, end_date FROM marts.academic_years").fetchall()
    return [Year(academic_year_id, end_date) for academic_year_id, end_date in rows]


def _computed(connection: duckdb.DuckDBPyConnection, years: list[Year]) -> list[Year]:
    """Those of the years that this build computed: a written one was left out of it."""
    rows = connection.execute("SELECT academic_year_id FROM raw.written_years").fetchall()
    written = {academic_year_id for (academic_year_id,) in rows}
    return [year for year in years if year.academic_year_id not in written]


def _copy(
    connection: duckdb.DuckDBPyConnection,
    build: str,
    schema: str,
    path: Path,
    closed: list[Year],
    *,
    target_schema: str | None = None,
) -> dict[str, int]:
    attach(connection, path, "publication")
    to = f"publication.{target_schema or schema}"
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {to}")
    rows: dict[str, int] = {}
    for table, columns in tables_of(connection, build, schema).items():
        target = f"{to}.{name(table)}"
        condition = _without(closed) if "academic_year_id" in columns and table != "publication" else ""
        source = f"{name(build)}.{schema}.{name(table)}"
        connection.execute(f"CREATE TABLE {target} AS SELECT * FROM {source} {condition} {laid(table)}")
        rows[table] = connection.execute(f"SELECT count(*) FROM {target}").fetchall()[0][0]
    detach_finished(connection, path, "publication")
    return rows


def _without(closed: list[Year]) -> str:
    if not closed:
        return ""
    ids = ", ".join(literal(year.academic_year_id) for year in closed)
    return f"WHERE coalesce(academic_year_id NOT IN ({ids}), true)"


def _read(folder: Path) -> Publication:
    match = _FOLDER_NAME.fullmatch(folder.name)
    if match is None:
        raise ValueError(f"not a publication: {folder.name}")
    facts = read_json(folder / FACTS_FILE)
    return Publication(
        folder=folder,
        as_of=date.fromisoformat(match.group(1)),
        number=int(match.group(2)),
        sequence=int(facts.get("sequence", 0)),
        created_at=str(facts.get("created_at", "")),
        deliveries=tuple(facts.get("deliveries", ())),
        tables=dict(facts.get("tables", {})),
        digests=dict(facts.get("digests", {})),
        circumstances=str(facts.get("circumstances", "")),
        numbers=dict(facts.get("numbers", {})),
    )


def _given_numbers(kept: Sequence[Publication]) -> dict[str, int]:
    """By as_of the last number that was given: readers who hold a publication open know it by its name."""
    given: dict[str, int] = {}
    for one in kept:
        for day, number in [*one.numbers.items(), (one.as_of.isoformat(), one.number)]:
            given[day] = max(number, given.get(day, 0))
    return given
