"""Files mangled at random: every one of them loads with rows read = loaded + rejected, or is bad input in one line."""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from extract_station import Station

from extracts.errors import BadInput

HEADER = ["mark_id", "student_profile_id", "group_id", "subject_id", "date", "name", "comment", "weight", "updated_at"]
SECRET = "Тайна"
COMMENTS = [
    "",
    SECRET,
    f'{SECRET} "в кавычках"',
    f"{SECRET}; и дальше",
    f"{SECRET}\nв две строки",
    f"{SECRET}\r\nв две",
]
SEPARATORS = (
    b";",
    b",",
    b'"',
    b"\n",
    b"\r\n",
    b"\r",
    b" ",
    b"\t",
    b"\0",
    b"\xff",
    b"\xd0",
    "\ufeff".encode(),
    b'""',
    b'" "',
)

Mangler = Callable[[random.Random, bytes], bytes]


def journal(chance: random.Random) -> bytes:
    """A well-formed file of marks, some of them bad, in one of the spellings that sources use."""
    end = chance.choice(["\n", "\r\n"])
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=chance.choice(";,"),
        lineterminator=end,
        quoting=chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    )
    writer.writerow(HEADER)
    for number in range(chance.randint(0, 60)):
        date = chance.choice(["2026-09-01", "01.09.2026", "2026-09-01T10:00:00Z", "31.02.2026", ""])
        moment = chance.choice(["2026-09-01 10:00:00", "01.09.2026 10:00", "", "x"])
        weight = chance.choice(["1", "2.0", "", "9", "x"])
        writer.writerow([f"m{number}", "s1", "g1", "1", date, "5", chance.choice(COMMENTS), weight, moment])
    return text.getvalue().encode(chance.choice(["utf-8", "utf-8-sig", "cp1251"]))


def insert(chance: random.Random, data: bytes) -> bytes:
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(data))
        data = data[:place] + chance.choice(SEPARATORS) + data[place:]
    return data


def delete(chance: random.Random, data: bytes) -> bytes:
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(data))
        data = data[:place] + data[place + chance.randint(1, 5) :]
    return data


def flip(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 10)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def cut(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data))]


def shuffle(chance: random.Random, data: bytes) -> bytes:
    header, *lines = data.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join([header, *lines, *lines[:3], b"", b"  ", b""])


def leave(chance: random.Random, data: bytes) -> bytes:
    return data


def splice(chance: random.Random, data: bytes) -> bytes:
    """A piece of the file once more, or in place of another."""
    start, place = chance.randrange(len(data)), chance.randrange(len(data))
    piece = data[start : start + chance.choice([1, 4, 30, 200])]
    return data[:place] + piece + data[place + chance.choice([0, len(piece)]) :]


def end_otherwise(chance: random.Random, data: bytes) -> bytes:
    """Some lines end as on another system."""
    lines = data.split(b"\n")
    ends = [chance.choice([b"\n", b"\r\n", b"\n", b"\r"]) for _ in lines]
    return b"".join(line + end for line, end in zip(lines, ends, strict=True))


def recode(chance: random.Random, data: bytes) -> bytes:
    """A part of the file in another encoding than the rest."""
    place = chance.choice([0, chance.randrange(len(data))])
    text = data[place:].decode("utf-8", errors="ignore")
    return data[:place] + text.encode(chance.choice(["utf-16", "utf-16-le", "cp1251", "koi8-r"]), errors="ignore")


def swell(chance: random.Random, data: bytes) -> bytes:
    """A field of about the length that a row may have."""
    place = chance.randrange(len(data))
    piece = chance.choice([b"5", "я".encode(), b" ", b'"', b";"]) * chance.choice([200_000, 999_900, 1_000_100])
    return data[:place] + piece + data[place:]


MANGLERS: tuple[Mangler, ...] = (insert, delete, flip, cut, shuffle, leave, splice, end_otherwise, recode)
PACKED_MANGLERS: tuple[Mangler, ...] = (flip, cut, delete, splice)


def check_load(root: Path, seed: int, name: str, data: bytes) -> None:
    station = Station(root / str(seed))
    station.put("marks.csv", b"")
    (station.landing / "2026-10-01" / "marks.csv").rename(station.landing / "2026-10-01" / name)
    (station.landing / "2026-10-01" / name).write_bytes(data)
    try:
        report = station.load(overrule=True)
    except BadInput as error:
        assert all(SECRET not in message and "\n" not in message for message in error.messages), seed
        assert not station.is_merged()
        return
    (file,) = report.files
    assert file.rows_read == file.rows_loaded + file.rows_rejected, seed
    assert len(station.rows("marks", "_row")) == len(set(station.rows("marks", "_row"))) == file.rows_loaded, seed
    rejected = {line for line, _ in station.reject_places()}
    assert len(rejected) == file.rows_rejected, seed
    assert name != "marks.csv" or all(1 < line <= data.count(b"\n") + 1 for line in rejected), seed
    # Quotes that are out of place make names of columns out of values, and drift names the columns.
    assert SECRET not in replace(report, files=(replace(file, unknown_columns=()),)).to_json(), seed


def mangled(seed: int) -> bytes:
    chance = random.Random(seed)
    return chance.choice(MANGLERS)(chance, journal(chance)) or b"x"


@pytest.mark.parametrize("seed", range(24))
def test_mangled_csv(tmp_path: Path, seed: int) -> None:
    check_load(tmp_path, seed, "marks.csv", mangled(seed))


@pytest.mark.parametrize("seed", range(6))
def test_mangled_gzip(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    packed = gzip.compress(journal(chance), mtime=0)
    check_load(tmp_path, seed, "marks.csv.gz", chance.choice(PACKED_MANGLERS)(chance, packed) or b"x")


def parquet(chance: random.Random, root: Path) -> bytes:
    """A good file of marks, some of them bad, written in one of the ways that writers have."""
    source = Station(root / "source").put("marks.parquet", b"")
    options = chance.choice(["", ", COMPRESSION gzip", ", COMPRESSION uncompressed", ", PARQUET_VERSION v2"])
    query = (
        "SELECT i AS mark_id, 's' || i AS student_profile_id, 1 AS group_id, 1 AS subject_id, "
        f"DATE '2026-09-01' AS date, '5' AS name, '{SECRET}' AS comment, i % 7 AS weight, i % 6 + 0.5 AS five "
        f"FROM range({chance.randint(0, 3000)}) AS t (i)"
    )
    duckdb.connect().execute(f"COPY ({query}) TO '{source}' (FORMAT parquet, ROW_GROUP_SIZE 2048{options})")
    return source.read_bytes()


@pytest.mark.parametrize("seed", range(8))
def test_mangled_parquet(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    data = chance.choice(PACKED_MANGLERS)(chance, parquet(chance, tmp_path))
    check_load(tmp_path, seed, "marks.parquet", data or b"x")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 3000))
def test_mangled_csv_at_length(tmp_path: Path, seed: int) -> None:
    check_load(tmp_path, seed, "marks.csv", mangled(seed))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3000, 3300))
def test_swollen_csv_at_length(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    check_load(tmp_path, seed, "marks.csv", swell(chance, mangled(seed)))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4000, 5000))
def test_mangled_gzip_at_length(tmp_path: Path, seed: int) -> None:
    test_mangled_gzip(tmp_path, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5000, 7000))
def test_mangled_parquet_at_length(tmp_path: Path, seed: int) -> None:
    test_mangled_parquet(tmp_path, seed)
