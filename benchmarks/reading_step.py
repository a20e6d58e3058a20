"""Reads one CSV file of marks: `python -m benchmarks.reading_step ours|duckdb <file> <folder> <memory limit>`.

Prints what the reading cost as JSON: wall and processor seconds, peak MiB of the process, bytes of the Parquet.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from datetime import date
from pathlib import Path

import duckdb

from extracts.landing import Delivery
from extracts.load import load_delivery
from extracts.options import LoadOptions

THREADS = 2


def ours(file: Path, folder: Path, memory_limit: str) -> None:
    """The whole load of a delivery that holds this file alone, into raw Parquet below the folder."""
    delivery = folder / "2026-11-11"
    delivery.mkdir()
    (delivery / "marks.csv").hardlink_to(file)
    options = LoadOptions(threads=THREADS, memory_limit=memory_limit)
    load_delivery(Delivery(date(2026, 11, 11), delivery), home=folder / "home", options=options, overrule=True)


def copy(file: Path, folder: Path, memory_limit: str) -> None:
    """DuckDB's own reader, which guesses all types, into Parquet."""
    config: dict[str, str | bool | int | float | list[str]] = {"threads": THREADS, "memory_limit": memory_limit}
    with duckdb.connect(config=config) as connection:
        connection.execute(f"COPY (FROM read_csv('{file}')) TO '{folder}/marks.parquet' (FORMAT parquet)")


STEPS = {"ours": ours, "duckdb": copy}


def main(name: str, file: Path, folder: Path, memory_limit: str) -> None:
    """Runs one reading and prints what it cost."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    STEPS[name](file, folder, memory_limit)
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_SELF)
    cost = {
        "seconds": seconds,
        "cpu_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_mib": after.ru_maxrss / 1024,
        "parquet_bytes": sum(path.stat().st_size for path in folder.rglob("*.parquet")),
    }
    print(json.dumps(cost))


if __name__ == "__main__":
    os.umask(0o077)
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
