"""Runs one step of the corridor: `python -m benchmarks.step <step> …`, in the home that PORTFOLIO_HOME names."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

import duckdb

from extracts.raw import merged_deliveries
from orchestration.build import BUILD_STORAGE
from orchestration.settings import Settings, load_settings

PLAIN_SQL = Path(__file__).with_name("plain_marts.sql")

#: Marts that the plain SQL makes: those of the first corridor.
MARTS = (
    "student_subject_averages",
    "student_averages",
    "class_subject_averages",
    "weekly_dynamics",
    "attendance",
    "class_attendance",
    "final_marks",
    "control_works",
    "calendar",
)


def sample(_settings: Settings, students: str, nights: str, out: str) -> None:
    """The sample region as Parquet deliveries."""
    from extracts.sample import write_region

    write_region(Path(out), students=int(students), nights=int(nights), file_format="parquet")


def load(settings: Settings) -> None:
    """Every delivery of the landing zone into typed raw Parquet."""
    from orchestration.merging import merge_deliveries

    merge_deliveries(settings, date.max)


def build(settings: Settings) -> None:
    """Every model and data test of dbt into a fresh build file, and the quality rules."""
    from orchestration.build import build_warehouse
    from orchestration.quality import check_quality

    build_warehouse(settings)
    check_quality(settings, max(merged_deliveries(settings.home.root)))


def build_nine(settings: Settings) -> None:
    """The nine marts of the plain SQL through dbt, with all that they need and their data tests."""
    from orchestration.build import prepare_build, stop_if_broken
    from orchestration.dbt_runner import build as run

    prepare_build(settings)
    stop_if_broken(run(settings, settings.home.build_db, select=[f"+{mart}" for mart in MARTS]))


def publish(settings: Settings) -> None:
    """The publication of the build file."""
    from orchestration.publication import publish as run

    run(settings, settings.home.build_db)


def package(settings: Settings) -> None:
    """The package for the portal."""
    from orchestration.outputs import make_package

    make_package(settings)


def report(settings: Settings) -> None:
    """The report site."""
    from orchestration.outputs import make_report

    make_report(settings)


def plain(settings: Settings, target: str) -> None:
    """The same marts as plain DuckDB SQL over the same Parquet, into a file of its own."""
    from extracts.raw import create_raw_views

    Path(target).unlink(missing_ok=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
        "temp_directory": str(settings.home.temporary),
        "preserve_insertion_order": False,
        "storage_compatibility_version": BUILD_STORAGE,
    }
    with duckdb.connect(target, config=config) as connection:
        create_raw_views(
            connection,
            settings.home.root,
            as_of=max(merged_deliveries(settings.home.root)),
            rounding_threshold=settings.rounding_threshold,
            written_years=[],
        )
        connection.execute(PLAIN_SQL.read_text("utf-8"))


STEPS = {step.__name__: step for step in (sample, load, build, build_nine, publish, package, report, plain)}

if __name__ == "__main__":
    os.umask(0o077)
    STEPS[sys.argv[1]](load_settings(), *sys.argv[2:])
