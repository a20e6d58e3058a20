"""The region as typed records: who exists, who was merged with whom, which periods a schedule has."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from .arithmetic import Number, digit_of_name, whole_if_possible
from .forms import FormKinds
from .reading import Row, Tables


@dataclass(frozen=True, slots=True)
class Year:
    """An academic year."""

    id: str
    begin: date
    end: date


@dataclass(frozen=True, slots=True)
class Period:
    """An attestation period."""

    id: str
    name: str
    begin: date
    end: date


@dataclass(frozen=True, slots=True)
class ClassUnit:
    """A class of one academic year, with its КУГ and its schedule of attestation periods."""

    id: str
    organization_id: str
    year_id: str
    level: int
    kug_id: str | None
    schedule_id: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """A teaching group."""

    id: str
    year_id: str
    subject_id: str
    schedule_id: str | None


@dataclass(frozen=True, slots=True)
class Membership:
    """A student's days in a group, both ends inclusive."""

    student: str
    group: Group
    begin: date
    end: date


@dataclass(frozen=True, slots=True)
class Enrollment:
    """A student's days at an organization, both ends inclusive."""

    id: str
    student: str
    organization_id: str
    class_unit_id: str | None
    begin: date
    end: date

    def covers(self, day: date) -> bool:
        """Whether the student is enrolled on the day."""
        return self.begin <= day <= self.end


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson of a known group."""

    id: str
    group: Group
    day: date
    held: bool


@dataclass(frozen=True, slots=True)
class Form:
    """A control form with its kind."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A live mark of a known student, group and subject; `value` is its five-point value, None without one."""

    id: str
    student: str
    group: Group
    subject_id: str
    lesson_id: str | None
    form: Form | None
    day: date
    name: str
    value: Number | None
    weight: int
    is_point: bool
    point_date: date | None


@dataclass(frozen=True, slots=True)
class FinalMark:
    """A live final mark of a known student and subject; `period_id` None says that it speaks of the year."""

    id: str
    student: str
    subject_id: str
    year_id: str
    period_id: str | None
    name: str
    five: Number | None
    academic_debt: bool
    version: datetime


class Schedule:
    """The attestation periods of one schedule in one academic year, by begin date, then id."""

    def __init__(self, periods: Iterable[Period]) -> None:
        self.periods = sorted(periods, key=lambda period: (period.begin, period.id))
        self._begins = [period.begin for period in self.periods]

    def period_of(self, day: date) -> Period | None:
        """The last period that began on or before the day."""
        position = bisect_right(self._begins, day)
        return self.periods[position - 1] if position else None

    def current(self, as_of: date) -> Period | None:
        """The last period that began on or before `as_of`; before the first one, the first."""
        return self.period_of(as_of) or (self.periods[0] if self.periods else None)


NO_SCHEDULE = Schedule(())


class Region:
    """Everything the marts are computed from: live rows only, profiles followed to whom they were merged into."""

    def __init__(self, tables: Tables, kinds: FormKinds) -> None:
        self.tables = tables
        self.profiles = merged_profiles({row["student_profile_id"]: row["merged_to"] for row in tables["students"]})
        self.subjects = {row["subject_id"] for row in tables["subjects"]}
        self.years = sorted(
            (Year(row["academic_year_id"], row["begin_date"], row["end_date"]) for row in tables["academic_years"]),
            key=lambda year: (year.begin, year.id),
        )
        self.class_units = {row["class_unit_id"]: _class_unit(row) for row in tables["class_units"]}
        self.groups = {row["group_id"]: _group(row) for row in tables["groups"]}
        self._schedules = _schedules(tables["attestation_periods"])
        self._last_period_ends = _last_period_ends(tables["attestation_periods"])
        self.period_ends = {row["attestation_period_id"]: row["end_date"] for row in tables["attestation_periods"]}
        self.enrollments = self._enrollments()
        self.memberships = self._memberships()
        self.lessons = self._lessons()
        self.topics = {row["schedule_lesson_id"]: row["topic"] for row in tables["lessons"]}
        self.marks = self._marks(kinds)
        self.final_marks = self._final_marks()

    def year_of(self, day: date) -> Year | None:
        """The academic year whose dates contain the day (of overlapping ones the one that began last)."""
        return next((year for year in reversed(self.years) if year.begin <= day <= year.end), None)

    def schedule(self, schedule_id: str | None, year: Year) -> Schedule:
        """The attestation periods of a schedule in a year; without any, an empty schedule."""
        return self._schedules.get((schedule_id, year.id), NO_SCHEDULE)

    def last_period_end(self, organization_id: str, year: Year) -> date:
        """The end of the organization's last attestation period of the year; without periods, the year's end."""
        return self._last_period_ends.get((organization_id, year.id), year.end)

    def student(self, profile_id: str) -> str | None:
        """The student whom a profile counts for; None of an unknown profile."""
        return self.profiles.get(profile_id)

    def _enrollments(self) -> dict[str, list[Enrollment]]:
        found: dict[str, list[Enrollment]] = defaultdict(list)
        for row in self.tables["enrollments"]:
            student = self.student(row["student_profile_id"])
            if student is not None:
                found[student].append(_enrollment(row, student))
        for enrollments in found.values():
            # The later begin date wins, then the greater id: the last of any selection is the one that counts.
            enrollments.sort(key=lambda enrollment: (enrollment.begin, enrollment.id))
        return dict(found)

    def _memberships(self) -> list[Membership]:
        return [
            Membership(student, self.groups[row["group_id"]], row["begin_date"], row["end_date"] or date.max)
            for row in self.tables["group_members"]
            if row["group_id"] in self.groups and (student := self.student(row["student_profile_id"])) is not None
        ]

    def _lessons(self) -> dict[str, Lesson]:
        return {
            row["schedule_lesson_id"]: Lesson(
                id=row["schedule_lesson_id"],
                group=self.groups[row["group_id"]],
                day=row["date"],
                held=not row["cancelled"],
            )
            for row in self.tables["lessons"]
            if row["group_id"] in self.groups
        }

    def _marks(self, kinds: FormKinds) -> list[Mark]:
        forms = {
            row["control_form_id"]: Form(row["control_form_id"], row["name"], kinds.kind(row["name"], row["kind"]))
            for row in self.tables["control_forms"]
        }
        return [
            Mark(
                id=row["mark_id"],
                student=student,
                group=self.groups[row["group_id"]],
                subject_id=row["subject_id"],
                lesson_id=row["schedule_lesson_id"],
                form=forms.get(row["control_form_id"]),
                day=row["date"],
                name=row["name"],
                value=mark_value(row["five"], row["grade_system_type"], row["name"]),
                weight=1 if row["weight"] is None else row["weight"],
                is_point=bool(row["is_point"]),
                point_date=row["point_date"],
            )
            for row in self.tables["marks"]
            if row["group_id"] in self.groups
            and row["subject_id"] in self.subjects
            and (student := self.student(row["student_profile_id"])) is not None
        ]

    def _final_marks(self) -> list[FinalMark]:
        return [
            FinalMark(
                id=row["final_mark_id"],
                student=student,
                subject_id=row["subject_id"],
                year_id=row["academic_year_id"],
                period_id=None if row["is_year_mark"] else row["attestation_period_id"],
                name=row["name"],
                five=mark_value(row["five"], None, row["name"]),
                academic_debt=bool(row["academic_debt"]),
                version=row["_version"],
            )
            for row in self.tables["final_marks"]
            if row["subject_id"] in self.subjects and (student := self.student(row["student_profile_id"])) is not None
        ]


def mark_value(five: Any, scale: str | None, name: str) -> Number | None:
    """The five-point value of a mark: `five` (0 is none), or where that is empty the digit of its name, if the scale
    is `five` or empty."""
    if five is not None:
        return whole_if_possible(five) if five > 0 else None
    return digit_of_name(name) if scale is None or scale.strip().lower() == "five" else None


def merged_profiles(merged_to: dict[str, str | None]) -> dict[str, str]:
    """For every known profile the one it counts for: targets that are unknown, or that lie on a cycle with the
    profile itself, are not followed; the others to the end."""
    known = {profile: target for profile, target in merged_to.items() if target is not None and target in merged_to}
    edges = {profile: target for profile, target in known.items() if not _on_cycle(profile, known)}
    return {profile: _end_of_chain(profile, edges) for profile in merged_to}


def _on_cycle(profile: str, edges: dict[str, str]) -> bool:
    seen: set[str] = set()
    here = edges.get(profile)
    while here is not None and here not in seen:
        if here == profile:
            return True
        seen.add(here)
        here = edges.get(here)
    return False


def _end_of_chain(profile: str, edges: dict[str, str]) -> str:
    while profile in edges:
        profile = edges[profile]
    return profile


def _class_unit(row: Row) -> ClassUnit:
    return ClassUnit(
        id=row["class_unit_id"],
        organization_id=row["organization_id"],
        year_id=row["academic_year_id"],
        level=row["class_level"],
        kug_id=row["periods_schedule_id"],
        schedule_id=row["attestation_periods_schedule_id"],
    )


def _group(row: Row) -> Group:
    return Group(row["group_id"], row["academic_year_id"], row["subject_id"], row["attestation_periods_schedule_id"])


def _enrollment(row: Row, student: str) -> Enrollment:
    return Enrollment(
        id=row["enrollment_id"],
        student=student,
        organization_id=row["organization_id"],
        class_unit_id=row["class_unit_id"],
        begin=row["begin_date"],
        end=row["end_date"] or date.max,
    )


def _schedules(rows: list[Row]) -> dict[tuple[str | None, str], Schedule]:
    periods: dict[tuple[str | None, str], list[Period]] = defaultdict(list)
    for row in rows:
        period = Period(row["attestation_period_id"], row["name"], row["begin_date"], row["end_date"])
        periods[row["attestation_periods_schedule_id"], row["academic_year_id"]].append(period)
    return {key: Schedule(found) for key, found in periods.items()}


def _last_period_ends(rows: list[Row]) -> dict[tuple[str, str], date]:
    ends: dict[tuple[str, str], date] = {}
    for row in rows:
        key = (row["organization_id"], row["academic_year_id"])
        ends[key] = max(row["end_date"], ends.get(key, date.min))
    return ends
