"""From a OneRoster export to the marts: averages computed by hand, and deltas that lead where a bulk export does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from extract_station import Station
from oneroster_exports import EXPORT_11, put_export, table
from shared_project import share_project

from orchestration.build import prepare_build, stop_if_broken
from orchestration.dbt_runner import build
from orchestration.merging import merge_deliveries
from orchestration.settings import load_settings

FIRST, SECOND = date(2026, 10, 1), date(2026, 10, 2)

ENROLLMENTS = (
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate"
)
RESULTS = "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,comment"
LINE_ITEMS = EXPORT_11["lineItems"].splitlines()[0]

#: How it was on the first day, and what the second one changed.
BEFORE = {
    **EXPORT_11,
    "enrollments": table(
        ENROLLMENTS,
        "e1,,,9a,sch1,u1,student,,,",
        "e2,,,9a,sch1,u2,student,,,",
        "g1,,,alg9,sch1,u1,student,,,",
        "g2,,,alg9,sch1,u2,student,,,",
    ),
    "results": table(
        RESULTS,
        "r1,,,li5,u1,fully graded,2,2026-09-10,",
        "r2,,,li5,u2,fully graded,3,2026-09-10,",
        "r3,,,li100,u1,fully graded,87,2026-09-11,",
        "r4,,,li5,u2,fully graded,5,2026-09-12,",
    ),
}
CHANGES = {
    "lineItems": table(LINE_ITEMS, "li1,active,2026-10-02T05:00:00Z,Ответ,,2026-09-15,2026-09-15,alg9,c2,q1,1,5"),
    "results": table(
        RESULTS,
        "r1,active,2026-10-02T05:00:00Z,li5,u1,fully graded,4,2026-09-10,",
        "r4,tobedeleted,2026-10-02T05:00:00Z,,,,,,",
        "r5,active,2026-10-02T05:00:00Z,li1,u1,fully graded,5,2026-09-15,",
    ),
    "users": EXPORT_11["users"].replace("k1,,", "k1,tobedeleted,").replace("u2,,,", "u2,active,2026-10-02T05:00:00Z,"),
}
#: The same as a whole.
AFTER = {
    **BEFORE,
    "lineItems": EXPORT_11["lineItems"] + "li1,,,Ответ,,2026-09-15,2026-09-15,alg9,c2,q1,1,5\n",
    "results": table(
        RESULTS,
        "r1,,,li5,u1,fully graded,4,2026-09-10,",
        "r2,,,li5,u2,fully graded,3,2026-09-10,",
        "r3,,,li100,u1,fully graded,87,2026-09-11,",
        "r5,,,li1,u1,fully graded,5,2026-09-15,",
    ),
}

#: It builds a warehouse; what the reader makes of an export is tested beside it.
pytestmark = pytest.mark.long


def built(root: Path, parsed_project: Path, deliveries: Mapping[date, tuple[Mapping[str, str], str]]) -> Path:
    """The build file as of the second day."""
    station = Station(root)
    for day, (tables, mode) in deliveries.items():
        put_export(station, tables, day, mode)
    share_project(station.home, parsed_project)
    settings = load_settings({"PORTFOLIO_HOME": str(station.home), "PORTFOLIO_LANDING": str(station.landing)})
    settings = replace(settings, reject_count=10**6, lost_count=10**6)
    merge_deliveries(settings, SECOND)
    prepare_build(settings, as_of=SECOND)
    stop_if_broken(build(settings, settings.home.build_db))
    return settings.home.build_db


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> tuple[Path, Path]:
    """The region delivered whole on the second day; and whole on the first, with changes on the second."""
    whole = built(tmp_path_factory.mktemp("whole"), parsed_project, {SECOND: (AFTER, "bulk")})
    changes = {FIRST: (BEFORE, "bulk"), SECOND: (CHANGES, "delta")}
    changed = built(tmp_path_factory.mktemp("changed"), parsed_project, changes)
    return whole, changed


def rows(build_db: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in a build."""
    with duckdb.connect(str(build_db), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_averages_come_out_as_computed_by_hand(builds: tuple[Path, Path]) -> None:
    # u1: 4 of weight 3 and 5 of weight 1 = 17/4 = 4.25; u2: 3. 87 of 100 has no five-point value.
    found = rows(
        builds[0],
        "SELECT student_profile_id, attestation_period_id, marks_count, weighted_sum, weight_sum, average_shown, "
        "class_unit_id, class_average FROM marts.student_subject_averages ORDER BY ALL",
    )
    mean = Decimal("3.625")
    assert [(*row[:7], Decimal(str(row[7]))) for row in found] == [
        ("u1", "q1:sch1", 2, 17, 4, Decimal("4.25"), "9a", mean),
        ("u1", None, 2, 17, 4, Decimal("4.25"), "9a", mean),
        ("u2", "q1:sch1", 1, 9, 3, Decimal(3), "9a", mean),
        ("u2", None, 1, 9, 3, Decimal(3), "9a", mean),
    ]


def test_the_calendar_of_a_class_is_that_of_its_sessions(builds: tuple[Path, Path]) -> None:
    columns = "class_unit_id, days_to_vacation, vacation_begin, vacation_end, current_period_name, period_end"
    vacation = (date(2026, 10, 24), date(2026, 11, 1))
    assert rows(builds[0], f"SELECT {columns} FROM marts.calendar ORDER BY ALL") == [
        ("10b", 22, *vacation, "1 четверть", date(2026, 10, 23)),
        ("9a", 22, *vacation, "1 четверть", date(2026, 10, 23)),
    ]


def test_deltas_lead_to_the_same_marts_as_a_bulk_export(builds: tuple[Path, Path]) -> None:
    names = [
        name
        for (name,) in rows(builds[0], "SELECT table_name FROM information_schema.tables WHERE table_schema = 'marts'")
    ]
    assert len(names) > 10
    for name in names:
        whole, changed = (rows(one, f"SELECT * FROM marts.{name} ORDER BY ALL") for one in builds)
        assert whole == changed, name
