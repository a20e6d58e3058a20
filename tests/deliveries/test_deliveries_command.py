"""The command itself, killed by the clock: whatever a reader sees is whole, and the end is that of one clean load.

Deliveries of a drawn history arrive one after the other in any order; each `portfolio load` is killed some times,
during reading, dbt, checks, publication, package or report, before one is let through. Closed years are left out: they
are written once and left alone, so that their files say what was known when a year was first closed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import duckdb
import pytest
from delivery_builds import differences
from delivery_files import write_tables
from delivery_histories import draw_scenario

from extracts.contract import Mode
from orchestration.exits import BAD_INPUT, NOTHING_NEW, PUBLISHED, STOPPED

COMMAND = [sys.executable, "-c", "from orchestration.cli import main; main()", "load"]
FILES = ("portfolio.duckdb", "people.duckdb")
SEEDS_LONG = range(300, 304)


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS_LONG)
def test_loads_killed_by_the_clock_end_in_the_same_publication(seed: int, tmp_path: Path) -> None:
    scenario = draw_scenario(seed)
    random = Random(f"command {seed}")
    clean, home = make_home(tmp_path / "clean", {}), make_home(tmp_path / "home", dict(scenario.modes))
    for day, tables in scenario.clean.items():
        write_tables(clean / "landing" / day.isoformat(), tables)
    started = time.monotonic()
    assert load(clean) == PUBLISHED
    duration = time.monotonic() - started

    for day in random.sample(sorted(scenario.deliveries), k=len(scenario.deliveries)):
        write_tables(home / "landing" / day.isoformat(), scenario.deliveries[day], random)
        for _ in range(random.choice([0, 1, 2])):
            before = published(home)
            load(home, kill_after=random.uniform(0.5, 1.2 * duration))
            check_whole(home, before)
        # Before the calendar has come there is no year to publish, or none to make a package of.
        assert load(home) in (PUBLISHED, NOTHING_NEW, STOPPED, BAD_INPUT)
    assert load(home) == NOTHING_NEW

    for name in FILES:
        assert differences(home / "published" / name, clean / "published" / name) == []


def make_home(folder: Path, modes: dict[str, Mode]) -> Path:
    """A home with settings of its own: the modes, and a breaker that never trips."""
    (folder / "landing").mkdir(parents=True)
    limits = "reject_count = 1000000\nlost_count = 1000000\n"
    lines = "".join(f'{dataset} = "{mode}"\n' for dataset, mode in modes.items())
    (folder / "portfolio.toml").write_text(f"[extracts]\n{limits}[extracts.modes]\n{lines}", "utf-8")
    return folder


def load(home: Path, *, kill_after: float | None = None) -> int:
    """Runs the command and gives its exit status; with `kill_after` it and its children are killed after so long."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_")}
    with subprocess.Popen(
        COMMAND,
        env=environment | {"PORTFOLIO_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(timeout=kill_after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()


def published(home: Path) -> Path | None:
    """The publication that readers see."""
    link = home / "published"
    return link.resolve(strict=True) if link.is_symlink() else None


def check_whole(home: Path, before: Path | None) -> None:
    """What is published is what was before, or new and whole: both files open and hold tables."""
    now = published(home)
    assert now is not None or before is None
    for name in FILES if now else ():
        with duckdb.connect(str(home / "published" / name), read_only=True) as connection:
            assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall() > [(1,)]
