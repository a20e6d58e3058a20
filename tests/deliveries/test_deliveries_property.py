"""Whatever way a region's history comes, the warehouse is the same (specification 1-extracts.md).

A drawn history is dealt out to deliveries by chance (delivery_histories says what may be shuffled), written as files of
every format (delivery_files), merged in any order, some loads being killed, some deliveries loaded twice, the warehouse
being built in between, so that the next build goes on from it; then every table of the build is compared with the build
of one clean load. Failures name tables and counts, never rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from random import Random

import duckdb
import pytest
from delivery_builds import Station, differences, make_station
from delivery_crashes import ENDINGS, Crash, crash
from delivery_files import write_tables
from delivery_histories import Scenario, Tables, draw_scenario

from extracts.errors import BadInput
from extracts.raw import raw_folder
from extracts.rejects import rejects_file
from extracts.report import read_report

SEEDS = (2,)
SEEDS_LONG = (14, *range(100, 160))
#: Share of merges after which the warehouse is built, as on a night of its own.
BUILT_BETWEEN = 0.3


@pytest.mark.parametrize("seed", SEEDS)
def test_any_way_to_a_night_gives_the_same_warehouse(seed: int, tmp_path: Path, parsed_project: Path) -> None:
    assert differences_of_two_ways(seed, tmp_path, parsed_project) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS_LONG)
def test_many_ways_to_a_night_give_the_same_warehouse(seed: int, tmp_path: Path, parsed_project: Path) -> None:
    assert differences_of_two_ways(seed, tmp_path, parsed_project) == []


def test_the_comparison_counts_what_differs_and_leaves_out_what_speaks_of_the_way(tmp_path: Path) -> None:
    builds = [tmp_path / "one.duckdb", tmp_path / "other.duckdb"]
    for number, path in enumerate(builds):
        with duckdb.connect(str(path)) as connection:
            for schema in ("raw", "staging", "marts"):
                connection.execute(f"CREATE SCHEMA {schema}")
            connection.execute(f"CREATE TABLE raw.deliveries AS SELECT {number} AS rows_loaded")
            connection.execute(f"CREATE VIEW staging.stg_marks AS SELECT 'm1' AS mark_id, {number} AS load_date")
            connection.execute(
                "CREATE TABLE marts.findings AS SELECT 'S01' AS rule_id, NULL AS closed_on"
                f" UNION ALL SELECT 'S02', {number}"
            )
            connection.execute("CREATE TABLE marts.marks AS SELECT unnest([1, 1, 2]) AS five")
            connection.execute(f"UPDATE marts.marks SET five = 2 + {number} WHERE five = 2")
    with duckdb.connect(str(builds[1])) as connection:
        connection.execute("CREATE TABLE marts.more AS SELECT 1 AS a")

    assert differences(builds[0], builds[1]) == [
        "marts.more: only in one of them",
        "marts.marks: 1 rows of 3 are in the first alone, 1 of 3 in the second",
    ]


def differences_of_two_ways(seed: int, folder: Path, parsed_project: Path) -> list[str]:
    """Draws a scenario, goes both ways, compares the builds."""
    scenario = draw_scenario(seed)
    random = Random(f"way {seed}")
    station = make_station(folder / "any", parsed_project, dict(scenario.modes))
    for day, tables in scenario.deliveries.items():
        write_tables(station.landing / day.isoformat(), tables, random)
    for day in random.sample(sorted(scenario.deliveries), k=len(scenario.deliveries)):
        merge_with_troubles(station, day, random)
        check_nothing_lost(station, day, scenario.deliveries[day])
        if random.random() < BUILT_BETWEEN:
            station.build()
    clean = load_clean(scenario, folder / "clean", parsed_project)
    return differences(station.build(scenario.as_of), clean.build(scenario.as_of))


def load_clean(scenario: Scenario, folder: Path, parsed_project: Path) -> Station:
    """A home into which nothing but the rows that hold in the end was ever loaded."""
    station = make_station(folder, parsed_project)
    merge_in_order(station, scenario.clean)
    return station


def merge_in_order(station: Station, deliveries: Mapping[date, Tables]) -> None:
    """Writes and merges deliveries as plain CSV, oldest first."""
    for day in sorted(deliveries):
        write_tables(station.landing / day.isoformat(), deliveries[day])
        station.merge(day)
        check_nothing_lost(station, day, deliveries[day])


def merge_with_troubles(station: Station, day: date, random: Random) -> None:
    """Merges the delivery after loads that died somewhere; each left `raw/` as it was, or the delivery merged."""
    files = len(list(station.delivery(day).path.iterdir()))
    before = station.merged()
    for _ in range(random.choice([0, 1, 1, 2])):
        where = Crash(random.randrange(1, 10 * files + 30), random.choice(ENDINGS))
        crash(station, day, where)
        if station.is_merged(day):
            break
        assert station.merged() == before
    if not station.is_merged(day):
        station.merge(day)
    after = station.merged()
    assert {name: after[name] for name in before} == before
    if random.random() < 0.5:
        with pytest.raises(BadInput):
            station.merge(day)
        assert station.merged() == after


def check_nothing_lost(station: Station, day: date, tables: Tables) -> None:
    """Every row of the delivery is loaded or rejected; that the rejects are told of is a fact of the file."""
    report = read_report(raw_folder(station.home, day))
    assert {one.dataset: one.rows_read for one in report.datasets} == {name: len(rows) for name, rows in tables.items()}
    assert all(file.rows_read == file.rows_loaded + file.rows_rejected for file in report.files)
    assert not list((station.home / "warehouse" / "incoming").glob("*"))
    assert rejects_file(station.home, day).stat().st_size > 0
