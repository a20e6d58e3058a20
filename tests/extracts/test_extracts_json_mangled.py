"""JSON mangled at random: every file loads with rows read = loaded + rejected, or is bad input in one line.

What Python's own parser makes of the same bytes is the judge: a line or a record that nobody touched is never lost.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from extract_station import DAY, Station

from extracts.errors import BadInput

SECRET = "Тайна"
PIECES = (
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\n", b"\r\n", b"\r", b"  ", b"\0", b"\xff", b"\xd0", b"/",
    b"\\u0000", b"\\ud83d", b"\\uDE00", b"NaN", b"1e999", b"-", b"null", b"0", b",}", b'"x":1,', b'"mark_id":"m1",',
    "\ufeff".encode(), "ё".encode(), b"[" * 3000, b"9" * 5000, b'{"a":' * 2000, b"\n\n \n", b"[]\n", b"{}\n", b"\n7\n",
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, "", " ", "x", 0, -1, 4.0, 1e300, float("nan"), float("inf"), 10**30, True, [], {}, [1], {"id": 1}, [[[]]],
    [None], "2026-09-01", [2026, 9, 1], "01.09.2026 10:00", "null", "\0", "a\ud800", SECRET, [{}, None, {"id": "p"}],
)  # fmt: skip

Mangler = Callable[[random.Random, bytes], bytes]


def insert(chance: random.Random, data: bytes) -> bytes:
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(data))
        data = data[:place] + chance.choice(PIECES) + data[place:]
    return data


def delete(chance: random.Random, data: bytes) -> bytes:
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(data))
        data = data[:place] + data[place + chance.randint(1, 5) :]
    return data


def flip(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def cut(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data))]


def shuffle(chance: random.Random, data: bytes) -> bytes:
    pieces = data.split(b"\n")
    chance.shuffle(pieces)
    return b"\n".join([*pieces, *pieces[:3], b"", b"  ", b""])


def encode(chance: random.Random, data: bytes) -> bytes:
    return data.decode().encode(chance.choice(["utf-8-sig", "cp1251", "utf-16", "utf-16-be"]), errors="replace")


def leave(chance: random.Random, data: bytes) -> bytes:
    return data


MANGLERS: tuple[Mangler, ...] = (insert, insert, delete, flip, cut, shuffle, encode, leave)


def record(chance: random.Random, number: int) -> dict[str, Any]:
    found: dict[str, Any] = {"mark_id": f"m{number}", "student_profile_id": 10**15 + number, "group_id": 4.0}
    found |= {"subject_id": "1", "date": chance.choice(["2026-09-01", "01.09.2026", [2026, 9, 1]]), "name": "5"}
    found |= {"comment": chance.choice([None, SECRET, f'{SECRET} "да"\n\\', "😀", "a, }"])} if number % 3 else {}
    found |= {"weight": chance.choice([1, 4.0, "2", 9, "x", None])} if number % 2 else {}
    return dict(chance.sample(list(found.items()), len(found)))


def is_good(found: dict[str, Any]) -> bool:
    return found.get("weight") not in (9, "x")


def write(chance: random.Random, value: Any) -> str:
    return json.dumps(value, ensure_ascii=chance.random() < 0.5, separators=chance.choice([(",", ":"), None]))


def parse(data: bytes) -> Any:
    """What Python makes of it; an exception where it makes nothing."""
    return json.loads(data.decode("utf-8-sig"), parse_int=str)


def rows_of_line(line: bytes) -> int:
    """How many rows a line is: one, or those of the page that it holds."""
    try:
        value = parse(line)
    except (ValueError, RecursionError):
        return 1
    is_page = isinstance(value, list) and all(isinstance(item, dict) for item in value)
    return len(value) if is_page else 1


def load(root: Path, name: str, data: bytes, seed: int) -> tuple[Station, Any]:
    """Loads one file; None in place of its report if it is bad input."""
    station = Station(root / str(seed))
    station.put(name, data)
    try:
        (file,) = station.load(overrule=True).files
    except BadInput as error:
        assert all(SECRET not in message and "\n" not in message for message in error.messages), seed
        assert all(message.startswith(f"{DAY}/{name}: ") for message in error.messages), seed
        assert not station.is_merged()
        return station, error.messages[0]
    assert file.rows_read == file.rows_loaded + file.rows_rejected, seed
    dataset = name.split(".", maxsplit=1)[0]
    assert len(station.rows(dataset, "_row")) == len(set(station.rows(dataset, "_row"))) == file.rows_loaded, seed
    return station, file


def check_lines(root: Path, seed: int) -> None:
    chance = random.Random(seed)
    records = [record(chance, number) for number in range(chance.randint(1, 30))]
    written = {write(chance, found).encode(): found for found in records}
    data = b"".join(line + chance.choice([b"\n", b"\r\n"]) for line in written)
    data = chance.choice(MANGLERS)(chance, data) or b"x"
    station, report = load(root, "marks.jsonl", data, seed)
    lines = [line.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n") for line in data.split(b"\n")]
    untouched = [written[line]["mark_id"] for line in lines if line in written and is_good(written[line])]
    if isinstance(report, str):
        assert not untouched or "Windows-1251" in report, (seed, report)
        return
    assert report.rows_read == sum(rows_of_line(line) for line in lines if line), seed
    loaded = [row[0] for row in station.rows("marks", "mark_id")]
    assert all(loaded.count(mark) >= untouched.count(mark) for mark in untouched), seed
    rejected = {line for line, _ in station.reject_places()}
    for number, line in enumerate(lines, start=1):
        if not line:
            assert number not in rejected, seed
            continue
        try:
            is_record = isinstance(parse(line), dict | list)
        except (ValueError, RecursionError):
            is_record = False
        assert is_record or number in rejected, (seed, number)


def check_document(root: Path, seed: int) -> None:
    chance = random.Random(seed)
    records = [record(chance, number) for number in range(chance.randint(1, 30))]
    indent = chance.choice([None, 1])
    document: Any = chance.choice([records, {"total": 1, "data": records}, records])
    data = json.dumps(document, indent=indent, ensure_ascii=chance.random() < 0.5).encode()
    data = chance.choice(MANGLERS)(chance, data) or b"x"
    station, report = load(root, "marks.json", data, seed)
    try:
        value = parse(data)
    except (ValueError, RecursionError):
        value = None
    found = value.get("data", [value]) if isinstance(value, dict) else value
    if isinstance(report, str):
        is_keyed = isinstance(found, list) and any(isinstance(item, dict) and "mark_id" in item for item in found)
        assert not is_keyed, (seed, report)
        return
    if value is None:  # bytes that are no UTF-8 stand in a value, or there is a record on each line
        is_text = data.decode(errors="ignore").encode() == data
        assert not is_text or rows_of_line(data.split(b"\n")[0]) == 1, seed
        return
    assert report.rows_read == len(found), seed
    good = {item["mark_id"] for item in found if isinstance(item, dict) and item in records and is_good(item)}
    assert good <= {row[0] for row in station.rows("marks", "mark_id")}, seed


def mark_page(chance: random.Random, number: int) -> dict[str, Any]:
    grade = {"origin": chance.choice([4, "4", 5]), "five": 4.0, "hundred": 80.0}
    found = record(chance, number)
    found["id"] = found.pop("mark_id")
    return found | {"deleted_by": chance.choice([None, 7]), "values": [{"grade_system_type": "five", "grade": grade}]}


def schedule(chance: random.Random, number: int) -> dict[str, Any]:
    names = ["1 Четверть", "2 полугодие", "Итог"]
    periods = [
        {"id": number * 10 + n, "name": name, "begin_date": "01.09.2026", "end_date": "30.12.2026"}
        for n, name in enumerate(names)
    ]
    owner = {"organization_id": "40", "academic_year_id": 14} if chance.random() < 0.7 else {}
    return {"id": number, "name": "График", "periods": periods} | owner


def group(chance: random.Random, number: int) -> dict[str, Any]:
    owner = {"organization_id": 40} if chance.random() < 0.5 else {}
    return {
        "id": number,
        "name": "Группа",
        "subject_id": 1,
        "class_unit_id": number % 3,
        "academic_year_id": 14,
    } | owner


PAGES: dict[str, Callable[[random.Random, int], dict[str, Any]]] = {
    "marks": mark_page,
    "attestation_periods": schedule,
    "groups": group,
}


def with_odd_values(chance: random.Random, value: Any) -> Any:
    if chance.random() < 0.04:
        return chance.choice(ODD_VALUES)
    if isinstance(value, dict):
        return {key: with_odd_values(chance, item) for key, item in value.items() if chance.random() > 0.02}
    return [with_odd_values(chance, item) for item in value] if isinstance(value, list) else value


def check_page(root: Path, seed: int) -> None:
    chance = random.Random(seed)
    dataset = chance.choice(list(PAGES))
    records = [PAGES[dataset](chance, number) for number in range(20)]
    odd = [with_odd_values(chance, found) for found in records]
    lines = [json.dumps(found) for found in odd]
    is_lines = chance.random() < 0.5
    text = "\n".join(lines) if is_lines else f"[{', '.join(lines)}]"
    station, report = load(root, f"{dataset}.jsonl" if is_lines else f"{dataset}.json", text.encode(), seed)
    if isinstance(report, str):
        assert all(not isinstance(found, dict) or "id" not in found for found in odd), (seed, report)
        return
    if dataset != "attestation_periods":
        assert report.rows_read == sum(rows_of_line(line.encode()) if is_lines else 1 for line in lines), seed
    untouched = [found for line, found in zip(lines, records, strict=True) if line == json.dumps(found)]
    assert untouched_ids(dataset, untouched) <= {row[0] for row in station.rows(dataset, KEYS[dataset])}, seed


KEYS = {"marks": "mark_id", "attestation_periods": "attestation_period_id", "groups": "group_id"}


def untouched_ids(dataset: str, records: list[dict[str, Any]]) -> set[str]:
    if dataset == "marks":
        return {found["id"] for found in records if is_good(found)}
    whole = [found for found in records if "organization_id" in found]
    if dataset == "groups":
        return {str(found["id"]) for found in whole}
    return {str(period["id"]) for found in whole for period in found["periods"]}


@pytest.mark.parametrize("seed", range(14))
def test_mangled_lines(tmp_path: Path, seed: int) -> None:
    check_lines(tmp_path, seed)


@pytest.mark.parametrize("seed", range(12))
def test_mangled_document(tmp_path: Path, seed: int) -> None:
    check_document(tmp_path, seed)


@pytest.mark.parametrize("seed", range(9))
def test_pages_with_odd_values(tmp_path: Path, seed: int) -> None:
    check_page(tmp_path, seed)


@pytest.mark.long
@pytest.mark.parametrize("check", [check_lines, check_document, check_page])
@pytest.mark.parametrize("seed", range(1000, 2000))
def test_mangled_json_at_length(tmp_path: Path, check: Callable[[Path, int], None], seed: int) -> None:
    check(tmp_path, seed)
