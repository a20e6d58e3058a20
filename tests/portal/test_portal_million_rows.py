"""A million rows: memory stays bounded, and the time stays near that of a plain COPY of the same rows."""

from __future__ import annotations

import json
import multiprocessing
import time
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from portal_region import publish

from portal.package import write_package

ROWS = 1_000_000
STUDENTS = 10_000

#: Generous, for machines that do other things meanwhile: measured are 2 to 3 times.
MAX_RATIO = 10
#: The engine's limit of 256 MiB, the libraries, a few batches.
MAX_PEAK_MIB = 700


def _publish_weeks(folder: Path) -> Path:
    published = publish(folder, {"student_subject_averages": [], "weekly_dynamics": []}, people=[])
    with duckdb.connect(str(published / "people.duckdb")) as connection:
        connection.execute(
            f"INSERT INTO students BY NAME SELECT 's' || i AS student_profile_id, "
            f"'connected' AS application_status, true AS is_active FROM range({STUDENTS}) r(i)"
        )
    with duckdb.connect(str(published / "portfolio.duckdb")) as connection:
        connection.execute(f"INSERT INTO marts.completeness SELECT 's' || i, true FROM range({STUDENTS}) r(i)")
        connection.execute("INSERT INTO marts.subjects SELECT '2' || i, 'Предмет', true FROM range(10) r(i)")
        connection.execute(
            f"""
            INSERT INTO marts.weekly_dynamics
            SELECT '2026', '9a', 's' || i % {STUDENTS}, '2' || i // {STUDENTS} % 10,
                DATE '2026-08-31' + INTERVAL 7 DAY * (i // {STUDENTS * 10}), 3, 9 + i % 7, 3, 3.0
            FROM range({ROWS}) r(i)
            """
        )
    return published


def _plain_copy(published: Path, target: Path) -> float:
    with duckdb.connect(str(published / "portfolio.duckdb"), read_only=True) as connection:
        began = time.perf_counter()
        connection.execute(
            f"""
            COPY (
                SELECT 'R-' || student_profile_id, 'R-' || subject_id, week_begin, marks_count,
                    round(week_average, 2), TIMESTAMP '2026-10-01 02:00:00', TIMESTAMP '2026-10-01 02:00:00'
                FROM marts.weekly_dynamics ORDER BY student_profile_id, subject_id, week_begin
            ) TO '{target}' (FORMAT csv, DELIMITER ';', FORCE_QUOTE *)
            """
        )
        return time.perf_counter() - began


def write_and_report(published: Path, exports: Path, report: Path) -> None:
    """Writes the package in a process of its own, whose peak of memory is then the writer's alone."""
    began = time.perf_counter()
    package = write_package(
        published,
        exports,
        prefix="R",
        created_at=datetime(2026, 10, 1, 2, 0),  # noqa: DTZ001
        as_of=date(2026, 10, 1),
        memory_limit="256MB",
    )
    seconds = time.perf_counter() - began
    status = Path("/proc/self/status").read_text("utf-8")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    found = {"seconds": seconds, "peak_mib": peak / 1024, "path": str(package.path), "held": len(package.held_back)}
    report.write_text(json.dumps(found), "utf-8")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak of memory is read from /proc")
def test_a_million_rows_stream(tmp_path: Path) -> None:
    published = _publish_weeks(tmp_path / "p")
    plain = _plain_copy(published, tmp_path / "plain.csv")
    report = tmp_path / "report.json"
    process = multiprocessing.get_context("spawn").Process(
        target=write_and_report, args=(published, tmp_path / "exports", report)
    )
    process.start()
    process.join()
    assert process.exitcode == 0
    found = json.loads(report.read_text("utf-8"))
    ratio = found["seconds"] / plain
    print(f"{ROWS} rows: {found['seconds']:.2f} s, COPY {plain:.2f} s, ratio {ratio:.1f}, {found['peak_mib']:.0f} MiB")
    assert found["held"] == 0
    assert found["peak_mib"] < MAX_PEAK_MIB
    assert found["seconds"] < MAX_RATIO * plain + 2
    [weeks] = Path(found["path"]).glob("*_student_statsubject_by_week_create.csv")
    with weeks.open("rb") as stream:
        keys = [line.split(b";")[:3] for line in stream][1:]
    assert len(keys) == ROWS
    assert keys == sorted(keys)
