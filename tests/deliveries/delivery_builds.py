"""Homes that deliveries are merged into, their builds, and the comparison of two builds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
from shared_project import share_project

from extracts.contract import Mode
from extracts.landing import Delivery
from extracts.load import DeliveryReport, load_delivery
from extracts.raw import raw_folder
from orchestration.build import finish_build, prepare_build
from orchestration.build_state import read_state
from orchestration.dbt_runner import build
from orchestration.settings import Settings, load_options, load_settings

#: What a build holds of the deliveries themselves, and of the build that it went on from: two ways to the same night
#: differ in it by design.
OF_THE_WAY = frozenset({"raw", "meta", "arrived", "previous"})
CHANGES = "intermediate.int_changed_"
#: Quality counts of earlier nights that were published; the ledger of this way alone knows them (3-quality.md).
OF_PUBLISHED_NIGHTS = frozenset({"marts.completeness_history"})
#: First and last night of a finding, and the night on which it was gone (3-quality.md says that they may differ); and
#: the delivery that brought a row's current version, which the load report counts by.
COLUMNS_OF_THE_WAY = ("first_seen", "last_seen", "closed_on", "load_date")

Rows = Counter[tuple[str | None, ...]]


@dataclass(frozen=True)
class Station:
    """A landing zone and a home that loads from it."""

    settings: Settings

    @property
    def home(self) -> Path:
        """Where everything of the region stands."""
        return self.settings.home.root

    @property
    def landing(self) -> Path:
        """Where its deliveries stand."""
        return self.home.parent / "landing"

    def delivery(self, day: date) -> Delivery:
        """The delivery of a day."""
        return Delivery(day, self.landing / day.isoformat())

    def merge(self, day: date) -> DeliveryReport:
        """Loads the delivery of a day into `raw/`."""
        return load_delivery(self.delivery(day), home=self.home, options=load_options(self.settings))

    def is_merged(self, day: date) -> bool:
        """Whether the delivery stands in `raw/`."""
        return raw_folder(self.home, day).exists()

    def merged(self) -> dict[str, bytes]:
        """Everything in `raw/`, byte for byte."""
        files = sorted(path for path in (self.home / "raw").rglob("*") if path.is_file())
        return {str(path.relative_to(self.home)): path.read_bytes() for path in files}

    def build(self, as_of: date | None = None) -> Path:
        """The build file of everything that is merged: every model. Data tests would say nothing of two ways.

        It goes on from the station's last build where the program would do so.
        """
        prepare_build(self.settings, as_of=as_of)
        build_db = self.settings.home.build_db
        state = read_state(build_db)
        models = ["resource_type:seed", "resource_type:model"]
        continues = state is not None and state.continues
        finish_build(self.settings, build(self.settings, build_db, select=models, continues=continues))
        return build_db

    def is_continued(self) -> bool:
        """Whether the last build went on from the one before."""
        state = read_state(self.settings.home.build_db)
        return state is not None and state.continues


def make_station(folder: Path, parsed_project: Path, modes: dict[str, Mode] | None = None) -> Station:
    """A station in the folder. `parsed_project`: where homes share the parsed dbt project."""
    home = share_project(folder / "home", parsed_project)
    (folder / "landing").mkdir()
    settings = load_settings({"PORTFOLIO_HOME": str(home), "PORTFOLIO_LANDING": str(folder / "landing")})
    # The limits of the circuit breaker are not what is tested here.
    return Station(replace(settings, reject_count=10**6, lost_count=10**6, modes=modes or {}))


def differences(one: Path, other: Path) -> list[str]:
    """Each table in which two builds or published files differ, with counts of rows; empty: they hold the same.

    Tables that speak of the way to this night, and such columns, are left out.
    """
    ours, others = _tables(one), _tables(other)
    missing = [f"{table}: only in one of them" for table in sorted(ours.keys() ^ others.keys())]
    return missing + [
        f"{table}: {(ours[table] - others[table]).total()} rows of {ours[table].total()} are in the first alone, "
        f"{(others[table] - ours[table]).total()} of {others[table].total()} in the second"
        for table in sorted(ours.keys() & others.keys())
        if ours[table] != others[table]
    ]


def _tables(database: Path) -> dict[str, Rows]:
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "SELECT schema_name || '.' || name FROM ("
            " SELECT schema_name, table_name AS name FROM duckdb_tables() WHERE NOT internal"
            " UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal)"
        ).fetchall()
        return {name: _rows(connection, name) for (name,) in found if not _is_of_the_way(name)}


def _is_of_the_way(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in OF_THE_WAY or name in OF_PUBLISHED_NIGHTS or name.startswith(CHANGES)


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> Rows:
    columns = [name for (name, *_) in connection.execute(f"DESCRIBE {table}").fetchall()]
    kept = [name for name in sorted(columns) if name not in COLUMNS_OF_THE_WAY]
    if table == "intermediate.int_orphans":  # counted for each delivery
        kept = ["dataset", "column_name", "sum(rows_count)"]
    cells = ", ".join(f"CAST({name} AS VARCHAR)" for name in kept)
    tail = {
        "marts.findings": "WHERE closed_on IS NULL",
        "intermediate.int_orphans": "GROUP BY dataset, column_name HAVING sum(rows_count) > 0",
    }
    return Counter(connection.execute(f"SELECT {cells} FROM {table} {tail.get(table, '')}").fetchall())
