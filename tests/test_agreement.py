"""The independent check: the marts against a pure-Python computation from the raw rows that shares no code with them.

Of a sample region over several nights, as published each night by the real command, cell by cell. Odd regions have a
module of their own (test_odd_regions.py).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from oracle import compare, compute
from oracle.readiness import differences_of_readiness
from shared_project import share_project

from extracts.sample import write_region


@dataclass(frozen=True)
class Story:
    """A region, the nights of its deliveries (published each, or the newest alone), and perhaps a day after them on
    which it is published once more.
    """

    students: int
    nights: int
    first_night: date
    later: date | None = None
    each_night: bool = True


#: Both nights in one load: that a build goes on from night to night is looked at in test_odd_regions.py.
SHORT = Story(210, 2, date(2026, 11, 9), each_night=False)
#: Over a vacation into the second quarter; over the end of lessons and of the year.
LONG = [
    Story(500, 10, date(2026, 10, 29), date(2027, 1, 11)),
    Story(500, 10, date(2027, 5, 22), date(2027, 9, 2)),
]


@pytest.fixture
def home(tmp_path: Path, parsed_project: Path) -> Path:
    return share_project(tmp_path / "home", parsed_project)


def test_every_published_mart_of_the_sample_region_agrees(home: Path) -> None:
    assert differences_of_story(SHORT, home) == []


@pytest.mark.long
@pytest.mark.parametrize("story", LONG, ids=["autumn vacation", "year's end"])
def test_every_published_mart_of_a_large_region_agrees(story: Story, home: Path) -> None:
    assert differences_of_story(story, home) == []


def differences_of_story(story: Story, home: Path) -> list[str]:
    """Publishes by the command what the story says; what differs from the computation."""
    nights = write_region(
        home / "landing", students=story.students, nights=story.nights, seed=7, first_night=story.first_night
    )
    load(home, *(["--each-night"] if story.each_night else []))
    came = home.parent / "came"
    found: list[str] = []
    for delivery in nights:
        shutil.copytree(delivery, came / delivery.name)
        if not story.each_night and delivery != nights[-1]:
            continue
        found += compare(published(home, delivery.name), compute(came))
        found += differences_of_readiness(published(home, delivery.name), came)
    if story.later is None:
        return found
    load(home, "--as-of", story.later.isoformat())
    found += differences_of_readiness(published(home, story.later.isoformat()), came, story.later)
    return found + compare(published(home, story.later.isoformat()), compute(came, story.later))


def load(home: Path, *options: str) -> None:
    command = [sys.executable, "-c", "from orchestration.cli import main; main()", "load", *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_")}
    environment |= {"PORTFOLIO_HOME": str(home), "PORTFOLIO_KEEP_PUBLICATIONS": "20"}
    assert subprocess.run(command, env=environment, check=False).returncode == 0


def published(home: Path, as_of: str) -> Path:
    return home / "publications" / f"{as_of}-1" / "portfolio.duckdb"
