"""A small published state, made by hand: the marts and people that the export reads, with the columns it reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

MART_TABLES: dict[str, str] = {
    "organizations": "organization_id VARCHAR, name VARCHAR, short_name VARCHAR, kind VARCHAR, municipality VARCHAR, "
    "is_current BOOLEAN",
    "subjects": "subject_id VARCHAR, name VARCHAR, is_current BOOLEAN",
    "class_units": "class_unit_id VARCHAR, organization_id VARCHAR, academic_year_id VARCHAR, class_level INTEGER, "
    "letter VARCHAR, name VARCHAR, is_current BOOLEAN",
    "academic_years": "academic_year_id VARCHAR, name VARCHAR, begin_date DATE, end_date DATE",
    "attestation_periods": "attestation_period_id VARCHAR, attestation_periods_schedule_id VARCHAR, "
    "organization_id VARCHAR, academic_year_id VARCHAR, name VARCHAR, kind VARCHAR, begin_date DATE, end_date DATE",
    "student_averages": "academic_year_id VARCHAR, organization_id VARCHAR, class_unit_id VARCHAR, "
    "class_level INTEGER, student_profile_id VARCHAR, scope VARCHAR, is_active BOOLEAN, subjects_count BIGINT, "
    "average DECIMAL(18,12), average_shown DECIMAL(4,2), class_rank BIGINT, school_rank BIGINT",
    "student_subject_averages": "academic_year_id VARCHAR, organization_id VARCHAR, class_unit_id VARCHAR, "
    "student_profile_id VARCHAR, subject_id VARCHAR, attestation_period_id VARCHAR, period_kind VARCHAR, "
    "is_current BOOLEAN, marks_count BIGINT, weighted_sum BIGINT, weight_sum BIGINT, average DOUBLE, "
    "average_shown DECIMAL(4,2), dynamic VARCHAR, target_mark INTEGER, target_five_marks INTEGER",
    "weekly_dynamics": "academic_year_id VARCHAR, class_unit_id VARCHAR, student_profile_id VARCHAR, "
    "subject_id VARCHAR, week_begin DATE, marks_count BIGINT, weighted_sum BIGINT, weight_sum BIGINT, "
    "week_average DOUBLE",
    "control_works": "academic_year_id VARCHAR, organization_id VARCHAR, class_unit_id VARCHAR, "
    "student_profile_id VARCHAR, subject_id VARCHAR, mark_id VARCHAR, date DATE, attestation_period_id VARCHAR, "
    "control_form_id VARCHAR, control_form_name VARCHAR, topic VARCHAR, mark VARCHAR, five DECIMAL(18,9), "
    "weight INTEGER",
    "final_marks": "academic_year_id VARCHAR, organization_id VARCHAR, class_unit_id VARCHAR, "
    "student_profile_id VARCHAR, subject_id VARCHAR, attestation_period_id VARCHAR, final_mark VARCHAR, "
    "final_five DECIMAL(18,9), is_academic_debt BOOLEAN",
}

STUDENTS = "student_profile_id VARCHAR, person_id VARCHAR, application_status VARCHAR, is_active BOOLEAN"

Rows = Iterable[Sequence[Any]]

#: One school, two subjects, one year with one quarter; two students who go out and three who do not.
REGION: dict[str, Rows] = {
    "organizations": [("10", 'МАОУ "СОШ № 1"', None, "school", "г. Пермь", True)],
    "subjects": [("7", "Алгебра; начала анализа", True), ("11", "Русский язык", False)],
    "academic_years": [
        ("2025", "2025/2026", "2025-09-01", "2026-08-31"),
        ("2026", "2026/2027", "2026-09-01", "2027-08-31"),
        ("2027", "2027/2028", "2027-09-01", "2028-08-31"),
    ],
    "attestation_periods": [("501", "77", "10", "2026", "1 Четверть", "quarter", "2026-09-01", "2026-10-24")],
    "student_averages": [
        ("2026", "10", "9a", 9, "s2", "current", True, 2, "3.640000000000", "3.64", 2, 5),
        ("2026", "10", "9a", 9, "s1", "current", True, 2, "4.083333333333", "4.08", 1, 1),
        ("2026", "10", "9a", 9, "s1", "year", True, 2, "4.000000000000", "4.00", 1, 1),
        ("2025", "10", "8a", 8, "s1", "current", True, 2, "5.000000000000", "5.00", 1, 1),
        ("2026", "10", None, None, "s3", "current", True, 1, None, None, None, None),
        ("2026", "10", "9a", 9, "s4", "current", False, 1, "5.000000000000", "5.00", 1, 1),
        ("2026", "10", "9a", 9, "s5", "current", True, 1, "2.000000000000", "2.00", 3, 9),
    ],
    "student_subject_averages": [
        ("2026", "10", "9a", "s1", "7", None, "year", True, 11, 49, 12, 4.083, "4.08", "UP", 5, 6),
        ("2026", "10", "9a", "s1", "7", "501", "period", True, 11, 49, 12, 4.083, "4.08", "UP", 5, 6),
        ("2026", "10", "9a", "s1", "11", "501", "period", True, 0, None, None, None, None, "NONE", None, None),
        ("2026", "10", "9a", "s5", "7", "501", "period", True, 1, 2, 1, 2.0, "2.00", "NONE", 3, 1),
    ],
    "weekly_dynamics": [
        ("2026", "9a", "s1", "7", "2026-09-14", 2, 25, 8, 3.125),
        ("2026", "9a", "s1", "7", "2026-09-07", 11, 49, 12, 4.083),
        ("2026", "9a", "s2", "7", "2026-09-07", 3, 2, 3, 0.667),
        ("2026", "9a", "s4", "7", "2026-09-07", 1, 5, 1, 5.0),
    ],
    "control_works": [
        (
            "2026",
            "10",
            "9a",
            "s2",
            "7",
            "m10",
            "2026-09-10",
            "501",
            "3",
            "Контрольная",
            'Тема «"А"»\n\tи Б',
            "4-",
            4,
            2,
        ),
        ("2026", "10", "9a", "s1", "7", "m2", "2026-09-01", None, "3", None, None, "Зачёт", None, 1),
    ],
    "final_marks": [
        ("2026", "10", "9a", "s1", "7", "501", "4", 4, False),
        ("2026", "10", "9a", "s1", "11", "501", None, None, None),
        ("2026", "10", "9a", "s1", "7", None, "5", 5, False),
        ("2026", "10", "9a", "s2", "7", "501", "А/З", None, True),
    ],
}

PEOPLE: Rows = [
    ("s1", "p1", "connected", True),
    ("s2", "p2", "connected", True),
    ("s3", "p3", None, True),
    ("s4", "p4", "connected", False),
    ("s5", "p5", "withdrawn", True),
]


def publish(
    folder: Path, marts: dict[str, Rows] | None = None, people: Rows = PEOPLE, blocked: frozenset[str] = frozenset()
) -> Path:
    """Makes `portfolio.duckdb` and `people.duckdb` in a folder; marts that are not given are those of REGION.

    `blocked`: the students with a blocker among the findings of the night.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(folder / "portfolio.duckdb")) as connection:
        connection.execute("CREATE SCHEMA marts")
        for name, columns in MART_TABLES.items():
            _create(connection, f"marts.{name}", columns, (REGION | (marts or {})).get(name, ()))
        complete = [(student[0], student[0] not in blocked) for student in people]
        _create(connection, "marts.completeness", "student_profile_id VARCHAR, is_complete BOOLEAN", complete)
    with duckdb.connect(str(folder / "people.duckdb")) as connection:
        _create(connection, "students", STUDENTS, people)
    return folder


def _create(connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: Rows) -> None:
    connection.execute(f"CREATE TABLE {table} ({columns})")
    for row in rows:
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", list(row))
