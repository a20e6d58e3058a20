"""Deliveries that come after later ones which are made of them: the warehouse is that of one load in order of date."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import fsspec
import pytest
from late_parents import BETWEEN, CALENDAR, FIRST, ONEROSTER, PAGES, SECOND, THIRD, late

from extracts.errors import BadInput, LoadStopped
from extracts.history import find_outdated
from extracts.raw import delivery_digests, merged_deliveries
from orchestration import progress
from orchestration.load_report import json_file, text_file
from orchestration.merging import merge_deliveries
from orchestration.plan import NIGHTLY, Task, plan_night
from orchestration.settings import load_settings

HISTORIES = {"pages": PAGES, "oneroster": ONEROSTER, "calendar": CALENDAR, "between": BETWEEN}
ORDERS = [
    ("pages", [[THIRD], [SECOND], [FIRST]]),
    ("pages", [[FIRST, THIRD], [SECOND]]),
    ("pages", [[SECOND], [FIRST, THIRD]]),
    ("oneroster", [[FIRST, THIRD], [SECOND]]),
    ("oneroster", [[THIRD], [SECOND], [FIRST]]),
    ("calendar", [[SECOND], [FIRST]]),
    ("between", [[SECOND, THIRD], [FIRST]]),
]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """What is kept of each history that came in order of date."""
    return {
        name: late(tmp_path_factory.mktemp(name), deliveries, sorted(deliveries)).kept()
        for name, deliveries in HISTORIES.items()
    }


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operator's lines."""
    lines: list[str] = []
    monkeypatch.setattr(progress, "say", lines.append)
    return lines


@pytest.mark.parametrize(("name", "orders"), ORDERS)
def test_any_order_keeps_what_the_order_of_dates_does(
    tmp_path: Path, clean: dict[str, dict[str, bytes]], name: str, orders: Sequence[Sequence[date]]
) -> None:
    came = late(tmp_path, HISTORIES[name], *orders)
    assert came.kept() == clean[name]
    assert find_outdated(came.station.home) == {}
    assert came.merge() == []


@pytest.mark.parametrize("name", HISTORIES)
def test_what_comes_late_would_else_be_missed(tmp_path: Path, clean: dict[str, dict[str, bytes]], name: str) -> None:
    """That the histories are of any use: rows of later days do change with the first."""
    came = late(tmp_path, HISTORIES[name], [day for day in HISTORIES[name] if day != FIRST])
    others = {file: content for file, content in clean[name].items() if FIRST.isoformat() not in file}
    kept = came.kept()
    assert {Path(file).suffix for file in kept if kept[file] != others.get(file)} >= {".parquet", ".json"}


def test_only_what_looked_at_earlier_deliveries_is_read_again(tmp_path: Path) -> None:
    marks = {"marks.csv": PAGES[SECOND]["marks.csv"]}
    came = late(tmp_path, {**PAGES, THIRD: marks}, [SECOND, THIRD])
    came.deliver(FIRST)
    before = delivery_digests(came.station.home, [SECOND, THIRD])
    assert came.merge() == [FIRST, SECOND]
    after = delivery_digests(came.station.home, [SECOND, THIRD])
    assert before[SECOND] != after[SECOND]  # or a build would go on from rows that are no more
    assert before[THIRD] == after[THIRD]


def test_a_whole_export_does_not_depend_on_what_it_replaces(tmp_path: Path) -> None:
    came = late(
        tmp_path, {FIRST: ONEROSTER[FIRST], SECOND: ONEROSTER[FIRST], THIRD: ONEROSTER[SECOND]}, [SECOND, THIRD]
    )
    came.deliver(FIRST)
    assert came.merge() == [FIRST]


def test_a_late_delivery_is_merged_and_the_run_dies_before_others_are_read_again(
    tmp_path: Path, clean: dict[str, dict[str, bytes]]
) -> None:
    came = late(tmp_path, PAGES, [SECOND, THIRD])
    came.deliver(FIRST)
    came.station.load(FIRST, memory_limit="2GB")
    assert came.kept() != clean["pages"]
    assert plan_night(came.settings) == [Task(NIGHTLY, THIRD)]
    # The schedules of the third day are made of the groups of the second: read again after those.
    assert came.merge() == [SECOND, THIRD]
    assert came.kept() == clean["pages"]


KILLED = """
import os, signal, sys
from datetime import date
from orchestration.merging import merge_deliveries
from orchestration.settings import load_settings

settings, touches = load_settings(), 0

def touch(event, arguments):
    global touches
    if event == "os.rename" and f"/raw/{sys.argv[1]}" in f"{arguments[0]} {arguments[1]}":
        touches += 1
        if touches == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(touch)
merge_deliveries(settings, date.max)
"""


@pytest.mark.parametrize("touch", [1, 2])
def test_a_run_killed_while_a_delivery_changes_places_is_repaired_by_the_next(
    tmp_path: Path, clean: dict[str, dict[str, bytes]], touch: int
) -> None:
    came = late(tmp_path, PAGES, [SECOND, THIRD])
    came.deliver(FIRST)
    environment = {
        **os.environ,
        "PORTFOLIO_HOME": str(came.station.home),
        "PORTFOLIO_LANDING": str(came.station.landing),
    }
    killed = subprocess.run([sys.executable, "-c", KILLED, str(SECOND), str(touch)], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (SECOND in merged_deliveries(came.station.home)) == (touch == 1)
    # The landing zone may lose it now: what was read of it must not be lost with it.
    shutil.move(came.station.landing / str(SECOND), tmp_path / "away")
    came.merge()
    assert merged_deliveries(came.station.home) == [FIRST, SECOND, THIRD]
    shutil.move(tmp_path / "away", came.station.landing / str(SECOND))
    assert came.merge() == [SECOND, THIRD]
    assert came.kept() == clean["pages"]


def _remove(folder: Path) -> None:
    shutil.rmtree(folder)


def _change(folder: Path) -> None:
    text = (folder / "marks.csv").read_text()
    (folder / "marks.csv").write_text(text.replace("m1", "m9"))


def _add(folder: Path) -> None:
    (folder / "subjects.csv").write_text("subject_id;name\n1;А\n")


@pytest.mark.parametrize("spoil", [_remove, _change, _add])
def test_a_delivery_that_is_no_longer_there_stays_as_it_was_and_is_told(
    tmp_path: Path, said: list[str], clean: dict[str, dict[str, bytes]], spoil: object
) -> None:
    came = late(tmp_path, PAGES, [SECOND])
    before = delivery_digests(came.station.home, [SECOND])
    folder = came.station.landing / str(SECOND)
    shutil.copytree(folder, tmp_path / "kept")
    assert callable(spoil)
    spoil(folder)
    came.deliver(FIRST)
    assert came.merge() == [FIRST]
    assert delivery_digests(came.station.home, [SECOND]) == before
    [line] = [line for line in said if "перечитать её нельзя" in line]
    assert line.startswith(f"{SECOND}: ")
    assert "class_units, organizations" in line
    assert f"Верните в зону приёма папку {SECOND}" in line
    home = came.settings.home
    assert json.loads(json_file(home, SECOND).read_text())["outdated"] == [line]
    assert line in text_file(home, SECOND).read_text()
    # Nothing waits that a run could do anything about: `portfolio load` ends with 3, not with the same night again.
    assert Task(NIGHTLY, SECOND) not in plan_night(came.settings)

    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(tmp_path / "kept", folder)
    assert plan_night(came.settings) == [Task(NIGHTLY, SECOND)]
    assert came.merge() == [SECOND]
    assert "outdated" not in json.loads(json_file(home, SECOND).read_text())
    came.deliver(THIRD)
    came.merge()
    assert came.kept() == clean["pages"]


@pytest.fixture
def zone() -> Iterator[Callable[..., None]]:
    """A landing zone on another machine, which here is only another memory; gives what puts a delivery into it."""
    store = fsspec.filesystem("memory")

    def put(day: date, replaced: str = "", by: str = "") -> None:
        for name, content in PAGES[day].items():
            store.pipe_file(f"/late/{day}/{name}", content.replace(replaced, by).encode())

    yield put
    store.store.clear()
    store.pseudo_dirs[:] = [""]


def test_what_must_be_read_again_is_fetched_again(
    tmp_path: Path, zone: Callable[..., None], said: list[str], clean: dict[str, dict[str, bytes]]
) -> None:
    came = late(tmp_path, PAGES)
    settings = load_settings({"PORTFOLIO_HOME": str(came.station.home), "PORTFOLIO_LANDING": "memory://late"})

    def merge() -> list[date]:
        return [report.load_date for report in merge_deliveries(settings, THIRD)]

    zone(SECOND)
    assert merge() == [SECOND]
    zone(SECOND, "m1", "m9")  # as long as before: only its bytes tell
    zone(FIRST)
    assert merge() == [FIRST]
    assert len([line for line in said if "перечитать её нельзя" in line]) == 1
    zone(SECOND)
    zone(THIRD)
    assert plan_night(settings) == [Task(NIGHTLY, THIRD)]
    assert merge() == [SECOND, THIRD]
    assert came.kept() == clean["pages"]
    assert not (came.station.home / "warehouse" / "fetched").exists()


def test_reading_again_keeps_the_decisions_of_the_first_load(tmp_path: Path) -> None:
    came = late(tmp_path, {**PAGES, SECOND: {**PAGES[SECOND], "markz.csv": "x\n"}})
    came.deliver(SECOND)
    came.station.load(SECOND, without=("markz", "marks"))
    came.deliver(FIRST)
    assert came.merge() == [FIRST, SECOND]
    assert came.station.rows("marks") == []
    assert len(came.station.rows("groups")) == 2


def test_a_bad_later_delivery_does_not_keep_others_from_being_read_again(
    tmp_path: Path, clean: dict[str, dict[str, bytes]]
) -> None:
    came = late(tmp_path, PAGES, [THIRD])
    came.deliver(FIRST)
    came.station.put("markz.csv", "x\n", SECOND)
    with pytest.raises(BadInput):
        came.merge()
    assert find_outdated(came.station.home) == {}
    (came.station.landing / str(SECOND) / "markz.csv").unlink()
    came.deliver(SECOND)
    came.merge()
    assert came.kept() == clean["pages"]


def test_the_breaker_watches_over_what_is_read_again_unless_it_was_overruled(tmp_path: Path) -> None:
    came = late(tmp_path, PAGES)
    strict = replace(came.settings, reject_count=0, reject_share=0.0)
    came.deliver(SECOND)
    merge_deliveries(strict, SECOND, overrule=True)
    came.deliver(FIRST)
    assert [report.load_date for report in merge_deliveries(strict, SECOND)] == [FIRST, SECOND]

    other = late(tmp_path / "other", PAGES, [SECOND])
    before = delivery_digests(other.station.home, [SECOND])
    other.deliver(FIRST)
    strict = replace(other.settings, reject_count=0, reject_share=0.0)
    with pytest.raises(LoadStopped):
        merge_deliveries(strict, SECOND)
    assert merged_deliveries(other.station.home) == [FIRST, SECOND]
    assert delivery_digests(other.station.home, [SECOND]) == before
    assert [report.load_date for report in merge_deliveries(strict, SECOND, overrule=True)] == [SECOND]


def test_read_again_rows_are_those_that_the_late_delivery_gives(tmp_path: Path) -> None:
    came = late(tmp_path, PAGES, [SECOND])
    assert [row[0] for row in came.station.rows("groups", "organization_id")] == ["40"]
    assert len([one for one in came.station.rejects(SECOND) if one["dataset"] == "groups"]) == 2
    came.deliver(FIRST)
    came.merge()
    assert came.station.rows("groups", "group_id, organization_id") == [("11", "40"), ("12", "40")]
    assert [one["dataset"] for one in came.station.rejects(SECOND)] == ["marks", "marks"]
