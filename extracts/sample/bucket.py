"""The facts of one bucket of organizations: lessons, marks, absences, papers, written night by night."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from extracts.sample.files import FileWriter
from extracts.sample.nights import Night
from extracts.sample.plan import BUCKET_TABLES, COMMON_TABLES, ORGANIZATION_TABLES
from extracts.sample.sql_files import Value, open_database, run_scripts, script, set_variables

#: Datasets whose rows belong to one organization; the others are written once for the region.
DATASETS = (
    "students",
    "identity_documents",
    "enrollments",
    "representatives",
    "portal_applications",
    "groups",
    "group_members",
    "lessons",
    "marks",
    "attendances",
    "final_marks",
    "events",
    "event_participants",
    "achievements",
)
SCRIPTS = ("forms", "people", "applications", "groups", "lessons", "events")

PlantedRow = tuple[str, str, str, str | None, str]


@dataclass(frozen=True)
class BucketWork:
    """What the buckets of a region share."""

    plan: dict[str, pa.Table]
    variables: dict[str, Value]
    nights: list[Night]
    writer: FileWriter
    memory: str
    temporary: Path


def write_bucket(work: BucketWork, bucket: int, part: int | None) -> list[PlantedRow]:
    """Write the bucket's part of every night's delivery; give the defects that stand in it on the last night."""
    connection = open_database(memory=work.memory, temporary=work.temporary)
    try:
        _take_plan(connection, work.plan, bucket)
        set_variables(connection, work.variables)
        run_scripts(connection, *(f"bucket/{name}" for name in SCRIPTS))
        for night in work.nights:
            set_variables(connection, night.variables)
            for dataset in DATASETS:
                work.writer.write(connection, night.load_date, dataset, part)
        return connection.execute(script("bucket/planted")).fetchall()
    finally:
        connection.close()


def _take_plan(connection: duckdb.DuckDBPyConnection, plan: dict[str, pa.Table], bucket: int) -> None:
    conditions = {
        **dict.fromkeys(COMMON_TABLES, "TRUE"),
        **dict.fromkeys(BUCKET_TABLES, f"bucket = {bucket}"),
        **dict.fromkeys(ORGANIZATION_TABLES, "org_no IN (SELECT org_no FROM org)"),
    }
    for table, condition in conditions.items():
        connection.register("given", plan[table])
        connection.execute(f"CREATE TABLE {table} AS FROM given WHERE {condition}")
        connection.unregister("given")
