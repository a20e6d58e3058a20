"""The sensor and the schedule before a landing zone on another machine (which here is only another memory)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import fsspec
import pytest

from orchestration.automation import every_night, new_deliveries, rested, watch
from orchestration.home import Home
from orchestration.instance import open_instance
from orchestration.landing_zone import Waiting
from orchestration.plan import pending_deliveries
from orchestration.settings import load_settings
from orchestration.steps import WarehouseWriter

FIRST, SECOND = date(2026, 10, 1), date(2026, 10, 2)


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PORTFOLIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PORTFOLIO_LANDING", "memory://in")
    yield
    store = fsspec.filesystem("memory")
    store.store.clear()
    store.pseudo_dirs[:] = [""]


def deliver(day: date, content: bytes) -> None:
    fsspec.filesystem("memory").pipe_file(f"/in/{day}/marks.csv", content)


def look() -> list[Waiting]:
    settings = load_settings()
    return pending_deliveries(settings.landing, settings.home, only_looking=True, sizes=True)


def test_the_sensor_waits_until_the_listed_sizes_have_rested() -> None:
    deliver(FIRST, b"a")
    deliver(SECOND, b"a")
    seen = watch(look(), {}, now=0)
    assert rested(look(), seen, now=299, rest_seconds=300) == []
    ready = rested(look(), watch(look(), seen, now=300), now=300, rest_seconds=300)
    assert [one.load_date for one in ready] == [FIRST, SECOND]
    deliver(FIRST, b"more")
    seen = watch(look(), seen, now=200)
    assert rested(look(), seen, now=300, rest_seconds=300) == []
    assert len(rested(look(), watch(look(), seen, now=500), now=500, rest_seconds=300)) == 2


def test_the_sensor_asks_for_a_run_again_only_when_the_listing_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTFOLIO_SENSOR_REST_MINUTES", "0")
    keys = []
    with dg.DagsterInstance.ephemeral() as instance:
        for content in (b"a", b"b", b"longer"):
            deliver(FIRST, content)
            result = new_deliveries(dg.build_sensor_context(instance=instance))
            assert isinstance(result, dg.SensorResult)
            [request] = result.run_requests or []
            assert request.partition_key == str(FIRST)
            keys.append(request.run_key)
    assert keys[0] == keys[1] != keys[2]


def test_a_night_that_cannot_look_into_the_zone_raises_an_alert(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_instance(Home(tmp_path / "home")) as instance:
        skipped = every_night(dg.build_schedule_context(instance=instance))
        assert isinstance(skipped, dg.SkipReason)
        assert "memory:///in" in (skipped.skip_message or "")
        assert "ТРЕВОГА" in caplog.text
        deliver(FIRST, b"a")
        request = every_night(dg.build_schedule_context(instance=instance))
        assert isinstance(request, dg.RunRequest)
        assert request.partition_key == str(FIRST)


def test_every_run_that_writes_first_removes_what_a_killed_one_has_fetched(tmp_path: Path) -> None:
    left = tmp_path / "home" / "warehouse" / "fetched" / str(FIRST) / "marks.csv"
    left.parent.mkdir(parents=True)
    left.write_text("of a killed run")
    with WarehouseWriter().yield_for_execution(dg.build_init_resource_context()):
        assert not left.parent.parent.exists()
