"""Single sentences of the semantics of deliveries at the loader; those about rows are unit tests of models/staging."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest
from delivery_builds import Station, make_station
from delivery_files import write_tables
from delivery_truth import Row

from extracts.contract import Mode
from extracts.errors import LoadStopped
from extracts.raw import create_raw_views, merged_deliveries

DAYS = (date(2026, 11, 9), date(2026, 11, 10), date(2026, 11, 11))
GOOD = {"student_profile_id": "s1", "person_id": "p1"}
SPOILT = {"student_profile_id": "s2", "person_id": ""}


@pytest.fixture
def station(tmp_path: Path) -> Station:
    """An empty home."""
    return make_station(tmp_path, tmp_path)


def subjects(*ids: str) -> list[Row]:
    return [{"subject_id": one, "name": one} for one in ids]


def rejected_keys(station: Station) -> list[tuple[str, date, str]]:
    with duckdb.connect() as connection:
        create_raw_views(connection, station.home, as_of=DAYS[-1], rounding_threshold=0.51, written_years=[])
        return connection.execute("FROM raw.rejected_keys ORDER BY ALL").fetchall()


def test_raw_is_the_same_in_whatever_order_deliveries_are_merged(tmp_path: Path) -> None:
    """Byte for byte: what a build starts from knows nothing of the way."""
    raws = []
    for number, order in enumerate((DAYS, DAYS[::-1], (DAYS[1], DAYS[2], DAYS[0]))):
        station = make_station(tmp_path / str(number), tmp_path)
        for day in DAYS:
            write_tables(station.landing / str(day), {"subjects": subjects(str(day)), "students": [GOOD, SPOILT]})
        for day in order:
            station.merge(day)
        assert merged_deliveries(station.home) == list(DAYS)
        raws.append(station.merged())
    assert all(raw == raws[0] for raw in raws)


def test_the_breaker_does_not_compare_a_late_delivery_with_newer_ones(station: Station) -> None:
    strict = replace(station, settings=replace(station.settings, lost_count=0, lost_share=0.0))
    for day, tables in zip(DAYS, [subjects("a"), subjects("a"), subjects("a", "b", "c")], strict=True):
        write_tables(station.landing / str(day), {"subjects": tables})
    strict.merge(DAYS[0])
    strict.merge(DAYS[2])
    strict.merge(DAYS[1])
    assert merged_deliveries(station.home) == list(DAYS)


def test_a_late_delivery_is_compared_with_the_one_before_it(station: Station) -> None:
    strict = replace(station, settings=replace(station.settings, lost_count=0, lost_share=0.0))
    for day, tables in zip(DAYS, [subjects("a", "b"), subjects("a"), subjects("a", "b")], strict=True):
        write_tables(station.landing / str(day), {"subjects": tables})
    strict.merge(DAYS[0])
    strict.merge(DAYS[2])
    with pytest.raises(LoadStopped):
        strict.merge(DAYS[1])
    assert merged_deliveries(station.home) == [DAYS[0], DAYS[2]]


@pytest.mark.parametrize(
    ("dataset", "mode", "rows", "known"),
    [
        ("students", "snapshot", [GOOD, SPOILT], ["s2"]),
        ("students", "change_set", [GOOD, SPOILT], []),
        ("subjects", "snapshot", [*subjects("a"), {"subject_id": "b", "name": " "}], ["b"]),
        ("subjects", "change_set", [*subjects("a"), {"subject_id": "b", "name": " "}], []),
    ],
)
def test_rejected_keys_are_known_of_whatever_comes_as_a_snapshot(
    station: Station, dataset: str, mode: Mode, rows: list[Row], known: list[str]
) -> None:
    """Of a change set nothing vanishes, so that nothing has to be kept."""
    station = replace(station, settings=replace(station.settings, modes={dataset: mode}))
    write_tables(station.landing / str(DAYS[0]), {dataset: rows})
    station.merge(DAYS[0])
    assert rejected_keys(station) == [(dataset, DAYS[0], key) for key in known]
