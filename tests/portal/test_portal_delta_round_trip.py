"""All packages of some nights, in order, make of empty tables what a full package of the last night makes of them,
whatever becomes of their files on the way (specification 4-portal.md, «A package»)."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portal_tables import Portal, confirm, file_names, note
from small_region import ADDED, DROPPED, OTHER_KEY, OTHER_ORDER, RENAMED, SPECIFICATION, SmallRegion

SUBJECT_IDS = ("1", "2", '3"')
STUDENTS = ("s1", "s2", "s3")
#: The last is longer than the field: its subject is held back, and with it whatever refers to it.
NAMES = ("Алгебра", "Химия", "х" * 21)


@dataclass(frozen=True)
class Night:
    """What a night does: `state` draws the rows, `fate` what becomes of the files."""

    seed: int
    changes: float
    losses: float
    full: bool
    specification: str


NIGHTS = st.builds(
    Night,
    seed=st.integers(0, 10**6),
    changes=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    losses=st.sampled_from([0.0, 0.2, 0.7]),
    full=st.sampled_from([False, False, False, True]),
    specification=st.sampled_from([SPECIFICATION] * 6 + [RENAMED, ADDED, DROPPED, OTHER_KEY, OTHER_ORDER]),
)


@pytest.fixture(scope="module")
def region() -> Iterator[SmallRegion]:
    with tempfile.TemporaryDirectory() as folder:
        yield SmallRegion(Path(folder))


class Rows:
    """The rows of a region, a part of which each night draws anew."""

    def __init__(self) -> None:
        self.subjects: dict[str, str | None] = dict.fromkeys(SUBJECT_IDS)
        self.weeks: dict[tuple[str, str, str], tuple[int, int | None]] = {}
        self.finals: dict[tuple[str, str], str | None] = {}

    def draw(self, dice: random.Random, changes: float) -> None:
        for subject in SUBJECT_IDS:
            if dice.random() < changes:
                self.subjects[subject] = dice.choice([*NAMES, None])
        for week in product(STUDENTS, SUBJECT_IDS, ("2026-09-07", "2026-09-14")):
            if dice.random() < changes:
                # How often the row stands in the mart, and its marks.
                self.weeks[week] = (dice.choice([0, 1, 1, 1, 2]), dice.choice([None, 1, 2]))
        for final in product(STUDENTS, SUBJECT_IDS):
            if dice.random() < changes:
                self.finals[final] = dice.choice([None, "4", "5"])

    def put_into(self, region: SmallRegion) -> None:
        region.set(
            subjects=[(subject, name) for subject, name in self.subjects.items() if name is not None],
            weeks=[(*key, marks) for key, (times, marks) in self.weeks.items() for _ in range(times)],
            finals=[(*key, mark) for key, mark in self.finals.items() if mark is not None],
        )


class Sender:
    """Sends packages with losses: of a file that is not confirmed all, some or none of the rows may have been taken."""

    def __init__(self) -> None:
        self.portal = Portal()
        self.waiting: tuple[Path, dict[str, str]] | None = None

    def send(self, package: Path, dice: random.Random, losses: float) -> None:
        self._finish(dice)
        states: dict[str, str] = {}
        for name in file_names(package):
            state = (
                dice.choice(["failed", "posting", "in_progress", "unsent"]) if dice.random() < losses else "confirmed"
            )
            if state != "unsent":
                states[name] = state
            self._take(package, name, state, dice)
        note(package, states)
        self.waiting = (package, states)

    def _take(self, package: Path, name: str, state: str, dice: random.Random) -> None:
        if state == "confirmed":
            self.portal.apply(package, name)
        elif state != "unsent":
            self.portal.apply(package, name, first=dice.randint(0, 4))

    def _finish(self, dice: random.Random) -> None:
        """What was on its way comes to its end before anything newer is sent."""
        if self.waiting is None:
            return
        package, states = self.waiting
        for name, state in states.items():
            if state == "in_progress":
                states[name] = dice.choice(["confirmed", "failed"])
                self._take(package, name, states[name], dice)
        note(package, states)


def check(region: SmallRegion, nights: list[Night]) -> None:
    rows, sender = Rows(), Sender()
    with tempfile.TemporaryDirectory() as folder:
        exports = Path(folder, "exports")
        for night in nights:
            dice = random.Random(night.seed)
            region.write_specification(night.specification)
            rows.draw(dice, night.changes)
            rows.put_into(region)
            sender.send(region.export(exports, full=night.full).path, dice, night.losses)
        last = region.export(exports)
        sender.send(last.path, random.Random(0), losses=0)
        assert region.export(exports).files == ()
        full = region.export(Path(folder, "fresh"))
        assert sender.portal.filled() == Portal().apply_all(full.path).filled()


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(nights=st.lists(NIGHTS, min_size=2, max_size=5))
def test_all_packages_together_are_the_last_full_one(region: SmallRegion, nights: list[Night]) -> None:
    check(region, nights)


@pytest.mark.long
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(nights=st.lists(NIGHTS, min_size=5, max_size=10))
def test_all_packages_of_ten_nights_together_are_the_last_full_one(region: SmallRegion, nights: list[Night]) -> None:
    check(region, nights)


def test_without_losses_a_night_sends_what_changed_and_no_more(region: SmallRegion) -> None:
    rows, before = Rows(), Portal()
    with tempfile.TemporaryDirectory() as folder:
        exports = Path(folder, "exports")
        region.write_specification(SPECIFICATION)
        for seed in range(6):
            rows.draw(random.Random(seed), 0.3)
            rows.put_into(region)
            package = region.export(exports)
            confirm(package.path)
            after = Portal().apply_all(region.export(Path(folder, "fresh")).path)
            changed = 0
            for table in ("dict_subject", "student_week", "student_final"):
                old, new = before.tables.get(table, {}), after.tables.get(table, {})
                changed += sum(old.get(key) != new.get(key) for key in old.keys() | new.keys())
            assert package.rows == changed
            before = after
