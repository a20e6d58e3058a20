"""A published file for the dashboards, written by hand: every table of schema marts as docs/marts.md describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dbt_project.generate_marts import documented_tables

YEAR = "y26"
MATH = "math"
EVIL = "<img src=x onerror=alert(1)>Школа' OR '1'='1"
WEEKS = (date(2026, 11, 2), date(2026, 11, 9))


#: Two towns; of town A school a2 is small, so the smallest other one (a1) is hidden with it; in school b1 class b-9b is
#: small, so b-9c is hidden with it.
CLASSES: tuple[tuple[str, str, int, str, int, str], ...] = (
    ("Город А", "a1", 9, "a1-9a", 20, "4"),
    ("Город А", "a2", 8, "a2-8a", 4, "3"),
    ("Город А", "a3", 9, "a3-9a", 60, "3.5"),
    ("Город Б", "b1", 9, "b-9a", 25, "3.125"),
    ("Город Б", "b1", 9, "b-9b", 3, "2"),
    ("Город Б", "b1", 9, "b-9c", 10, "5"),
    ("Город Б", "b1", 8, "b-8a", 22, "4"),
    ("Город Б", "b2", 8, "b2-8a", 30, "4.5"),
)

#: How averages changed since the period before: the ninth parallel fell, the eighth rose.
CHANGES = {8: 0.1, 9: -0.3, 10: 0.0}

Rows = dict[str, list[dict[str, Any]]]


def create_tables(connection: duckdb.DuckDBPyConnection, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Documented tables of schema marts with the rows given; columns that a row leaves out are null."""
    connection.execute("create schema marts")
    described = documented_tables()
    for name, values in rows.items():
        columns = ", ".join(f'"{column.name}" {column.data_type}' for column in described[name].columns)
        connection.execute(f"create table marts.{name} ({columns})")
        if values:
            names, marks = ", ".join(values[0]), ", ".join("?" for _ in values[0])
            connection.executemany(
                f"insert into marts.{name} ({names}) values ({marks})", [list(row.values()) for row in values]
            )


def sample_rows(classes: Sequence[tuple[str, str, int, str, int, str]] = CLASSES) -> Rows:
    """Rows of the sample: averages, weeks, attendance, final marks and completeness of the classes."""
    rows: Rows = {
        "publication": [{"as_of": date(2026, 11, 10), "academic_year_id": YEAR}],
        "academic_years": [{"academic_year_id": YEAR, "name": "2026/2027", "begin_date": date(2026, 9, 1)}],
        "subjects": [{"subject_id": MATH, "name": "Алгебра"}],
        "quality_rules": [{"rule_id": "S01", "place": 1, "severity": "blocker", "title": "Нет фамилии"}],
    }
    schools = {school: town for town, school, *_ in classes}
    rows["organizations"] = [
        {"organization_id": school, "name": EVIL if school == "b1" else f"Школа {school}", "municipality": town}
        for school, town in schools.items()
    ]
    for one in classes:
        _add_class(rows, one)
    return rows


def write_sample(folder: Path, rows: Rows | None = None) -> Path:
    """The folder `published` of the sample."""
    folder.mkdir(parents=True)
    given = sample_rows() if rows is None else rows
    with duckdb.connect(str(folder / "portfolio.duckdb")) as connection:
        create_tables(connection, {name: given.get(name, []) for name in documented_tables()})
    return folder


def _add_class(rows: Rows, one: tuple[str, str, int, str, int, str]) -> None:
    town, school, level, unit, students, average = one
    place = {"academic_year_id": YEAR, "organization_id": school, "class_level": level, "class_unit_id": unit}
    total = float(average) * students

    def add(table: str, **values: Any) -> None:
        rows.setdefault(table, []).append(values)

    add("class_units", class_unit_id=unit, organization_id=school, academic_year_id=YEAR, class_level=level, name=unit)
    for scope in ("current", "year"):
        for subject in (MATH, None):
            spread = dict.fromkeys(("students_two", "students_three", "students_four", "students_five"), 0)
            spread["students_four"] = students
            counts = {
                "students_total": students,
                "students_count": students,
                "students_at_risk": 7 if students >= 20 else 0,
            }
            compared = students if scope == "current" else 0
            changed = {"compared_count": compared, "change_sum": CHANGES[level] * compared}
            add(
                "agg_averages",
                **place,
                subject_id=subject,
                scope=scope,
                average_sum=total,
                **counts,
                **spread,
                **changed,
            )
    for week in WEEKS:
        add(
            "class_weekly_dynamics", academic_year_id=YEAR, organization_id=school, class_unit_id=unit,
            subject_id=MATH, week_begin=week, class_week_average=float(average), class_students=students,
        )  # fmt: skip
        add(
            "agg_weeks", academic_year_id=YEAR, organization_id=f"{school}", class_level=level, subject_id=MATH,
            week_begin=week, students_count=students, average_sum=total, marks_count=2 * students,
        )  # fmt: skip
    lessons = {
        "lessons_held": 10 * students, "lessons_missed": students, "missed_excused": students, "missed_unexcused": 0,
        "missed_by_illness": students,
    }  # fmt: skip
    for month in (None, date(2026, 11, 1)):
        add("agg_attendance", **place, month_begin=month, students_count=students, students_chronic=0, **lessons)
    day = date(2026, 11, 9)
    add("agg_attendance_days", **place, date=day, students_count=students, **lessons)
    add(
        "class_attendance", academic_year_id=YEAR, organization_id=school, class_unit_id=unit, date=day,
        students_enrolled=students, lessons_held=10 * students, lessons_missed=students,
    )  # fmt: skip
    add(
        "agg_finals", **place, subject_id=MATH, attestation_period_id="p1", period_name="1 Четверть",
        students_count=students, finals_count=students, gap_count=students, gap_students=students,
        gap_sum=0.25 * students, finals_above=0, finals_below=0, finals_missing=0, compared_count=students,
        compared_students=students, control_weighted_sum=3 * students,
        control_weight_sum=students, other_weighted_sum=8 * students, other_weight_sum=2 * students,
    )  # fmt: skip
    add(
        "completeness_rollup", level="class_unit", municipality=town, organization_id=school, class_unit_id=unit,
        is_assessed=True, students=students, complete_students=students, s01_failed=0,
    )  # fmt: skip
    for night in (date(2026, 11, 9), date(2026, 11, 10)):
        add(
            "completeness_history", night=night, level="organization", municipality=town, organization_id=school,
            students=students, complete_students=students,
        )  # fmt: skip
    add(
        "achievement_counts", academic_year_id=YEAR, organization_id=school, class_unit_id=unit, type_name="Олимпиада",
        level="школьный", achievements_count=students, students_count=students,
    )  # fmt: skip
