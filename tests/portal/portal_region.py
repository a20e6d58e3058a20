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
    "average DECIMAL(18,12), average_shown DECIMAL(4,2), class_rank BIGINT, school_rank BIGINT, "
    "class_average DOUBLE, class_students BIGINT, parallel_average DOUBLE, parallel_students BIGINT",
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
    "class_subject_averages": "academic_year_id VARCHAR, class_unit_id VARCHAR, subject_id VARCHAR, "
    "attestation_period_id VARCHAR, period_kind VARCHAR, class_average DOUBLE, students_count BIGINT, "
    "marks_count BIGINT",
    "class_weekly_dynamics": "academic_year_id VARCHAR, class_unit_id VARCHAR, subject_id VARCHAR, week_begin DATE, "
    "class_week_average DOUBLE, class_students BIGINT, marks_count BIGINT",
    "attendance": "academic_year_id VARCHAR, student_profile_id VARCHAR, date DATE, lessons_held INTEGER, "
    "lessons_missed INTEGER, missed_excused INTEGER, missed_unexcused INTEGER, missed_by_illness INTEGER",
    "class_attendance": "academic_year_id VARCHAR, class_unit_id VARCHAR, date DATE, students_enrolled BIGINT, "
    "students_absent BIGINT, students_absent_all_day BIGINT, lessons_held BIGINT, lessons_missed BIGINT",
    "calendar": "class_unit_id VARCHAR, vacation_name VARCHAR, vacation_begin DATE, vacation_end DATE",
    "upcoming_events": "student_profile_id VARCHAR, event_id VARCHAR, name VARCHAR, category VARCHAR, level VARCHAR, "
    "place VARCHAR, begin_date DATE, end_date DATE",
    "achievements": "academic_year_id VARCHAR, student_profile_id VARCHAR, achievement_id VARCHAR, "
    "type_name VARCHAR, name VARCHAR, level VARCHAR, result VARCHAR, place VARCHAR, date DATE, subject_id VARCHAR, "
    "has_document BOOLEAN",
    "academic_debts": "academic_year_id VARCHAR, student_profile_id VARCHAR, subject_id VARCHAR, debt_kind VARCHAR, "
    "source_id VARCHAR, attestation_period_id VARCHAR, mark VARCHAR, deadline DATE",
}

_NAMES = "last_name VARCHAR, first_name VARCHAR, middle_name VARCHAR, sex VARCHAR, valid_snils VARCHAR, "
_DOCUMENT = "document_type_id VARCHAR, document_series VARCHAR, document_number VARCHAR"

PEOPLE_TABLES: dict[str, str] = {
    "students": "student_profile_id VARCHAR, person_id VARCHAR, application_status VARCHAR, is_active BOOLEAN, "
    f"birth_date DATE, {_NAMES}{_DOCUMENT}",
    "representatives": f"representative_id VARCHAR, student_profile_id VARCHAR, type_id INTEGER, {_NAMES}{_DOCUMENT}",
    "student_classes": "enrollment_id VARCHAR, student_profile_id VARCHAR, organization_id VARCHAR, "
    "class_unit_id VARCHAR, class_level INTEGER, class_name VARCHAR, begin_date DATE, end_date DATE, "
    "leave_reason VARCHAR",
}

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
        ("2026", "10", "9a", 9, "s2", "current", True, 2, "3.640000000000", "3.64", 2, 5, 3.445, 4, 3.0, 9),
        ("2026", "10", "9a", 9, "s1", "current", True, 2, "4.083333333333", "4.08", 1, 1, 3.445, 4, 3.0, 9),
        ("2026", "10", "9a", 9, "s1", "year", True, 2, "4.000000000000", "4.00", 1, 1),
        ("2025", "10", "8a", 8, "s1", "current", True, 2, "5.000000000000", "5.00", 1, 1),
        ("2026", "10", None, None, "s3", "current", True, 1, None, None, None, None),
        ("2026", "10", "9a", 9, "s4", "current", False, 1, "5.000000000000", "5.00", 1, 1),
        ("2026", "10", "9a", 9, "s5", "current", True, 1, "2.000000000000", "2.00", 3, 9, 3.445, 4, 3.0, 9),
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
    "class_subject_averages": [
        ("2026", "9a", "7", None, "year", 3.625, 4, 60),
        ("2026", "9a", "7", "501", "period", 4.005, 4, 60),
    ],
    "class_weekly_dynamics": [("2026", "9a", "11", "2026-09-07", 2.5, 1, 2)],
    "attendance": [
        ("2026", "s1", "2026-09-02", 6, 6, 5, 1, 5),
        ("2026", "s1", "2026-09-03", 6, 0, 0, 0, 0),
        ("2026", "s5", "2026-09-02", 6, 1, 1, 0, 0),
    ],
    "class_attendance": [("2026", "9a", "2026-09-02", 25, 3, 1, 150, 8)],
    "calendar": [("9a", "Осенние каникулы", "2026-10-25", "2026-11-01"), ("9b", None, None, None)],
    "upcoming_events": [("s2", "v1", "Олимпиада", None, "школьный", None, "2026-10-02", None)],
    "achievements": [
        ("2026", "s1", "h1", "Конкурс", "Грамота", None, "1 место", None, "2026-09-05", "7", True),
        ("2026", "s1", "h2", None, "Диплом", "школьный", None, "Актовый зал", "2026-09-06", None, None),
    ],
    "academic_debts": [("2026", "s2", "7", "point", "m11", "501", None, "2026-10-10")],
}

OTHERS: dict[str, Rows] = {
    "representatives": [
        ("r1", "s1", 1, "Первая", "Мать", None, "female", "11223344595"),
        ("r2", "s3", 1, "Третий", "Отец"),
    ],
    "student_classes": [
        ("e1", "s1", "10", "9a", 9, "9А", "2026-09-01"),
        ("e0", "s1", "10", None, None, None, "2025-09-01", "2026-08-31"),
        ("e2", "s2", "10", "9a", 9, "9А", "2026-09-01", "2027-05-31"),
    ],
}

PEOPLE: Rows = [
    ("s1", "p1", "connected", True, "2012-05-06", "Первая", "Анна", "Ивановна", "female", "11223344595"),
    ("s2", "p2", "connected", True, "2011-01-02", "Второй", "Пётр", None, "male", None, "2", "5701", "123456"),
    ("s3", "p3", None, True),
    ("s4", "p4", "connected", False),
    ("s5", "p5", "withdrawn", True),
]


def publish(
    folder: Path,
    marts: dict[str, Rows] | None = None,
    people: Rows = PEOPLE,
    blocked: frozenset[str] = frozenset(),
    others: dict[str, Rows] | None = None,
) -> Path:
    """Makes `portfolio.duckdb` and `people.duckdb` in a folder; marts that are not given are those of REGION.

    A row may be shorter than its table: the rest is empty. `blocked`: the students with a blocker among the findings of
    the night. `others`: the rows of `representatives` and `student_classes`; else those of OTHERS.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(folder / "portfolio.duckdb")) as connection:
        connection.execute("CREATE SCHEMA marts")
        for name, columns in MART_TABLES.items():
            _create(connection, f"marts.{name}", columns, (REGION | (marts or {})).get(name, ()))
        complete = [(student[0], student[0] not in blocked) for student in people]
        _create(connection, "marts.completeness", "student_profile_id VARCHAR, is_complete BOOLEAN", complete)
    with duckdb.connect(str(folder / "people.duckdb")) as connection:
        for name, columns in PEOPLE_TABLES.items():
            _create(connection, name, columns, people if name == "students" else (others or OTHERS).get(name, ()))
    return folder


def _create(connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: Rows) -> None:
    connection.execute(f"CREATE TABLE {table} ({columns})")
    width = len(connection.execute(f"DESCRIBE {table}").fetchall())
    for row in rows:
        filled = [*row, *[None] * (width - len(row))]
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", filled)
