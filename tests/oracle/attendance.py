"""attendance, class_attendance, attendance_summary."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from .arithmetic import CHRONIC_FROM
from .journal import YearView
from .region import Lesson, Region

MartRow = dict[str, Any]

#: Reasons that excuse nothing (4 not notified, 8 unknown; an empty one does not either), and those of illness.
UNEXCUSED = {"4", "8", None}
ILLNESS = {"1", "2", "5", "7"}

_COUNTS = ("lessons_held", "lessons_missed", "missed_excused", "missed_unexcused", "missed_by_illness")


def absences(region: Region) -> dict[tuple[str, str], str | None]:
    """The reason of each student's missed lesson: of several rows the newest, then the one of the greater id."""
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in region.tables["attendances"]:
        student = region.student(row["student_profile_id"])
        if student is None:
            continue
        key = (student, row["schedule_lesson_id"])
        known = newest.get(key)
        if known is None or _order(row) > _order(known):
            newest[key] = row
    return {key: row["absence_reason_id"] for key, row in newest.items()}


def _order(row: dict[str, Any]) -> tuple[Any, str]:
    return row["_version"], row["attendance_id"]


def attendance(view: YearView) -> list[MartRow]:
    """Student × date with a lesson held, where an enrollment covers the date."""
    missed = absences(view.region)
    rows = []
    for (student, day), lessons in _lessons_of_students(view).items():
        covering = [one for one in view.region.enrollments.get(student, ()) if one.covers(day)]
        if not covering:
            continue
        reasons = [missed[student, lesson] for lesson in lessons if (student, lesson) in missed]
        unexcused = sum(reason in UNEXCUSED for reason in reasons)
        rows.append(
            {
                "academic_year_id": view.year.id,
                "organization_id": covering[-1].organization_id,
                "class_unit_id": view.class_of(covering[-1]),
                "student_profile_id": student,
                "date": day,
                "lessons_held": len(lessons),
                "lessons_missed": len(reasons),
                "missed_excused": len(reasons) - unexcused,
                "missed_unexcused": unexcused,
                "missed_by_illness": sum(reason in ILLNESS for reason in reasons),
                "full_day_missed": len(reasons) == len(lessons),
            }
        )
    return rows


def _lessons_of_students(view: YearView) -> dict[tuple[str, date], set[str]]:
    lessons: dict[str, list[Lesson]] = defaultdict(list)
    for lesson in view.region.lessons.values():
        if lesson.held and lesson.day <= view.as_of and view.region.year_of(lesson.day) == view.year:
            lessons[lesson.group.id].append(lesson)
    found: dict[tuple[str, date], set[str]] = defaultdict(set)
    for member in view.region.memberships:
        for lesson in lessons.get(member.group.id, ()):
            if member.begin <= lesson.day <= member.end:
                found[member.student, lesson.day].add(lesson.id)
    return found


def class_attendance(view: YearView, rows: list[MartRow]) -> list[MartRow]:
    """Class × date from the rows of `attendance`; counts whoever was enrolled in the class on the day."""
    by_class: dict[tuple[str, date], list[MartRow]] = defaultdict(list)
    for row in rows:
        if row["class_unit_id"] is not None:
            by_class[row["class_unit_id"], row["date"]].append(row)
    enrolled = _enrolled(view, {day for _, day in by_class})
    return [_class_day(view, class_unit_id, day, found, enrolled) for (class_unit_id, day), found in by_class.items()]


def _class_day(
    view: YearView, class_unit_id: str, day: date, rows: list[MartRow], enrolled: Counter[tuple[str, date]]
) -> MartRow:
    totals = _totals(rows)
    return {
        "academic_year_id": view.year.id,
        "organization_id": view.region.class_units[class_unit_id].organization_id,
        "class_unit_id": class_unit_id,
        "date": day,
        "students_enrolled": enrolled[class_unit_id, day],
        "students_absent": sum(row["lessons_missed"] > 0 for row in rows),
        "students_absent_all_day": sum(row["full_day_missed"] for row in rows),
        "lessons_held": totals["lessons_held"],
        "lessons_missed": totals["lessons_missed"],
        "attendance_rate": _rate(totals),
    }


def _enrolled(view: YearView, days: set[date]) -> Counter[tuple[str, date]]:
    """How many students each class has on each of the days."""
    found: Counter[tuple[str, date]] = Counter()
    for enrollments in view.region.enrollments.values():
        for day in days:
            chosen = next((one for one in reversed(enrollments) if one.covers(day)), None)
            class_unit_id = view.class_of(chosen) if chosen else None
            if class_unit_id is not None:
                found[class_unit_id, day] += 1
    return found


def attendance_summary(view: YearView, rows: list[MartRow]) -> list[MartRow]:
    """Student × (period of the class's schedule | year) in which lessons were held."""
    by_period: dict[tuple[str, str | None], list[MartRow]] = defaultdict(list)
    for row in rows:
        student = row["student_profile_id"]
        period = view.class_schedule(student).period_of(row["date"])
        by_period[student, None].append(row)
        if period is not None:
            by_period[student, period.id].append(row)
    return [_summary(view, student, period, found) for (student, period), found in by_period.items()]


def _summary(view: YearView, student: str, period: str | None, rows: list[MartRow]) -> MartRow:
    where = view.students[student]
    totals = _totals(rows)
    return {
        "academic_year_id": view.year.id,
        "organization_id": where.organization_id,
        "class_unit_id": where.class_unit_id,
        "student_profile_id": student,
        "attestation_period_id": period,
        **totals,
        "days_missed": sum(row["full_day_missed"] for row in rows),
        "attendance_rate": _rate(totals),
        "is_chronic": Fraction(totals["lessons_missed"], totals["lessons_held"]) >= CHRONIC_FROM,
    }


def _totals(rows: Iterable[MartRow]) -> dict[str, int]:
    found = list(rows)
    return {column: sum(row[column] for row in found) for column in _COUNTS}


def _rate(totals: dict[str, int]) -> Fraction:
    return Fraction(totals["lessons_held"] - totals["lessons_missed"], totals["lessons_held"])
