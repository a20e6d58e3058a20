"""Memory stays the same whatever the size of a file."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import pytest
from extract_station import MARKS, Station

from extracts.readers.csv_records import Splitter

ROWS = 250_000


def write_large(path: Path, row: str) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.write(f"{MARKS};comment\n")
        for start in range(0, ROWS, 10_000):
            stream.writelines(f"m{n};{row}\n" for n in range(start, start + 10_000))


@pytest.mark.parametrize(
    ("row", "loaded"),
    [
        ("s1;g1;1;2026-09-01;5;Работа на уроке", ROWS),
        ('s1;g1;1;2026-09-01;5;"Работа\nна уроке"', ROWS),
        ("s1;g1;1;31.02.2026;5;Работа на уроке", 0),
    ],
    ids=["plain", "line breaks", "all rejected"],
)
def test_large_file_loads_within_a_small_limit(station: Station, row: str, loaded: int) -> None:
    write_large(station.put("marks.csv", b""), row)
    report = station.load(memory_limit="160MB", overrule=True)
    assert (report.files[0].rows_read, report.rows_loaded) == (ROWS, loaded)


def split_peak(rows: int) -> tuple[int, int]:
    """Bytes that cutting so many rows takes at most, and the number of rows that came of them."""
    line = b'm1;"s"";1";g;1;2026-09-01;"5"\nm2;"open;g1;1;2026-09-01;5\n'
    stream = io.BytesIO(b"header\n" + line * (rows // 2))
    tracemalloc.start()
    with Path("/dev/null").open("wb") as sink:
        splitter = Splitter(delimiter=";", width=6, header_lines=1, doubtful=True, longest=1_000_000)
        facts = splitter.split(stream, sink=sink)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak, facts.rows


def test_splitter_holds_a_few_rows_at_a_time() -> None:
    peak, rows = split_peak(20_000)
    assert rows == 20_000
    assert peak < 8_000_000


def test_line_without_an_end_is_not_held_in_memory() -> None:
    stream = io.BytesIO(b"header\n" + b"x" * 30_000_000)
    tracemalloc.start()
    splitter = Splitter(delimiter=";", width=6, header_lines=1, doubtful=False, longest=1_000_000)
    facts = splitter.split(stream)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (facts.good, facts.broken) == (0, 1)
    assert peak < 6_000_000
