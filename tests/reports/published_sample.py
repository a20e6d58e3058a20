"""A published folder written by hand: real tables with the columns of the contract that the reports read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

TABLES = {
    "publication": "as_of date, marks bigint",
    "organizations": "organization_id varchar, name varchar, short_name varchar, kind varchar, municipality varchar, "
    "is_current boolean",
    "class_units": "class_unit_id varchar, organization_id varchar, academic_year_id varchar, class_level integer, "
    "letter varchar, name varchar, is_current boolean",
    "subjects": "subject_id varchar, name varchar, is_current boolean",
    "academic_years": "academic_year_id varchar, name varchar, begin_date date, end_date date",
    "attestation_periods": "attestation_period_id varchar, attestation_periods_schedule_id varchar, "
    "organization_id varchar, academic_year_id varchar, name varchar, kind varchar, begin_date date, end_date date",
    "student_averages": "academic_year_id varchar, organization_id varchar, class_unit_id varchar, "
    "class_level integer, student_profile_id varchar, scope varchar, is_active boolean, subjects_count bigint, "
    "average double, average_shown decimal(9, 2), class_average double, class_students bigint, "
    "parallel_average double, parallel_students bigint, class_rank bigint, school_rank bigint, class_ranked bigint, "
    "school_ranked bigint",
    "student_subject_averages": "academic_year_id varchar, organization_id varchar, class_unit_id varchar, "
    "student_profile_id varchar, subject_id varchar, attestation_period_id varchar, period_kind varchar, "
    "is_current boolean, marks_count bigint, weighted_sum double, weight_sum bigint, average double",
    "class_subject_averages": "academic_year_id varchar, organization_id varchar, class_unit_id varchar, "
    "subject_id varchar, attestation_period_id varchar, period_kind varchar, is_current boolean, "
    "class_average double, students_count bigint, marks_count bigint, students_at_risk bigint",
    "class_weekly_dynamics": "academic_year_id varchar, organization_id varchar, class_unit_id varchar, "
    "subject_id varchar, week_begin date, class_week_average double, class_students bigint, marks_count bigint",
    "attendance": "academic_year_id varchar, class_unit_id varchar, student_profile_id varchar, date date, "
    "lessons_held bigint, lessons_missed bigint, missed_excused bigint, missed_unexcused bigint, "
    "missed_by_illness bigint, full_day_missed boolean",
    "class_attendance": "academic_year_id varchar, class_unit_id varchar, date date, students_enrolled bigint, "
    "students_absent bigint, students_absent_all_day bigint, lessons_held bigint, lessons_missed bigint, "
    "attendance_rate double",
    "final_marks": "academic_year_id varchar, student_profile_id varchar, subject_id varchar, "
    "attestation_period_id varchar, final_mark varchar, final_five double, subject_average double, gap double, "
    "is_missing boolean, is_academic_debt boolean, recommended_five integer",
    "academic_debts": "academic_year_id varchar, organization_id varchar, class_unit_id varchar, "
    "student_profile_id varchar, subject_id varchar, debt_kind varchar, source_id varchar, "
    "attestation_period_id varchar, mark varchar, deadline date",
    "calendar": "organization_id varchar, class_unit_id varchar, as_of date, days_to_vacation integer, "
    "vacation_name varchar, vacation_begin date, vacation_end date, on_vacation boolean, "
    "current_period_name varchar, period_begin date, period_end date",
}

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def write_published(folder: Path, rows: Rows) -> Path:
    """Writes `portfolio.duckdb` with the rows given; columns that a row leaves out are null."""
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "portfolio.duckdb")) as connection:
        # Written to the disk once, not row by row.
        connection.execute("begin")
        connection.execute("create schema marts")
        for table, columns in TABLES.items():
            connection.execute(f"create table marts.{table} ({columns})")
        for table, values in rows.items():
            for row in values:
                names = ", ".join(row)
                marks = ", ".join("?" for _ in row)
                connection.execute(f"insert into marts.{table} ({names}) values ({marks})", list(row.values()))
        connection.execute("commit")
    return folder
