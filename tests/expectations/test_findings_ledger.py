"""When a finding was first seen, last seen and closed, over several nights, repeated ones and ones out of order."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from expectations.findings import write_findings, write_history
from expectations.ledger import history_path, load_ledger, record_published

Dates = tuple[date, date, date | None]


def night(day: int) -> date:
    return date(2026, 10, day)


def check(folder: Path, as_of: date, found: Iterable[str]) -> dict[str, Dates]:
    """What the mart says of these findings (each a student's S01) when the night `as_of` is checked."""
    with duckdb.connect(str(folder / "portfolio.duckdb")) as connection:
        connection.execute("DROP SCHEMA IF EXISTS marts CASCADE")
        connection.execute("CREATE SCHEMA marts")
        connection.execute("CREATE SCHEMA IF NOT EXISTS intermediate")
        connection.execute(
            "CREATE OR REPLACE TABLE intermediate.int_academic_years AS"
            " SELECT DATE '2026-09-01' AS begin_date, true AS is_current"
        )
        connection.execute(
            "CREATE TEMP TABLE tonight (rule_id VARCHAR, severity VARCHAR, object_kind VARCHAR, object_id VARCHAR,"
            " organization_id VARCHAR, class_unit_id VARCHAR, student_profile_id VARCHAR)"
        )
        rows = [[name, f"class on {as_of}", name] for name in found]
        if rows:
            connection.executemany("INSERT INTO tonight VALUES ('S01', 'blocker', 'student', ?, 'O1', ?, ?)", rows)
        connection.execute(
            "CREATE TABLE marts.completeness_rollup AS SELECT 'region' AS level, CAST(NULL AS VARCHAR) AS municipality,"
            " CAST(NULL AS VARCHAR) AS organization_id, 10 AS students, 10 - count(*) AS complete_students,"
            " count(*) AS blocker_findings, 0 AS section_findings, 0 AS advice_findings FROM tonight"
        )
        load_ledger(connection, folder / "ledger.parquet")
        write_findings(connection, as_of=as_of)
        write_history(connection)
        found_rows = connection.execute(
            "SELECT object_id, first_seen, last_seen, closed_on FROM marts.findings"
        ).fetchall()
    assert len({name for name, *_ in found_rows}) == len(found_rows)
    return {name: (first, last, closed) for name, first, last, closed in found_rows}


def publish(folder: Path, as_of: date, found: Iterable[str]) -> dict[str, Dates]:
    """Checks a night and records it as published."""
    dates = check(folder, as_of, found)
    record_published(folder / "ledger.parquet", folder / "portfolio.duckdb", as_of=as_of)
    return dates


def rows_of(file: Path) -> list[tuple[object, ...]]:
    return duckdb.sql(f"SELECT * FROM read_parquet('{file}') ORDER BY ALL").fetchall()


def test_a_finding_is_seen_closed_and_opened_again(tmp_path: Path) -> None:
    assert publish(tmp_path, night(1), ["a"]) == {"a": (night(1), night(1), None)}
    assert publish(tmp_path, night(2), ["a", "b"])["a"] == (night(1), night(2), None)
    assert publish(tmp_path, night(5), ["b"]) == {
        "a": (night(1), night(2), night(5)),
        "b": (night(2), night(5), None),
    }
    # Closed stays closed on the same night.
    assert publish(tmp_path, night(6), ["b"])["a"] == (night(1), night(2), night(5))
    assert publish(tmp_path, night(7), ["a", "b"])["a"] == (night(1), night(7), None)
    assert publish(tmp_path, night(8), ["b"])["a"] == (night(1), night(7), night(8))


def test_a_night_that_was_not_published_leaves_no_trace(tmp_path: Path) -> None:
    publish(tmp_path, night(1), ["a"])
    check(tmp_path, night(2), ["b"])
    assert check(tmp_path, night(3), ["a", "b"]) == {"a": (night(1), night(3), None), "b": (night(3), night(3), None)}


def test_the_same_night_twice_changes_nothing(tmp_path: Path) -> None:
    publish(tmp_path, night(1), ["a"])
    first = publish(tmp_path, night(2), ["b"])
    ledger = (tmp_path / "ledger.parquet").read_bytes()
    assert publish(tmp_path, night(2), ["b"]) == first
    assert (tmp_path / "ledger.parquet").read_bytes() == ledger


def test_a_night_published_again_takes_the_place_of_the_first(tmp_path: Path) -> None:
    publish(tmp_path, night(1), ["a"])
    publish(tmp_path, night(2), ["a", "wrong"])
    publish(tmp_path, night(3), ["a"])
    publish(tmp_path, night(2), ["a"])
    assert check(tmp_path, night(4), ["a"]) == {"a": (night(1), night(4), None)}


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::3])
def test_the_order_of_recording_does_not_matter(tmp_path: Path, order: tuple[int, ...]) -> None:
    nights = [(night(1), "ab"), (night(2), "a"), (night(3), "bc"), (night(4), "abc")]
    for place in order:
        publish(tmp_path, *nights[place])
    assert check(tmp_path, night(5), "a") == {
        "a": (night(1), night(5), None),
        "b": (night(1), night(4), night(5)),
        "c": (night(3), night(4), night(5)),
    }
    # An earlier night, built again, knows nothing of later ones.
    assert check(tmp_path, night(2), "a") == {"a": (night(1), night(2), None), "b": (night(1), night(1), night(2))}
    spans = [row for row in rows_of(tmp_path / "ledger.parquet") if row[0] is not None]
    assert [(row[3], row[7], row[8]) for row in spans] == [
        ("a", night(1), night(2)),
        ("a", night(4), night(4)),
        ("b", night(1), night(1)),
        ("b", night(3), night(4)),
        ("c", night(3), night(4)),
    ]


def test_a_night_without_findings_is_a_night(tmp_path: Path) -> None:
    publish(tmp_path, night(1), ["a"])
    publish(tmp_path, night(2), [])
    assert check(tmp_path, night(9), [])["a"] == (night(1), night(1), night(2))


def test_a_closed_finding_keeps_its_last_place(tmp_path: Path) -> None:
    publish(tmp_path, night(1), ["a"])
    publish(tmp_path, night(2), ["a"])
    check(tmp_path, night(3), [])
    with duckdb.connect(str(tmp_path / "portfolio.duckdb"), read_only=True) as connection:
        rows = connection.execute("SELECT severity, class_unit_id, student_profile_id FROM marts.findings").fetchall()
    assert rows == [("blocker", "class on 2026-10-02", "a")]


def test_what_was_closed_before_the_year_began_is_no_longer_shown(tmp_path: Path) -> None:
    publish(tmp_path, date(2026, 8, 1), ["old", "new"])
    publish(tmp_path, date(2026, 8, 2), ["new"])
    assert set(check(tmp_path, night(1), [])) == {"new"}


def test_the_history_has_each_published_night_once(tmp_path: Path) -> None:
    publish(tmp_path, night(2), ["a"])
    publish(tmp_path, night(1), ["a", "b"])
    publish(tmp_path, night(2), [])
    check(tmp_path, night(3), ["a", "b", "c"])
    with duckdb.connect(str(tmp_path / "portfolio.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "SELECT night, students, blocker_findings FROM marts.completeness_history ORDER BY night"
        ).fetchall()
    assert rows == [(night(1), 10, 2), (night(2), 10, 0), (night(3), 10, 3)]


def test_the_files_are_private(tmp_path: Path) -> None:
    publish(tmp_path, night(1), ["a"])
    files = [tmp_path / "ledger.parquet", history_path(tmp_path / "ledger.parquet")]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
    assert not list(tmp_path.glob(".*.part"))
