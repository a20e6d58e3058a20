"""Times sample, load, build, publish, package and report of regions of several sizes, and the build against plain SQL.

    python -m benchmarks.run [--students 3000 30000] [--nights 3] [--rounds 3] [--folder /path/with/room]

Every step is a process of its own. The nine marts through dbt and as plain SQL run in turn (A B A B …) in one run,
because a machine's speed drifts: what is worth quoting is their ratio. Prints rows for docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from pathlib import Path

import duckdb

from benchmarks.measure import Measured, measure, python
from benchmarks.step import MARTS


def main() -> None:
    """Runs the benchmark for each size and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, nargs="+", default=[3000, 30000])
    parser.add_argument("--nights", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None)
    arguments = parser.parse_args()
    for students in arguments.students:
        with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="portfolio-bench-") as folder:
            run(Path(folder), students, arguments.nights, arguments.rounds)


def run(folder: Path, students: int, nights: int, rounds: int) -> None:
    """One size: each step once, build and plain SQL in turn."""
    environment = os.environ | {"PORTFOLIO_HOME": str(folder / "home"), "PORTFOLIO_LANDING": str(folder / "landing")}
    log = folder / "log"

    def step(*words: str) -> Measured:
        return measure(python("benchmarks.step", *words), environment, log)

    rows = {
        "sample": step("sample", str(students), str(nights), str(folder / "landing")),
        "load": step("load"),
    }
    builds, plains = [], []
    for _ in range(rounds):
        builds.append(step("build_nine"))
        plains.append(step("plain", str(folder / "plain.duckdb")))
    rows["nine marts through dbt (median)"] = median(builds)
    rows["nine marts as plain SQL (median)"] = median(plains)
    rows["build: everything, with checks and rules"] = step("build")
    for name in ("publish", "package", "report"):
        rows[name] = step(name)
    check_same_rows(folder / "home" / "published" / "portfolio.duckdb", folder / "plain.duckdb")
    show(students, nights, rows, [build.seconds / plain.seconds for build, plain in zip(builds, plains, strict=True)])


def median(measured: list[Measured]) -> Measured:
    """The median time, the greatest memory."""
    return Measured(statistics.median(one.seconds for one in measured), max(one.peak_mib for one in measured))


def check_same_rows(published: Path, plain: Path) -> None:
    """Raises RuntimeError unless both files hold the same marts, row for row (averages to 9 places)."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{published}' AS published (READ_ONLY); ATTACH '{plain}' AS plain (READ_ONLY)")
        for mart in MARTS:
            columns = connection.execute(
                "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = 'published'"
                " AND schema_name = 'marts' AND table_name = ? ORDER BY column_index",
                [mart],
            ).fetchall()
            select = ", ".join(f"round({name}, 9)" if kind == "DOUBLE" else name for name, kind in columns)
            differing = connection.execute(
                f"SELECT count(*) FROM ((SELECT {select} FROM published.marts.{mart} EXCEPT ALL"
                f" SELECT {select} FROM plain.marts.{mart}) UNION ALL (SELECT {select} FROM plain.marts.{mart}"
                f" EXCEPT ALL SELECT {select} FROM published.marts.{mart}))"
            ).fetchall()[0][0]
            if differing:
                raise RuntimeError(f"{mart}: {differing} rows differ between the build and the plain SQL")


def show(students: int, nights: int, rows: dict[str, Measured], ratios: list[float]) -> None:
    """Prints the rows of docs/benchmarks.md."""
    print(f"\n{students} students, {nights} nights, {os.cpu_count()} cores\n")
    print("| step | seconds | peak MiB |\n|---|---|---|")
    for name, measured in rows.items():
        print(f"| {name} | {measured.seconds:.1f} | {measured.peak_mib:.0f} |")
    each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"\nnine marts, dbt / plain SQL: median {statistics.median(ratios):.2f} ({each})")


if __name__ == "__main__":
    main()
