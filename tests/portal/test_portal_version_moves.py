"""A region moves between versions of the specification in which keys, references and tables change, with deltas between
and files lost on the way (specification 4-portal.md: versioned tables; deltas against confirmed rows).

The portal here knows a row by the values of its key fields, as a table does, whatever they are called; and so does the
loader's stub, which besides takes no file whose fields are not those of its own version.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest
from loader_rules import read_file
from loader_stub.sending import Sender
from loader_stub.server import Stub, running
from loader_stub.state import state_for
from portal_tables import confirm, file_names, note
from small_region import DROPPED, OTHER_KEY, RENAMED, SPECIFICATION, SmallRegion, contents

from portal.model import Table

Key = tuple[str, ...]

_SUBJECTS, _REST = SPECIFICATION.split("  student_week:")
_WEEKS, _FINALS = _REST.split("  student_final:")


def _version(*, subjects: str = _SUBJECTS, weeks: str = _WEEKS, finals: str | None = _FINALS) -> str:
    return f"{subjects}  student_week:{weeks}" + ("" if finals is None else f"  student_final:{finals}")


def _swapped(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


_HASHED = ("type: string, length: 40, key: true", "type: string, length: 140, hashed: true, key: true")
_SUBJECT = ("type: string\n        length: 40", "type: string\n        hashed: true\n        length: 140")
_DISCIPLINES = _swapped(_SUBJECTS.split("tables:\n")[1], ("dict_subject", "dict_discipline"))
_MOTHER = "- {name: create_datetime"
_NO_KEY = "type: date, required: true, key: true"

KEY_RENAMED = _version(weeks=_swapped(_WEEKS, ("name: subject_id", "name: discipline_id"), ("week_begin,", "week,")))
KEY_RENAMED_BACK = _version(finals=_swapped(_FINALS, ("name: student_id", "name: pupil_id")))
KEY_LESS = _version(weeks=_swapped(_WEEKS, (_NO_KEY, "type: date, required: true")))
KEY_HASHED = _version(weeks=_swapped(_WEEKS, _HASHED))
KEY_HASHED_AND_RENAMED = _version(finals=_swapped(_FINALS, _HASHED, ("name: student_id", "name: pupil_id")))
PARENT_HASHED = _version(
    subjects=_swapped(_SUBJECTS, ("length: 40, required", "length: 140, hashed: true, required")),
    weeks=_swapped(_WEEKS, _SUBJECT),
    finals=_swapped(_FINALS, _SUBJECT),
)
KEY_REPLACED = _version(
    finals=_swapped(
        _FINALS,
        ("required: true\n        key: true", "required: true"),
        ("length: 20,", "length: 20, required: true, key: true,"),
    )
)
KEY_OF_ANOTHER_TYPE = _version(weeks=_swapped(_WEEKS, (_NO_KEY, "type: string, length: 10, required: true, key: true")))
SCALE = _version(weeks=_swapped(_WEEKS, ("type: integer", "type: 'decimal(6,2)'")))
TABLE_ADDED = SPECIFICATION + _DISCIPLINES
REFERENCE_TURNED = _version(
    subjects=_SUBJECTS + _DISCIPLINES,
    finals=_swapped(_FINALS, ("reference: dict_subject", "reference: dict_discipline")),
)
PARENT_REPLACED = _swapped(SPECIFICATION, ("dict_subject", "dict_discipline"))


def _mother(child: str, parent: str) -> str:
    """A field of a table that refers to another, before the two of the package."""
    field = (
        f"- {{name: mother_id, title: М, type: string, length: 40, reference: {parent}, source: subject_id}}\n      "
    )
    return child.replace(_MOTHER, field + _MOTHER)


SUBJECTS_FIRST = _version(subjects=_SUBJECTS + _mother(_DISCIPLINES, "dict_subject"))
DISCIPLINES_FIRST = _version(subjects=_mother(_SUBJECTS, "dict_discipline") + _DISCIPLINES)

VERSIONS = {
    "small": SPECIFICATION,
    "field renamed": RENAMED,
    "dropped": DROPPED,
    "key added": OTHER_KEY,
    "key renamed": KEY_RENAMED,
    "first key renamed": KEY_RENAMED_BACK,
    "key less": KEY_LESS,
    "key hashed": KEY_HASHED,
    "key hashed and renamed": KEY_HASHED_AND_RENAMED,
    "parent hashed": PARENT_HASHED,
    "key replaced": KEY_REPLACED,
    "key of another type": KEY_OF_ANOTHER_TYPE,
    "scale": SCALE,
    "table added": TABLE_ADDED,
    "reference turned": REFERENCE_TURNED,
    "parent replaced": PARENT_REPLACED,
    "subjects first": SUBJECTS_FIRST,
    "disciplines first": DISCIPLINES_FIRST,
}


def _some(*names: str) -> list[Any]:
    """These versions, and all others in the long run."""
    others = [name for name in VERSIONS if name not in (*names, "small")]
    return [*names, *(pytest.param(name, marks=pytest.mark.long) for name in others)]


class Tables:
    """The portal's tables: values of the key fields → values of all fields but the two of the package, with names."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[Key, dict[str, str]]] = {}

    def apply(self, package: Path, name: str, *, first: int | None = None) -> None:
        """Takes a file of a package, or only its first rows."""
        manifest = json.loads((package / "manifest.json").read_text("utf-8"))
        file = next(file for file in manifest["files"] if file["file"] == name)
        key = next(table["key"] for table in manifest["tables"] if table["table"] == file["table"])
        names, rows = read_file((package / name).read_bytes())
        table = self.rows.setdefault(file["table"], {})
        for row in rows[:first]:
            values = dict(zip(names, (cell.text for cell in row), strict=True))
            if file["operation"] == "delete":
                table.pop(tuple(values.values()), None)
            else:
                table[tuple(values[field] for field in key)] = dict(list(values.items())[:-2])

    def apply_all(self, package: Path) -> Tables:
        for name in file_names(package):
            self.apply(package, name)
        return self

    def filled(self) -> dict[str, dict[Key, dict[str, str]]]:
        return {name: rows for name, rows in self.rows.items() if rows}


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallRegion]:
    yield SmallRegion(tmp_path_factory.mktemp("moves"))


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    return tmp_path / "exports"


def draw(region: SmallRegion, dice: random.Random) -> None:
    """The rows of a night."""
    subjects = ("1", "2", '3";"')
    weeks = product(("s1", "s2", "s3"), subjects, ("2026-09-07", "2026-09-14"))
    region.set(
        subjects=[(one, dice.choice(["Алгебра", "Химия"])) for one in subjects if dice.random() < 0.8],
        weeks=[(*week, dice.choice([None, 1, 2])) for week in weeks if dice.random() < 0.7],
        finals=[(*one, dice.choice(["4", "5"])) for one in product(("s1", "s2"), subjects) if dice.random() < 0.7],
    )
    with duckdb.connect(str(region.published / "portfolio.duckdb")) as connection:
        connection.execute("UPDATE marts.weekly_dynamics SET class_unit_id = '9a'")


def full(region: SmallRegion, tmp_path: Path) -> Tables:
    return Tables().apply_all(region.export(tmp_path / f"fresh-{region.nights}").path)


def send(tables: Tables, package: Path, dice: random.Random, losses: float) -> None:
    """Sends with losses: of a file that is not confirmed some rows may have been taken."""
    states: dict[str, str] = {}
    for name in file_names(package):
        state = dice.choice(["failed", "posting", "unsent"]) if dice.random() < losses else "confirmed"
        if state != "unsent":
            states[name] = state
            tables.apply(package, name, first=None if state == "confirmed" else dice.randint(0, 4))
    note(package, states)


def check_end(region: SmallRegion, exports: Path, tables: Tables, tmp_path: Path) -> None:
    """One package without losses leads to the tables of a full one, and nothing is left to do."""
    package = region.export(exports).path
    tables.apply_all(package)
    confirm(package)
    assert region.export(exports).files == ()
    assert tables.filled() == full(region, tmp_path).filled()


@pytest.mark.parametrize("name", _some("key renamed"))
def test_there_and_back_with_files_lost_on_the_way(
    region: SmallRegion, exports: Path, tmp_path: Path, name: str
) -> None:
    dice = random.Random(name)
    tables = Tables()
    for version in ("small", name, "small", name):
        region.write_specification(VERSIONS[version])
        for losses in (0.5, 0.0):
            draw(region, dice)
            send(tables, region.export(exports).path, dice, losses)
    check_end(region, exports, tables, tmp_path)
    # What is known is made again from the packages alone.
    (exports / ".confirmed.duckdb").unlink()
    draw(region, dice)
    check_end(region, exports, tables, tmp_path)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 20))])
def test_ten_nights_with_any_versions(region: SmallRegion, exports: Path, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    tables = Tables()
    for _ in range(10):
        region.write_specification(dice.choice(list(VERSIONS.values())))
        draw(region, dice)
        send(tables, region.export(exports, full=dice.random() < 0.2).path, dice, dice.choice([0, 0.3, 0.7]))
    check_end(region, exports, tables, tmp_path)


def test_connected_only_is_switched_between_versions(region: SmallRegion, exports: Path, tmp_path: Path) -> None:
    tables = Tables()
    people = region.published / "people.duckdb"
    draw(region, random.Random(1))
    with duckdb.connect(str(people)) as connection:
        connection.execute("UPDATE students SET application_status = 'sent' WHERE student_profile_id = 's2'")
    try:
        for version, connected in ((SPECIFICATION, False), (KEY_RENAMED, True), (KEY_LESS, False), (KEY_LESS, True)):
            region.write_specification(version)
            package = region.export(exports, connected_only=connected).path
            tables.apply_all(package)
            confirm(package)
            fresh = region.export(tmp_path / f"fresh-{region.nights}", connected_only=connected).path
            assert tables.filled() == Tables().apply_all(fresh).filled()
            assert any("R-s2" in key for key in tables.rows["student_week"]) is not connected
    finally:
        with duckdb.connect(str(people)) as connection:
            connection.execute("UPDATE students SET application_status = 'connected'")


# --- the loader of the new version ----------------------------------------------------------------------------------


def switch(stub: Stub, region: SmallRegion, text: str) -> None:
    """From now on the portal has the tables of this version: those with other fields were made anew and are empty."""
    before = {name: _form(table) for name, table in stub.state.loader.tables.items()}
    region.write_specification(text)
    stub.state.loader = state_for(region.specification, "R").loader
    after = {name: _form(table) for name, table in stub.state.loader.tables.items()}
    for name, form in before.items():
        if after.get(name) != form:
            stub.state.tables[name].clear()


def _form(table: Table) -> list[tuple[str, bool, bool]]:
    return [(field.name, field.key, field.hashed) for field in table.fields]


def stub_rows(stub: Stub) -> dict[str, dict[Key, Key]]:
    return {name: {key: row[:-2] for key, row in rows.items()} for name, rows in stub.state.tables.items() if rows}


@pytest.mark.parametrize("name", _some("key hashed", "dropped"))
def test_a_loader_that_has_the_new_version_already_gets_all_of_it(
    region: SmallRegion, exports: Path, tmp_path: Path, name: str
) -> None:
    dice = random.Random(name)
    region.write_specification(SPECIFICATION)
    draw(region, dice)
    with running(state_for(region.specification, "R")) as stub, running(state_for(region.specification, "R")) as fresh:
        sender = Sender(exports, stub)
        region.export(exports)
        assert sender.send().is_complete
        for version in (name, "small"):
            switch(stub, region, VERSIONS[version])
            for _ in range(2):
                # What the new tables cannot be told to delete is refused once and not sent again.
                draw(region, dice)
                region.export(exports)
                complete = sender.send().is_complete
            # Parents wait until the deletions of their children are refused, too.
            for _ in range(2):
                if not complete:
                    region.export(exports)
                    complete = sender.send().is_complete
            assert complete
            switch(fresh, region, VERSIONS[version])
            fresh.state.tables.clear()
            region.export(tmp_path / version)
            assert Sender(tmp_path / version, fresh).send().is_complete
            assert stub_rows(stub) == stub_rows(fresh)


def test_what_is_known_under_renamed_keys_is_made_again_from_the_packages(region: SmallRegion, exports: Path) -> None:
    region.write_specification(SPECIFICATION)
    weeks = [("s1", "1", "2026-09-07", 1), ("s2", "1", "2026-09-07", 1)]
    region.set(subjects=[("1", "Алгебра")], weeks=weeks, finals=[])
    confirm(region.export(exports).path)
    region.write_specification(KEY_RENAMED)
    region.set(weeks=weeks[:1])
    moved = region.export(exports)
    assert contents(moved) == {
        "01_student_week_update.csv": ['"R-s1";;"R-1";"2026-09-07";"1"'],
        "02_student_week_delete.csv": ['"R-s2";"R-1";"2026-09-07"'],
    }
    confirm(moved.path)
    assert region.export(exports).files == ()
    (exports / ".confirmed.duckdb").unlink()
    assert region.export(exports).files == ()


def test_an_address_that_there_is_not_forgets_nothing(region: SmallRegion, exports: Path) -> None:
    """Every file is answered 404: the address is wrong, and the rows of the dropped table are still on the portal."""
    region.write_specification(SPECIFICATION)
    draw(region, random.Random("address"))
    with running(state_for(region.specification, "R")) as stub:
        sender = Sender(exports, stub)
        region.export(exports)
        assert sender.send().is_complete
        loader, stub.state.loader = stub.state.loader, replace(stub.state.loader, tables={})
        region.write_specification(DROPPED)
        for _ in range(2):
            assert [file.operation for file in region.export(exports).files] == ["delete"]
            assert not sender.send().is_complete
        assert stub.state.tables["student_final"]
        stub.state.loader = loader
        region.export(exports)
        assert sender.send().is_complete
        assert not stub.state.tables["student_final"]
