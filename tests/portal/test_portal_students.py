"""Who goes out over the summer, and what goes out of years that are closed (specification 4-portal.md)."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from portal_region import publish

from portal.manifest import Package
from portal.package import write_package

CREATED_AT = datetime(2027, 9, 10, 2, 0)  # noqa: DTZ001


def export(folder: Path, published: Path, as_of: date, years: Path | None = None) -> Package:
    return write_package(published, folder / "exports", prefix="R", created_at=CREATED_AT, as_of=as_of, years=years)


def values(package: Package, table: str) -> list[list[str]]:
    found = [file for file in package.files if file.table == table]
    lines = (package.path / found[0].name).read_text("utf-8").split("\n")[1:] if found else []
    return [[value.strip('"') for value in line.split(";")] for line in lines]


# --- the summer -----------------------------------------------------------------------------------------------------

PEOPLE = [
    ("active", None, "connected", True, "2012-05-06", "А", "А", None, "male", "11223344595"),
    ("left", None, "connected", False, "2012-05-06", "А", "А", None, "male", "11223344595"),
]


def row(begin: str, end: str | None, reason: str | None = None, name: str = "e1") -> tuple[object, ...]:
    return (name, "left", "10", "9a", 9, "9А", begin, end, reason)


@pytest.mark.parametrize(
    ("as_of", "enrollments", "stays"),
    [
        ("2027-09-15", [row("2026-09-01", "2027-05-20")], True),
        ("2027-09-15", [row("2026-09-01", "2027-08-31")], True),
        ("2027-09-16", [row("2026-09-01", "2027-08-31")], False),
        ("2027-09-01", [row("2026-09-01", "2027-05-19")], False),
        ("2027-09-10", [row("2026-09-01", "2027-09-01")], False),
        ("2027-09-10", [row("2026-09-01", "2027-06-01", "graduated")], False),
        ("2027-06-02", [row("2026-09-01", "2027-06-01")], True),
        ("2028-06-02", [row("2026-09-01", "2027-06-01")], False),
        ("2027-09-10", [row("2026-09-01", "2027-06-01", "moved"), row("2027-06-02", "2027-06-30", name="e2")], True),
        ("2027-09-10", [row("2026-09-01", "2027-06-01"), row("2027-06-02", "2027-06-30", "expelled", "e2")], False),
        ("2027-09-10", [row("2026-09-01", "2027-06-01"), row("2027-09-20", None, name="e2")], False),
    ],
)
def test_the_summer_deletes_nobody(
    tmp_path: Path, as_of: str, enrollments: list[tuple[object, ...]], stays: bool
) -> None:
    published = publish(tmp_path / "p", people=PEOPLE, others={"student_classes": enrollments})
    package = export(tmp_path, published, date.fromisoformat(as_of))
    assert [row[0] for row in values(package, "student")] == ["R-active", *["R-left"] * stays]


def test_a_withdrawn_application_deletes_in_summer_too(tmp_path: Path) -> None:
    withdrawn = [PEOPLE[0], ("left", None, "withdrawn", False)]
    others = {"student_classes": [row("2026-09-01", "2027-06-01")]}
    published = publish(tmp_path / "p", people=withdrawn, others=others)
    assert [row[0] for row in values(export(tmp_path, published, date(2027, 9, 1)), "student")] == ["R-active"]


# --- closed years ---------------------------------------------------------------------------------------------------


def closed_year(folder: Path, academic_year_id: str, averages: list[tuple[object, ...]]) -> Path:
    """A file of `years/` as an older version of the project may have left it: it lacks tables and columns."""
    folder.mkdir(exist_ok=True)
    with duckdb.connect(str(folder / f"{academic_year_id}.duckdb")) as connection:
        connection.execute("CREATE SCHEMA meta; CREATE SCHEMA marts")
        connection.execute(f"CREATE TABLE meta.closed_year AS SELECT '{academic_year_id}' AS academic_year_id")
        connection.execute(
            "CREATE TABLE marts.student_averages (student_profile_id VARCHAR, academic_year_id VARCHAR, scope VARCHAR, "
            "organization_id VARCHAR, class_unit_id VARCHAR, class_level INTEGER, average_shown DECIMAL(4,2), "
            "class_rank BIGINT, school_rank BIGINT)"
        )
        connection.executemany("INSERT INTO marts.student_averages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", averages)
        connection.execute(
            "CREATE TABLE marts.academic_years AS SELECT "
            f"'{academic_year_id}' AS academic_year_id, 'Год' AS name, DATE '2024-09-01' AS begin_date, "
            "DATE '2025-08-31' AS end_date"
        )
    return folder


def test_the_retrospective_holds_closed_years_alone(tmp_path: Path) -> None:
    years = closed_year(
        tmp_path / "years",
        "2024",
        [
            ("s1", "2024", "year", "10", "7a", 7, "4.50", 2, 3),
            ("s1", "2024", "current", "10", "7a", 7, "4.00", 1, 1),
            ("s4", "2024", "year", "10", "7a", 7, "5.00", 1, 1),
        ],
    )
    package = export(tmp_path, publish(tmp_path / "p"), date(2026, 10, 1), years)
    [found] = values(package, "student_gpa_retro")
    assert found[:8] == ["R-s1", "R-2024", "R-10", "R-7a", "R-2024-10-7", "4.50", "2", "3"]
    assert "R-year-2024" in [row[0] for row in values(package, "dict_period")]
    assert [row[1] for row in values(package, "student_gpa_current")] == ["R-2026", "R-2026"]


def test_a_year_that_the_published_file_holds_is_not_taken_from_its_own_file(tmp_path: Path) -> None:
    years = closed_year(tmp_path / "years", "2025", [("s1", "2025", "year", "10", "8a", 8, "4.50", 2, 3)])
    package = export(tmp_path, publish(tmp_path / "p"), date(2026, 10, 1), years)
    assert values(package, "student_gpa_retro") == []
    assert [row[0] for row in values(package, "dict_period")].count("R-year-2025") == 1


def test_where_every_year_is_closed_the_last_one_is_the_current_one(tmp_path: Path) -> None:
    years = closed_year(tmp_path / "years", "2024", [("s1", "2024", "current", "10", "7a", 7, "4.50", 2, 3)])
    published = publish(tmp_path / "p", {"academic_years": []})
    package = export(tmp_path, published, date(2025, 10, 1), years)
    assert [row[:2] for row in values(package, "student_gpa_current")] == [["R-s1", "R-2024"]]
