"""One academic year as of a date: its students with their class, its marks with their period, the cells of averages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property

from .arithmetic import Number
from .region import Enrollment, Mark, Membership, Period, Region, Schedule, Year

#: student × subject × attestation period; period None: the whole year.
Cell = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class StudentYear:
    """A student in a year: where, in which class (None: none that counts in the year), and whether active."""

    student: str
    organization_id: str
    class_unit_id: str | None
    class_level: int | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class YearMark:
    """A mark of the year, dated up to `as_of`, of a student in the year."""

    mark: Mark
    period_id: str | None
    deadline: date | None
    is_active_point: bool

    @property
    def value(self) -> Number | None:
        """The mark's five-point value where the mark is counted."""
        return None if self.is_active_point else self.mark.value


class MarkSums:
    """The sums over a set of counted marks, and over those before the last marked day."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        self.marks = list(marks)
        self.count = len(self.marks)
        self.weighted_sum, self.weight_sum = _sums(self.marks)

    @property
    def average(self) -> Fraction:
        """Σ(five × weight) / Σ(weight)."""
        return Fraction(self.weighted_sum) / self.weight_sum

    @property
    def dynamic(self) -> str:
        """The average with the last marked day against the average before it."""
        last_day = max(mark.day for mark in self.marks)
        weighted_sum, weight_sum = _sums([mark for mark in self.marks if mark.day < last_day])
        if not weight_sum:
            return "NONE"
        before = Fraction(weighted_sum) / weight_sum
        if self.average == before:
            return "NONE"
        return "UP" if self.average > before else "DOWN"


def _sums(marks: Iterable[Mark]) -> tuple[Number, int]:
    weighted_sum: Number = 0
    weight_sum = 0
    for mark in marks:
        assert mark.value is not None
        weighted_sum += mark.value * mark.weight
        weight_sum += mark.weight
    return weighted_sum, weight_sum


class YearView:
    """The year as of min(`as_of`, its own end)."""

    def __init__(self, region: Region, year: Year, as_of: date) -> None:
        self.region = region
        self.year = year
        self.real_as_of = as_of
        self.as_of = min(as_of, year.end)
        self.students = self._students()
        self.marks = self._marks()

    def class_of(self, enrollment: Enrollment) -> str | None:
        """The enrollment's class unit, where it is known and one of this year."""
        unit = self.region.class_units.get(enrollment.class_unit_id or "")
        return unit.id if unit is not None and unit.year_id == self.year.id else None

    def class_schedule(self, student: str) -> Schedule:
        """The attestation periods of the student's class of the year."""
        class_unit_id = self.students[student].class_unit_id
        schedule_id = self.region.class_units[class_unit_id].schedule_id if class_unit_id else None
        return self.region.schedule(schedule_id, self.year)

    def schedule_for(self, student: str, group_schedule_id: str | None) -> Schedule:
        """The periods of the group's own schedule, or where it has none, of the student's class."""
        if group_schedule_id is not None:
            return self.region.schedule(group_schedule_id, self.year)
        return self.class_schedule(student)

    @cached_property
    def classmates(self) -> dict[str, list[str]]:
        """The active students of each class that has any."""
        found: dict[str, list[str]] = defaultdict(list)
        for student in self.students.values():
            if student.is_active and student.class_unit_id is not None:
                found[student.class_unit_id].append(student.student)
        return dict(found)

    @cached_property
    def cells(self) -> dict[Cell, MarkSums]:
        """The counted marks of each student × subject × period, and of the year."""
        found: dict[Cell, list[Mark]] = defaultdict(list)
        for entry in self.marks:
            if entry.value is None:
                continue
            mark = entry.mark
            found[mark.student, mark.subject_id, None].append(mark)
            if entry.period_id is not None:
                found[mark.student, mark.subject_id, entry.period_id].append(mark)
        return {cell: MarkSums(marks) for cell, marks in found.items()}

    @cached_property
    def memberships_now(self) -> list[Membership]:
        """Who is in which group of the year (with a known subject) on the year's last day so far."""
        return [
            membership
            for membership in self.region.memberships
            if membership.group.year_id == self.year.id
            and membership.group.subject_id in self.region.subjects
            and membership.student in self.students
            and membership.begin <= self.as_of <= membership.end
        ]

    @cached_property
    def current_periods(self) -> dict[tuple[str, str], Period]:
        """The current period of each student × subject: of the schedules that the student has the subject on, the
        one whose current period began last, then the greater period id."""
        schedules: dict[tuple[str, str], set[Schedule]] = defaultdict(set)
        for entry in self.marks:
            if entry.value is not None:
                mark = entry.mark
                schedule = self.schedule_for(mark.student, mark.group.schedule_id)
                schedules[mark.student, mark.subject_id].add(schedule)
        for member in self.memberships_now:
            schedule = self.schedule_for(member.student, member.group.schedule_id)
            schedules[member.student, member.group.subject_id].add(schedule)
        found: dict[tuple[str, str], Period] = {}
        for key, candidates in schedules.items():
            periods = [period for schedule in candidates if (period := schedule.current(self.as_of)) is not None]
            if periods:
                found[key] = max(periods, key=lambda period: (period.begin, period.id))
        return found

    def _students(self) -> dict[str, StudentYear]:
        found = {}
        for student, enrollments in self.region.enrollments.items():
            in_year = [enrollment for enrollment in enrollments if self._overlaps(enrollment)]
            if in_year:
                found[student] = self._student(student, in_year)
        return found

    def _overlaps(self, enrollment: Enrollment) -> bool:
        return max(enrollment.begin, self.year.begin) <= min(enrollment.end, self.as_of)

    def _student(self, student: str, in_year: list[Enrollment]) -> StudentYear:
        active = [enrollment for enrollment in in_year if enrollment.covers(self._last_day(enrollment))]
        chosen = (active or in_year)[-1]
        class_unit_id = self.class_of(chosen)
        return StudentYear(
            student=student,
            organization_id=chosen.organization_id,
            class_unit_id=class_unit_id,
            class_level=self.region.class_units[class_unit_id].level if class_unit_id else None,
            is_active=bool(active),
        )

    def _last_day(self, enrollment: Enrollment) -> date:
        return min(self.as_of, self.region.last_period_end(enrollment.organization_id, self.year))

    def _marks(self) -> list[YearMark]:
        return [
            self._year_mark(mark)
            for mark in self.region.marks
            if mark.day <= self.as_of and mark.student in self.students and self.region.year_of(mark.day) == self.year
        ]

    def _year_mark(self, mark: Mark) -> YearMark:
        period = self.schedule_for(mark.student, mark.group.schedule_id).period_of(mark.day)
        deadline = None
        if mark.is_point:
            latest = period.end if period else self.year.end
            deadline = latest if mark.point_date is None else min(mark.point_date, latest)
        return YearMark(
            mark=mark,
            period_id=period.id if period else None,
            deadline=deadline,
            is_active_point=deadline is not None and self.as_of <= deadline,
        )
