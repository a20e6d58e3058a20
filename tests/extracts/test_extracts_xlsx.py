"""XLSX: what a cell holds and what becomes of it, sheets, headers, and workbooks that cannot be read."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time as clock
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from extract_station import DAY, Station
from workbooks import MARK, MARKS, Formula, Shown, book, inline, marks_book, raw_book, rows_xml, unzipped, zipped

from extracts.errors import BadInput
from extracts.workbook import start

local = datetime.fromisoformat

HEADER = [inline(name) for name in MARKS]
GOOD = ["m1", "s1", "g1", "1", "2026-09-01", "5"]


def load_marks(station: Station, data: bytes, **options: Any) -> Any:
    return station.load_marks(data, "marks.xlsx", overrule=True, **options)


def refusal(station: Station, data: bytes, **options: Any) -> str:
    """The one line that the file is refused with."""
    station.put("marks.xlsx", data)
    with pytest.raises(BadInput) as error:
        station.load(**options)
    (message,) = error.value.messages
    assert message.startswith(f"{DAY}/marks.xlsx: ")
    assert "--without marks" in message
    assert "\n" not in message
    assert not station.is_merged()
    return message


@pytest.mark.parametrize("date_1904", [False, True], ids=["1900", "1904"])
def test_true_values_of_every_type(station: Station, date_1904: bool) -> None:
    header = (*MARKS, "five", "weight", "is_exam", "point_date", "created_at", "updated_at", "comment", "teacher_id")
    first = ["00042", 42, 42.0, Shown(7, "000000"), date(2026, 9, 1), "5", 4.5, 2, True, Shown(date(2026, 9, 2), 14)]
    second = ["m2", "s2", "g2", "2", "02.09.2026", 5, "4,5", "2.0", "нет", Shown(date(2026, 9, 3), "d mmmm yyyy г.;@")]
    third = ["m3", "s3", "g3", "3", Shown(local("2026-09-01 10:00"), "[$-419]dd.mm.yy"), "5", 0.1 + 0.2, 1, 0, ""]
    last = Shown(local("2026-09-01 23:59:59"), "d/m/yy h:mm")
    first += [local("2026-09-01 08:30:15"), last, "=cmd|' /C'!A0", 1]
    second += ["01.09.2026 08:30", Shown(local("2026-09-01 08:30"), "yyyy-mm-dd"), Shown(0.25, "0%"), 9007199254740991]
    third += ["", None, Shown(1234.5, '# ##0.00" дней"'), 12345678901234567]
    rows = [first, second, third]
    report = load_marks(station, marks_book(*rows, header=header, date_1904=date_1904))
    assert station.rejects() == []
    assert (report.files[0].rows_read, report.rows_loaded) == (3, 3)
    assert station.rows("marks", "mark_id, student_profile_id, group_id, subject_id") == [
        ("00042", "42", "42", "7"),
        ("m2", "s2", "g2", "2"),
        ("m3", "s3", "g3", "3"),
    ]
    assert station.rows("marks", "date, name, five, weight, is_exam, point_date") == [
        (date(2026, 9, 1), "5", Decimal("4.5"), 2, True, date(2026, 9, 2)),
        (date(2026, 9, 2), "5", Decimal("4.5"), 2, False, date(2026, 9, 3)),
        (date(2026, 9, 1), "5", Decimal("0.3"), 1, False, None),
    ]
    assert station.rows("marks", "created_at, updated_at, comment, teacher_id") == [
        (local("2026-09-01 08:30:15"), local("2026-09-01 23:59:59"), "=cmd|' /C'!A0", "1"),
        (local("2026-09-01 08:30:00"), local("2026-09-01 08:30:00"), "0.25", "9007199254740991"),
        (None, None, "1234.5", "12345678901234570"),  # sixteen digits are what the workbook itself holds
    ]


@pytest.mark.parametrize("date_1904", [False, True], ids=["1900", "1904"])
def test_times_to_the_second(station: Station, date_1904: bool) -> None:
    seconds = [*range(0, 86_400, 97), 86_399]
    moments = [local("2026-12-31") + timedelta(seconds=second) for second in seconds]
    header = ("schedule_lesson_id", "updated_at", "group_id", "lesson_number", "date", "begin_time")
    rows = [(number, moment, 1, 1, moment.date(), moment.time()) for number, moment in enumerate(moments)]
    station.put("lessons.xlsx", book({"x": [header, *rows]}, date_1904=date_1904))
    assert station.load().rows_loaded == len(seconds)
    assert station.rows("lessons", "updated_at") == [(moment,) for moment in moments]
    shown = [moment.isoformat()[11:] for moment in moments]
    assert station.rows("lessons", "begin_time") == [(text.removesuffix(":00") or text,) for text in shown]


def test_dates_where_none_is_meant(station: Station) -> None:
    header = (*MARKS, "five", "weight", "comment", "teacher_id", "point_date")
    day = date(2026, 5, 4)
    good, wrong = ("g1", "1", day, "5"), [None] * 5
    report = load_marks(
        station,
        marks_book(
            (Shown(44_805, 14), Shown(1e9, 14), *good, 5, 1, day, 7, day),  # ids are what is stored
            ("m2", "s1", *good, 5, 1, local("2026-05-04 08:30"), "x", day),
            ("m3", "s1", *good, 5, 1, time(8, 30), Shown(-5, 14), day),
            ("m4", "s1", *good, day, 1, None, None, None),  # 4.5, which Excel took for the fourth of May
            ("m5", "s1", *good, 5, day, None, None, None),
            ("m6", "s1", *good, 5, 1, None, local("2026-05-04 08:30"), None),
            ("m7", "s1", *good, 5, 1, None, None, time(8, 30)),
            ("m8", "s1", "g1", "1", Shown(1e9, 14), "5", *wrong),
            ("m9", "s1", "g1", "1", 46_266, "5", *wrong),  # a number without a date's format
            ("2026-05-04 00:00:00", "s1", "g1", "1", "1899-12-31 00:00:00", "5", *wrong),  # texts are texts
            header=header,
        ),
    )
    assert station.rows("marks", "mark_id, student_profile_id, comment, teacher_id") == [
        ("44805", "1000000000", "2026-05-04", "7"),
        ("m2", "s1", "2026-05-04 08:30:00", "x"),
        ("m3", "s1", "08:30", "-5"),
        ("2026-05-04 00:00:00", "s1", None, None),
    ]
    assert station.reject_places() == [
        (5, "five"),
        (6, "weight"),
        (7, "teacher_id"),
        (8, "point_date"),
        (9, "date"),
        (10, "date"),
    ]
    assert report.rows_rejected == 6


def test_errors_and_formulas(station: Station) -> None:
    def formula(value: str, type_: str = "") -> str:
        return f"<c{type_}><f>A1</f>{value}</c>"

    header = [*HEADER, inline("comment")]
    text = ' t="str"'
    sheet = rows_xml(
        header,
        [*GOOD, formula("<v>каникулы</v>", text)],
        ["m2", *GOOD[1:], formula("<v></v>", text)],  # a formula may give an empty text
        ["m3", *GOOD[1:], formula("")],
        ["m4", *GOOD[1:], formula("<v></v>")],
        ["m5", *GOOD[1:], formula("<v/>")],
        ["m6", *GOOD[1:], '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>'],
        ["m7", '<c t="e"><v>#N/A</v></c>', "g1", formula("<v>3</v>"), '<c t="e"><v>#REF!</v></c>', "5"],
        [formula("") for _ in MARKS],
    )
    report = load_marks(station, raw_book(sheet))
    assert station.rows("marks", "mark_id, comment") == [("m1", "каникулы"), ("m2", None)]
    assert (report.files[0].rows_read, report.rows_rejected) == (8, 6)
    assert [(reject["line"], reject["column"], reject["value"]) for reject in station.rejects()][:6] == [
        ("4", "comment", "формула без вычисленного значения"),
        ("5", "comment", "формула без вычисленного значения"),
        ("6", "comment", "формула без вычисленного значения"),
        ("7", "comment", "#DIV/0!"),
        ("8", "student_profile_id", "#N/A"),
        ("8", "date", "#REF!"),
    ]
    assert station.reject_places()[6:] == [(9, name) for name in MARKS]


def test_rejected_row_of_a_dictionary_keeps_its_old_version(station: Station) -> None:
    station.put("subjects.xlsx", book({"subjects": [("subject_id", "name"), ("1", Formula("#N/A")), (2, "Физика")]}))
    assert station.load().rows_loaded == 1
    folder = station.home / "raw" / str(DAY) / "subjects"
    assert sorted(path.name for path in folder.iterdir()) == ["0001.parquet", "0001.rejected_keys.parquet"]


def test_header_rows_and_columns_wherever_they_stand(station: Station) -> None:
    empty: list[Any] = []
    header = [None, "Заметки", "name", None, " DATE", "subject_id", "group_id", "student_profile_id", "Mark_ID", None]
    good = [None, "x", "5", None, date(2026, 9, 1), "1", "g1", "s1"]
    rows = [
        empty,
        ["  "],
        header,
        empty,
        [*good, "m1", "мимо"],
        empty,
        [*good, ""],
        [None, "итого"],
        [*[None] * 9, "!"],
    ]
    report = load_marks(station, book({"Лист1": [*rows, empty, [" ", "\n", "\u00a0"], [*good, "m3"]]}))
    (file,) = report.files
    assert station.rows("marks", "mark_id, _row") == [("m1", 1), ("m3", 2)]
    assert station.reject_places() == [(7, "mark_id"), *[(8, name) for name in (*MARKS[:5], "name")]]
    assert file.unknown_columns == ("Заметки",)
    assert file.remarks == {"значения в столбцах без заголовка не прочитаны": 2}
    assert (file.rows_read, file.rows_loaded, file.rows_rejected) == (4, 2, 2)


def test_column_twice_is_bad_input(station: Station) -> None:
    assert "name встречается дважды" in refusal_of_columns(station, (*MARKS, "Name"))


def test_missing_key_column_is_bad_input(station: Station) -> None:
    assert "mark_id" in refusal_of_columns(station, MARKS[1:])


def refusal_of_columns(station: Station, header: tuple[str, ...]) -> str:
    station.put("marks.xlsx", marks_book(MARK, header=header))
    with pytest.raises(BadInput) as error:
        station.load()
    return error.value.messages[0]


def test_sheet_of_the_name_else_the_first_that_is_seen(station: Station) -> None:
    title = [("Выгрузка", "из журнала"), ("за", "сентябрь")]
    good = [MARKS, MARK]
    others = [MARKS, ("m7", *MARK[1:]), ("m8", *MARK[1:])]
    station.put("marks.part-1.xlsx", book({"Титул": title, " Marks": good, "пусто": []}))
    station.put("marks.part-2.xlsx", book({"тайный": others, "пусто": [], "Данные": good}, hidden=["тайный"]))
    station.put("marks.part-3.xlsx", book({"Титул": title, "Отметки": good}, hidden=["Отметки"]))
    station.put("marks.part-4.xlsx", book({"marks": [], "Лист2": good}))
    report = station.load()
    assert [row[0] for row in station.rows("marks", "mark_id")] == ["m1"] * 4
    left = "лист «{}» не прочитан, взят другой лист книги"
    assert [file.remarks for file in report.files] == [
        {left.format("Титул"): 2},
        {left.format("тайный"): 3},
        {left.format("Титул"): 2},
        {},
    ]


def test_sheets_alike_are_refused_unless_one_has_the_name(station: Station) -> None:
    others = [MARKS[::-1], ("m7", *MARK[1:])[::-1]]
    message = refusal(station, book({"Л1": [MARKS, MARK], "Л2": others}))
    assert "«Л1» и «Л2» одинаковые заголовки" in message
    assert station.put("marks.xlsx", book({"Л1": others, "marks": [MARKS, MARK]}))
    assert station.load().rows_loaded == 1


def test_only_hidden_or_empty_sheets_are_bad_input(station: Station) -> None:
    data = book({"Лист1": [], "Лист2": [(" ",)], "x": [MARKS, MARK]}, hidden=["x"])
    assert "нет строки заголовков" in refusal(station, data)


def test_header_without_rows_is_an_empty_delivery(station: Station) -> None:
    assert load_marks(station, marks_book()).files[0].rows_read == 0


def test_shared_strings_merged_cells_and_lying_dimension(station: Station) -> None:
    names = (
        "".join(f"<si><t>{name}</t></si>" for name in [*MARKS, "a&amp;b"]) + "<si><r><t>m</t></r><r><t>1</t></r></si>"
    )
    header = [f'<c t="s"><v>{number}</v></c>' for number in range(6)]
    row = ['<c t="s"><v>7</v></c>', '<c t="s"><v>6</v></c>', *GOOD[2:]]
    sheet = f'<dimension ref="A1:XFD1048576"/>{rows_xml(header, row)}<mergeCells><mergeCell ref="A1:A9"/></mergeCells>'
    load_marks(station, raw_book(sheet, shared=names))
    assert station.rows("marks", "mark_id, student_profile_id") == [("m1", "a&b")]


def test_cells_in_any_order(station: Station) -> None:
    def row(number: int, *cells: str) -> str:
        return f'<row r="{number}">{"".join(cells)}</row>'

    def cells(number: int, values: list[str]) -> list[str]:
        texts = [inline(value) for value in values]
        return [text.replace("<c ", f'<c r="{letter}{number}" ') for letter, text in zip("ABCDEF", texts, strict=True)]

    sheet = row(3, *cells(3, ["m3", *GOOD[1:]])) + row(2, *reversed(cells(2, GOOD))) + row(1, *cells(1, list(MARKS)))
    load_marks(station, raw_book(f"<sheetData>{sheet}</sheetData>"))
    assert station.rows("marks", "mark_id") == [("m1",), ("m3",)]


def test_iso_dates_and_text_in_odd_wrappings(station: Station) -> None:
    moment = '<c t="d"><v>2026-09-01T08:30:00</v></c>'
    hidden = '<c t="str"><v><![CDATA[x]]></v></c>'
    header = [*HEADER, inline("updated_at"), inline("comment")]
    sheet = rows_xml(header, [*GOOD, moment], ["m2", *GOOD[1:], moment, hidden])
    load_marks(station, raw_book(sheet))
    assert station.rows("marks", "mark_id, updated_at") == [("m1", local("2026-09-01 08:30:00"))]
    assert station.reject_places() == [(3, "comment")]  # a text that cannot be read is not an empty one


def test_rename_and_large_letters(station: Station) -> None:
    station.put("marks.XLSX", marks_book(MARK, header=("Код оценки", *MARKS[1:])))
    station.load(rename={"marks": {"код оценки": "mark_id"}})
    assert station.rows("marks", "mark_id") == [("m1",)]


def test_nothing_of_the_workbook_stays_beside_the_raw_files(station: Station) -> None:
    load_marks(station, marks_book(MARK, ("m2", *MARK[1:4], "x", "5")))
    found = {path.name for path in (station.home / "raw").rglob("*") if path.is_file()}
    assert found == {"0001.parquet", "delivery.json"}
    assert not (station.home / "warehouse" / "incoming").exists()


ENCRYPTED = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600_000) + "EncryptedPackage".encode("utf-16-le") + bytes(600_000)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "файл пуст"),
        (b"mark_id;name\n1;5\n", "это не книга XLSX"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(4000), "XLS, сохраните её как XLSX"),
        (ENCRYPTED, "защищена паролем"),
        (b"PK\x03\x04 not really", "повреждена"),
        (marks_book(MARK)[:-200], "повреждена"),
        (zipped({"readme.txt": "x"}), "книги XLSX в нём нет"),
        (zipped({"xl/workbook.bin": "x"}), "XLSB"),
        (zipped({"content.xml": "x"}), "ODS"),
        (raw_book("", parts={"_rels/.rels": "<Relationships/>"}), "книги XLSX в нём нет"),
        (raw_book("", parts={"xl/_rels/workbook.xml.rels": "<Relationships/>"}), "нет ни одного листа"),
        (raw_book("<sheetData>"), "записана с ошибкой"),
        (raw_book(""), "нет строки заголовков"),
        (raw_book("<sheetData/>"), "нет строки заголовков"),
        (raw_book(rows_xml(HEADER, ['<c t="s"><v>9</v></c>'])), "записана с ошибкой"),
        (raw_book(rows_xml(['<c t="n"><v>abc</v></c>'])), "записана с ошибкой"),
        (raw_book(rows_xml([inline("a&x;")])), "записана с ошибкой"),
        (
            raw_book('<sheetData><row r="1"><c r="XFE1"><v>1</v></c><c r="A1"><v>1</v></c></row></sheetData>'),
            "столбцов",
        ),
        (raw_book('<!DOCTYPE x [<!ENTITY a "b">]><sheetData/>'), "DTD"),
    ],
    ids=range(19),
)
def test_unreadable_workbook_is_bad_input(station: Station, data: bytes, text: str) -> None:
    assert text in refusal(station, data)


def test_archive_that_unpacks_to_much_more_is_bad_input(station: Station) -> None:
    bomb = raw_book(rows_xml(HEADER, GOOD) + " " * (65 << 20))
    assert "unpacked_ratio" in refusal(station, bomb)
    assert "unpacked_gb" in refusal(station, bomb, unpacked_gb=0, unpacked_ratio=10**6)
    assert load_marks(station, bomb, unpacked_ratio=2000).rows_loaded == 1


def test_archive_that_lies_about_its_sizes_is_bad_input(station: Station) -> None:
    bomb = raw_book(rows_xml(HEADER, GOOD) + " " * (65 << 20))
    size = len(unzipped(bomb)["xl/worksheets/sheet1.xml"])
    assert bomb.count(size.to_bytes(4, "little")) == 2
    small = bomb.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert "повреждена" in refusal(station, small)


def test_part_that_stands_twice_is_bad_input(station: Station) -> None:
    target = io.BytesIO(raw_book(rows_xml(HEADER, GOOD)))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("XL\\worksheets\\sheet1.xml", "<worksheet/>")
    assert "дважды" in refusal(station, target.getvalue())


def test_one_far_cell_takes_no_more_memory_than_allowed(station: Station) -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    data = raw_book(rows_xml(HEADER, GOOD).replace("</sheetData>", far))
    assert "workbook_mb" in refusal(station, data)


def test_memory_of_a_workbook_is_a_setting(station: Station) -> None:
    data = marks_book(*[(f"m{number}", *MARK[1:]) for number in range(20_000)])
    assert "не хватило памяти (4 МБ)" in refusal(station, data, workbook_mb=4)
    assert load_marks(station, data, workbook_mb=256).rows_loaded == 20_000


def test_wide_sheet(station: Station) -> None:
    wide = [f"x{number}" for number in range(2000)]
    report = load_marks(station, marks_book((*MARK, *wide), header=(*MARKS, *wide)))
    assert report.rows_loaded == 1
    assert len(report.files[0].unknown_columns) == len(wide)


def test_full_disk_is_told_as_such(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        start, "_CODE", "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); " + start._CODE
    )
    station.put("marks.xlsx", marks_book(*[(f"m{number}", *MARK[1:]) for number in range(3000)]))
    with pytest.raises(OSError, match=re.escape(os.strerror(27))):
        station.load()
    assert not station.is_merged()


def test_endless_reading_is_broken_off(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass"
    monkeypatch.setattr(start, "_CODE", endless)
    assert "слишком долго" in refusal(station, marks_book(MARK))


def test_child_gets_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTFOLIO_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    assert not {"PORTFOLIO_TOKEN", "PYTHONPATH"} & set(start.environment())


def test_child_ends_with_the_loader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "endless.xlsx")  # the child waits for it for ever
    script = (
        "import sys; from pathlib import Path; from extracts.workbook.start import run; "
        "from extracts.workbook.task import Task; import os; "
        f"folder = Path({str(tmp_path)!r}); (folder / 'work').mkdir(); "
        "run(folder / 'endless.xlsx', folder / 'work', Task(os.getpid(), [], [], 1, 1, 256))"
    )
    loader = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[2])
    try:
        child = wait_for_child(loader.pid)
    finally:
        loader.send_signal(signal.SIGKILL)
        loader.wait()
    deadline = clock.monotonic() + 20
    while is_alive(child):
        assert clock.monotonic() < deadline
        clock.sleep(0.05)


def wait_for_child(parent: int) -> int:
    deadline = clock.monotonic() + 20
    while clock.monotonic() < deadline:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()
        # Far enough to have tied its end to the loader's: it has begun to load the libraries.
        if children and "_fastexcel" in Path(f"/proc/{children[0]}/maps").read_text("utf-8"):
            return int(children[0])
        clock.sleep(0.02)
    raise AssertionError("no child came to be")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
