"""A load that is killed at any point: nothing has happened, or all of it has; the next run repairs by itself."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from delivery_builds import Station, make_station
from delivery_crashes import ENDINGS, Crash, Ending, crash
from delivery_files import write_tables

from extracts.disk import remove
from extracts.raw import raw_folder

FIRST, SECOND = date(2026, 11, 9), date(2026, 11, 10)
SUBJECTS = [{"subject_id": "alg", "name": "Алгебра"}, {"subject_id": "phy", "name": ""}]
MARK = {"student_profile_id": "s1", "group_id": "g1", "subject_id": "alg", "date": FIRST, "name": "5"}
MARKS = [MARK | {"mark_id": f"m{number}", "weight": number} for number in range(1, 9)]


@pytest.fixture
def station(tmp_path: Path) -> Station:
    """A home with one night merged, and a second one in the landing zone: two files, a reject in each."""
    found = make_station(tmp_path, tmp_path)
    write_tables(found.landing / str(FIRST), {"marks": MARKS[:2], "subjects": SUBJECTS[:1]})
    found.merge(FIRST)
    write_tables(found.landing / str(SECOND), {"marks": MARKS, "subjects": SUBJECTS})
    return found


def all_or_nothing(station: Station, ending: Ending, *, step: int = 1, first: int = 1) -> None:
    """Ends the load of the second night before one touch after the other, always on what the last one left behind."""
    before = station.merged()
    station.merge(SECOND)
    complete = station.merged()
    remove(raw_folder(station.home, SECOND))
    ended = 0
    while crash(station, SECOND, Crash(first + ended * step, ending)) is None:
        ended += 1
        assert station.merged() == (complete if station.is_merged(SECOND) else before)
        remove(raw_folder(station.home, SECOND))
    assert ended * step > 30
    assert station.merged() == complete
    assert before.items() < complete.items()


@pytest.mark.parametrize(("ending", "first"), [("kill", 1), ("interrupt", 4), ("no space", 7)])
def test_a_load_that_ends_anywhere_merges_all_or_nothing(station: Station, ending: Ending, first: int) -> None:
    all_or_nothing(station, ending, step=9, first=first)


def test_a_load_killed_around_its_merge_is_merged_from_the_rename_on_and_leaves_no_scratch(station: Station) -> None:
    """Scratch files hold values of rejects, and no later load of this delivery would clear them away."""
    touch = 1
    while crash(station, SECOND, Crash(touch, at_merge=True)) is None:
        assert station.is_merged(SECOND) == (touch > 1)
        left = [path for path in (station.home / "warehouse").rglob("*") if path.is_file()]
        assert touch == 1 or not left
        remove(raw_folder(station.home, SECOND))
        touch += 1
    assert touch > 2


@pytest.mark.long
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_load_that_ends_before_each_touch_merges_all_or_nothing(station: Station, ending: Ending) -> None:
    all_or_nothing(station, ending)
