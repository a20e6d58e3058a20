"""What a load does beyond typing: required columns, deletions, parts, renames, reports, repeats and the breaker."""

from __future__ import annotations

import json
import logging
from datetime import date

import pytest
from extract_station import DAY, MARKS, Station, mark_rows, marks

from extracts.errors import BadInput, LoadStopped
from extracts.raw import merged_deliveries

NEXT_DAY = date(2026, 10, 2)
GROUPS = "group_id;organization_id;academic_year_id;subject_id;name"


def subjects(count: int) -> str:
    return "subject_id;name\n" + "".join(f"{number};Предмет\n" for number in range(count))


def groups(year: str, count: int) -> list[str]:
    return [f"{year}-{number};o1;{year};1;Группа" for number in range(count)]


def test_required_columns_must_be_filled(station: Station) -> None:
    report = station.load_marks(
        marks(";s1;g1;1;2026-09-01;5", "m1;  ;g1;1;;5", 'm2;s1;g1;1;2026-09-01;""', *mark_rows(1))
    )
    assert (report.files[0].rows_read, report.rows_loaded, report.rows_rejected) == (4, 1, 3)
    assert station.reject_places() == [(2, "mark_id"), (3, "student_profile_id"), (3, "date"), (4, "name")]


def test_absent_required_column_rejects_each_row_and_is_named(station: Station) -> None:
    report = station.load_marks(marks("m1;s1;g1;1;5", header="mark_id;student_profile_id;group_id;subject_id;name"))
    assert (report.rows_loaded, report.rows_rejected) == (0, 1)
    assert "date" in report.files[0].absent_columns
    assert station.rejects()[0]["reason"] == "обязательного столбца нет в файле"


def test_tombstone_needs_its_key_alone(station: Station) -> None:
    header = f"{MARKS};deleted_at;deleted;weight"
    rows = [
        "m1;;;;;;2026-09-30 10:00;;",
        "m2;;;;;;;true;",
        "m3;;;;;;;да;1",
        ";;;;;;;true;",
        "m5;;;;;;;false;",
        "m6;;;;;;never;;",
        "m7;;;;;;;true;x",
        "m8;s1;g1;1;2026-09-01;5;;;",
    ]
    report = station.load_marks(marks(*rows, header=header))
    assert station.rows("marks", "mark_id, deleted") == [("m1", None), ("m2", True), ("m3", True), ("m8", None)]
    assert {line for line, _ in station.reject_places()} == {5, 6, 7, 8}
    assert report.files[0].unknown_columns == ()


def test_tombstone_of_a_membership_needs_all_its_key_columns(station: Station) -> None:
    rows = "g1;s1;2026-09-01;2026-09-30 10:00\ng1;s1;;2026-09-30 10:00\n"
    station.put("group_members.csv", f"group_id;student_profile_id;begin_date;deleted_at\n{rows}")
    station.load()
    assert len(station.rows("group_members")) == 1
    assert station.reject_places() == [(3, "begin_date")]


def test_deleted_means_nothing_to_a_dataset_without_deleted_at(station: Station) -> None:
    station.put("subjects.csv", "subject_id;name;deleted\n1;Химия;true\n2;;true\n")
    report = station.load()
    assert report.files[0].unknown_columns == ("deleted",)
    assert (report.rows_loaded, report.rows_rejected) == (1, 1)


def test_unknown_columns_are_kept_out_and_named(station: Station) -> None:
    report = station.load_marks(marks(*(f"{row};x;y" for row in mark_rows(2)), header=f"{MARKS};Сюрприз;color"))
    assert report.files[0].unknown_columns == ("Сюрприз", "color")
    assert "comment" in report.files[0].absent_columns
    assert len(station.rows("marks")[0]) == 23


def test_parts_are_one_delivery_in_order_of_name(station: Station) -> None:
    station.put("marks.part-0002.csv", marks("m3;s1;g1;1;2026-09-01;5"))
    station.put("marks.part-0001.csv", marks("m1;s1;g1;1;2026-09-01;5", "m2;s1;g1;1;bad;5"))
    station.put_parquet(
        "marks.part-0003.parquet",
        "SELECT 'm4' AS mark_id, 's1' AS student_profile_id, 'g1' AS group_id, 1 AS subject_id, "
        "DATE '2026-09-01' AS date, '5' AS name",
    )
    report = station.load()
    rows = station.rows("marks", "mark_id, _row, _file, _load_date")
    assert rows == [
        ("m1", 1, "marks.part-0001.csv", DAY),
        ("m3", 3, "marks.part-0002.csv", DAY),
        ("m4", 4, "marks.part-0003.parquet", DAY),
    ]
    (dataset,) = report.datasets
    assert (dataset.rows_read, dataset.rows_loaded, dataset.rows_rejected) == (4, 3, 1)


def test_rows_keep_their_order_under_parallel_reading(station: Station) -> None:
    count = 200_000
    station.put("subjects.csv", subjects(count))
    station.load(threads=4)
    assert [int(row[0]) for row in station.rows("subjects", "subject_id")] == list(range(count))


def test_rename_maps_a_source_with_other_names(station: Station) -> None:
    header = "ID;ученик;group_id;subject_id;date;name"
    station.put("marks.csv", marks("m1;s1;g1;1;2026-09-01;5", header=header))
    station.load(rename={"marks": {"id": "mark_id", "Ученик": "student_profile_id"}})
    assert station.rows("marks", "mark_id, student_profile_id") == [("m1", "s1")]


@pytest.mark.parametrize(
    "options",
    [
        {"rename": {"marks": {"id": "no_such_column"}}},
        {"rename": {"mraks": {}}},
        {"modes": {"marks": "sometimes"}},
        {"modes": {"mraks": "snapshot"}},
        {"time_zone": "Mars/Olympus"},
        {"csv_delimiter": ";;"},
        {"csv_encoding": "koi8-r"},
    ],
)
def test_settings_that_cannot_be_meant_are_bad_input(station: Station, options: dict[str, object]) -> None:
    station.put("marks.csv", marks(*mark_rows(1)))
    with pytest.raises(BadInput):
        station.load(**options)


def test_mode_of_a_dataset_can_be_set(station: Station) -> None:
    station.put("marks.csv", marks(*mark_rows(1)))
    report = station.load(modes={"marks": "snapshot"})
    assert [dataset.mode for dataset in report.datasets] == ["snapshot"]


def test_report_beside_the_parquet_is_the_same_each_time_and_holds_no_value(station: Station) -> None:
    station.put("marks.csv", marks(*mark_rows(3), "m9;s1;g1;1;secret-value;5"))
    report = station.load()
    kept = (station.home / "raw" / str(DAY) / "delivery.json").read_text("utf-8")
    assert kept == report.to_json()
    assert "secret-value" not in kept
    file = json.loads(kept)["files"][0]
    assert (file["rows_read"], file["rows_loaded"], file["rows_rejected"]) == (4, 3, 1)
    other = Station(station.home.parent / "other")
    other.put("marks.csv", marks(*mark_rows(3), "m9;s1;g1;1;secret-value;5"))
    assert other.load().to_json() == kept


def test_everything_that_is_written_is_private(station: Station) -> None:
    station.load_marks(marks(*mark_rows(3), "m9;s1;g1;1;bad;5"))
    for path in station.home.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_leftovers_of_a_killed_run_are_cleared_away(station: Station) -> None:
    leftover = station.home / "warehouse" / "incoming" / str(DAY) / "lessons"
    leftover.mkdir(parents=True)
    (leftover / "0001.parquet").write_bytes(b"half")
    (station.home / "rejects").mkdir()
    (station.home / "rejects" / f"{DAY}.csv").write_text("from the run before\n")
    station.load_marks(marks(*mark_rows(1)))
    assert not (station.home / "raw" / str(DAY) / "lessons").exists()
    assert station.rejects() == []
    assert station.rows("marks", "mark_id") == [("m0",)]


def test_merged_delivery_is_not_loaded_again(station: Station) -> None:
    station.load_marks(marks(*mark_rows(1)))
    with pytest.raises(BadInput, match="уже загружена"):
        station.load()
    assert merged_deliveries(station.home) == [DAY]


def test_many_rejects_stop_the_load_and_can_be_overruled(station: Station, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    station.put("marks.csv", marks(*mark_rows(5000), *["m;s1;g1;1;secret-value;5"] * 101))
    with pytest.raises(LoadStopped) as stopped:
        station.load()
    (message,) = stopped.value.messages
    assert "отклонено строк 101 из 5101" in message
    assert "--overrule" in message
    assert "secret-value" not in message + caplog.text
    assert not station.is_merged()
    assert len(station.rejects()) == 101
    assert station.load(overrule=True).rows_loaded == 5000
    assert len(station.rejects()) == 101


@pytest.mark.parametrize(("good", "bad"), [(0, 100), (11_000, 101)])
def test_few_rejects_by_count_or_by_share_do_not_stop_the_load(station: Station, good: int, bad: int) -> None:
    report = station.load_marks(marks(*mark_rows(good), *["m;s1;g1;1;bad;5"] * bad))
    assert report.rows_rejected == bad


def test_limits_of_the_breaker_are_settings(station: Station) -> None:
    station.put("marks.csv", marks(*mark_rows(10), "m;s1;g1;1;bad;5"))
    with pytest.raises(LoadStopped):
        station.load(reject_count=0, reject_share=0.05)
    assert station.load(reject_count=1, reject_share=0.05).rows_rejected == 1


def test_rejects_count_over_all_parts_of_a_dataset(station: Station) -> None:
    for part in (1, 2):
        station.put(f"marks.{part}.csv", marks(*["m;s1;g1;1;bad;5"] * 60))
    with pytest.raises(LoadStopped, match="120 из 120"):
        station.load()


def test_snapshot_that_shrank_stops_the_load(station: Station) -> None:
    station.put("subjects.csv", subjects(600))
    station.load()
    station.put("subjects.csv", subjects(479), NEXT_DAY)
    with pytest.raises(LoadStopped, match="строк 479, в прошлом было 600"):
        station.load(NEXT_DAY)
    assert merged_deliveries(station.home) == [DAY]
    assert station.load(NEXT_DAY, overrule=True).rows_loaded == 479


@pytest.mark.parametrize(("before", "now"), [(600, 480), (200, 100), (200, 250)])
def test_snapshot_that_shrank_little_loads(station: Station, before: int, now: int) -> None:
    station.put("subjects.csv", subjects(before))
    station.load()
    station.put("subjects.csv", subjects(now), NEXT_DAY)
    assert station.load(NEXT_DAY).rows_loaded == now


def test_change_set_may_be_of_any_size(station: Station) -> None:
    station.put("marks.csv", marks(*mark_rows(900)))
    station.load()
    station.put("marks.csv", marks(*mark_rows(1)), NEXT_DAY)
    assert station.load(NEXT_DAY).rows_loaded == 1


def test_snapshot_is_compared_by_the_years_that_it_speaks_of(station: Station) -> None:
    station.put("groups.csv", marks(*groups("2025", 500), *groups("2026", 300), header=GROUPS))
    station.load()
    station.put("groups.csv", marks(*groups("2026", 300), header=GROUPS), NEXT_DAY)
    assert station.load(NEXT_DAY).rows_loaded == 300
    third = date(2026, 10, 3)
    station.put("groups.csv", marks(*groups("2025", 300), *groups("2026", 300), header=GROUPS), third)
    with pytest.raises(LoadStopped, match="строк 600, в прошлом было 800"):
        station.load(third)


def test_empty_snapshot_of_many_rows_stops_the_load(station: Station) -> None:
    station.put("groups.csv", marks(*groups("2026", 300), header=GROUPS))
    station.load()
    station.put("groups.csv", GROUPS, NEXT_DAY)
    with pytest.raises(LoadStopped):
        station.load(NEXT_DAY)


def test_snapshot_is_compared_with_the_newest_before_its_date(station: Station) -> None:
    for day, count in ((date(2026, 9, 1), 100), (date(2026, 11, 1), 900)):
        station.put("subjects.csv", subjects(count), day)
        station.load(day)
    station.put("subjects.csv", subjects(100))
    assert station.load().rows_loaded == 100
