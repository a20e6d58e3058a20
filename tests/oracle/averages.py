"""student_subject_averages, student_averages, class_subject_averages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .arithmetic import (
    RISK_BELOW,
    dense_ranks,
    mean_of_averages,
    shown,
    shown_mean,
    target_five_marks,
    target_mark,
)
from .journal import Cell, MarkSums, StudentYear, YearView

MartRow = dict[str, Any]
ClassCell = tuple[str, str, str | None]


def class_cells(view: YearView) -> dict[ClassCell, list[MarkSums]]:
    """For each class × subject × period the sums of its active students that have an average there."""
    found: dict[ClassCell, list[MarkSums]] = defaultdict(list)
    for (student, subject, period), sums in view.cells.items():
        where = view.students[student]
        if where.is_active and where.class_unit_id is not None:
            found[where.class_unit_id, subject, period].append(sums)
    return dict(found)


def student_subject_averages(view: YearView, threshold: Fraction) -> list[MartRow]:
    """One row for each cell with counted marks, and for the current period and the year of every subject studied."""
    of_class = {
        cell: (mean_of_averages(sums.average for sums in found), len(found))
        for cell, found in class_cells(view).items()
    }
    cells: set[Cell] = set(view.cells)
    for member in view.memberships_now:
        subject = member.group.subject_id
        current = view.current_periods.get((member.student, subject))
        cells.add((member.student, subject, None))
        if current is not None:
            cells.add((member.student, subject, current.id))
    return [_subject_row(view, cell, of_class, threshold) for cell in cells]


def _subject_row(
    view: YearView, cell: Cell, of_class: dict[ClassCell, tuple[Fraction | None, int]], threshold: Fraction
) -> MartRow:
    student, subject, period = cell
    where = view.students[student]
    class_average, class_students = _class_figures(where, subject, period, of_class)
    current = view.current_periods.get((student, subject))
    return {
        "academic_year_id": view.year.id,
        "organization_id": where.organization_id,
        "class_unit_id": where.class_unit_id,
        "student_profile_id": student,
        "subject_id": subject,
        "attestation_period_id": period,
        "period_kind": "year" if period is None else "period",
        "is_current": period is not None and current is not None and current.id == period,
        **_mark_figures(view.cells.get(cell), threshold),
        "class_average": class_average,
        "class_students": class_students,
    }


def _class_figures(
    where: StudentYear,
    subject: str,
    period: str | None,
    of_class: dict[ClassCell, tuple[Fraction | None, int]],
) -> tuple[Fraction | None, int | None]:
    if where.class_unit_id is None:
        return None, None
    return of_class.get((where.class_unit_id, subject, period), (None, 0))


def _mark_figures(sums: MarkSums | None, threshold: Fraction) -> MartRow:
    return {
        "marks_count": sums.count if sums else 0,
        "weighted_sum": sums.weighted_sum if sums else 0,
        "weight_sum": sums.weight_sum if sums else 0,
        "average": sums.average if sums else None,
        "average_shown": shown(sums.average) if sums else None,
        "dynamic": sums.dynamic if sums else "NONE",
        "target_mark": target_mark(sums.average, threshold) if sums else None,
        "target_five_marks": target_five_marks(sums.weighted_sum, sums.weight_sum, threshold) if sums else None,
    }


def student_averages(view: YearView) -> list[MartRow]:
    """Every student in the year × scope: «Мой средний балл», those of class and parallel, and the ranks."""
    return [row for scope in ("current", "year") for row in _scope_rows(view, scope)]


def _subject_averages(view: YearView, scope: str) -> dict[str, list[Fraction]]:
    found: dict[str, list[Fraction]] = defaultdict(list)
    for (student, subject, period), sums in view.cells.items():
        if period is None:
            wanted = scope == "year"
        else:
            wanted = scope == "current" and view.current_periods[student, subject].id == period
        if wanted:
            found[student].append(sums.average)
    return found


class _Circle:
    """The active students of each class, parallel or school that have an average: their mean and their ranks."""

    def __init__(
        self, view: YearView, averages: dict[str, Fraction], owner: Callable[[StudentYear], object | None]
    ) -> None:
        self._owner = owner
        members: dict[object, list[str]] = defaultdict(list)
        for student in averages:
            where = view.students[student]
            if where.is_active and owner(where) is not None:
                members[owner(where)].append(student)
        self._members = dict(members)
        self._means = {key: mean_of_averages(averages[one] for one in found) for key, found in members.items()}
        self._ranks: dict[str, int] = {}
        for found in members.values():
            self._ranks |= dense_ranks({one: _shown(averages[one]) for one in found})

    def mean(self, where: StudentYear) -> Fraction | None:
        return self._means.get(self._owner(where))

    def size(self, where: StudentYear) -> int | None:
        owner = self._owner(where)
        return None if owner is None else len(self._members.get(owner, ()))

    def rank(self, where: StudentYear) -> int | None:
        return self._ranks.get(where.student)


def _shown(average: Fraction) -> Decimal:
    figure = shown_mean(average)
    assert figure is not None
    return figure


def _parallel(where: StudentYear) -> object | None:
    return None if where.class_level is None else (where.organization_id, where.class_level)


def _scope_rows(view: YearView, scope: str) -> list[MartRow]:
    subjects = _subject_averages(view, scope)
    averages = {student: mean for student, found in subjects.items() if (mean := mean_of_averages(found)) is not None}
    of_class = _Circle(view, averages, lambda where: where.class_unit_id)
    of_parallel = _Circle(view, averages, _parallel)
    of_school = _Circle(view, averages, lambda where: where.organization_id)
    return [
        {
            "academic_year_id": view.year.id,
            "organization_id": where.organization_id,
            "class_unit_id": where.class_unit_id,
            "class_level": where.class_level,
            "student_profile_id": student,
            "scope": scope,
            "is_active": where.is_active,
            "subjects_count": len(subjects.get(student, ())),
            "average": averages.get(student),
            "average_shown": shown_mean(averages.get(student)),
            "class_average": of_class.mean(where),
            "class_students": of_class.size(where),
            "parallel_average": of_parallel.mean(where),
            "parallel_students": of_parallel.size(where),
            "class_rank": of_class.rank(where),
            "school_rank": of_school.rank(where),
            "class_ranked": of_class.size(where),
            "school_ranked": of_school.size(where),
        }
        for student, where in view.students.items()
    ]


def class_subject_averages(view: YearView) -> list[MartRow]:
    """Class × subject × period: the mean of the active students' averages, how many, how many are at risk."""
    current: set[ClassCell] = set()
    for student, subject, period in view.cells:
        where = view.students[student]
        own_current = view.current_periods.get((student, subject))
        if where.is_active and where.class_unit_id and own_current is not None and own_current.id == period:
            current.add((where.class_unit_id, subject, period))
    return [
        {
            "academic_year_id": view.year.id,
            "organization_id": view.region.class_units[cell[0]].organization_id,
            "class_unit_id": cell[0],
            "subject_id": cell[1],
            "attestation_period_id": cell[2],
            "period_kind": "year" if cell[2] is None else "period",
            "is_current": cell in current,
            "class_average": mean_of_averages(sums.average for sums in found),
            "students_count": len(found),
            "marks_count": sum(sums.count for sums in found),
            "students_at_risk": sum(sums.average < RISK_BELOW for sums in found),
        }
        for cell, found in class_cells(view).items()
    ]
