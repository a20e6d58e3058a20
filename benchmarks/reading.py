"""Times the load of a CSV file of marks beside DuckDB's own `read_csv` into Parquet of the same file.

    python -m benchmarks.reading [--rows 2000000] [--rounds 5] [--memory 2GB] [--kinds plain rejects …] [--folder …]

Ours is all that a load does: unpacking, checking, hashing, typing, rejects, raw Parquet, report. Both are processes of
their own on two threads, in turn (A B A B …), because a machine's speed drifts: what is worth quoting are the ratios.
Prints rows for docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measure import python
from benchmarks.reading_files import KINDS, write_marks
from benchmarks.reading_step import STEPS

_COLUMNS = (
    "file",
    "MB",
    "ours, s",
    "DuckDB, s",
    "ratio: median (least to most)",
    "ratio of processor time: median",
    "peak MiB, ours",
    "DuckDB's",
    "Parquet MB, ours",
    "DuckDB's",
)

Cost = dict[str, float]


def main() -> None:
    """Runs the benchmark for each kind of file and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--folder", type=Path, default=None)
    arguments = parser.parse_args()
    print(f"{arguments.rows} marks, memory limit {arguments.memory}, {os.cpu_count()} cores")
    print(f"processes at work before it began: {os.getloadavg()[0]:.1f}\n")
    print(f"| {' | '.join(_COLUMNS)} |\n|{'---|' * len(_COLUMNS)}")
    for kind in arguments.kinds:
        with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="portfolio-bench-") as folder:
            file = Path(folder, "marks.csv")
            write_marks(file, kind, arguments.rows)
            show(kind, file.stat().st_size, compare(file, arguments.rounds, arguments.memory))


def compare(file: Path, rounds: int, memory: str) -> dict[str, list[Cost]]:
    """Reads the file in each way, in turn, so many times."""
    costs: dict[str, list[Cost]] = {name: [] for name in STEPS}
    for _ in range(rounds):
        for name, done in costs.items():
            folder = file.with_name(name)
            folder.mkdir()
            command = python("benchmarks.reading_step", name, str(file), str(folder), memory)
            done.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
            shutil.rmtree(folder)
    return costs


def show(kind: str, size: int, costs: Mapping[str, Sequence[Cost]]) -> None:
    """Prints a row of docs/benchmarks.md."""

    def ratios(what: str) -> list[float]:
        return [our[what] / their[what] for our, their in zip(costs["ours"], costs["duckdb"], strict=True)]

    def each(what: str, unit: float = 1.0) -> list[str]:
        return [f"{statistics.median(cost[what] for cost in done) / unit:.3g}" for done in costs.values()]

    wall = ratios("seconds")
    row = [
        kind,
        f"{size / 1e6:.0f}",
        *each("seconds"),
        f"{statistics.median(wall):.2f} ({min(wall):.2f} to {max(wall):.2f})",
        f"{statistics.median(ratios('cpu_seconds')):.2f}",
        *each("peak_mib"),
        *each("parquet_bytes", 1e6),
    ]
    print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
