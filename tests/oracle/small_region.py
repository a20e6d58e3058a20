"""Small regions worked by hand: deliveries written from Python rows, for tests that count on their fingers."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .reading import read_contract

Tables = dict[str, list[dict[str, Any]]]

UPDATED = "2026-09-01 08:00"


def write_delivery(landing: Path, day: str, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Write `<landing>/<day>/<dataset>.csv` for each dataset, with all columns of the contract."""
    folder = landing / day
    folder.mkdir(parents=True, exist_ok=True)
    contract = read_contract()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(contract[name].types), delimiter=";", restval="")
            writer.writeheader()
            writer.writerows(rows)


def school() -> Tables:
    """One school of 2026/27: 9А on quarters, 10А on half-years, Algebra and Physics, students a1, a2, a3 and b1.

    9А has its group of Algebra (gA) and of Physics (gP), 10А its group of Algebra (gB). No marks, no lessons.
    """
    return {
        "academic_years": [
            row("academic_year_id name begin_date end_date", "Y26", "2026/27", "2026-09-01", "2027-08-31")
        ],
        "organizations": [row("organization_id name kind municipality", "O1", "Школа", "school", "Город")],
        "class_units": [
            _class("9A", 9, "quarters"),
            _class("10A", 10, "halves"),
        ],
        "attestation_periods": [
            _period("q1", "quarters", "1 четверть", "2026-09-01", "2026-10-25"),
            _period("q2", "quarters", "2 четверть", "2026-11-04", "2026-12-30"),
            _period("h1", "halves", "1 полугодие", "2026-09-01", "2026-12-30"),
            _period("h2", "halves", "2 полугодие", "2027-01-11", "2027-05-26"),
        ],
        "subjects": [row("subject_id name", "alg", "Алгебра"), row("subject_id name", "phy", "Физика")],
        "control_forms": [
            row("control_form_id name", "K", "Контрольная работа"),
            row("control_form_id name", "U", "Ответ на уроке"),
            row("control_form_id name", "D", "Домашняя работа"),
        ],
        "groups": [_group("gA", "alg"), _group("gP", "phy"), _group("gB", "alg")],
        "students": [student("a1"), student("a2"), student("a3"), student("b1")],
        "enrollments": [
            enrollment("e1", "a1", "9A"),
            enrollment("e2", "a2", "9A"),
            enrollment("e3", "a3", "9A"),
            enrollment("e4", "b1", "10A"),
        ],
        "group_members": [
            *(member("gA", one) for one in ("a1", "a2", "a3")),
            *(member("gP", one) for one in ("a1", "a2", "a3")),
            member("gB", "b1"),
        ],
        "marks": [],
        "lessons": [],
        "attendances": [],
        "final_marks": [],
    }


def row(columns: str, *values: Any) -> dict[str, Any]:
    """A row of the columns named in one string."""
    return dict(zip(columns.split(), values, strict=True))


def student(profile_id: str, **more: Any) -> dict[str, Any]:
    """A row of `students`."""
    return {"student_profile_id": profile_id, "person_id": f"p-{profile_id}", "updated_at": UPDATED, **more}


def enrollment(enrollment_id: str, profile_id: str, class_unit_id: str, **more: Any) -> dict[str, Any]:
    """A row of `enrollments`, open and from 1 September 2026 on unless said otherwise."""
    return {
        "enrollment_id": enrollment_id,
        "student_profile_id": profile_id,
        "organization_id": "O1",
        "class_unit_id": class_unit_id,
        "begin_date": "2026-09-01",
        "updated_at": UPDATED,
        **more,
    }


def member(group_id: str, profile_id: str, **more: Any) -> dict[str, Any]:
    """A row of `group_members`."""
    return {
        "group_id": group_id,
        "student_profile_id": profile_id,
        "begin_date": "2026-09-01",
        "updated_at": UPDATED,
        **more,
    }


def mark(mark_id: str, profile_id: str, day: str, name: str, **more: Any) -> dict[str, Any]:
    """A row of `marks`: Algebra of gA, class work, without `five`, unless said otherwise."""
    return {
        "mark_id": mark_id,
        "student_profile_id": profile_id,
        "group_id": "gA",
        "subject_id": "alg",
        "control_form_id": "U",
        "date": day,
        "name": name,
        "grade_system_type": "five",
        "updated_at": f"{day} 12:00",
        **more,
    }


def final_mark(final_mark_id: str, profile_id: str, period_id: str, name: str, **more: Any) -> dict[str, Any]:
    """A row of `final_marks`: Algebra of 2026/27; without a period, of the year."""
    return {
        "final_mark_id": final_mark_id,
        "student_profile_id": profile_id,
        "subject_id": "alg",
        "academic_year_id": "Y26",
        "attestation_period_id": period_id,
        "is_year_mark": "false" if period_id else "true",
        "name": name,
        "updated_at": UPDATED,
        **more,
    }


def lesson(lesson_id: str, group_id: str, day: str, number: int, **more: Any) -> dict[str, Any]:
    """A row of `lessons`."""
    return {
        "schedule_lesson_id": lesson_id,
        "group_id": group_id,
        "date": day,
        "lesson_number": number,
        "updated_at": UPDATED,
        **more,
    }


def absence(attendance_id: str, profile_id: str, lesson_id: str, reason: str, **more: Any) -> dict[str, Any]:
    """A row of `attendances`."""
    return {
        "attendance_id": attendance_id,
        "student_profile_id": profile_id,
        "schedule_lesson_id": lesson_id,
        "date": "2026-09-07",
        "absence_reason_id": reason,
        "updated_at": UPDATED,
        **more,
    }


def _class(class_unit_id: str, level: int, schedule_id: str) -> dict[str, Any]:
    return row(
        "class_unit_id organization_id academic_year_id class_level name periods_schedule_id"
        " attestation_periods_schedule_id",
        *(class_unit_id, "O1", "Y26", level, class_unit_id, "kug", schedule_id),
    )


def _period(period_id: str, schedule_id: str, name: str, begin: str, end: str) -> dict[str, Any]:
    return row(
        "attestation_period_id attestation_periods_schedule_id organization_id academic_year_id name"
        " begin_date end_date",
        *(period_id, schedule_id, "O1", "Y26", name, begin, end),
    )


def _group(group_id: str, subject_id: str) -> dict[str, Any]:
    return row("group_id organization_id academic_year_id subject_id name", group_id, "O1", "Y26", subject_id, group_id)
