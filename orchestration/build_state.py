"""Whether tonight's build may go on from the last one, and what it needs for that (house rule 5).

The build file says of itself how it came about, in `meta.build_state` (one row) and `meta.merged_deliveries`. It is
continued if its models were finished by this very version of the project, on the same settings, from deliveries that
are all still there unchanged; anything else, a killed run first of all, makes the next build begin afresh: a full build
gives the same tables, row for row. Does not belong here: which rows change (models/intermediate/changes).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from extracts.contract import load_contract
from extracts.raw import raw_folder
from extracts.report import read_report
from orchestration.dbt_runner import project_fingerprint
from orchestration.settings import Settings

#: The small tables that a continued build compares with what they were.
REMEMBERED = {
    "staging": ("stg_class_units", "stg_groups", "stg_subjects"),
    "intermediate": (
        "int_academic_years",
        "int_class_days",
        "int_control_forms",
        "int_group_days",
        "int_schedule_periods",
        "int_student_profiles",
        "int_student_years",
    ),
}

#: What the load report tells of a build: it must not tell of the build before if this one gets stuck.
TOLD = ("intermediate.int_orphans", "intermediate.int_load_remarks")

#: Datasets whose staging tables are kept: a whole snapshot of one of them is for a full build.
KEPT_DATASETS = frozenset({"marks", "lessons", "attendances"})

#: A file that has grown to this many times the size of its full build holds mostly holes.
MOST_GROWTH = 2.5

PREPARED, BUILDING, FINISHED = "prepared", "building", "finished"


@dataclass(frozen=True)
class BuildState:
    """What a build file says; `deliveries`: load date → its report's digest; `full_bytes`: see MOST_GROWTH."""

    circumstances: str
    phase: str
    continues: bool
    full_bytes: int | None
    deliveries: dict[date, str]


def circumstances(settings: Settings) -> str:
    """What must be the same for one build to continue another, besides the deliveries."""
    facts = (project_fingerprint(), duckdb.__version__, str(settings.rounding_threshold), settings.time_zone)
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def known_deliveries(settings: Settings, digests: dict[date, str]) -> frozenset[date] | None:
    """The deliveries that the build file was made from, if tonight's build may continue it; None if it may not."""
    path = settings.home.build_db
    state = read_state(path)
    if state is None or state.phase != FINISHED or state.circumstances != circumstances(settings):
        return None
    if any(digests.get(day) != digest for day, digest in state.deliveries.items()):
        return None
    if state.full_bytes is None or path.stat().st_size > MOST_GROWTH * state.full_bytes + 2**26:
        return None
    arrived = digests.keys() - state.deliveries.keys()
    return None if any(_brings_snapshot(settings, day) for day in arrived) else frozenset(state.deliveries)


def _brings_snapshot(settings: Settings, day: date) -> bool:
    report = read_report(raw_folder(settings.home.root, day))
    return any(one.dataset in KEPT_DATASETS and one.mode == "snapshot" for one in report.datasets)


def read_state(path: Path) -> BuildState | None:
    """What the file says of itself; None if there is none, or it cannot be read."""
    if not path.is_file():
        return None
    try:
        with duckdb.connect(str(path)) as connection:
            [(facts, phase, continues, full_bytes)] = connection.execute(
                "SELECT circumstances, phase, continues, full_bytes FROM meta.build_state"
            ).fetchall()
            deliveries = connection.execute("SELECT load_date, digest FROM meta.merged_deliveries").fetchall()
    except (duckdb.Error, ValueError):
        return None  # whatever is wrong with it: it is made afresh
    return BuildState(facts, phase, continues, full_bytes, dict(deliveries))


def write_state(
    connection: duckdb.DuckDBPyConnection, settings: Settings, digests: dict[date, str], *, continues: bool
) -> None:
    """Notes in the build file what the build that begins now is made from; the size of its full build is kept."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS meta")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS meta.build_state"
        " (circumstances VARCHAR, phase VARCHAR, continues BOOLEAN, full_bytes BIGINT)"
    )
    before = connection.execute("SELECT full_bytes FROM meta.build_state").fetchall()
    connection.execute("DELETE FROM meta.build_state")
    full_bytes = before[0][0] if before else None
    connection.execute(
        "INSERT INTO meta.build_state VALUES (?, ?, ?, ?)", [circumstances(settings), PREPARED, continues, full_bytes]
    )
    connection.execute("CREATE OR REPLACE TABLE meta.merged_deliveries (load_date DATE, digest VARCHAR)")
    connection.executemany("INSERT INTO meta.merged_deliveries VALUES (?, ?)", [list(one) for one in digests.items()])


def set_phase(path: Path, phase: str) -> None:
    """Notes how far the build has come; the size of a finished full build is what later growth is held against."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE meta.build_state SET phase = ?", [phase])
        connection.execute("CHECKPOINT")
    if phase == FINISHED:
        with duckdb.connect(str(path)) as connection:
            connection.execute("UPDATE meta.build_state SET full_bytes = ? WHERE NOT continues", [path.stat().st_size])


def remember(connection: duckdb.DuckDBPyConnection) -> None:
    """Copies the small tables, as the build before left them, into schema `previous`; drops what it had to tell."""
    for table in TOLD:
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    connection.execute("DROP SCHEMA IF EXISTS previous CASCADE")
    connection.execute("CREATE SCHEMA previous")
    for schema, tables in REMEMBERED.items():
        for table in tables:
            connection.execute(f"CREATE TABLE previous.{table} AS FROM {schema}.{table}")


def show_arrived(connection: duckdb.DuckDBPyConnection, known: Collection[date]) -> None:
    """Makes schema `arrived`: of each dataset whose table is kept, the rows of deliveries that are not known yet."""
    connection.execute("DROP SCHEMA IF EXISTS arrived CASCADE")
    connection.execute("CREATE SCHEMA arrived")
    days = ", ".join(f"DATE '{day}'" for day in sorted(known))
    for name in sorted(KEPT_DATASETS & load_contract().keys()):
        # A delivery's date is the same throughout its files: those of known deliveries are not read.
        connection.execute(f"CREATE VIEW arrived.{name} AS FROM raw.{name} WHERE _load_date NOT IN ({days})")
