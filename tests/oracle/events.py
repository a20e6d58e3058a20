"""calendar, upcoming_events, achievements, achievement_counts, achievement_ranks."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any

from .arithmetic import dense_ranks
from .journal import StudentYear, YearView
from .region import ClassUnit, Region, Year

MartRow = dict[str, Any]


def current_year(region: Region, as_of: date) -> Year | None:
    """The year that contains `as_of`, else the last that began."""
    return region.year_of(as_of) or next((year for year in reversed(region.years) if year.begin <= as_of), None)


def calendar(region: Region, year: Year, as_of: date) -> list[MartRow]:
    """Every class of the current year: its next vacation, whether it is on one, its current attestation period."""
    kug: dict[str, list[MartRow]] = defaultdict(list)
    for row in region.tables["kug_periods"]:
        if row["academic_year_id"] == year.id:
            kug[row["periods_schedule_id"]].append(row)
    units = [unit for unit in region.class_units.values() if unit.year_id == year.id]
    return [_calendar_row(region, unit, year, kug.get(unit.kug_id or "", []), as_of) for unit in units]


def _calendar_row(region: Region, unit: ClassUnit, year: Year, kug: list[MartRow], as_of: date) -> MartRow:
    vacations = sorted(
        (period for period in kug if period["kind"] == "vacation"),
        key=lambda period: (period["begin_date"], period["kug_period_id"]),
    )
    coming = next((period for period in vacations if period["begin_date"] > as_of), None)
    current = region.schedule(unit.schedule_id, year).current(as_of)
    return {
        "organization_id": unit.organization_id,
        "class_unit_id": unit.id,
        "as_of": as_of,
        "days_to_vacation": (coming["begin_date"] - as_of).days if coming else None,
        "vacation_name": coming["name"] if coming else None,
        "vacation_begin": coming["begin_date"] if coming else None,
        "vacation_end": coming["end_date"] if coming else None,
        "on_vacation": any(one["begin_date"] <= as_of <= one["end_date"] for one in vacations) if kug else None,
        "current_period_name": current.name if current else None,
        "period_begin": current.begin if current else None,
        "period_end": current.end if current else None,
    }


def upcoming_events(view: YearView) -> list[MartRow]:
    """Participants in the current year × events that are not over; `view` is the current year's."""
    region, as_of = view.region, view.real_as_of
    events = {
        row["event_id"]: row for row in region.tables["events"] if (row["end_date"] or row["begin_date"]) >= as_of
    }
    pairs = {
        (region.student(row["student_profile_id"]), row["event_id"]) for row in region.tables["event_participants"]
    }
    return [
        _event_row(view.students[student], events[event], as_of)
        for student, event in pairs
        if student in view.students and event in events
    ]


def _event_row(where: StudentYear, event: MartRow, as_of: date) -> MartRow:
    return {
        "organization_id": where.organization_id,
        "class_unit_id": where.class_unit_id,
        "student_profile_id": where.student,
        "event_id": event["event_id"],
        "name": event["name"],
        "category": event["category"],
        "level": event["level"],
        "place": event["place"],
        "begin_date": event["begin_date"],
        "end_date": event["end_date"],
        "days_to_event": (event["begin_date"] - as_of).days,
    }


def achievements(view: YearView) -> list[MartRow]:
    """The achievements dated in the year, up to `as_of`, of students in the year."""
    region = view.region
    types = {row["achievement_type_id"]: row["name"] for row in region.tables["achievement_types"]}
    rows = []
    for row in region.tables["achievements"]:
        student = region.student(row["student_profile_id"])
        where = view.students.get(student) if student is not None else None
        if where is None or row["date"] > view.as_of or region.year_of(row["date"]) != view.year:
            continue
        if row["subject_id"] is not None and row["subject_id"] not in region.subjects:
            continue
        rows.append(
            {
                "academic_year_id": view.year.id,
                "organization_id": where.organization_id,
                "class_unit_id": where.class_unit_id,
                "student_profile_id": student,
                "type_name": types.get(row["achievement_type_id"]),
                **{column: row[column] for column in _COPIED},
            }
        )
    return rows


_COPIED = (
    "achievement_id",
    "achievement_type_id",
    "name",
    "level",
    "result",
    "place",
    "date",
    "subject_id",
    "event_id",
    "has_document",
)


def achievement_counts(view: YearView, rows: list[MartRow]) -> list[MartRow]:
    """Class × type × level over the achievements of its active students."""
    students: dict[tuple[str, str | None, str | None], list[str]] = defaultdict(list)
    for row in rows:
        where = view.students[row["student_profile_id"]]
        if where.is_active and where.class_unit_id is not None:
            students[where.class_unit_id, row["type_name"], row["level"]].append(where.student)
    return [
        {
            "academic_year_id": view.year.id,
            "organization_id": view.region.class_units[class_unit_id].organization_id,
            "class_unit_id": class_unit_id,
            "type_name": type_name,
            "level": level,
            "achievements_count": len(found),
            "students_count": len(set(found)),
        }
        for (class_unit_id, type_name, level), found in students.items()
    ]


def achievement_ranks(view: YearView, rows: list[MartRow]) -> list[MartRow]:
    """The students that have achievements, ranked by their number among the active ones of class and school."""
    counts = Counter(row["student_profile_id"] for row in rows)
    active = [view.students[student] for student in counts if view.students[student].is_active]
    in_class = _ranks(counts, {where.student: where.class_unit_id for where in active})
    in_school = _ranks(counts, {where.student: where.organization_id for where in active})
    return [
        {
            "academic_year_id": view.year.id,
            "organization_id": view.students[student].organization_id,
            "class_unit_id": view.students[student].class_unit_id,
            "student_profile_id": student,
            "achievements_count": count,
            "class_rank": in_class.get(student),
            "school_rank": in_school.get(student),
        }
        for student, count in counts.items()
    ]


def _ranks(counts: Counter[str], owners: dict[str, str | None]) -> dict[str, int]:
    scores: dict[str, dict[str, Any]] = defaultdict(dict)
    for student, owner in owners.items():
        if owner is not None:
            scores[owner][student] = counts[student]
    return {student: rank for found in scores.values() for student, rank in dense_ranks(found).items()}
