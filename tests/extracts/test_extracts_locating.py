"""Few rejects in a large CSV file: found where they are, the same ones as by reading the whole file again."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from extract_station import DAY, MARKS, Station

from extracts.readers import csv_file, csv_locating
from extracts.typed_copy import TypedCopy

HEADER = f"{MARKS};comment"
ROWS = 32_000
GOOD = "m{0};s1;g1;1;2026-09-01;5;Работа на уроке, строка {0}"
BAD = "m{0};s1;g1;1;31.02.2026;5;Работа на уроке, строка {0}"

Result = tuple[list[tuple[int, str]], list[tuple[str, int]]]


@pytest.fixture
def rereads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """For each time that rows were looked at again, how many of them were good or bad."""
    seen: list[int] = []
    copy_rejects = TypedCopy.copy_rejects

    def spy(self: TypedCopy, relation: str, *, place: str = "", line_offset: int) -> int:
        ((rows,),) = self.job.connection.execute(f"SELECT count(*) FROM {relation}").fetchall()
        seen.append(rows)
        return copy_rejects(self, relation, place=place, line_offset=line_offset)

    monkeypatch.setattr(TypedCopy, "copy_rejects", spy)
    return seen


def load(root: Path, lines: list[str]) -> Result:
    """Lines and columns of the rejects; keys and places of the rows that loaded."""
    station = Station(root)
    report = station.load_marks("\n".join([HEADER, *lines]) + "\n", overrule=True)
    file = report.files[0]
    assert file.rows_read == file.rows_loaded + file.rows_rejected
    return station.reject_places(DAY), station.rows("marks", "mark_id, _row")


def load_both_ways(root: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[Result, Result]:
    found = load(root / "found", lines)
    with monkeypatch.context() as patch:
        patch.setattr(csv_file, "copy_few_rejects", lambda *_: None)
        return found, load(root / "reread", lines)


def test_few_rejects_are_found_on_their_lines(
    tmp_path: Path, rereads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = (0, 1, 11_000, 11_001, 22_345, ROWS - 1)
    lines = [(BAD if number in bad else GOOD).format(number) for number in range(ROWS)]
    found, reread = load_both_ways(tmp_path, lines, monkeypatch)
    assert found[0] == [(number + 2, "date") for number in bad]
    assert found == reread
    assert rereads[0] < ROWS / 3
    assert rereads[1] == ROWS


def test_rows_of_many_lines_do_not_mislead(tmp_path: Path, rereads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [GOOD.format(number) for number in range(ROWS)]
    lines[15_000] = 'm15000;s1;g1;1;2026-09-01;5;"в\nтри\nстроки"'
    lines[15_002] = BAD.format(15_002)
    lines[25_000] = BAD.format(25_000)
    found, reread = load_both_ways(tmp_path, lines, monkeypatch)
    assert found[0] == [(15_006, "date"), (25_004, "date")]
    assert found == reread
    assert rereads[0] < ROWS / 3


def test_rows_of_one_key_are_read_again(tmp_path: Path, rereads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [GOOD.format(7)] * ROWS
    lines[17_000] = BAD.format(7)
    found, reread = load_both_ways(tmp_path, lines, monkeypatch)
    assert found[0] == [(17_002, "date")]
    assert found == reread
    assert rereads == [ROWS, ROWS]


def test_many_rejects_are_read_at_once(tmp_path: Path, rereads: list[int]) -> None:
    lines = [(BAD if number % 100 == 3 else GOOD).format(number) for number in range(ROWS)]
    places, _ = load(tmp_path, lines)
    assert places == [(number + 2, "date") for number in range(3, ROWS, 100)]
    assert rereads == [ROWS]


def test_what_does_not_add_up_is_read_again(
    tmp_path: Path, rereads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were a place taken for another, the rows of a stretch would not add up; nothing of it may be left then."""
    right = TypedCopy.find_loaded

    def wrong(self: TypedCopy, relation: str, *, place: str) -> list[tuple[int, int, int]]:
        found = right(self, relation, place=place)
        return [(line, first - 1, last - 1) if line > ROWS / 2 else (line, first, last) for line, first, last in found]

    monkeypatch.setattr(TypedCopy, "find_loaded", wrong)
    lines = [(BAD if number in (9, 20_000) else GOOD).format(number) for number in range(ROWS)]
    places, rows = load(tmp_path, lines)
    assert places == [(11, "date"), (20_002, "date")]
    assert len(rows) == ROWS - 2
    assert rereads[-1] == ROWS


def mixed_lines(seed: int, rows: int) -> list[str]:
    """Rows with a few of everything: bad ones, keys that repeat, quotes, line breaks, blank lines, broken rows."""
    chance = random.Random(seed)
    lines = [GOOD.format(number) for number in range(rows)]
    kinds = [
        BAD,
        BAD,
        ";s1;g1;1;2026-09-01;5;строка {0}",
        GOOD.format(17),
        'm{0};s1;g1;1;2026-09-01;5;"в кавычках ""{0}"""',
        *(['m{0};s1;g1;1;2026-09-01;5;"в две\nстроки"'] if chance.random() < 0.3 else []),
        *([""] if chance.random() < 0.2 else []),
        *(["m{0};s1"] if chance.random() < 0.2 else []),
    ]
    for _ in range(chance.randint(1, 12)):
        number = chance.randrange(rows)
        lines[number] = chance.choice(kinds).format(number)
    return lines


@pytest.mark.parametrize("seed", range(4))
def test_found_or_read_again_it_is_the_same(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found, reread = load_both_ways(tmp_path, mixed_lines(seed, ROWS), monkeypatch)
    assert found == reread


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 200))
def test_found_or_read_again_it_is_the_same_at_length(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_locating, "_LEAST_LANDMARKS", 4)
    found, reread = load_both_ways(tmp_path, mixed_lines(seed, random.Random(seed).randint(4_000, 30_000)), monkeypatch)
    assert found == reread
