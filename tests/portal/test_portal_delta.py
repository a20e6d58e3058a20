"""Delta packages: what is sent after what the portal has confirmed (specification 4-portal.md, «A package»)."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import duckdb
import pytest
from portal_tables import Portal, confirm, file_names, note
from small_region import ADDED, DROPPED, OTHER_KEY, OTHER_ORDER, RENAMED, SPECIFICATION, SmallRegion, contents

import portal.confirmed
from extracts.errors import BadInput, LoadStopped
from portal.delete_guard import DeleteLimits, Deletions, stop_too_many_deletions

SUBJECTS = [("1", "Алгебра"), ("2", 'Язык "А"; Б')]
WEEKS = [("s1", "1", "2026-09-07", 3), ("s1", "2", "2026-09-07", 1), ("s2", "1", "2026-09-14", None)]
NUMBERED = ("01_dict_subject", "02_student_week", "03_student_final")
FINALS = [("s1", "1", "5"), ("s2", "1", None)]


@pytest.fixture
def region(tmp_path: Path) -> SmallRegion:
    region = SmallRegion(tmp_path)
    region.set(subjects=SUBJECTS, weeks=WEEKS, finals=FINALS)
    return region


def sent(region: SmallRegion, **choices: object) -> Path:
    """A package of which everything was confirmed."""
    package = region.export(**choices)
    confirm(package.path)
    return package.path


# --- what is sent ---------------------------------------------------------------------------------------------------


def test_until_something_is_confirmed_every_package_is_full(region: SmallRegion) -> None:
    first = region.export()
    note(first.path, {})
    second = region.export()
    assert [one.kind for one in (first, second)] == ["full", "full"]
    assert [one.base_package for one in (first, second)] == [None, None]
    assert contents(first) == contents(second)
    assert [one.sequence for one in (first, second)] == [1, 2]
    assert not (region.exports / ".confirmed.duckdb").exists()


def test_nothing_changed_is_an_empty_package_that_says_so(region: SmallRegion) -> None:
    first = sent(region)
    package = region.export()
    manifest = json.loads((package.path / "manifest.json").read_text("utf-8"))
    assert [path.name for path in package.path.iterdir()] == ["manifest.json"]
    assert (manifest["kind"], manifest["base_package"], manifest["rows"]) == ("delta", first.name, 0)
    assert (manifest["is_empty"], manifest["files"]) == (True, [])
    assert [(table["table"], table["unchanged"]) for table in manifest["tables"]] == [
        ("dict_subject", 2),
        ("student_week", 3),
        ("student_final", 2),
    ]
    confirm(package.path)
    assert region.export().files == ()


def test_a_delta_holds_exactly_the_rows_that_changed(region: SmallRegion) -> None:
    sent(region)
    region.set(
        subjects=[("1", "Алгебра"), ("3", "Труд")],
        weeks=[("s1", "1", "2026-09-07", 4), ("s2", "1", "2026-09-14", None), ("s3", "3", "2026-09-14", 2)],
        finals=[("s1", "1", "5")],
    )
    package = region.export()
    assert contents(package) == {
        "01_dict_subject_create.csv": ['"R-3";"Труд"'],
        "02_student_week_create.csv": ['"R-s3";;"R-3";"2026-09-14";"2"'],
        "03_student_week_update.csv": ['"R-s1";;"R-1";"2026-09-07";"4"'],
        "04_student_final_delete.csv": ['"R-s2";"R-1"'],
        "05_student_week_delete.csv": ['"R-s1";"R-2";"2026-09-07"'],
        "06_dict_subject_delete.csv": ['"R-2"'],
    }
    assert (package.path / "05_student_week_delete.csv").read_bytes() == (
        b'student_id;subject_id;week_begin\n"R-s1";"R-2";"2026-09-07"'
    )
    assert [(file.order, file.operation, file.rows) for file in package.files] == [
        (1, "create", 1),
        (2, "create", 1),
        (3, "update", 1),
        (4, "delete", 1),
        (5, "delete", 1),
        (6, "delete", 1),
    ]
    tables = {table.name if hasattr(table, "name") else table.table: table for table in package.tables}
    assert tables["student_week"].parents == ("dict_subject",)
    assert tables["student_week"].key == ("student_id", "subject_id", "week_begin")
    assert (tables["student_week"].rows, tables["student_week"].unchanged) == (3, 1)
    assert {stat.S_IMODE(path.stat().st_mode) for path in package.path.iterdir()} == {0o600}


def test_a_row_that_is_held_back_and_its_children_leave_the_portal(region: SmallRegion) -> None:
    sent(region)
    region.set(subjects=[("1", "Алгебра и начала анализа"), SUBJECTS[1]])  # longer than 20 characters
    package = region.export()
    assert contents(package) == {
        "01_student_final_delete.csv": ['"R-s1";"R-1"', '"R-s2";"R-1"'],
        "02_student_week_delete.csv": ['"R-s1";"R-1";"2026-09-07"', '"R-s2";"R-1";"2026-09-14"'],
        "03_dict_subject_delete.csv": ['"R-1"'],
    }
    assert [(one.table, one.reason, one.rows) for one in package.held_back] == [
        ("dict_subject", "too_long", 1),
        ("student_week", "unknown_reference", 2),
        ("student_final", "unknown_reference", 2),
    ]


def test_of_a_key_that_stands_twice_one_row_counts(region: SmallRegion) -> None:
    sent(region)
    region.set(weeks=[*WEEKS, WEEKS[0]])
    same = region.export()
    assert same.files == ()
    assert [(one.reason, one.rows) for one in same.held_back] == [("duplicate_key", 1)]
    region.set(weeks=[*WEEKS, ("s1", "1", "2026-09-07", 4), ("s9", "1", "2026-09-07", 1), ("s9", "1", "2026-09-07", 2)])
    package = region.export()
    # Of a double the one with the smaller values is sent: here the one that the portal has.
    assert contents(package) == {"01_student_week_create.csv": ['"R-s9";;"R-1";"2026-09-07";"1"']}
    assert [(one.reason, one.rows) for one in package.held_back] == [("duplicate_key", 2)]
    assert sorted(path.name for path in package.path.iterdir()) == ["01_student_week_create.csv", "manifest.json"]


def test_a_full_package_sends_every_row_and_deletes_what_is_gone(region: SmallRegion) -> None:
    first = sent(region)
    region.set(weeks=WEEKS[1:], finals=[("s1", "1", "4")])
    package = region.export(full=True)
    assert (package.kind, package.base_package) == ("full", first.name)
    assert contents(package) == {
        "01_dict_subject_create.csv": ['"R-1";"Алгебра"', '"R-2";"Язык ""А""; Б"'],
        "02_student_week_create.csv": ['"R-s1";;"R-2";"2026-09-07";"1"', '"R-s2";;"R-1";"2026-09-14";'],
        "03_student_final_create.csv": ['"R-s1";"R-1";"4"'],
        "04_student_final_delete.csv": ['"R-s2";"R-1"'],
        "05_student_week_delete.csv": ['"R-s1";"R-1";"2026-09-07"'],
    }
    confirm(package.path)
    assert region.export().files == ()


# --- what the portal has --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["posting", "in_progress", "failed"])
def test_a_create_that_is_not_confirmed_goes_out_again_or_is_deleted(region: SmallRegion, state: str) -> None:
    first = region.export()
    note(first.path, dict.fromkeys(file_names(first.path), "confirmed") | {"02_student_week_create.csv": state})
    region.set(weeks=WEEKS[:2])
    second = region.export()
    assert contents(second) == {
        "01_student_week_create.csv": ['"R-s1";;"R-1";"2026-09-07";"3"', '"R-s1";;"R-2";"2026-09-07";"1"'],
        "02_student_week_delete.csv": ['"R-s2";"R-1";"2026-09-14"'],
    }
    confirm(second.path)
    assert region.export().files == ()


def test_a_file_that_was_never_sent_may_not_be_there(region: SmallRegion) -> None:
    first = region.export()
    note(first.path, dict.fromkeys(file_names(first.path)[:2], "confirmed"))
    region.set(finals=[("s2", "1", "3")])
    assert contents(region.export()) == {"01_student_final_create.csv": ['"R-s2";"R-1";"3"']}


def test_a_failed_update_goes_out_again_even_if_the_row_is_as_it_was(region: SmallRegion) -> None:
    sent(region)
    region.set(finals=[("s1", "1", "4"), FINALS[1]])
    second = region.export()
    note(second.path, {"01_student_final_update.csv": "failed"})
    region.set(finals=FINALS)
    third = region.export()
    assert contents(third) == {"01_student_final_update.csv": ['"R-s1";"R-1";"5"']}
    confirm(third.path)
    assert region.export().files == ()


def test_a_failed_deletion_is_tried_again_and_its_row_may_come_back(region: SmallRegion) -> None:
    sent(region)
    region.set(finals=FINALS[:1])
    second = region.export()
    note(second.path, {"01_student_final_delete.csv": "failed"})
    assert contents(region.export()) == {"01_student_final_delete.csv": ['"R-s2";"R-1"']}
    region.set(finals=FINALS)
    assert contents(region.export()) == {"01_student_final_update.csv": ['"R-s2";"R-1";']}


def test_a_journal_that_moves_on_is_settled_again(region: SmallRegion) -> None:
    first = region.export()
    names = file_names(first.path)
    note(first.path, dict.fromkeys(names, "in_progress"))
    second = region.export()
    assert (second.kind, second.base_package) == ("full", None)
    assert [file.operation for file in second.files] == ["create"] * 3
    note(first.path, dict.fromkeys(names, "confirmed"))
    third = region.export()
    assert (third.base_package, third.files) == (first.path.name, ())


def test_a_request_that_ends_after_a_later_package_leaves_its_rows_in_doubt(region: SmallRegion) -> None:
    first = region.export()
    names = file_names(first.path)
    note(first.path, dict.fromkeys(names, "confirmed") | {"03_student_final_create.csv": "posting"})
    region.set(finals=[("s1", "1", "4")])
    sent(region)
    assert region.export().files == ()
    note(first.path, dict.fromkeys(names, "confirmed"))
    region.set(finals=[("s1", "1", "5")])  # as the late request left it, if it was the last
    assert contents(region.export()) == {
        "01_student_final_update.csv": ['"R-s1";"R-1";"5"'],
        "02_student_final_delete.csv": ['"R-s2";"R-1"'],
    }


def test_a_value_that_looks_like_a_line_of_its_own_is_read_back_right(region: SmallRegion) -> None:
    nasty = ['";"', '"', '""";', "a;b", "'\\", "\u2028\ufeff", "1;"]
    subjects = [(f"{key}{number}", f"x{key}") for number, key in enumerate(nasty)]
    region.set(subjects=subjects, weeks=[("s1", key, "2026-09-07", 1) for key, _ in subjects], finals=[])
    sent(region)
    assert region.export().files == ()
    region.set(weeks=[])
    package = sent(region)
    assert len(contents(region.export()).keys()) == 0
    assert len((package / "01_student_week_delete.csv").read_text("utf-8").split("\n")) == len(nasty) + 1


def test_the_state_is_private_and_is_made_again_when_it_is_lost(region: SmallRegion) -> None:
    sent(region)
    region.set(finals=[("s1", "1", "4")])
    sent(region)
    region.set(weeks=WEEKS[1:])
    expected = contents(region.export())
    state = region.exports / ".confirmed.duckdb"
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert not state.with_name(".confirmed.duckdb.wal").exists()
    state.unlink()
    assert contents(region.export()) == expected != {}


def test_the_state_holds_keys_and_hashes_alone(region: SmallRegion) -> None:
    sent(region)
    region.export()
    with duckdb.connect(str(region.exports / ".confirmed.duckdb"), read_only=True) as connection:
        columns = connection.execute(
            "SELECT DISTINCT column_name FROM duckdb_columns() WHERE table_name LIKE 'rows_%' AND NOT internal"
        ).fetchall()
        keys = connection.execute("SELECT key FROM rows_1 ORDER BY key").fetchall()
    assert {name for (name,) in columns} == {"key", "content", "was_confirmed"}
    assert keys == [('"R-1"',), ('"R-2"',)]


def test_settling_that_breaks_off_is_done_again(region: SmallRegion, monkeypatch: pytest.MonkeyPatch) -> None:
    sent(region)
    whole = portal.confirmed._note
    calls: list[str] = []

    def broken(connection: duckdb.DuckDBPyConnection, package: object, file: portal.confirmed.SentFile) -> None:
        calls.append(file.table)
        if len(calls) == 2:
            raise KeyboardInterrupt
        whole(connection, package, file)  # type: ignore[arg-type]

    monkeypatch.setattr(portal.confirmed, "_note", broken)
    with pytest.raises(KeyboardInterrupt):
        region.export()
    assert calls == ["dict_subject", "student_week"]
    assert region.export().files == ()
    assert calls == ["dict_subject", "student_week", "student_week", "student_final"]


def test_a_number_that_is_given_again_is_another_package(region: SmallRegion) -> None:
    first = sent(region)
    assert region.export().files == ()
    for path in region.exports.glob("2*"):
        shutil.rmtree(path)
    region.nights = 0
    region.set(weeks=[("s1", "1", "2026-09-07", 4), *WEEKS[1:]])
    again = sent(region, full=True)
    assert (again.name, file_names(again)) == (first.name, [*map("{}_create.csv".format, NUMBERED)])
    assert region.export().files == ()


def test_folders_with_characters_of_a_pattern_are_read(tmp_path: Path) -> None:
    region = SmallRegion(tmp_path / "a[1]*'")
    region.set(subjects=SUBJECTS, weeks=WEEKS, finals=FINALS)
    sent(region)
    assert region.export().files == ()


# --- what stops -----------------------------------------------------------------------------------------------------


def test_a_sent_file_that_changed_or_went_is_told(region: SmallRegion) -> None:
    first = sent(region)
    file = first / "02_student_week_create.csv"
    data = file.read_bytes()
    for broken in (data[:-1], data.replace(b"\n", b";"), None):
        if broken is None:
            file.unlink()
        else:
            file.write_bytes(broken)
        with pytest.raises(BadInput, match=rf"{first.name}: файл 02_student_week_create\.csv .*--full"):
            region.export()
    file.write_bytes(data)
    assert region.export().files == ()


@pytest.mark.parametrize("name", ["sending.json", "manifest.json"])
def test_a_journal_or_manifest_that_cannot_be_read_is_told(region: SmallRegion, name: str) -> None:
    first = sent(region)
    for text in ("", "[]", '{"files": [1]}', "{"):
        (first / name).write_text(text, "utf-8")
        with pytest.raises(BadInput, match=rf"{first.name}: файл {name} не читается"):
            region.export()


def test_a_state_that_is_no_database_is_told(region: SmallRegion) -> None:
    sent(region)
    state = region.exports / ".confirmed.duckdb"
    state.write_text("x" * 10_000, "utf-8")
    with pytest.raises(BadInput, match=r"\.confirmed\.duckdb: .*удалите его"):
        region.export()
    state.unlink()
    assert region.export().files == ()


def test_another_prefix_is_refused_once_something_was_sent(region: SmallRegion) -> None:
    region.export()
    first = region.export(prefix="Q")
    confirm(first.path)
    with pytest.raises(BadInput, match=r"«R».*«Q».*никогда"):
        region.export()
    assert region.export(prefix="Q").files == ()


@pytest.mark.parametrize(
    ("rows", "deleted", "stops"),
    [(1000, 100, False), (1000, 101, True), (2060, 103, False), (2060, 104, True), (101, 101, True), (100, 100, False)],
)
def test_a_package_that_deletes_too_much_of_a_table_stops(
    region: SmallRegion, rows: int, deleted: int, stops: bool
) -> None:
    with duckdb.connect(str(region.published / "portfolio.duckdb")) as connection:
        connection.execute("DELETE FROM marts.subjects")
        connection.execute(f"INSERT INTO marts.subjects SELECT 'x' || i, 'x', true FROM range({rows}) r(i)")
        connection.execute("DELETE FROM marts.weekly_dynamics; DELETE FROM marts.final_marks")
    sent(region)
    with duckdb.connect(str(region.published / "portfolio.duckdb")) as connection:
        connection.execute(f"DELETE FROM marts.subjects WHERE substr(subject_id, 2)::INTEGER < {deleted}")
    if stops:
        with pytest.raises(LoadStopped, match=rf"«dict_subject» — {deleted} из {rows} строк.*--overrule") as stopped:
            region.export()
        assert len(stopped.value.messages) == 1
        assert len(list(region.exports.glob("2*"))) == 1
        assert not list(region.exports.glob(".tmp-*"))
    package = region.export(overrule=stops)
    assert [(file.operation, file.rows) for file in package.files] == [("delete", deleted)]


# --- another specification ------------------------------------------------------------------------------------------


def move(region: SmallRegion, *specifications: str) -> list[dict[str, list[str]]]:
    """The packages that move a region from one specification to the next; after each of them nothing is left to do."""
    tables = Portal().apply_all(sent(region))
    moves: list[dict[str, list[str]]] = []
    for specification in specifications:
        region.write_specification(specification)
        package = region.export()
        tables.apply_all(package.path)
        confirm(package.path)
        assert region.export().files == ()
        full = region.export(region.root / "fresh")
        assert tables.filled() == Portal().apply_all(full.path).filled()
        moves.append(contents(package))
    return moves


def test_a_renamed_and_an_added_field_change_every_row_of_their_table(region: SmallRegion) -> None:
    renamed, added = move(region, RENAMED, ADDED)
    assert list(renamed) == ["01_student_week_update.csv"]
    assert added == {
        "01_student_week_update.csv": [
            '"R-s1";;"R-1";"2026-09-07";"3"',
            '"R-s1";;"R-2";"2026-09-07";"1"',
            '"R-s2";;"R-1";"2026-09-14";',
        ],
        "02_student_final_update.csv": ['"R-s1";"R-1";;"5"', '"R-s2";"R-1";;'],
    }


def test_the_rows_of_a_table_that_is_dropped_are_deleted(region: SmallRegion) -> None:
    assert move(region, DROPPED) == [{"01_student_final_delete.csv": ['"R-s1";"R-1"', '"R-s2";"R-1"']}]
    manifest = json.loads((region.exports / "2026-10-02-1" / "manifest.json").read_text("utf-8"))
    assert manifest["tables"][-1] == {
        "table": "student_final",
        "rows": 2,
        "held_back": 0,
        "unchanged": 0,
        "key": ["student_id", "subject_id"],
        "parents": [],
        "hashed": [],
    }


def test_other_key_fields_delete_the_old_keys_and_create_the_rows(region: SmallRegion) -> None:
    with duckdb.connect(str(region.published / "portfolio.duckdb")) as connection:
        connection.execute("UPDATE marts.weekly_dynamics SET class_unit_id = '9a'")
    assert move(region, OTHER_KEY)[0] == {
        "01_student_week_create.csv": [
            '"R-s1";"R-9a";"R-1";"2026-09-07";"3"',
            '"R-s1";"R-9a";"R-2";"2026-09-07";"1"',
            '"R-s2";"R-9a";"R-1";"2026-09-14";',
        ],
        "02_student_week_delete.csv": [
            '"R-s1";"R-1";"2026-09-07"',
            '"R-s1";"R-2";"2026-09-07"',
            '"R-s2";"R-1";"2026-09-14"',
        ],
    }
    region.set(weeks=[])
    with duckdb.connect(str(region.published / "portfolio.duckdb")) as connection:
        connection.execute(
            "INSERT INTO marts.weekly_dynamics (student_profile_id, class_unit_id, subject_id, week_begin) "
            "VALUES ('s1', '9a', '1', '2026-09-07')"
        )
    # The rows under the new keys were read back from files where the key is not in one piece.
    assert list(contents(region.export())) == ["01_student_week_update.csv", "02_student_week_delete.csv"]


def test_a_table_that_is_dropped_while_it_has_keys_of_two_kinds_loses_both(region: SmallRegion) -> None:
    with duckdb.connect(str(region.published / "portfolio.duckdb")) as connection:
        connection.execute("UPDATE marts.weekly_dynamics SET class_unit_id = '9a'")
    sent(region)
    region.write_specification(OTHER_KEY)
    moved = region.export()
    note(moved.path, {"01_student_week_create.csv": "confirmed", "02_student_week_delete.csv": "failed"})
    weeks = slice(SPECIFICATION.index("  student_week:"), SPECIFICATION.index("  student_final:"))
    region.write_specification(SPECIFICATION.replace(SPECIFICATION[weeks], ""))
    package = region.export()
    assert [(file.name, file.rows) for file in package.files] == [
        ("01_student_week_delete.csv", 3),
        ("02_student_week_delete.csv", 3),
    ]
    assert [(table.table, table.rows) for table in package.tables][-1] == ("student_week", 6)
    confirm(package.path)
    assert region.export().files == ()


def test_key_fields_in_another_order_are_the_same_keys(region: SmallRegion) -> None:
    region.set(weeks=[*WEEKS, ("s4", "2", "2026-09-21", 5)])
    assert list(move(region, OTHER_ORDER)[0]) == ["01_student_week_update.csv"]
    region.set(weeks=WEEKS)
    assert contents(region.export()) == {"01_student_week_delete.csv": ['"R-2";"R-s4";"2026-09-21"']}


def test_the_guard_sees_all_rows_of_a_table_whose_keys_change(region: SmallRegion) -> None:
    with duckdb.connect(str(region.published / "portfolio.duckdb")) as connection:
        connection.execute(
            "INSERT INTO marts.weekly_dynamics (student_profile_id, class_unit_id, subject_id, week_begin) "
            "SELECT 's3', '9a', '1', DATE '2000-01-01' + i::INTEGER FROM range(101) r(i)"
        )
    sent(region)
    region.write_specification(OTHER_KEY)
    with pytest.raises(LoadStopped, match="«student_week» — 104 из 104 строк"):
        region.export()
    region.write_specification(SPECIFICATION.split("  student_week:")[0])
    with pytest.raises(LoadStopped, match="«student_week» — 104 из 104 строк"):
        region.export()


def test_the_share_is_taken_exactly() -> None:
    stop_too_many_deletions([Deletions("a", 3, 100)], DeleteLimits(share=0.03, count=0))
    with pytest.raises(LoadStopped):
        stop_too_many_deletions([Deletions("a", 4, 100)], DeleteLimits(share=0.03, count=0))


def test_limits_are_settings(region: SmallRegion) -> None:
    sent(region)
    region.set(finals=[])
    with pytest.raises(LoadStopped, match=r"предел — 0 строк и 5 % таблицы"):
        region.export(limits=DeleteLimits(count=0))
