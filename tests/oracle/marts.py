"""The key of each mart, and the columns that its row of 2-marts.md does not name (compared only where published)."""

from __future__ import annotations

from collections.abc import Mapping

MARTS: dict[str, tuple[str, ...]] = {
    "student_subject_averages": ("academic_year_id", "student_profile_id", "subject_id", "attestation_period_id"),
    "student_averages": ("academic_year_id", "student_profile_id", "scope"),
    "class_subject_averages": ("academic_year_id", "class_unit_id", "subject_id", "attestation_period_id"),
    "weekly_dynamics": ("academic_year_id", "student_profile_id", "subject_id", "week_begin"),
    "class_weekly_dynamics": ("academic_year_id", "class_unit_id", "subject_id", "week_begin"),
    "attendance": ("academic_year_id", "student_profile_id", "date"),
    "class_attendance": ("academic_year_id", "class_unit_id", "date"),
    "attendance_summary": ("academic_year_id", "student_profile_id", "attestation_period_id"),
    "final_marks": ("academic_year_id", "student_profile_id", "subject_id", "attestation_period_id"),
    "control_works": ("mark_id",),
    "academic_debts": ("academic_year_id", "student_profile_id", "subject_id", "debt_kind", "source_id"),
    "calendar": ("class_unit_id",),
    "upcoming_events": ("student_profile_id", "event_id"),
    "achievements": ("achievement_id",),
    "achievement_counts": ("academic_year_id", "class_unit_id", "type_name", "level"),
    "achievement_ranks": ("academic_year_id", "student_profile_id"),
}

#: Marts that the checks of a night make: a build alone has none of them.
OF_CHECKS: dict[str, tuple[str, ...]] = {
    "portfolio_readiness": ("academic_year_id", "student_profile_id", "section"),
}

OPTIONAL_COLUMNS: dict[str, frozenset[str]] = {
    "weekly_dynamics": frozenset({"organization_id"}),
    "class_attendance": frozenset({"organization_id"}),
    "final_marks": frozenset({"organization_id", "class_unit_id", "period_kind"}),
}


def row_key(mart: str, row: Mapping[str, object]) -> tuple[object, ...]:
    """The values of a row's key columns."""
    return tuple(row[column] for column in (MARTS | OF_CHECKS)[mart])
