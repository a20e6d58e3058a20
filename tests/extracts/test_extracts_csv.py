"""CSV as sources really write it: encodings, delimiters, quotes, line ends, and rows that are broken."""

from __future__ import annotations

import codecs

import pytest
from extract_station import DAY, MARKS, Station, mark_rows, marks

from extracts.errors import BadInput

COMMENTED = f"{MARKS};comment"


def commented(*comments: str) -> str:
    return marks(*(f"m{n};s1;g1;1;2026-09-01;5;{text}" for n, text in enumerate(comments)), header=COMMENTED)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("cp1251", "windows-1251")],
)
@pytest.mark.parametrize("name", ["marks.csv", "marks.csv.gz"])
def test_encoding_is_detected(station: Station, encoding: str, shown: str, name: str) -> None:
    report = station.load_marks(commented("Ёлка «хорошо» №1").encode(encoding), name)
    assert report.files[0].encoding == shown
    assert station.rows("marks", "comment") == [("Ёлка «хорошо» №1",)]


def test_cyrillic_far_behind_the_beginning_decides_the_encoding(station: Station) -> None:
    text = commented(*["plain"] * 40_000, "Щука")
    report = station.load_marks(text.encode("cp1251"))
    assert report.files[0].encoding == "windows-1251"
    assert station.rows("marks", "comment")[-1] == ("Щука",)


def test_few_broken_bytes_do_not_turn_utf8_into_windows_1251(station: Station) -> None:
    good = commented("Хорошая работа", "Отличная работа").encode()
    report = station.load_marks(good + b"m9;s1;g1;1;2026-09-01;5;\xd0\n")
    assert report.files[0].encoding == "utf-8"
    assert station.rows("marks", "comment") == [("Хорошая работа",), ("Отличная работа",)]
    assert station.reject_places() == [(4, "")]


def test_undefined_byte_of_windows_1251_loads(station: Station) -> None:
    report = station.load_marks(commented("Щука ?").encode("cp1251").replace(b"?", b"\x98"))
    assert (report.rows_loaded, report.rows_rejected) == (1, 0)


def test_setting_overrides_the_detected_encoding(station: Station) -> None:
    station.load_marks(commented("Ж").encode(), csv_encodings={"marks": "windows-1251"})
    assert station.rows("marks", "comment") == [("Ж".encode().decode("cp1251"),)]


def test_utf16_is_refused_by_name(station: Station) -> None:
    with pytest.raises(BadInput, match="UTF-16"):
        station.load_marks(commented("Ж").encode("utf-16"))


@pytest.mark.parametrize("delimiter", [";", ","])
def test_delimiter_is_detected_from_the_header(station: Station, delimiter: str) -> None:
    report = station.load_marks(marks(*mark_rows(3)).replace(";", delimiter))
    assert report.files[0].delimiter == delimiter
    assert report.rows_loaded == 3


def test_delimiters_inside_a_quoted_name_do_not_count(station: Station) -> None:
    header = f'{MARKS};"a,b,c,d,e,f,g,h,i"'
    report = station.load_marks(marks("m1;s1;g1;1;2026-09-01;5;x", header=header))
    assert (report.files[0].delimiter, report.files[0].unknown_columns) == (";", ("a,b,c,d,e,f,g,h,i",))


def test_header_may_be_quoted_padded_upper_case_and_in_any_order(station: Station) -> None:
    header = '"NAME"; Date ;"mark_id";STUDENT_PROFILE_ID;group_id;subject_id'
    station.load_marks(marks("5;2026-09-01;m1;s1;g1;1", header=header))
    assert station.rows("marks", "mark_id, name") == [("m1", "5")]


def test_line_ends_of_windows_and_no_line_end_at_all(station: Station) -> None:
    report = station.load_marks(marks(*mark_rows(3)).replace("\n", "\r\n").removesuffix("\r\n"))
    assert (report.files[0].rows_read, report.rows_loaded) == (3, 3)
    assert station.rows("marks", "name") == [("5",)] * 3


def test_mixed_line_ends(station: Station) -> None:
    first, second, third = mark_rows(3)
    report = station.load_marks(f"{MARKS}\n{first}\r\n{second}\n{third}\r\n")
    assert (report.rows_loaded, report.rows_rejected) == (3, 0)
    assert station.rows("marks", "name") == [("5",)] * 3


def test_quoted_values(station: Station) -> None:
    station.load_marks(commented('"a;b"', '"say ""hi"""', '"two\nlines"', 'МБОУ "Школа"', '"two\r\nlines"', ' "x;y" '))
    assert [row[0] for row in station.rows("marks", "comment")] == [
        "a;b",
        'say "hi"',
        "two\nlines",
        'МБОУ "Школа"',
        "two\r\nlines",
        "x;y",
    ]


def test_blank_lines_are_no_rows_but_count_as_lines(station: Station) -> None:
    first, second = mark_rows(2)
    bad = "m9;s1;g1;1;no date;5"
    report = station.load_marks(f"{MARKS}\n\n{first}\n   \n{second}\n\n{bad}\n\n\n")
    assert (report.files[0].rows_read, report.rows_loaded) == (3, 2)
    assert station.reject_places() == [(7, "date")]


def test_lines_are_physical_behind_values_with_line_breaks(station: Station) -> None:
    rows = [
        'm1;s1;g1;1;2026-09-01;5;"a\nb\nc"',
        "m2;s1;g1;1;bad;5;x",
        "m3;s1;g1;1;2026-09-01;5;x",
        "m4;;g1;1;2026-09-01;5;x",
    ]
    station.load_marks(marks(*rows, header=COMMENTED))
    assert station.reject_places() == [(5, "date"), (7, "student_profile_id")]


def test_lines_of_rejects_in_a_plain_file(station: Station) -> None:
    rows = mark_rows(5000)
    rows[17] = "m17;s1;g1;1;bad;5"
    rows[4999] = ";s1;g1;1;2026-09-01;5"
    report = station.load_marks(marks(*rows))
    assert report.rows_loaded == 4998
    assert station.reject_places() == [(19, "date"), (5001, "mark_id")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("m9;s1;g1;1;2026-09-01", "число полей: 5, в заголовке: 6"),
        ("m9;s1;g1;1;2026-09-01;5;6", "число полей: 7, в заголовке: 6"),
        ('m9;s1;g1;1;2026-09-01;"5', "кавычка не закрыта"),
        ('m9;s1;"g1;1;2026-09-01;5', "кавычка не закрыта"),
        ('m9;s1;"g"1;1;2026-09-01;5', "лишний текст после закрывающей кавычки"),
        ('m9;s1;"g" "1";1;2026-09-01;5', "лишний текст после закрывающей кавычки"),
        ("m9;s1;g\x001;1;2026-09-01;5", "нулевой байт в строке"),
        (f"m9;s1;g1;1;2026-09-01;{'5' * 1_100_000}", "слишком длинная строка"),
    ],
)
def test_broken_row_is_rejected_and_the_rest_loads(station: Station, row: str, reason: str) -> None:
    first, second, third, fourth = mark_rows(4)
    report = station.load_marks(marks(first, second, row, third, fourth))
    file = report.files[0]
    assert (file.rows_read, file.rows_loaded, file.rows_rejected) == (5, 4, 1)
    assert [row[0] for row in station.rows("marks", "mark_id")] == ["m0", "m1", "m2", "m3"]
    (reject,) = station.rejects()
    assert (reject["line"], reject["column"], reject["reason"]) == ("4", "", reason)


def test_broken_rows_beside_good_rows_with_line_breaks(station: Station) -> None:
    good = 'm1;s1;g1;1;2026-09-01;5;"a\nb"'
    rows = [good, 'm2;s1;g1;1;2026-09-01;5;"open', good, "m3;s1", good, "m4;s1;g1;1;x;5;"]
    report = station.load_marks(marks(*rows, header=COMMENTED))
    assert (report.files[0].rows_read, report.rows_loaded) == (6, 3)
    assert station.reject_places() == [(4, ""), (7, ""), (10, "date")]


def test_empty_fields_behind_the_last_column_are_ignored(station: Station) -> None:
    report = station.load_marks(marks("m1;s1;g1;1;2026-09-01;5;;", "m2;s1;g1;1;2026-09-01;5"))
    assert report.rows_loaded == 2


def test_header_alone_is_a_file_without_rows(station: Station) -> None:
    report = station.load_marks(MARKS)
    assert (report.files[0].rows_read, report.rows_rejected) == (0, 0)
    assert station.rows("marks") == []


@pytest.mark.parametrize("content", [b"", b"\n\n", codecs.BOM_UTF8, b"  \r\n"])
def test_no_bytes_or_no_header_is_bad_input(station: Station, content: bytes) -> None:
    with pytest.raises(BadInput, match=r"marks\.csv.*--without marks"):
        station.load_marks(content)


def test_file_without_a_header_is_bad_input_that_shows_no_value(station: Station) -> None:
    with pytest.raises(BadInput) as error:
        station.load_marks("12345;Иванов;g1;1;2026-09-01;5\n")
    assert "mark_id" in str(error.value)
    assert "Иванов" not in str(error.value)


@pytest.mark.parametrize("twice", ["mark_id", "Иванов"])
def test_doubled_column_is_bad_input_that_shows_no_value(station: Station, twice: str) -> None:
    with pytest.raises(BadInput, match="дважды") as error:
        station.load_marks(marks("x", header=f"{MARKS};{twice};{twice}"))
    assert "Иванов" not in str(error.value)


def test_header_with_its_last_name_left_empty(station: Station) -> None:
    report = station.load_marks(marks("m1;s1;g1;1;2026-09-01;5;", header=f"{MARKS};"))
    assert (report.rows_loaded, report.files[0].unknown_columns) == (1, ())


def test_file_of_one_column(station: Station) -> None:
    station.put("subjects.csv", "subject_id\n1\n\n2\n")
    report = station.load()
    assert (report.files[0].rows_read, report.rows_rejected) == (2, 2)
    assert station.reject_places() == [(2, "name"), (4, "name")]


def test_header_over_two_lines(station: Station) -> None:
    header = f'{MARKS};"a\nb"'
    report = station.load_marks(marks("m1;s1;g1;1;2026-09-01;5;x", "m2;;g1;1;2026-09-01;5;x", header=header))
    assert report.rows_loaded == 1
    assert station.reject_places() == [(4, "student_profile_id")]


def test_gzip_that_ends_too_early_is_bad_input(station: Station) -> None:
    path = station.put("marks.csv.gz", marks(*mark_rows(1000)))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadInput, match="gzip"):
        station.load()


def test_value_of_a_reject_stands_in_the_rejects_as_it_came(station: Station) -> None:
    station.load_marks(marks('m1;s1;g1;1;"=cmd|"" /C calc""\n, x";5'))
    (reject,) = station.rejects()
    assert reject == {
        "dataset": "marks",
        "file": "marks.csv",
        "line": "2",
        "column": "date",
        "value": '=cmd|" /C calc"\n, x',
        "reason": "не дата: ожидается ГГГГ-ММ-ДД или ДД.ММ.ГГГГ",
    }
    file = station.home / "rejects" / f"{DAY}.csv"
    assert file.stat().st_mode & 0o777 == 0o600


def test_lines_that_end_with_cr_alone_are_bad_input_and_no_value_is_shown(station: Station) -> None:
    station.put("students.csv", "student_profile_id;person_id;last_name\rs1;p1;Секретная\rs2;p2;Тайная\r")
    with pytest.raises(BadInput, match="CR") as error:
        station.load()
    assert "Секретная" not in str(error.value)
