"""JSON lines and JSON documents: every spelling of a value, and what is no record."""

from __future__ import annotations

import csv
import io
import json
import random
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from extract_station import DAY, Station

from extracts.errors import BadInput

local = datetime.fromisoformat

MARK: dict[str, Any] = {
    "mark_id": "m1",
    "student_profile_id": "s1",
    "group_id": "g1",
    "subject_id": 1,
    "date": "2026-09-01",
    "name": "5",
}


def mark(number: int, **more: Any) -> dict[str, Any]:
    return MARK | {"mark_id": f"m{number}"} | more


def lines(*records: Any) -> str:
    """Records as JSON lines; a text stands for a line as it is."""
    return "".join((record if isinstance(record, str) else json.dumps(record)) + "\n" for record in records)


def load(station: Station, content: Any, name: str = "marks.jsonl", **options: Any) -> Any:
    """Loads one file of these records and gives its report."""
    if isinstance(content, list | dict):
        content = lines(*content) if name.endswith("jsonl") else json.dumps(content, ensure_ascii=False)
    station.put(name, content)
    return station.load(**options).files[0]


def test_lines_in_any_order_of_keys_with_some_missing(station: Station) -> None:
    backwards = dict(reversed(mark(2, weight=3, updated_at="01.09.2026 10:20").items()))
    report = load(station, lines(mark(1), backwards, mark(3, comment=None)))
    assert (report.rows_read, report.rows_loaded, report.encoding) == (3, 3, "utf-8")
    assert station.rows("marks", "mark_id, weight, updated_at, _row") == [
        ("m1", None, None, 1),
        ("m2", 3, local("2026-09-01 10:20:00"), 2),
        ("m3", None, None, 3),
    ]
    assert "five" in report.absent_columns
    assert "weight" not in report.absent_columns


@pytest.mark.parametrize(
    "document",
    [
        [mark(1), mark(2)],
        {"page": 1, "total": 2, "data": [mark(1), mark(2)], "next": {"page": 2}},
        {"marks": [mark(1), mark(2)]},
        json.dumps([mark(1), mark(2)], indent=2).encode("utf-8-sig"),
        lines(mark(1), mark(2)),
        "\n \n" + lines(mark(1), mark(2)),
    ],
    ids=["array", "wrapper", "wrapper of its own name", "indented, with a mark", "lines", "lines after blank ones"],
)
def test_documents(station: Station, document: Any) -> None:
    report = load(station, document, "marks.json")
    assert (report.rows_read, report.rows_loaded, report.unknown_columns) == (2, 2, ())
    assert station.rows("marks", "mark_id") == [("m1",), ("m2",)]


def test_one_object_is_one_record(station: Station) -> None:
    report = load(station, json.dumps(mark(1, data=[{"mark_id": "m2"}]), indent=1), "marks.json")
    assert (report.rows_read, report.rows_loaded, report.unknown_columns) == (1, 1, ("data",))


@pytest.mark.parametrize("content", ["[]", " [\n] ", '{"total": 0, "items": []}'])
def test_no_records_are_a_table_without_rows(station: Station, content: str) -> None:
    report = load(station, content, "subjects.json")
    assert (report.rows_read, report.rows_loaded, report.unknown_columns) == (0, 0, ())
    assert station.rows("subjects") == []


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("marks.json", b"", "файл пуст"),
        ("marks.jsonl", b"", "файл пуст"),
        ("marks.json", b" \n", "нет ни одной записи"),
        ("marks.jsonl", b"\n\r\n", "нет ни одной записи"),
        ("marks.json", b"\xef\xbb\xbf", "нет ни одной записи"),
        ("marks.json", json.dumps([mark(1), mark(2)])[:-30].encode(), "передан не до конца"),
        ("marks.json", json.dumps([mark(1)])[:-1].encode() + b",", "файл обрывается"),
        ("marks.json", json.dumps([mark(1)])[:-1].encode() + b",]", "не читается как JSON"),
        ("marks.json", json.dumps([mark(1)])[:-2].encode() + b",}]", "не читается как JSON"),
        ("marks.json", json.dumps([mark(1)]).encode() + b"[]", "лишний текст"),
        ("marks.json", b'{"mark_id": 1', "файл обрывается"),
        ("marks.json", b"null", "не массив записей"),
        ("marks.json", b"[1, null]", "ни одной записи-объекта"),
        ("marks.json", b"[{}]", "нет ключа mark_id"),
        ("marks.json", b'[{"a": ' + b"[" * 100_000, "слишком глубокая вложенность"),
        ("marks.jsonl", b"x\ny\n", "ни одной записи-объекта"),
        ("marks.jsonl", json.dumps([mark(1)], indent=1).encode(), "назовите .json"),
        ("marks.jsonl", lines({"id": 1, "student_profile_id": 2}, {"name": "5"}).encode()[30:], "нет ключа mark_id"),
        ("marks.json", '[{"mark_id": "Отметка"}]'.encode("utf-16"), "UTF-16"),
        ("marks.json", '[{"mark_id": "1", "comment": "Работа"}]'.encode("cp1251"), "Windows-1251"),
        ("marks.jsonl", lines("{}", '{"mark_id": "1", "comment": "Работа"}').encode("cp1251"), "Windows-1251"),
    ],
)
def test_file_that_cannot_be_read(station: Station, name: str, content: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message) as raised:
        load(station, content, name)
    (text,) = raised.value.messages
    assert text.startswith(f"{DAY}/{name}: ")
    assert text.endswith("--without marks.")
    assert not station.is_merged()


def test_place_of_what_does_not_parse_is_told(station: Station) -> None:
    content = json.dumps([mark(1), mark(2), mark(3)], indent=1).replace('"m3"', "m3")
    with pytest.raises(BadInput, match="строка 19: запись 3 не читается"):
        load(station, content, "marks.json")


def test_broken_lines_are_rejects_and_the_rest_loads(station: Station) -> None:
    secret = "Тайна"
    broken = [
        json.dumps(mark(2))[:-1],
        "",
        "[1]",
        '"text"',
        json.dumps(mark(6))[:-1] + ",}",
        json.dumps(mark(7, comment="a\ud800b")),
        json.dumps(mark(8, comment="a\0b")),
        json.dumps(mark(9)) + json.dumps(mark(9)),
        json.dumps(mark(10, comment="x" * 1_000_000)),
        '{"mark_id": ' + "[" * 50_000 + "]" * 50_000 + "}",
        json.dumps(mark(12, comment=secret), ensure_ascii=False).replace('"', "'"),
    ]
    content = lines(mark(1), *broken, mark(13)).encode()
    content += json.dumps(mark(14, comment="Ы"), ensure_ascii=False).encode().replace(b"\xab", b"") + b"\n"
    report = load(station, content)
    assert (report.rows_read, report.rows_loaded, report.rows_rejected) == (13, 2, 11)
    assert station.rows("marks", "mark_id") == [("m1",), ("m13",)]
    assert [line for line, _ in station.reject_places()] == [2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14]
    reasons = [reject["reason"] for reject in station.rejects()]
    assert reasons == [
        "не читается как JSON",
        "не объект JSON",
        "не объект JSON",
        "не читается как JSON",
        "половина суррогатной пары в строке",
        "нулевой символ в строке",
        "не читается как JSON",
        "слишком длинная запись",
        "слишком глубокая вложенность",
        "не читается как JSON",
        "байты не в кодировке UTF-8",
    ]
    assert secret in station.rejects()[9]["value"]


def test_files_with_byte_order_marks_may_be_put_together(station: Station) -> None:
    report = load(station, "".join("\ufeff" + lines(mark(n)) for n in range(3)))
    assert (report.rows_loaded, report.unknown_columns) == (3, ())


def test_bound_of_a_record_is_a_setting(station: Station) -> None:
    long = mark(2, comment="x" * 1_500_000)
    assert load(station, [mark(1), long], longest_row_mb=2).rows_loaded == 2


@pytest.mark.parametrize("shape", [[mark(1), mark(2, comment="x" * 1_100_000)], mark(1, comment="x" * 1_100_000)])
def test_record_that_is_too_long_makes_a_document_unreadable(station: Station, shape: Any) -> None:
    with pytest.raises(BadInput, match="слишком длинная запись"):
        load(station, shape, "marks.json")


def test_elements_that_are_no_objects_are_rejects_by_their_number(station: Station) -> None:
    bad = json.dumps(mark(4)).replace("m4", "m\\ud83d")
    document = f"[{json.dumps(mark(1))}, 7, null, {bad}, {json.dumps(mark(5, date='31.02.2026'))}]"
    report = load(station, document, "marks.json")
    assert (report.rows_read, report.rows_loaded) == (5, 1)
    assert sorted(station.reject_places()) == [(2, ""), (3, ""), (4, ""), (5, "date")]


def test_line_may_hold_a_page_of_records(station: Station) -> None:
    page = [mark(1), mark(2, weight="x"), mark(3, comment="\0"), mark(4, comment="\ud800")]
    report = load(station, lines(page, [], mark(5)))
    assert (report.rows_read, report.rows_loaded) == (5, 2)
    assert sorted(station.reject_places()) == [(1, ""), (1, ""), (1, "weight")]
    assert [json.loads(reject["value"])["mark_id"] for reject in station.rejects()[:2]] == ["m3", "m4"]


def test_key_of_our_own_cannot_be_given(station: Station) -> None:
    load(station, "\n" + lines(mark(1), mark(2, weight="x") | {"\ufeff\tline": 77, "\tline": 78}))
    assert station.reject_places() == [(3, "weight")]


@pytest.mark.parametrize("blank", ["", "\n"], ids=["read by DuckDB", "cut"])
def test_values(station: Station, blank: str) -> None:
    given: list[tuple[str, str, Any]] = [
        ("mark_id", "9007199254740993", "9007199254740993"),
        ("mark_id", "18446744073709551616123", "18446744073709551616123"),
        ("mark_id", "4.0", "4"),
        ("mark_id", '"4.0"', "4.0"),
        ("mark_id", "-0", "0"),
        ("mark_id", "1e3", "1000"),
        ("mark_id", '" 007\\u00a0"', "007"),
        ("mark_id", '"\\u0416\\"\\\\\\/"', 'Ж"\\/'),
        ("mark_id", '"[1]"', "[1]"),
        ("name", "5", "5"),
        ("name", "4.50", "4.5"),
        ("name", "true", "true"),
        ("name", '"Зачёт 😀"', "Зачёт 😀"),
        ("comment", '""', None),
        ("comment", "null", None),
        ("comment", '" \\t"', None),
        ("comment", '"null"', "null"),
        ("five", "4.5", Decimal("4.5")),
        ("five", "1e0", Decimal(1)),
        ("five", '"4,5"', Decimal("4.5")),
        ("five", "0.1", Decimal("0.1")),
        ("weight", "4.0", 4),
        ("weight", '"4"', 4),
        ("is_exam", "true", True),
        ("is_exam", "0", False),
        ("is_exam", '"Да"', True),
        ("date", "[2026, 9, 1]", date(2026, 9, 1)),
        ("date", '"01.09.2026"', date(2026, 9, 1)),
        ("date", '"2026-09-01T20:30:00Z"', date(2026, 9, 2)),
        ("point_date", "[2028,2,29,8,30]", date(2028, 2, 29)),
        ("updated_at", "[2026,9,1,8,30]", local("2026-09-01 08:30:00")),
        ("updated_at", "[2026,9,1,8,30,5]", local("2026-09-01 08:30:05")),
        ("updated_at", "[2026,9,1,8,30,5,250000000]", local("2026-09-01 08:30:05.250")),
        ("updated_at", '"2026-09-01T10:20:30+0300"', local("2026-09-01 12:20:30")),
        ("updated_at", "[2026,9,1]", local("2026-09-01 00:00:00")),
    ]
    rows = [
        "{"
        + ", ".join(f'"{key}": {json.dumps(value)}' for key, value in mark(n).items() if key != column)
        + f', "{column}": {text}}}'
        for n, (column, text, _) in enumerate(given)
    ]
    report = load(station, blank + lines(*rows))
    assert (report.rows_rejected, station.rejects()) == (0, [])
    found = station.rows("marks", ", ".join(["_row", *dict.fromkeys(column for column, _, _ in given)]))
    places = {column: place for place, column in enumerate(dict.fromkeys(column for column, _, _ in given), start=1)}
    assert [row[places[column]] for row, (column, _, _) in zip(found, given, strict=True)] == [
        value for _, _, value in given
    ]


@pytest.mark.parametrize("blank", ["", "\n"], ids=["read by DuckDB", "cut"])
def test_values_that_cannot_be_meant(station: Station, blank: str) -> None:
    given = [
        ("mark_id", '{"a": 1}'),
        ("mark_id", "[1]"),
        ("mark_id", "1e999"),
        ("mark_id", "NaN"),
        ("mark_id", "9" * 100_000),
        ("mark_id", "null"),
        ("name", "[]"),
        ("name", "{}"),
        ("name", "-Infinity"),
        ("comment", '["a"]'),
        ("five", "1e999"),
        ("five", "NaN"),
        ("five", "[4]"),
        ("weight", "4.5"),
        ("weight", "true"),
        ("weight", "123456789012345678901234567890"),
        ("is_exam", '{"true": true}'),
        ("is_exam", "2"),
        ("date", "[2026, 13, 1]"),
        ("date", "[2026, 9]"),
        ("date", "[2026, 9, 1, 8]"),
        ("date", "[2026, 9, 1, 25, 0]"),
        ("date", "[20261, 9, 1]"),
        ("date", "[2026, 9, 100]"),
        ("date", '["2026", 9, 1]'),
        ("date", "[0, 9, 1]"),
        ("date", "20260901"),
        ("updated_at", "1788000000"),
    ]
    rows = [
        "{"
        + "".join(f'"{key}": {json.dumps(value)}, ' for key, value in mark(n).items() if key != column)
        + f'"{column}": {text}}}'
        for n, (column, text) in enumerate(given)
    ]
    report = load(station, blank + lines(mark(0), *rows))
    assert (report.rows_loaded, report.rows_rejected) == (1, len(given))
    first = 2 + len(blank)
    assert station.reject_places() == [(line, column) for line, (column, _) in enumerate(given, start=first)]
    shown = {reject["value"] for reject in station.rejects()}
    assert {'{"a":1}', '["a"]', "4.5", "1788000000"} <= shown


def test_last_value_of_a_doubled_key_counts(station: Station) -> None:
    doubled = json.dumps(mark(1, comment="first"))[:-1] + ', "comment": "last", "Comment ": "very last"}'
    report = load(station, lines(mark(0, comment="x"), doubled))
    assert report.unknown_columns == ()
    assert station.rows("marks", "comment") == [("x",), ("very last",)]


def test_last_value_of_a_doubled_key_counts_in_a_file_without_other_faults(station: Station) -> None:
    doubled = json.dumps(mark(1, comment="first"))[:-1] + ', "comment": "last"}'
    load(station, lines(mark(0, comment="x"), doubled))
    assert station.rows("marks", "comment") == [("x",), ("last",)]


def test_number_across_the_blocks_of_reading_is_one(station: Station) -> None:
    blanks = " " * ((1 << 20) - 4)
    report = load(station, f"[{blanks}1234567, {json.dumps(mark(1))}]", "marks.json")
    assert (report.rows_loaded, station.reject_places()) == (1, [(1, "")])


def test_spellings_of_a_key_may_differ_between_records(station: Station) -> None:
    load(station, lines(mark(1, weight=1), mark(2, WEIGHT=2), mark(3) | {" weight": 3}))
    assert station.rows("marks", "weight") == [(1,), (2,), (3,)]


def test_unknown_keys_of_all_records_are_named_once(station: Station) -> None:
    report = load(station, [mark(1, b=1), mark(2, a={"x": [1]}), mark(3, b=2)])
    assert report.unknown_columns == ("a", "b")


def test_keys_beyond_counting_are_not_all_named(station: Station) -> None:
    report = load(station, [mark(n) | {f"key{n}-{k}": k for k in range(20)} for n in range(200)])
    assert (report.rows_loaded, len(report.remarks)) == (200, 1)
    assert 900 < len(report.unknown_columns) <= 1000


def test_rename_maps_a_source_with_other_keys(station: Station) -> None:
    record = {"ID": 7, "Ученик": "s1"} | {key: MARK[key] for key in ("group_id", "subject_id", "date", "name")}
    report = load(station, [record], rename={"marks": {"id": "mark_id", "ученик": "student_profile_id"}})
    assert station.rows("marks", "mark_id, student_profile_id") == [("7", "s1")]
    assert report.unknown_columns == ()


def test_key_that_a_record_lacks_rejects_it(station: Station) -> None:
    report = load(station, lines(mark(1), {key: value for key, value in MARK.items() if key != "mark_id"} | {"id": 5}))
    assert (report.rows_loaded, report.unknown_columns) == (1, ("id",))
    assert station.reject_places() == [(2, "mark_id")]


def test_tombstones_need_their_key_alone(station: Station) -> None:
    load(
        station,
        lines({"mark_id": 1, "deleted": True}, {"mark_id": 2, "deleted_at": [2026, 9, 30, 10, 0]}, {"mark_id": 3}),
    )
    assert station.rows("marks", "mark_id, deleted") == [("1", True), ("2", None)]
    assert {line for line, _ in station.reject_places()} == {3}


def test_rejects_keep_their_lines_between_blank_ones(station: Station) -> None:
    content = "\n" + lines(mark(1), "  ", mark(2, weight="x"), "", "\t", mark(3, five=9))
    report = load(station, content)
    assert (report.rows_read, report.rows_loaded) == (3, 1)
    assert station.reject_places() == [(4, "weight"), (7, "five")]


def test_line_numbers_hold_under_parallel_reading(station: Station) -> None:
    rows = [json.dumps(mark(n, comment="Работа на уроке " * 6)) for n in range(60_000)]
    bad = range(17, 60_000, 7919)
    for n in bad:
        rows[n] = json.dumps(mark(n, weight="x"))
    report = load(station, lines(*rows))
    assert report.rows_rejected == len(bad)
    assert [line for line, _ in station.reject_places()] == [n + 1 for n in bad]
    assert [row[0] for row in station.rows("marks", "mark_id")] == [f"m{n}" for n in range(60_000) if n not in bad]


def test_parts_of_several_formats_are_one_delivery(station: Station) -> None:
    station.put("marks.part-1.jsonl", lines(mark(1), "broken"))
    station.put("marks.part-2.json", json.dumps([mark(2)]))
    station.put("marks.part-3.csv", ";".join(MARK) + "\n" + ";".join(map(str, mark(3).values())) + "\n")
    station.load()
    assert station.rows("marks", "mark_id, _row") == [("m1", 1), ("m2", 3), ("m3", 4)]


@pytest.mark.parametrize("count", [50_000, pytest.param(900_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("is_faultless", [True, False])
@pytest.mark.parametrize("name", ["marks.jsonl", "marks.json"])
def test_large_file_loads_within_a_small_limit(station: Station, name: str, is_faultless: bool, count: int) -> None:
    end, close = ("\n", "\n") if name.endswith("jsonl") else (",\n", "]")
    with station.put(name, b"").open("w", encoding="utf-8") as stream:
        stream.write("" if name.endswith("jsonl") else "[")
        stream.write("" if is_faultless else f"7{end}")
        for n in range(count):
            stream.write(json.dumps(mark(n, comment="Работа на уроке"), ensure_ascii=False))
            stream.write(end if n < count - 1 else close)
    report = station.load(memory_limit="160MB", overrule=True)
    assert (report.rows_loaded, report.rows_rejected) == (count, not is_faultless)


COLUMNS = ["mark_id", "student_profile_id", "group_id", "subject_id", "date", "name", "five", "weight", "is_exam"]
COLUMNS += ["point_date", "comment", "created_at", "updated_at", "deleted"]


NUMBERS = ["5", "4.5", "4.0", "1", "0", "6", "-1", "9", "1e0"]


def odd_row(chance: random.Random, number: int) -> dict[str, str]:
    """One row as a CSV would spell it; empty texts are empty cells."""
    day = chance.choice(["2026-09-01", "01.09.2026", "2026-09-01T21:00:00Z", " 02.09.2026 ", "2026-09-01 10:00", "x"])
    moment = ["2026-09-01 10:20:30", "01.09.2026 10:20", "2026-09-01T10:20:30.25+03:00", "2026-09-01", "", "25:00"]
    return {
        "mark_id": chance.choice([str(number), f"m-{number}", f"00{number}"]),
        "student_profile_id": chance.choice(["12345678901234567890", "s 1", "a7f0-11"]),
        "group_id": chance.choice(["1", "g;1", 'g"1"']),
        "subject_id": chance.choice(["5", "", "5"]),
        "date": day,
        "name": chance.choice(["5", "4-", "н", "Зачёт", "н/а", "100"]),
        "five": chance.choice(["5", "4.5", "4,5", "3.333333333", "", "6", "-1", "1e0"]),
        "weight": chance.choice(["1", "4.0", "", "9", "x"]),
        "is_exam": chance.choice(["true", "False", "1", "0", "да", "нет", "", "?"]),
        "point_date": chance.choice(["", "", day]),
        "comment": chance.choice(["", "Работа", 'с "кавычкой"', "a\\b/c", "две\nстроки", "\u2028 ё"]),
        "created_at": chance.choice(moment),
        "updated_at": chance.choice(moment),
        "deleted": chance.choice(["", "", "true", "нет"]),
    }


def as_json(chance: random.Random, row: dict[str, str]) -> str:
    """The same row as JSON: numbers and booleans as such or as strings, empty cells as null, "" or nothing."""
    members = []
    for key, text in chance.sample(list(row.items()), len(row)):
        spellings = [json.dumps(text, ensure_ascii=chance.random() < 0.5)]
        if text == "" and key not in ("mark_id",):
            spellings = ['""', "null", ""]
        elif text in ("true", "False"):
            spellings.append(text.lower())
        elif text == "2026-09-01" and key.endswith("date"):
            spellings += ["[2026,9,1]", "[2026, 9, 1]"]
        elif text in (NUMBERS if key in ("five", "weight", "is_exam") else [row["mark_id"].lstrip("0m-"), "1", "5"]):
            spellings.append(text)
        spelled = chance.choice(spellings)
        members.extend([f'"{key}": {spelled}'] if spelled else [])
    return "{" + ", ".join(members) + "}"


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 20))])
def test_the_same_rows_as_csv_and_as_json_give_the_same_values(station: Station, seed: int) -> None:
    chance = random.Random(seed)
    rows = [odd_row(chance, number) for number in range(400)]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    records = [as_json(chance, row) for row in rows]
    days = [date(2026, 10, day) for day in (1, 2, 3, 4)]
    station.put("marks.csv", text.getvalue(), days[0])
    station.put("marks.jsonl", lines(*records), days[1])
    station.put("marks.jsonl", "\n" + lines(*records), days[2])
    station.put("marks.json", "[" + ",\n".join(records) + "]", days[3])
    for day in days:
        station.load(day, overrule=True)
    loaded = station.rows("marks", f"_load_date, {', '.join(COLUMNS)}, deleted_at")
    tables = [[row[1:] for row in loaded if row[0] == day] for day in days]
    assert 50 < len(tables[0]) < 400
    assert tables[1:] == [tables[0]] * 3
    columns = [[(int(r["line"]) > 0, r["column"], r["reason"]) for r in station.rejects(day)] for day in days]
    assert columns[1:] == [columns[0]] * 3
