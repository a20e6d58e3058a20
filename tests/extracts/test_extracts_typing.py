"""Every spelling of specification 1-extracts.md, and what is none of them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from extract_station import MARKS, Station, marks

local = datetime.fromisoformat

LATE = "2026-09-01T20:30:00Z"  # the next day in the region

DATES: list[tuple[str, date | None]] = [
    ("2026-09-01", date(2026, 9, 1)),
    ("01.09.2026", date(2026, 9, 1)),
    ("  01.09.2026\t", date(2026, 9, 1)),
    ("2026-09-01 23:59", date(2026, 9, 1)),
    ("01.09.2026 23:59:59", date(2026, 9, 1)),
    (LATE, date(2026, 9, 2)),
    ("2026-09-01T00:30:00+14:00", date(2026, 8, 31)),
    ("29.02.2028", date(2028, 2, 29)),
    ("9999-12-31", date(9999, 12, 31)),
    *[
        (bad, None)
        for bad in (
            "31.02.2026",
            "30.02.2026",
            "29.02.2026",
            "2026-13-01",
            "2026-00-10",
            "01/09/2026",
            "2026/09/01",
            "1.9.2026",
            "2026-9-1",
            "26-09-01",
            "0000-01-01",
            "00.00.0000",
            "infinity",
            "epoch",
            "now",
            "вчера",
            "20260901",
            "2026-09-01 24:00",
            "2026-09-01 10:60",
            "10000-01-01",
            "99-9-12-31",
            "9-12-10-31",
            "2026-09- 1",
            "2026-09-01 (BC)",
            "01.01.0000",
            "01.09.26",
            "1.09.02026",
        )
    ],
]

MOMENTS: list[tuple[str, datetime | None]] = [
    ("2026-09-01 10:20:30", local("2026-09-01 10:20:30")),
    ("2026-09-01 10:20", local("2026-09-01 10:20:00")),
    ("01.09.2026 10:20", local("2026-09-01 10:20:00")),
    ("01.09.2026 10:20:30", local("2026-09-01 10:20:30")),
    ("2026-09-01T10:20:30", local("2026-09-01 10:20:30")),
    ("2026-09-01T10:20:30.123456", local("2026-09-01 10:20:30.123456")),
    ("2026-09-01 10:20:30.5", local("2026-09-01 10:20:30.500000")),
    ("2026-09-01T10:20:30+05:00", local("2026-09-01 10:20:30")),
    ("2026-09-01T10:20:30+0300", local("2026-09-01 12:20:30")),
    ("2026-09-01 10:20+03", local("2026-09-01 12:20:00")),
    ("01.09.2026 10:20 +03:00", local("2026-09-01 12:20:00")),
    ("01.09.2026 10:20+03", local("2026-09-01 12:20:00")),
    ("01.09.2026 10:20:30.5Z", local("2026-09-01 15:20:30.500000")),
    ("2026-09-01 10:20:30,25+0530", local("2026-09-01 09:50:30.250000")),
    ("\u00a02026-09-01 10:20:30 ", local("2026-09-01 10:20:30")),
    ("\u00a001.09.2026 10:20\t", local("2026-09-01 10:20:00")),
    ("9999-12-31T23:59:59+05:00", local("9999-12-31 23:59:59")),
    ("2026-09-01T10:20:30.250Z", local("2026-09-01 15:20:30.250000")),
    ("2026-09-01T10:20:30-05:30", local("2026-09-01 20:50:30")),
    ("2010-07-01T00:00:00Z", local("2010-07-01 06:00:00")),  # the summer time of those years
    ("2010-03-28 02:30", local("2010-03-28 02:30:00")),  # a local time is taken as it stands, even one that never was
    ("2026-09-01", local("2026-09-01 00:00:00")),
    ("01.09.2026", local("2026-09-01 00:00:00")),
    *[
        (bad, None)
        for bad in (
            "2026-02-30 10:00:00",
            "2026-09-01 25:00:00",
            "2026-09-01 24:00:00",
            "2026-09-01 10:00:60",
            "2026-09-01 10",
            "2026-09-01 10:00 Europe/Moscow",
            "2026-09-01T10:00:00+25:00",
            "2026-09-01 10:00:00 BC",
            "10:00",
            "1788000000",
            "2026-09-1  10:00:00",
            "2026-09-01  9:00:00",
            "2026-09-01 10:20:3Z",
            "2026-09-01 10:20:30 1",
            "9999-12-31T23:59:59-05:00",
            "0001-01-01T00:00:00+14:00",
            "01.09.2026 24:00",
            "01.09.2026  9:00",
            "01.01.0000 10:00",
        )
    ],
]

BOOLEANS: list[tuple[str, bool | None]] = [
    *[(text, True) for text in ("true", "True", "TRUE", "1", "1.0", "да", "Да", "ДА", " true ")],
    *[(text, False) for text in ("false", "False", "0", "0.0", "нет", "Нет")],
    *[(text, None) for text in ("maybe", "2", "-1", "tru", "дa")],  # the last one with a Latin letter
]

WEIGHTS: list[tuple[str, int | None]] = [
    ("4", 4),
    ("4.0", 4),
    ("4,00", 4),
    ("+4", 4),
    ("4.", 4),
    ("04", 4),
    (" 4 ", 4),
    *[(bad, None) for bad in ("4.5", "x", "0", "6", "-1", "1e0", "0x1", "1_0", "inf", "nan", "99999999999", "1 2")],
]

FIVES: list[tuple[str, Decimal | None]] = [
    ("5", Decimal(5)),
    ("4.5", Decimal("4.5")),
    ("4,5", Decimal("4.5")),
    (".5", Decimal("0.5")),
    ("0", Decimal(0)),
    ("3.33333333333333", Decimal("3.333333333")),
    *[(bad, None) for bad in ("5.1", "-0.1", "five", "inf", "-inf", "nan", "NaN", "Infinity", "4..5", "4.5.6", "1_0")],
]


def load_column(station: Station, column: str, texts: list[str]) -> dict[str, Any]:
    """Loads a mark for each text in a column and gives what became of it; None for a reject of that very column."""
    own = [name for name in MARKS.split(";") if name != column]
    given = {"student_profile_id": "s1", "group_id": "g1", "subject_id": "1", "date": "2026-09-01", "name": "5"}
    rows = [
        ";".join([*(str(number) if name == "mark_id" else given[name] for name in own), text])
        for number, text in enumerate(texts)
    ]
    station.load_marks(marks(*rows, header=";".join([*own, column])))
    loaded = {int(mark_id): value for mark_id, value in station.rows("marks", f"mark_id, {column}")}
    assert {int(reject["line"]) - 2 for reject in station.rejects()} == set(range(len(texts))) - set(loaded)
    assert {reject["column"] for reject in station.rejects()} <= {column}
    assert [reject["value"] for reject in station.rejects()] == [
        text for number, text in enumerate(texts) if number not in loaded
    ]
    return {text: loaded.get(number) for number, text in enumerate(texts)}


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("date", DATES),
        ("updated_at", MOMENTS),
        ("is_exam", BOOLEANS),
        ("weight", WEIGHTS),
        ("five", FIVES),
    ],
)
def test_spellings(station: Station, column: str, expected: list[tuple[str, Any]]) -> None:
    assert load_column(station, column, [text for text, _ in expected]) == dict(expected)


def test_another_region_has_another_local_time(station: Station) -> None:
    header = f"{MARKS};updated_at"
    station.load_marks(marks(f"m1;s1;g1;1;{LATE};5;{LATE}", header=header), time_zone="Europe/Kaliningrad")
    assert station.rows("marks", "date, updated_at") == [(date(2026, 9, 1), local("2026-09-01 22:30:00"))]


def test_sex_is_stored_in_one_spelling(station: Station) -> None:
    sexes = ("male", "FEMALE", "м", "Ж", "", "x")
    rows = "\n".join(f"{number};p{number};{sex}" for number, sex in enumerate(sexes))
    station.put("students.csv", f"student_profile_id;person_id;sex\n{rows}\n")
    station.load()
    assert [row[0] for row in station.rows("students", "sex")] == ["male", "female", "male", "female", None]
    assert station.reject_places() == [(7, "sex")]


def test_ids_and_texts_stay_as_they_are_but_for_blanks_around(station: Station) -> None:
    rows = ("007;s1;g1;1;2026-09-01; 5- ", "\u00a0m-1\u00a0;s1;1.0;1;2026-09-01;Зачёт", "~;s1;g1;1;2026-09-01;'NULL'")
    station.load_marks(marks(*rows))
    assert station.rows("marks", "mark_id, group_id, name") == [
        ("007", "g1", "5-"),
        ("m-1", "1.0", "Зачёт"),
        ("~", "g1", "'NULL'"),
    ]


def test_values_of_a_list_are_stored_as_the_contract_writes_them(station: Station) -> None:
    rows = "o1;Школа;School;Центр\no2;Школа;gymnasium;Центр\no3;Школа;;Центр\n"
    station.put("organizations.csv", f"organization_id;name;kind;municipality\n{rows}")
    station.load()
    assert station.rows("organizations", "organization_id, kind") == [("o1", "school")]
    assert [(reject["value"], reject["reason"]) for reject in station.rejects()] == [
        ("gymnasium", "недопустимое значение: ожидается school, college"),
        ("", "пустое значение в обязательном столбце"),
    ]


def test_number_outside_its_limits_is_told_apart_from_what_is_no_number(station: Station) -> None:
    load_column(station, "weight", ["6", "x"])
    assert [reject["reason"] for reject in station.rejects()] == [
        "вне допустимых пределов: ожидается число от 1 до 5",
        "не целое число",
    ]
