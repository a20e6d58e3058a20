"""Workbooks mangled at random: each loads with rows read = loaded + rejected, or is bad input in one line.

Mangled as archives (what a transfer does) and inside their XML (what a bad writer does).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from extract_station import Station
from workbooks import Formula, Shown, book, unzipped, zipped

from extracts.errors import BadInput

HEADER = ["mark_id", "student_profile_id", "group_id", "subject_id", "date", "name", "comment", "weight", "updated_at"]
SECRET = "Тайна"
DAYS = [date(2026, 9, 1), "01.09.2026", "2026-09-01T10:00:00Z"]
COMMENTS = [
    None,
    SECRET,
    f"=cmd|'{SECRET}'!A0",
    Formula(SECRET),
    Formula(""),
    4.5,
    date(2026, 9, 1),
    "\x00\x1f",
    " " * 99,
]
MOMENTS = [datetime.fromisoformat("2026-09-01 10:00"), "01.09.2026 10:00", None]
WRONG = ["x", "31.02.2026", Shown(-3, 14), Shown(0.4, 20), Formula("#N/A"), 1e300]
PARTS = (
    "xl/worksheets/sheet1.xml",
    "xl/workbook.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/_rels/workbook.xml.rels",
)
PIECES = (
    b"<",
    b">",
    b'"',
    b"&",
    b"&#0;",
    b"</c>",
    b"</row>",
    b"<row>",
    b'<row r="99999999999">',
    b'<c r="ZZZZZZ1"/>',
    b'<c t="s"><v>-1</v></c>',
    b'<c t="s"><v>99999999999999999999</v></c>',
    b'<c s="99999"><v>1</v></c>',
    b"<v>1e999</v>",
    b"<f>A1</f>",
    b"<is><t/></is>",
    b"<!-- -->",
    b"<![CDATA[x]]>",
    b'<?xml version="1.0" encoding="utf-16"?>',
    b"\xff\xfe",
    b"\0",
    b"\xed\xa0\x80",
)

Mangler = Callable[[random.Random, bytes], bytes]


def journal(chance: random.Random) -> bytes:
    """A well-formed workbook of marks, some of them bad."""
    rows: list[list[Any]] = [[] for _ in range(chance.randint(0, 2))]
    rows.append(HEADER)
    for number in range(chance.randint(0, 40)):
        key = chance.choice([f"m{number}", number])
        row = [
            key,
            "s1",
            Shown(7, 14),
            1,
            chance.choice(DAYS),
            "5",
            chance.choice(COMMENTS),
            chance.choice([1, "2.0", None]),
        ]
        row.append(chance.choice(MOMENTS))
        if chance.random() < 0.3:
            row[chance.choice([4, 7, 8])] = chance.choice(WRONG)
        rows.append(row)
    others = {"Ещё": [[SECRET]]} if chance.random() < 0.3 else {}
    return book({"marks": rows, **others}, date_1904=chance.random() < 0.3)


def flip(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def delete(chance: random.Random, data: bytes) -> bytes:
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(data))
        data = data[:place] + data[place + chance.randint(1, 9) :]
    return data


def cut(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(1, len(data))]


def insert(chance: random.Random, data: bytes) -> bytes:
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(data))
        data = data[:place] + chance.choice(PIECES) + data[place:]
    return data


def change_digits(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    places = [place for place, byte in enumerate(data) if chr(byte).isdigit()]
    for place in chance.sample(places, min(len(places), 8)):
        changed[place] = ord(chance.choice("0123456789"))
    return bytes(changed)


def is_mangled_outside(seed: int) -> bool:
    """Whether the seed's workbook is mangled as an archive: then its sums tell, and no row can be another."""
    return seed % 3 == 0


def mangled(seed: int) -> bytes:
    """One workbook of the seed: mangled as an archive, or in one of its parts and packed again."""
    chance = random.Random(seed)
    data = journal(chance)
    if is_mangled_outside(seed):
        return chance.choice([flip, delete, cut])(chance, data)
    parts = unzipped(data)
    part = chance.choice([PARTS[0], *PARTS])
    parts[part] = chance.choice([flip, delete, cut, insert, insert, change_digits])(chance, parts[part])
    return zipped(parts)


def check_load(root: Path, seed: int) -> str:
    """Loads the workbook of a seed and checks what came of it; says how it ended."""
    station = Station(root / str(seed))
    station.put("marks.xlsx", mangled(seed))
    try:
        report = station.load(overrule=True, workbook_mb=512)
    except BadInput as error:
        assert all(SECRET not in message and "\n" not in message for message in error.messages), seed
        assert all(message.isprintable() for message in error.messages), seed
        assert not station.is_merged(), seed
        return "refused"
    (file,) = report.files
    assert file.rows_read == file.rows_loaded + file.rows_rejected, seed
    assert len(station.rows("marks", "_row")) == len(set(station.rows("marks", "_row"))) == file.rows_loaded, seed
    assert len({line for line, _ in station.reject_places()}) == file.rows_rejected, seed
    assert SECRET not in report.to_json(), seed
    if is_mangled_outside(seed):
        assert station.rows("marks") == rows_before(root / f"{seed}-before", seed), seed
    return "loaded"


def rows_before(root: Path, seed: int) -> list[tuple[Any, ...]]:
    """The raw rows of the seed's workbook as it was before it was mangled."""
    station = Station(root)
    station.put("marks.xlsx", journal(random.Random(seed)))
    station.load(overrule=True)
    return station.rows("marks")


@pytest.mark.parametrize("seed", range(12))
def test_mangled_xlsx(tmp_path: Path, seed: int) -> None:
    check_load(tmp_path, seed)


def test_workbooks_before_they_are_mangled_load(tmp_path: Path) -> None:
    for seed in (1, 2):
        station = Station(tmp_path / str(seed))
        station.put("marks.xlsx", journal(random.Random(seed)))
        report = station.load(overrule=True)
        assert report.rows_loaded > 0
        assert report.rows_rejected > 0


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 3000))
def test_mangled_xlsx_at_length(tmp_path: Path, seed: int) -> None:
    check_load(tmp_path, seed)
