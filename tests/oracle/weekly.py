"""weekly_dynamics, class_weekly_dynamics."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from .arithmetic import Number, mean_of_averages
from .journal import MarkSums, YearView
from .region import Mark

MartRow = dict[str, Any]
Weeks = dict[tuple[str, str, date], MarkSums]


def monday(day: date) -> date:
    """The Monday that names the ISO week of a day."""
    return day - timedelta(days=day.weekday())


def student_weeks(view: YearView) -> Weeks:
    """The counted marks of each student × subject × week."""
    found: dict[tuple[str, str, date], list[Mark]] = defaultdict(list)
    for entry in view.marks:
        if entry.value is not None:
            mark = entry.mark
            found[mark.student, mark.subject_id, monday(mark.day)].append(mark)
    return {key: MarkSums(found[key]) for key in sorted(found)}


def _class_weeks(view: YearView, weeks: Weeks) -> dict[tuple[str, str, date], list[MarkSums]]:
    found: dict[tuple[str, str, date], list[MarkSums]] = defaultdict(list)
    for (student, subject, week), sums in weeks.items():
        where = view.students[student]
        if where.is_active and where.class_unit_id is not None:
            found[where.class_unit_id, subject, week].append(sums)
    return dict(found)


def weekly_dynamics(view: YearView) -> list[MartRow]:
    """Student × subject × week that has counted marks."""
    weeks = student_weeks(view)
    of_class = {
        key: (mean_of_averages(sums.average for sums in found), len(found))
        for key, found in _class_weeks(view, weeks).items()
    }
    rows: list[MartRow] = []
    running: tuple[Number, int] = (0, 0)
    previous: Fraction | None = None
    last_key: tuple[str, str] | None = None
    for (student, subject, week), sums in weeks.items():
        if (student, subject) != last_key:
            running, previous, last_key = (0, 0), None, (student, subject)
        running = (running[0] + sums.weighted_sum, running[1] + sums.weight_sum)
        class_unit_id = view.students[student].class_unit_id
        figures = of_class.get((class_unit_id, subject, week), (None, 0)) if class_unit_id else (None, None)
        rows.append(
            {
                "academic_year_id": view.year.id,
                "organization_id": view.students[student].organization_id,
                "class_unit_id": class_unit_id,
                "student_profile_id": student,
                "subject_id": subject,
                "week_begin": week,
                "marks_count": sums.count,
                "weighted_sum": sums.weighted_sum,
                "weight_sum": sums.weight_sum,
                "week_average": sums.average,
                "class_week_average": figures[0],
                "class_students": figures[1],
                "running_average": Fraction(running[0]) / running[1],
                "change": None if previous is None else sums.average - previous,
            }
        )
        previous = sums.average
    return rows


def class_weekly_dynamics(view: YearView) -> list[MartRow]:
    """Class × subject × week in which an active student has counted marks."""
    return [
        {
            "academic_year_id": view.year.id,
            "organization_id": view.region.class_units[class_unit_id].organization_id,
            "class_unit_id": class_unit_id,
            "subject_id": subject,
            "week_begin": week,
            "class_week_average": mean_of_averages(sums.average for sums in found),
            "class_students": len(found),
            "marks_count": sum(sums.count for sums in found),
        }
        for (class_unit_id, subject, week), found in _class_weeks(view, student_weeks(view)).items()
    ]
