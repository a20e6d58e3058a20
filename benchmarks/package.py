"""Times the package of a region's averages and weekly dynamics beside a plain DuckDB `COPY` of the same rows.

    python -m benchmarks.package [--students 330000] [--weeks 10] [--rounds 3] [--memory 4GB] [--folder …]

The package is all that an export does: which students go out, checks of types, lengths and references, order of keys,
the loader's form of every value, SHA-256, fsync. Both are processes of their own on all cores, in turn (A B A B …):
what is worth quoting are the ratios. Prints the figures of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
from pathlib import Path

from benchmarks.measure import Measured, measure, python
from benchmarks.package_region import write_publication

_SIDES = ("package", "copy")


def main() -> None:
    """Makes the publication, measures both sides and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=330_000)
    parser.add_argument("--weeks", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", default="4GB")
    parser.add_argument("--folder", type=Path, default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="portfolio-bench-") as folder:
        published = Path(folder, "published")
        rows = write_publication(published, students=arguments.students, weeks=arguments.weeks)
        print(f"{rows} rows, memory limit {arguments.memory}, {os.cpu_count()} cores")
        print(f"processes at work before it began: {os.getloadavg()[0]:.1f}", flush=True)
        costs = compare(published, arguments.rounds, arguments.memory)
    ratios = [ours.seconds / theirs.seconds for ours, theirs in zip(costs["package"], costs["copy"], strict=True)]
    for side, done in costs.items():
        seconds, peak = statistics.median(one.seconds for one in done), max(one.peak_mib for one in done)
        print(f"{side}: {seconds:.1f} s, peak {peak:.0f} MiB")
    print(f"ratio: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


def compare(published: Path, rounds: int, memory: str) -> dict[str, list[Measured]]:
    """Writes the rows in each way, in turn, so many times."""
    costs: dict[str, list[Measured]] = {side: [] for side in _SIDES}
    for _ in range(rounds):
        for side, done in costs.items():
            target = published.with_name(side)
            target.mkdir()
            command = python("benchmarks.package_step", side, str(published), str(target), memory)
            done.append(measure(command, dict(os.environ), published.with_name("log")))
            shutil.rmtree(target)
    return costs


if __name__ == "__main__":
    main()
