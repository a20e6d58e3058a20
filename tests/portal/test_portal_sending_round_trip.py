"""Exporter, sender and loader together: after nights on which anything may go wrong, the portal has exactly the rows of
a full package of the last night (specification 4-portal.md, «Sending» and what is known from confirmed files only)."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from loader_stub.sending import Sender
from loader_stub.server import Stub, running
from loader_stub.state import Fault, State, state_for
from small_region import SPECIFICATION, SmallRegion

from portal.sending.journal import Journal

SUBJECTS = ("1", "2", "3")
STUDENTS = ("s1", "s2", "s3")
TABLES = ("dict_subject", "student_week", "student_final")

FAULTS = (
    Fault("fail"),
    Fault("errors"),
    Fault("lose"),
    Fault("break_early"),
    Fault("break_late"),
    Fault("no_id"),
    Fault("hang", polls=3),
    Fault("hang", polls=60),
    Fault("http", 400),
    Fault("http", 429, retry_after="3"),
    Fault("http", 503),
)


class Killed(BaseException):
    """The sender ends here."""


@pytest.fixture(scope="module")
def region() -> Iterator[SmallRegion]:
    with tempfile.TemporaryDirectory() as folder:
        one = SmallRegion(Path(folder))
        one.write_specification(SPECIFICATION)
        yield one


def _draw(region: SmallRegion, dice: random.Random) -> None:
    """New rows for the night; a subject that is gone takes its rows along."""
    weeks = product(STUDENTS, SUBJECTS, ("2026-09-07", "2026-09-14"))
    region.set(
        subjects=[(subject, dice.choice(["Алгебра", "Химия"])) for subject in SUBJECTS if dice.random() < 0.7],
        weeks=[(*week, dice.choice([None, 1, 2])) for week in weeks if dice.random() < 0.6],
        finals=[(*final, dice.choice(["4", "5"])) for final in product(STUDENTS, SUBJECTS) if dice.random() < 0.6],
    )


def _send_badly(sender: Sender, dice: random.Random, patch: pytest.MonkeyPatch) -> None:
    """One sending with faults, and sometimes a kill at a write of the journal."""
    state = sender.stub.state
    for table in TABLES:
        state.post_faults[table].clear()
        state.plan(table, *[dice.choice(FAULTS) for _ in range(dice.choice([0, 0, 1, 2]))])
    state.status_faults.extend([Fault("http", 502)] * dice.choice([0, 0, 2]))
    left = [dice.choice([2, 5, 10**6])]
    write = Journal._write

    def dying(self: Journal) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        write(self)

    with patch.context() as local:
        local.setattr(Journal, "_write", dying)
        try:
            sender.send(patience=60, attempts=3)
        except Killed:
            return


def _rows(state: State) -> dict[str, dict[tuple[str, ...], tuple[str, ...]]]:
    """What the portal has, without the two fields of the package."""
    return {
        name: {key: row[:-2] for key, row in state.tables[name].items()} for name in TABLES if state.tables.get(name)
    }


def _clean(region: SmallRegion, stub: Stub, exports: Path) -> None:
    stub.state.post_faults.clear()
    stub.state.status_faults.clear()
    for request in stub.state.requests.values():
        request.fault = None if request.fault and request.fault.kind == "hang" else request.fault
    region.export(exports)
    sent = Sender(exports, stub).send()
    assert sent.is_complete, [(one.table, one.operation, one.description) for one in stub.state.requests.values()]


def check(region: SmallRegion, seed: int, nights: int) -> None:
    dice = random.Random(seed)
    patch = pytest.MonkeyPatch()
    prefix = "R"
    with tempfile.TemporaryDirectory() as folder, running(state_for(region.specification, prefix)) as stub:
        exports = Path(folder, "exports")
        for _ in range(nights):
            _draw(region, dice)
            region.export(exports, full=dice.random() < 0.2)
            for _ in range(dice.choice([0, 1, 2])):
                _send_badly(Sender(exports, stub), dice, patch)
        _clean(region, stub, exports)
        assert region.export(exports).files == ()
        with running(state_for(region.specification, prefix)) as fresh:
            region.export(Path(folder, "fresh"))
            assert Sender(Path(folder, "fresh"), fresh).send().is_complete
        assert _rows(stub.state) == _rows(fresh.state)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_went_wrong_the_portal_ends_with_the_rows_of_the_last_night(region: SmallRegion, seed: int) -> None:
    check(region, seed, nights=4)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140))
def test_ten_nights_on_which_anything_goes_wrong(region: SmallRegion, seed: int) -> None:
    check(region, seed, nights=10)
