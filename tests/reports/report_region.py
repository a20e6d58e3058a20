"""A small region for the report tests: every number is written out, so that pages can be compared with it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from published_sample import Rows, write_published

YEAR = "2026"
EVIL = '</script><script>alert("1")</script>'
EVIL_CLASS = "<img src=x onerror=alert(2)>"
EVIL_SUBJECT = '<a href="https://evil.example/?q=1">Алгебра</a>'
EVIL_TOWN = "Город «О'Нил» & <svg onload=alert(3)>"
PATH_ID = "../../outside/<id>"
BIG, SMALL, EDGE, NEXT = "c-big", "c-small", "c-edge", "c-next"

# Averages of the active students of each class: six, three (hidden), five (the smallest group that is shown) and five
# that are hidden because they stand beside the three.
AVERAGES = {
    BIG: (9, [4.0833333333333, 3.5, 4.5, 3.3125, 5.0, 2.25]),
    SMALL: (9, [3.0, 3.25, 4.75]),
    EDGE: (8, [4.0, 4.0, 4.25, 4.25, 3.0]),
    NEXT: (9, [4.0, 4.125, 4.25, 4.375, 4.4]),
}
WEEKS = [date(2026, 9, 7) + timedelta(days=7 * week) for week in range(3)]
DAYS = [date(2026, 9, 7), date(2026, 9, 8), date(2026, 9, 10)]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def region_rows() -> dict[str, list[dict[str, Any]]]:
    """Rows of the marts: a school with three classes, one whose calendar is empty, one of which nothing is known."""
    rows: dict[str, list[dict[str, Any]]] = {
        "publication": [{"as_of": date(2026, 10, 28), "marks": 1}],
        "academic_years": [
            {"academic_year_id": "2025", "name": "2025/2026", "begin_date": "2025-09-01", "end_date": "2026-08-31"},
            {"academic_year_id": YEAR, "name": "2026/2027", "begin_date": "2026-09-01", "end_date": "2027-08-31"},
        ],
        "subjects": [
            {"subject_id": "s1", "name": EVIL_SUBJECT, "is_current": True},
            {"subject_id": "s2", "name": "Физика", "is_current": True},
        ],
        "organizations": [
            _organization("school-1", EVIL, EVIL_TOWN),
            _organization(PATH_ID, "Школа без КУГ", "Посёлок"),
            _organization("college-1", "Новый колледж", "Посёлок", kind="college"),
        ],
        "class_units": [
            _class(BIG, "school-1", 9, EVIL_CLASS),
            _class(SMALL, "school-1", 9, "9Б"),
            _class(EDGE, "school-1", 8, "8А"),
            _class(NEXT, "school-1", 9, "9В"),
            _class("c-bare", PATH_ID, 1, "1А"),
            _class("c-old", "school-1", 8, "8Ж", year="2025"),
        ],
        "attestation_periods": [
            {
                "attestation_period_id": "p1",
                "organization_id": "school-1",
                "academic_year_id": YEAR,
                "name": "1 Четверть",
                "begin_date": "2026-09-01",
                "end_date": "2026-10-25",
            }
        ],
        "calendar": [_calendar(class_id) for class_id in AVERAGES]
        + [{"organization_id": PATH_ID, "class_unit_id": "c-bare", "as_of": "2026-10-28"}],
    }
    for table in ("student_averages", "student_subject_averages", "class_subject_averages", "class_weekly_dynamics"):
        rows[table] = []
    _add_averages(rows)
    _add_cells(rows)
    _add_attendance(rows)
    _add_finals(rows)
    return rows


def region(folder: Path, rows: Rows | None = None) -> Path:
    """The published folder of the region (or of other rows)."""
    return write_published(folder, region_rows() if rows is None else rows)


def _organization(organization_id: str, name: str, town: str, kind: str = "school") -> dict[str, Any]:
    return {"organization_id": organization_id, "name": name, "kind": kind, "municipality": town, "is_current": True}


def _class(class_id: str, organization_id: str, level: int, name: str, year: str = YEAR) -> dict[str, Any]:
    return {
        "class_unit_id": class_id,
        "organization_id": organization_id,
        "academic_year_id": year,
        "class_level": level,
        "name": name,
        "is_current": True,
    }


def _calendar(class_id: str) -> dict[str, Any]:
    return {
        "organization_id": "school-1",
        "class_unit_id": class_id,
        "as_of": "2026-10-28",
        "on_vacation": True,
        "days_to_vacation": 60,
        "current_period_name": "1 Четверть",
        "period_begin": "2026-09-01",
        "period_end": "2026-10-25",
    }


def _students(class_id: str) -> list[tuple[str, float]]:
    return [(f"pupil-{class_id}-{place}", average) for place, average in enumerate(AVERAGES[class_id][1])]


def _add_averages(rows: dict[str, list[dict[str, Any]]]) -> None:
    for class_id, (level, averages) in AVERAGES.items():
        parallel = [value for other_level, values in AVERAGES.values() if other_level == level for value in values]
        for scope in ("current", "year"):
            rows["student_averages"] += [
                {
                    "academic_year_id": YEAR,
                    "organization_id": "school-1",
                    "class_unit_id": class_id,
                    "class_level": level,
                    "student_profile_id": student,
                    "scope": scope,
                    "is_active": True,
                    "average": average,
                    "average_shown": round(average, 2),
                    "class_average": mean(averages),
                    "class_students": len(averages),
                    "parallel_average": mean(parallel),
                    "parallel_students": len(parallel),
                }
                for student, average in _students(class_id)
            ]
        # One who has left has a row and enters no figure of the class, the parallel or the school.
        rows["student_averages"].append(
            {
                "academic_year_id": YEAR,
                "organization_id": "school-1",
                "class_unit_id": class_id,
                "class_level": level,
                "student_profile_id": f"pupil-left-{class_id}",
                "scope": "current",
                "is_active": False,
                "average": 1.0,
                "average_shown": 1.0,
            }
        )
        rows["student_subject_averages"] += [
            {
                "academic_year_id": YEAR,
                "organization_id": "school-1",
                "student_profile_id": student,
                "subject_id": "s1",
                "period_kind": kind,
                "marks_count": 7,
            }
            for student, _ in _students(class_id)
            for kind in ("period", "year")
        ]


def _cell(class_id: str, subject_id: str, period: str | None, average: float, students: int) -> dict[str, Any]:
    return {
        "academic_year_id": YEAR,
        "organization_id": "school-1",
        "class_unit_id": class_id,
        "subject_id": subject_id,
        "attestation_period_id": period,
        "period_kind": "year" if period is None else "period",
        "is_current": period != "p0",
        "class_average": average,
        "students_count": students,
        "marks_count": 10,
    }


def _add_cells(rows: dict[str, list[dict[str, Any]]]) -> None:
    rows["class_subject_averages"] += [
        _cell(BIG, "s1", "p1", 3.125, 6),
        _cell(BIG, "s1", "p0", 1.11, 6),
        _cell(BIG, "s2", "p1", 4.9, 4),
        _cell(EDGE, "s2", "p1", 4.0, 2),
        _cell(EDGE, "s2", "p2", 3.0, 3),
        _cell(BIG, "s1", None, 3.6428571428571, 6),
        _cell(SMALL, "s1", None, 2.22, 3),
        _cell(NEXT, "s1", None, 4.44, 5),
        _cell(NEXT, "s2", "p1", 4.44, 5),
    ]
    for class_id, averages, students in (
        (BIG, [3.5, 4.083333333333, 4.25], [6, 6, 4]),
        (SMALL, [2.22, 2.22, 2.22], [3, 3, 3]),
        (NEXT, [4.0, 4.0, 4.0], [5, 5, 5]),
    ):
        rows["class_weekly_dynamics"] += [
            {
                "academic_year_id": YEAR,
                "organization_id": "school-1",
                "class_unit_id": class_id,
                "subject_id": "s1",
                "week_begin": week,
                "class_week_average": average,
                "class_students": count,
            }
            for week, average, count in zip(WEEKS, averages, students, strict=True)
        ]


def _add_attendance(rows: dict[str, list[dict[str, Any]]]) -> None:
    rows["attendance"] = []
    rows["class_attendance"] = []
    for class_id in AVERAGES:
        students = _students(class_id)
        for day in DAYS:
            # The first student misses two lessons of five for illness and one without a reason, the second one more.
            missed = {0: (3, 2, 1, 2), 1: (1, 1, 0, 0)}
            for place, (student, _) in enumerate(students):
                lost, excused, unexcused, illness = missed.get(place, (0, 0, 0, 0))
                rows["attendance"].append(
                    {
                        "academic_year_id": YEAR,
                        "class_unit_id": class_id,
                        "student_profile_id": student,
                        "date": day,
                        "lessons_held": 5,
                        "lessons_missed": lost,
                        "missed_excused": excused,
                        "missed_unexcused": unexcused,
                        "missed_by_illness": illness,
                    }
                )
            rows["class_attendance"].append(
                {
                    "academic_year_id": YEAR,
                    "class_unit_id": class_id,
                    "date": day,
                    "students_enrolled": len(students),
                    "students_absent": 2,
                    "lessons_held": 5 * len(students),
                    "lessons_missed": 4,
                }
            )


def _add_finals(rows: dict[str, list[dict[str, Any]]]) -> None:
    # Of six: two have only fours and fives, one has a two, one a debt beside good marks.
    marks = {0: (5, 4), 1: (4, 4), 2: (5, 3), 3: (3, 3), 4: (5, 5), 5: (4, 2)}
    rows["final_marks"] = [
        {
            "academic_year_id": YEAR,
            "student_profile_id": student,
            "subject_id": subject_id,
            "attestation_period_id": "p1",
            "final_mark": str(mark),
            "final_five": mark,
        }
        for place, (student, _) in enumerate(_students(BIG))
        for subject_id, mark in zip(("s1", "s2"), marks[place], strict=True)
    ]
    rows["academic_debts"] = [
        {
            "academic_year_id": YEAR,
            "student_profile_id": f"pupil-{BIG}-{place}",
            "debt_kind": kind,
            "attestation_period_id": period,
        }
        for place, kind, period in ((4, "not_attested", "p1"), (5, "final_two", "p1"), (0, "point", "p1"))
    ]
