"""Writes a publication's rows once: `python -m benchmarks.package_step package|copy <published> <folder> <memory>`."""

from __future__ import annotations

import os
import sys
from datetime import date, datetime
from pathlib import Path

import duckdb

from portal.package import write_package
from portal.published import MARTS_FILE

_MADE = "TIMESTAMP '2026-11-10 03:00:00'"
_ROWS = {
    "averages": f"""
        SELECT
            'R-' || student_profile_id, 'R-' || subject_id,
            'R-' || coalesce(attestation_period_id, 'year-' || academic_year_id) AS period_id,
            period_kind, marks_count, average_shown, dynamic, target_mark, target_five_marks, {_MADE}, {_MADE}
        FROM marts.student_subject_averages ORDER BY student_profile_id, subject_id, period_id
        """,
    "weeks": f"""
        SELECT
            'R-' || student_profile_id, 'R-' || subject_id, week_begin, marks_count, round(week_average, 2),
            {_MADE}, {_MADE}
        FROM marts.weekly_dynamics ORDER BY student_profile_id, subject_id, week_begin
        """,
}


def package(published: Path, folder: Path, memory: str) -> None:
    """A full package."""
    made = write_package(
        published,
        folder / "exports",
        prefix="R",
        created_at=datetime(2026, 11, 10, 3),  # noqa: DTZ001 - local time of the region
        as_of=date(2026, 11, 10),
        memory_limit=memory,
    )
    if made.held_back:
        raise ValueError("rows were held back: the sides do not write the same")


def copy(published: Path, folder: Path, memory: str) -> None:
    """DuckDB's own writer, values quoted as the loader wants them, in the same order."""
    config: dict[str, str | bool | int | float | list[str]] = {"memory_limit": memory, "temp_directory": str(folder)}
    with duckdb.connect(str(published / MARTS_FILE), read_only=True, config=config) as connection:
        for name, query in _ROWS.items():
            connection.execute(f"COPY ({query}) TO '{folder}/{name}.csv' (DELIMITER ';', FORCE_QUOTE *)")


if __name__ == "__main__":
    os.umask(0o077)
    {"package": package, "copy": copy}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
