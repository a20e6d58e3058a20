"""When a build may go on from the last one, and when it must begin afresh (0-architecture.md, rule 5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from extracts.raw import delivery_digests
from extracts.sample import write_region
from orchestration.build_state import (
    BUILDING,
    FINISHED,
    PREPARED,
    known_deliveries,
    read_state,
    set_phase,
    write_state,
)
from orchestration.merging import merge_deliveries
from orchestration.settings import Settings, load_settings

FIRST, SECOND = date(2026, 11, 9), date(2026, 11, 10)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with one delivery in a finished build (no model in it), and another that is merged since."""
    settings = load_settings({"PORTFOLIO_HOME": str(tmp_path / "home")})
    write_region(settings.landing, students=8, nights=2, seed=1, first_night=FIRST)
    merge_deliveries(settings, FIRST, alone=True)
    settings.home.warehouse.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.home.build_db)) as connection:
        write_state(connection, settings, delivery_digests(settings.home.root, [FIRST]), continues=False)
    set_phase(settings.home.build_db, FINISHED)
    merge_deliveries(settings, SECOND, alone=True)
    return settings


def digests(settings: Settings) -> dict[date, str]:
    return delivery_digests(settings.home.root, [FIRST, SECOND])


def test_a_finished_build_goes_on_with_what_came_since(settings: Settings) -> None:
    assert known_deliveries(settings, digests(settings)) == {FIRST}


@pytest.mark.parametrize("phase", [PREPARED, BUILDING])
def test_an_unfinished_build_does_not_go_on(settings: Settings, phase: str) -> None:
    set_phase(settings.home.build_db, phase)

    assert known_deliveries(settings, digests(settings)) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda settings: replace(settings, rounding_threshold=0.6),
        lambda settings: replace(settings, time_zone="Europe/Moscow"),
    ],
)
def test_other_settings_begin_afresh(settings: Settings, change: Callable[[Settings], Settings]) -> None:
    assert known_deliveries(change(settings), digests(settings)) is None


def test_a_delivery_that_is_gone_or_another_begins_afresh(settings: Settings) -> None:
    found = digests(settings)

    assert known_deliveries(settings, {SECOND: found[SECOND]}) is None
    assert known_deliveries(settings, found | {FIRST: "another"}) is None


def test_a_whole_snapshot_of_marks_begins_afresh(settings: Settings) -> None:
    report = settings.home.root / "raw" / SECOND.isoformat() / "delivery.json"
    marks = '"dataset": "marks",\n   "mode": '
    text = report.read_text("utf-8")
    assert f'{marks}"change_set"' in text
    report.write_text(text.replace(f'{marks}"change_set"', f'{marks}"snapshot"'), "utf-8")

    assert known_deliveries(settings, digests(settings)) is None


def test_a_file_that_cannot_be_read_begins_afresh(settings: Settings) -> None:
    settings.home.build_db.write_bytes(b"DUCK" * 5000)

    assert read_state(settings.home.build_db) is None
    assert known_deliveries(settings, digests(settings)) is None


def test_a_file_full_of_holes_begins_afresh(settings: Settings) -> None:
    with duckdb.connect(str(settings.home.build_db)) as connection:
        connection.execute("CREATE TABLE holes AS SELECT hash(range) AS a, hash(range + 1) AS b FROM range(6000000)")
    size = settings.home.build_db.stat().st_size
    assert size > 2**26

    assert known_deliveries(settings, digests(settings)) is None
