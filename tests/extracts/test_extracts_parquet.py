"""Parquet with true types, with texts, and damaged."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pandas as pd
import pytest
from extract_station import DAY, Station

from extracts.errors import BadInput

local = datetime.fromisoformat

KEYS = "'s1' AS student_profile_id, 'g1' AS group_id, '1' AS subject_id"


def put_marks(station: Station, columns: str, source: str = "") -> None:
    station.put_parquet("marks.parquet", f"SELECT {columns} {source}")


def test_true_types(station: Station) -> None:
    put_marks(
        station,
        "12345.0::DOUBLE AS mark_id, 7::BIGINT AS student_profile_id, uuid() AS group_id, "
        "3::DECIMAL(10,2) AS subject_id, "
        "DATE '2026-09-01' AS date, 5::TINYINT AS name, 4.5::FLOAT AS five, 2.0::DOUBLE AS weight, true AS is_exam, "
        "TIMESTAMP '2026-09-30 23:00:00' AS point_date, TIMESTAMPTZ '2026-09-01 20:30:00+00' AS updated_at, "
        "TIMESTAMP_NS '2026-09-01 10:20:30.123456789' AS created_at, DATE '2026-10-01' AS deleted_at",
    )
    report = station.load()
    assert (report.files[0].encoding, report.files[0].rows_read, report.rows_loaded) == (None, 1, 1)
    columns = "mark_id, student_profile_id, subject_id, date, name, five, weight, is_exam, point_date, updated_at"
    assert station.rows("marks", f"{columns}, created_at, deleted_at") == [
        (
            "12345",
            "7",
            "3",
            date(2026, 9, 1),
            "5",
            Decimal("4.5"),
            2,
            True,
            date(2026, 9, 30),
            local("2026-09-02 01:30:00"),
            local("2026-09-01 10:20:30.123456"),
            local("2026-10-01 00:00:00"),
        )
    ]


def test_texts_are_read_as_in_csv(station: Station) -> None:
    put_marks(station, f"' m1 ' AS mark_id, {KEYS}, '01.09.2026' AS date, '5' AS name, '4,5' AS five, 'да' AS is_exam")
    station.load()
    assert station.rows("marks", "mark_id, date, five, is_exam") == [("m1", date(2026, 9, 1), Decimal("4.5"), True)]


def test_moment_of_the_world_becomes_a_local_date(station: Station) -> None:
    put_marks(station, f"1 AS mark_id, {KEYS}, TIMESTAMPTZ '2026-09-01 20:30:00+00' AS date, '5' AS name")
    station.load()
    assert station.rows("marks", "date") == [(date(2026, 9, 2),)]


def test_rejects_name_the_row(station: Station) -> None:
    put_marks(
        station,
        f"i AS mark_id, {KEYS}, DATE '2026-09-01' AS date, '5' AS name, five, weight",
        "FROM (VALUES (1, 4.0::DOUBLE, 1.0::DOUBLE), (2, '-inf', 1), (3, 'inf', 1), (4, 5.5, 1), (5, 4, 1.5), "
        "(6, 4, 9), (7, NULL, NULL), (NULL, 4, 1)) AS t (i, five, weight)",
    )
    report = station.load()
    assert (report.files[0].rows_read, report.rows_loaded, report.rows_rejected) == (8, 2, 6)
    assert station.reject_places() == [
        (2, "five"),
        (3, "five"),
        (4, "five"),
        (5, "weight"),
        (6, "weight"),
        (8, "mark_id"),
    ]
    assert station.rows("marks", "mark_id, _row") == [("1", 1), ("7", 2)]


NAN = "'nan'::DOUBLE"


def test_nan_is_an_empty_value(station: Station) -> None:
    """Some writers of pandas frames have nothing else for it, whatever the column holds."""
    put_marks(
        station,
        f"1 AS mark_id, {KEYS}, DATE '2026-09-01' AS date, '5' AS name, {NAN} AS five, 'nan'::FLOAT AS weight, "
        f"{NAN} AS schedule_lesson_id, {NAN} AS comment, {NAN} AS is_exam, {NAN} AS point_date, {NAN} AS updated_at",
    )
    assert station.load().rows_rejected == 0
    columns = "five, weight, schedule_lesson_id, comment, is_exam, point_date, updated_at"
    assert station.rows("marks", columns) == [(None,) * 7]


def test_nan_where_a_value_is_needed_is_a_reject(station: Station) -> None:
    put_marks(
        station,
        "mark_id, 's1' AS student_profile_id, group_id, '1' AS subject_id, DATE '2026-09-01' AS date, '5' AS name",
        f"FROM (VALUES (1.0::DOUBLE, 7.0::DOUBLE), ({NAN}, 7), (3, {NAN})) AS t (mark_id, group_id)",
    )
    assert station.load().rows_loaded == 1
    assert station.reject_places() == [(2, "mark_id"), (3, "group_id")]
    assert {reject["reason"] for reject in station.rejects()} == {"пустое значение в обязательном столбце"}
    assert station.rows("marks", "mark_id, group_id") == [("1", "7")]


def test_frame_of_pandas(station: Station) -> None:
    """Ids became floats for want of a value, moments have NaT, a column without any value has no type."""
    frame = pd.DataFrame(
        {
            "mark_id": [1, 2],
            "student_profile_id": pd.Categorical(["s1", "s2"]),
            "group_id": [12345678.0, 2.0],
            "subject_id": ["1", "1"],
            "schedule_lesson_id": [14186584974584.0, float("nan")],
            "date": pd.to_datetime(["2026-09-01", "2026-09-02"]),
            "name": ["5", "н"],
            "five": [5.0, float("nan")],
            "weight": pd.array([1, None], dtype="Int64"),
            "is_exam": pd.array([True, None], dtype="boolean"),
            "point_date": pd.to_datetime(["2026-09-05", None]),
            "comment": [None, None],
            "updated_at": pd.to_datetime(["2026-09-01T10:00:00Z", None]),
        }
    )
    frame.to_parquet(station.put("marks.parquet", b""))
    report = station.load()
    assert (report.rows_loaded, report.files[0].unknown_columns) == (2, ())
    columns = "student_profile_id, group_id, schedule_lesson_id, date, five, weight, is_exam, point_date, updated_at"
    assert station.rows("marks", columns) == [
        (
            "s1",
            "12345678",
            "14186584974584",
            date(2026, 9, 1),
            Decimal(5),
            1,
            True,
            date(2026, 9, 5),
            local("2026-09-01 15:00:00"),
        ),
        ("s2", "2", None, date(2026, 9, 2), None, None, None, None, None),
    ]


def test_type_that_cannot_be_meant_rejects_its_rows(station: Station) -> None:
    put_marks(station, f"1 AS mark_id, {KEYS}, 20260901 AS date, '5' AS name, true AS weight")
    assert station.load().rows_rejected == 1
    assert station.reject_places() == [(1, "date"), (1, "weight")]


@pytest.mark.parametrize("nested", ["[1, 2]", "{'a': 1}", "MAP {'a': 1}", "INTERVAL 1 DAY"])
def test_nested_column_of_the_contract_is_bad_input(station: Station, nested: str) -> None:
    put_marks(station, f"1 AS mark_id, {KEYS}, DATE '2026-09-01' AS date, {nested} AS name")
    with pytest.raises(BadInput, match="столбец name"):
        station.load()


def test_nested_column_that_is_not_ours_is_kept_out(station: Station) -> None:
    put_marks(station, f"{{'a': [1], 'b': 2}} AS extra, 1 AS mark_id, {KEYS}, DATE '2026-09-01' AS date, '5' AS name")
    report = station.load()
    assert (report.rows_loaded, report.files[0].unknown_columns) == (1, ("extra",))


def test_no_rows(station: Station) -> None:
    put_marks(station, f"1 AS mark_id, {KEYS}", "WHERE false")
    assert station.load().files[0].rows_read == 0


def test_missing_key_column(station: Station) -> None:
    put_marks(station, KEYS)
    with pytest.raises(BadInput, match="mark_id"):
        station.load()


def test_doubled_column_but_for_case(station: Station) -> None:
    put_marks(station, f'1 AS mark_id, {KEYS}, 2 AS name, 3 AS "Name "')
    with pytest.raises(BadInput, match="name встречается дважды"):
        station.load()


def test_folder_names_do_not_become_columns(station: Station) -> None:
    station.landing = station.landing.parent / "date=2020-01-01" / "landing"
    station.landing.mkdir(parents=True)
    put_marks(station, f"1 AS mark_id, {KEYS}, DATE '2026-09-01' AS date, '5' AS name")
    report = station.load()
    assert report.files[0].unknown_columns == ()
    assert station.rows("marks", "date") == [(date(2026, 9, 1),)]


@pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 0.9, 0.99])
def test_damaged_file_is_bad_input_or_loads_whole(station: Station, place: float) -> None:
    source = f"SELECT i AS mark_id, {KEYS}, DATE '2026-09-01' AS date, '5' AS name, md5(i::VARCHAR) AS comment"
    path = station.put_parquet("marks.parquet", f"{source} FROM range(5000) AS t (i)")
    data = bytearray(path.read_bytes())
    start = int(place * len(data))
    data[start : start + 40] = bytes(40)
    path.write_bytes(data)
    try:
        report = station.load()
    except BadInput as error:
        assert f"{DAY}/marks.parquet" in error.messages[0]
        return
    assert report.files[0].rows_read == report.rows_loaded + report.rows_rejected


def test_truncated_file_is_bad_input(station: Station) -> None:
    path = station.put_parquet("subjects.parquet", "SELECT 1 AS subject_id, 'x' AS name")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(BadInput, match="Parquet"):
        station.load()
