"""Files that hold more than their size says: archives, Parquet that repeats itself, rows without an end."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from extract_station import DAY, MARKS, Station, mark_rows, marks

from extracts.errors import BadInput
from extracts.options import LoadOptions
from extracts.readers import csv_text, unpacking

KEYS = {"student_profile_id": "s1", "group_id": "g1", "subject_id": "1", "date": "2026-09-01", "name": "5"}
HARMLESS = 64 << 20


def blanks(size: int) -> bytes:
    """A file of marks that holds blank lines alone: it packs a thousand times."""
    return f"{MARKS}\n".encode() + (b" " * 999 + b"\n") * (size // 1000)


def parquet(station: Station, **columns: object) -> Path:
    """A file of marks with these columns; others are the same in each row."""
    rows = max(len(values) for values in columns.values() if isinstance(values, list | pa.Array))
    same = {name: pa.repeat(value, rows) for name, value in KEYS.items() if name not in columns}
    path = station.put("marks.parquet", b"")
    pq.write_table(pa.table({**same, **columns}), path, compression="zstd")
    return path


@pytest.mark.parametrize(
    ("packed", "unpacked", "named"),
    [
        (10, HARMLESS, ""),
        (10, HARMLESS + 1, "unpacked_ratio"),
        (10 << 20, 2000 << 20, ""),
        (10 << 20, (2000 << 20) + 1, "unpacked_ratio"),
        (1 << 40, 64 << 30, ""),
        (1 << 40, (64 << 30) + 1, "unpacked_gb"),
        (10, (64 << 30) + 1, "unpacked_gb"),
    ],
)
def test_bounds_of_what_is_unpacked(packed: int, unpacked: int, named: str) -> None:
    problem = unpacking.excess(LoadOptions(), packed=packed, unpacked=unpacked)
    assert named in problem
    assert bool(problem) == bool(named)


def test_gzip_bomb_is_bad_input_that_names_the_setting(station: Station) -> None:
    station.put("marks.csv.gz", blanks(HARMLESS + 2_000_000))
    with pytest.raises(BadInput, match=r"2026-10-01/marks\.csv\.gz: .*unpacked_ratio.*--without marks") as error:
        station.load()
    assert len(error.value.messages) == 1
    assert not station.is_merged()
    assert station.load(unpacked_ratio=10**6).rows_loaded == 0


def test_gzip_below_the_bound_loads_however_well_it_packs(station: Station) -> None:
    report = station.load_marks(blanks(30_000_000) + f"{mark_rows(1)[0]}\n".encode(), "marks.csv.gz")
    assert report.rows_loaded == 1


def test_nothing_is_left_of_a_bomb(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "HARMLESS_BYTES", 1 << 20)
    kept: list[bool] = []
    remove = csv_text.remove
    monkeypatch.setattr(csv_text, "remove", lambda path: (kept.append(path.stat().st_size <= 1 << 20), remove(path)))
    station.put("marks.csv.gz", blanks(3_000_000))
    with pytest.raises(BadInput, match="unpacked_ratio"):
        station.load(unpacked_ratio=2)
    assert kept == [True]


def test_gzip_of_several_members_loads_whole(station: Station) -> None:
    first, second = marks(mark_rows(2)[0]).encode(), f"{mark_rows(2)[1]}\n".encode()
    path = station.put("marks.csv.gz", b"")
    path.write_bytes(gzip.compress(first) + gzip.compress(second) + bytes(512))  # blocks of a tape end with zeros
    assert station.load().rows_loaded == 2


@pytest.mark.parametrize("tail", [b"garbage", struct.pack("<I", 7)])
def test_gzip_with_something_behind_its_end_is_bad_input(station: Station, tail: bytes) -> None:
    path = station.put("marks.csv.gz", marks(*mark_rows(3)))
    path.write_bytes(path.read_bytes() + tail)
    with pytest.raises(BadInput, match="gzip"):
        station.load()


@pytest.mark.parametrize("place", [-4, -8], ids=["size", "checksum"])
def test_gzip_that_lies_about_itself_is_bad_input(station: Station, place: int) -> None:
    path = station.put("marks.csv.gz", marks(*mark_rows(3)))
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(BadInput, match="gzip"):
        station.load()


@pytest.mark.parametrize("quote", ["", '"'])
def test_longest_row_is_a_setting(station: Station, quote: str) -> None:
    long = f"{quote}{'Я' * 800_000}{quote}"
    station.put("marks.csv", marks("m1;s1;g1;1;2026-09-01;5", f"m2;s1;g1;1;2026-09-01;{long}"))
    assert station.load().rows_rejected == 1
    other = Station(station.home.parent / "other")
    other.put("marks.csv", marks("m1;s1;g1;1;2026-09-01;5", f"m2;s1;g1;1;2026-09-01;{long}"))
    assert other.load(longest_row_mb=2).rows_rejected == 0
    assert other.rows("marks", "length(name)") == [(1,), (800_000,)]


def test_long_rows_take_no_memory_that_they_do_not_need(station: Station) -> None:
    station.put("marks.csv", marks(*mark_rows(3)))
    assert station.load(longest_row_mb=64, memory_limit="400MB").rows_loaded == 3


def test_value_of_parquet_that_is_longer_than_a_row_may_be_is_a_reject(station: Station) -> None:
    parquet(station, mark_id=["m1", "m2", "m3"], comment=["x", "y" * 1_000_001, "z" * 1_000_000])
    assert station.load().rows_rejected == 1
    (reject,) = station.rejects()
    assert (reject["line"], reject["column"], reject["reason"]) == ("2", "comment", "слишком длинное значение")
    assert len(reject["value"]) == 1000
    assert station.rows("marks", "mark_id, length(comment)") == [("m1", 1), ("m3", 1_000_000)]


def test_parquet_that_repeats_a_value_beyond_all_measure_is_bad_input(station: Station) -> None:
    rows = 80_000
    path = parquet(station, mark_id=list(range(rows)), comment=pa.repeat("x" * 2_000, rows))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(BadInput, match=rf"{DAY}/marks\.parquet: .*unpacked_ratio") as error:
        station.load(unpacked_ratio=100)
    assert len(error.value.messages) == 1
    assert station.load(unpacked_ratio=1000).rows_loaded == rows


def test_parquet_of_more_rows_than_it_can_hold_is_bad_input(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "HARMLESS_BYTES", 1 << 20)
    parquet(station, mark_id=pa.repeat(1, 200_000))
    with pytest.raises(BadInput, match="unpacked_ratio"):
        station.load()


def test_parquet_whose_rows_do_not_add_up_is_bad_input(station: Station) -> None:
    path = parquet(station, mark_id=["m1", "m2", "m3"])
    data = path.read_bytes()
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    # In the footer the number of rows stands behind the list of columns: a field of type i64 (0x16), zigzag 3 = 6.
    place = data.index(b"\x16\x06\x19", footer)
    path.write_bytes(data[:place] + b"\x16\x7e\x19" + data[place + 3 :])
    with pytest.raises(BadInput, match="Parquet"):
        station.load()


def integer(value: int) -> bytes:
    """A field of type i64 as Parquet's footer holds it."""
    value, data = value << 1, bytearray(b"\x16")
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(data) + bytes([value])


def test_parquet_that_says_it_has_a_trillion_rows_is_bad_input(station: Station) -> None:
    path = parquet(station, mark_id=["m1", "m2", "m3"])
    data = path.read_bytes()
    start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    footer = data[start:-8].replace(integer(3), integer(10**12))
    path.write_bytes(data[:start] + footer + len(footer).to_bytes(4, "little") + b"PAR1")
    with pytest.raises(BadInput, match="unpacked_gb"):
        station.load()


def test_parquet_whose_part_does_not_fit_into_memory_is_bad_input(station: Station) -> None:
    """One value as large as all that a load may have; the bounds of what is unpacked let it through."""
    parquet(station, mark_id=["m1", "m2"], comment=["x" * 60_000_000, "y"])
    with pytest.raises(BadInput, match="memory_limit") as error:
        station.load(memory_limit="50MB")
    assert len(error.value.messages) == 1
