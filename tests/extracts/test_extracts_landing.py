"""Which deliveries and which files of them are taken, and which are refused."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from extract_station import DAY, Station, mark_rows, marks

from extracts.errors import BadInput
from extracts.landing import find_deliveries


def test_deliveries_come_in_order_of_date_and_other_names_are_ignored(tmp_path: Path) -> None:
    for name in (
        "2026-10-02",
        "2026-10-01",
        "2026-10-03.part",
        ".2026-10-04",
        "2026-02-30",
        "20261005",
        "notes",
        "~$x",
    ):
        (tmp_path / name).mkdir()
    (tmp_path / "2026-10-06").write_text("a file, not a folder")
    assert [delivery.load_date for delivery in find_deliveries(tmp_path)] == [date(2026, 10, 1), date(2026, 10, 2)]


def test_missing_landing_is_bad_input_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Создайте"):
        find_deliveries(tmp_path / "nowhere")


def test_landing_that_is_a_file_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "landing").write_text("")
    with pytest.raises(BadInput, match="стоит файл"):
        find_deliveries(tmp_path / "landing")


def test_every_bad_file_is_reported_at_once_and_nothing_is_merged(station: Station) -> None:
    station.put("marks.csv", marks(*mark_rows(2)))
    station.put("mraks.csv", "a;b\n")
    station.put("lessons.txt", "x")
    station.put("students.xlsx", "x")
    station.put("subjects.csv", b"")
    station.put("organizations.csv", "name;kind\nШкола;school\n")
    station.put("groups.csv.gz", b"")
    (station.landing / str(DAY) / "groups.csv.gz").write_bytes(b"\x1f\x8b\x08 broken")
    station.put("class_units.parquet", b"PAR1 broken PAR1")
    station.put("lessons", "x")
    with pytest.raises(BadInput) as error:
        station.load()
    text = "\n".join(error.value.messages)
    assert len(error.value.messages) == 8
    assert all(f"{DAY}/" in message and "\n" not in message for message in error.value.messages)
    assert "«mraks». Похожие: marks" in text
    assert "нет ключевого столбца organization_id" in text
    assert "gzip" in text
    assert "Parquet" in text
    assert "это не книга XLSX" in text
    assert not station.is_merged()
    assert not (station.home / "warehouse" / "incoming").exists()


def test_without_passes_over_a_dataset_and_an_unknown_name(station: Station) -> None:
    station.put("marks.csv", marks(*mark_rows(2)))
    station.put("students.csv", b"")
    station.put("mraks.1.csv", "a;b\n")
    report = station.load(without=("students", "mraks"))
    assert [file.file for file in report.files] == ["marks.csv"]
    assert report.without == ("mraks", "students")
    assert "students" not in report.missing
    assert "lessons" in report.missing


def test_hidden_files_and_marks_of_excel_are_ignored(station: Station) -> None:
    station.put("marks.csv", marks(*mark_rows(1)))
    station.put(".DS_Store", "x")
    station.put("~$marks.xlsx", "x")
    assert station.load().rows_loaded == 1


def test_folders_and_pipes_inside_a_delivery_are_refused_not_opened(station: Station) -> None:
    path = station.put("marks.csv", marks(*mark_rows(1)))
    (path.parent / "lessons.csv").mkdir()
    os.mkfifo(path.parent / "students.csv")
    with pytest.raises(BadInput) as error:
        station.load()
    assert len(error.value.messages) == 2


def test_empty_delivery_is_refused(station: Station) -> None:
    (station.landing / str(DAY)).mkdir()
    with pytest.raises(BadInput, match="пуста"):
        station.load()


def test_file_names_may_hold_signs_that_are_patterns_to_duckdb(station: Station) -> None:
    station.put("marks.[1]*.csv", marks(*mark_rows(1)))
    station.put("marks.1x.csv", marks("m9;s1;g1;1;2026-09-01;5"))
    station.put_parquet("subjects.[a]?.parquet", "SELECT 1 AS subject_id, 'x' AS name")
    station.load()
    assert [row[0] for row in station.rows("marks", "mark_id")] == ["m9", "m0"]
    assert station.rows("subjects", "subject_id, _file") == [("1", "subjects.[a]?.parquet")]


def test_case_of_file_names_does_not_matter(station: Station) -> None:
    assert station.load_marks(marks(*mark_rows(1)), "Marks.CSV").rows_loaded == 1


def test_part_9_comes_before_part_10_and_the_later_row_counts(station: Station) -> None:
    for part in ("10", "9", "1"):
        station.put(f"marks.page-{part}.csv", marks(f"m{part};s1;g1;1;2026-09-01;5"))
    station.load()
    assert [row[0] for row in station.rows("marks", "mark_id")] == ["m1", "m9", "m10"]
