"""CSV of odd shapes: very wide, very long, in the wrong encoding; each loads, or is bad input in one line."""

from __future__ import annotations

import codecs

import pytest
from extract_station import MARK, MARKS, Station, mark_rows, marks

from extracts.errors import BadInput

WIDE = [f"x{number}" for number in range(5_000)]


def refused(station: Station, content: str | bytes) -> str:
    """The one line that is said of a file that cannot be read."""
    with pytest.raises(BadInput) as error:
        station.load_marks(content)
    (message,) = error.value.messages
    assert "\n" not in message
    assert not station.is_merged()
    return message


def test_thousands_of_unknown_columns(station: Station) -> None:
    header = ";".join([*WIDE[:2500], MARKS, *WIDE[2500:]])
    cells = ";".join("1" * 2500)
    rows = [f"{cells};{row};{cells}" for row in (*mark_rows(20), "m20;s1;g1;1;bad;5")]
    report = station.load_marks(marks(*rows, header=header))
    assert (report.rows_loaded, len(report.files[0].unknown_columns)) == (20, 5_000)
    assert station.reject_places() == [(22, "date")]


@pytest.mark.parametrize("name", ["mark_id", "x"])
def test_a_hundred_thousand_names_alike(station: Station, name: str) -> None:
    message = refused(station, ";".join([MARKS, *[name] * 100_000]) + "\n")
    assert "дважды" in message
    assert len(message) < 500


def test_a_hundred_thousand_names(station: Station) -> None:
    header = ";".join([MARKS, *(f"x{number}" for number in range(100_000))])
    report = station.load_marks(marks(MARK.format(1) + ";" * 100_000, "m2;s1;g1;1;2026-09-01;5", header=header))
    assert (report.rows_loaded, report.rows_rejected) == (1, 1)


def test_header_without_an_end(station: Station) -> None:
    assert "заголовк" in refused(station, "x" * 1_500_000)


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("spare", [-2, -1, 0, 1, 2, 3, 4])
def test_header_about_as_long_as_it_may_be(station: Station, spare: int, mark: bytes) -> None:
    beginning = mark + f"{MARKS};".encode()
    header = beginning + b"x" * (1_000_000 - len(beginning) + spare)
    content = header + b"\n" + "\n".join(f"{row};" for row in (*mark_rows(3), "m3;s1;g1;1;bad;5")).encode()
    try:
        report = station.load_marks(content)
    except BadInput as error:
        assert "заголовк" in error.messages[0]
        return
    assert report.rows_loaded == 3
    assert station.reject_places() == [(5, "date")]


@pytest.mark.parametrize("spare", [-1, 0, 1])
def test_rows_about_as_long_as_they_may_be(station: Station, spare: int) -> None:
    start = "m1;s1;g1;1;2026-09-01;"
    row = start + "5" * (1_000_000 - 1 - len(start) + spare)  # one byte more for the line's end
    report = station.load_marks(marks(MARK.format(0), row, MARK.format(2)))
    assert report.rows_rejected == (spare > 0)
    assert [row[0] for row in station.rows("marks", "mark_id")] == ["m0", *(["m1"] if spare <= 0 else []), "m2"]


@pytest.mark.parametrize("before", ["", '"', 'x"', '"x'])
def test_too_long_row_of_russian_text_is_a_reject(station: Station, before: str) -> None:
    """DuckDB quotes such a row in its message, maybe cut amid a letter, which Python cannot even read."""
    end = '"' if before.startswith('"') else ""
    row = f"m1;s1;g1;1;2026-09-01;{before}{'я' * 700_000}{end}"
    report = station.load_marks(marks(MARK.format(0), row, MARK.format(2)))
    assert (report.rows_loaded, report.rows_rejected) == (2, 1)


def test_lines_behind_an_overlong_line_keep_their_numbers(station: Station) -> None:
    rows = ['m1;s1;g1;1;2026-09-01;"5', "5" * 2_500_000, "m2;s1;g1;1;bad;5", MARK.format(3), ";s1;g1;1;2026-09-01;5"]
    report = station.load_marks(marks(*rows))
    assert report.rows_loaded == 1
    assert station.reject_places() == [(2, ""), (4, "date"), (6, "mark_id")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_refused(station: Station, encoding: str) -> None:
    refused(station, marks(*mark_rows(3)).encode(encoding))


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE])
def test_wide_encodings_are_refused_by_name(station: Station, mark: bytes) -> None:
    assert "UTF-16" in refused(station, mark + bytes(8))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_windows_1251_with_quotes_and_both_delimiters(station: Station, end: str) -> None:
    rows = [
        'm1;s1;g1;1;01.09.2026;5;"МБОУ ""Школа №1""; хорошо"',
        "m2;s1;g1;1;02.09.2026;4;«Ёлка», да",
        'm3;s1;g1;1;32.09.2026;4;"в две\nстроки"',
        "m4;s1;g1;1;03.09.2026;4;щ",
    ]
    text = end.join([f"{MARKS};comment", *rows, ""])
    report = station.load_marks(text.encode("cp1251"))
    assert report.files[0].encoding == "windows-1251"
    assert station.rows("marks", "comment") == [('МБОУ "Школа №1"; хорошо',), ("«Ёлка», да",), ("щ",)]
    assert station.reject_places() == [(4, "date")]


def test_header_in_windows_1251_is_renamed(station: Station) -> None:
    text = "Отметка;student_profile_id;group_id;subject_id;date;name\nm1;s1;g1;1;2026-09-01;Зачёт\n"
    station.put("marks.csv", text.encode("cp1251"))
    station.load(rename={"marks": {"отметка": "mark_id"}})
    assert station.rows("marks", "mark_id, name") == [("m1", "Зачёт")]


def test_windows_1251_that_begins_far_behind_a_megabyte(station: Station) -> None:
    rows = [*mark_rows(50_000), "mя;s1;g1;1;2026-09-01;Зачёт", *mark_rows(3), "m;s1;g1;1;bad;Щ"]
    report = station.load_marks(marks(*rows).encode("cp1251"), overrule=True)
    assert (report.files[0].encoding, report.rows_loaded) == ("windows-1251", 50_004)
    assert station.rows("marks", "mark_id, name")[50_000] == ("mя", "Зачёт")
    assert station.reject_places() == [(50_006, "date")]


def test_windows_1251_that_reads_as_utf8_in_the_columns_that_are_ours(station: Station) -> None:
    rows = [*(f"{row};extra" for row in mark_rows(50_000)), *["m;s1;g1;1;2026-09-01;Р–;Щука ёж"] * 9]
    report = station.load_marks(marks(*rows, header=f"{MARKS};extra").encode("cp1251"))
    assert report.files[0].encoding == "windows-1251"
    assert station.rows("marks", "name")[50_000:] == [("Р–",)] * 9


def test_broken_byte_in_a_column_that_is_not_ours_rejects_its_row(station: Station) -> None:
    rows = [f"{row};хорошая работа" for row in mark_rows(3)]
    data = marks(*rows, header=f"{MARKS};extra").encode()
    report = station.load_marks(data.replace("m1;s1;g1;1;2026-09-01;5;х".encode(), b"m1;s1;g1;1;2026-09-01;5;\xd0"))
    assert (report.files[0].encoding, report.rows_loaded) == ("utf-8", 2)
    assert station.reject_places() == [(3, "")]


@pytest.mark.parametrize("end", [b"\xd0", b"\xe2\x84", b"\xf0\x9f\x98"])
def test_file_that_ends_amid_a_letter(station: Station, end: bytes) -> None:
    data = marks(*(f"{row};хорошо" for row in mark_rows(3)), header=f"{MARKS};comment").encode()
    report = station.load_marks(data + b"m3;s1;g1;1;2026-09-01;5;" + end)
    assert (report.files[0].encoding, report.rows_loaded) == ("utf-8", 3)
    assert [reject["reason"] for reject in station.rejects()] == ["байты не в кодировке UTF-8"]


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A1", "+7 912", "-1+1", "@SUM(A1)", "\t=1", "=1\u00a0"])
def test_cells_that_a_table_would_compute_load_as_they_are(station: Station, cell: str) -> None:
    station.load_marks(marks(f"m1;s1;g1;1;2026-09-01;{cell}"))
    assert station.rows("marks", "name") == [(cell.strip(),)]


@pytest.mark.parametrize("text", ["mark_id\0;x\n1;2\n", f"\0{MARKS}\n", f"{MARKS}\0\nm1;s1;g1;1;2026-09-01;5\n"])
def test_nul_in_the_header(station: Station, text: str) -> None:
    station.put("marks.csv", text)
    try:
        report = station.load()
    except BadInput as error:
        assert "\0" not in str(error)
        return
    assert report.rows_loaded + report.rows_rejected == report.files[0].rows_read
