"""portfolio_readiness: which section of the portal stays empty for a student, and why.

What each section needs is asked of the other marts of this package, of the current year and as of tonight.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from .attendance import attendance
from .averages import student_averages
from .comparing import compare
from .computing import DEFAULT_ZONE
from .events import achievements, calendar, current_year, upcoming_events
from .finals import academic_debts, control_works, newest_final_marks
from .forms import FormKinds
from .journal import YearView
from .reading import current_tables, load_dates
from .region import Lesson, Period, Region, Schedule
from .weekly import weekly_dynamics

MartRow = dict[str, Any]
Reasons = dict[str, str | None]

#: Fewer lessons than that without a mark are no fault of anybody (J05).
LESSONS_FOR_A_MARK = 8

#: The rules that hold back a student, and what is told then; the first that counts first.
BLOCKERS = {
    "S06": "no_snils_and_no_document",
    "S01": "no_last_name",
    "S02": "no_first_name",
    "S03": "no_birth_date",
    "S05": "no_sex",
    "S08": "shared_snils",
}


def differences_of_readiness(published_db: Path, landing: Path, as_of: date | None = None) -> list[str]:
    """Every difference between the published mart and the expected one, in words; empty: none.

    Takes the deliveries that the publication was made from, and its date (the newest load date).
    """
    with duckdb.connect(str(published_db), read_only=True) as connection:
        found = connection.execute("select student_profile_id, findings from marts.completeness").fetchall()
    expected = portfolio_readiness(landing, as_of or load_dates(landing)[-1], dict(found))
    return compare(published_db, {"portfolio_readiness": expected}, ["portfolio_readiness"])


def differences_of_sections(build_db: Path, landing: Path, as_of: date | None = None) -> list[str]:
    """The same of a build without checks, so of what each section has to show, for everybody: intermediate tables."""
    view = current_view(landing, as_of or load_dates(landing)[-1])
    expected = section_reasons(view) if view is not None else {}
    with duckdb.connect(str(build_db), read_only=True) as connection:
        cursor = connection.execute("select * from intermediate.int_portal_sections")
        columns = [name for name, *_ in cursor.description or ()]
        built = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    found = {row["student_profile_id"]: row for row in built}
    differences = [f"int_portal_sections: {student}" for student in sorted(expected.keys() ^ found.keys())]
    return differences + [
        f"int_portal_sections: {student}: {section} is {found[student][section]} instead of {reason}"
        for student in sorted(expected.keys() & found.keys())
        for section, reason in expected[student].items()
        if found[student][section] != reason
    ]


def portfolio_readiness(landing: Path, as_of: date, findings: Mapping[str, Collection[str]]) -> list[MartRow]:
    """Active student of the current year × section, from the deliveries of a landing folder.

    `findings`: for each active student the rules found, from the published `completeness` (of papers there is
    no second computation). Only students with a connected application are exported.
    """
    view = current_view(landing, as_of)
    if view is None:
        return []
    statuses = _last_statuses(view.region)
    rows = []
    for student, reasons in section_reasons(view).items():
        where = view.students[student]
        hidden = _application_reason(statuses.get(student)) or _blocker(findings[student])
        for section, reason in reasons.items():
            rows.append(
                {
                    "academic_year_id": view.year.id,
                    "organization_id": where.organization_id,
                    "class_unit_id": where.class_unit_id,
                    "student_profile_id": student,
                    "section": section,
                    "is_shown": (hidden or reason) is None,
                    "reason_hidden": hidden or reason,
                }
            )
    return rows


def section_reasons(view: YearView) -> dict[str, Reasons]:
    """For each active student of the current year what keeps each section empty, were the student exported; None:
    there is something to show."""
    tonight = _Tonight(view)
    return {student: tonight.reasons(student) for student, where in view.students.items() if where.is_active}


def current_view(landing: Path, as_of: date, zone: str = DEFAULT_ZONE) -> YearView | None:
    """The current year as of a date; None before the first one."""
    region = Region(current_tables(landing, zone), FormKinds.from_seed())
    year = current_year(region, as_of)
    return YearView(region, year, as_of) if year is not None else None


def _last_statuses(region: Region) -> dict[str, str]:
    applications = sorted(
        region.tables["portal_applications"], key=lambda row: (row["changed_at"], row["application_id"])
    )
    found = {}
    for row in applications:
        student = region.student(row["student_profile_id"])
        if student is not None:
            found[student] = row["status"]
    return found


def _application_reason(status: str | None) -> str | None:
    if status is None:
        return "no_application"
    return None if status == "connected" else "application_not_connected"


def _blocker(findings: Collection[str]) -> str | None:
    return next((reason for rule, reason in BLOCKERS.items() if rule in findings), None)


def _students(rows: Sequence[MartRow]) -> set[str]:
    return {row["student_profile_id"] for row in rows}


class _Tonight:
    """Who has what in the current year."""

    def __init__(self, view: YearView) -> None:
        self.view = view
        self.region = view.region
        self.averaged = _students(
            [row for row in student_averages(view) if row["scope"] == "current" and row["average"] is not None]
        )
        self.with_weeks = _students(weekly_dynamics(view))
        self.with_works = _students(control_works(view))
        days = attendance(view)
        self.with_lessons = _students(days)
        self.with_absences = _students([day for day in days if day["lessons_missed"]])
        self.classes_with_days = {day["class_unit_id"] for day in days}
        self.with_events = _students(upcoming_events(view))
        self.with_achievements = _students(achievements(view))
        self.with_debts = _students(
            [
                debt
                for debt in academic_debts(view)
                if debt["attestation_period_id"] is None or debt["attestation_period_id"] in self.region.period_ends
            ]
        )
        self.calendar = {row["class_unit_id"]: row for row in calendar(view.region, view.year, view.real_as_of)}
        self.organizations = {row["organization_id"] for row in self.region.tables["organizations"]}

    def reasons(self, student: str) -> Reasons:
        """Every section in the order of the portal."""
        return {
            "personal_data": None,
            "gpa": self._gpa(student),
            "subjects": self._subjects(student),
            "weekly_dynamics": None if student in self.with_weeks else self._without_marks(student),
            "control_works": self._control_works(student),
            "final_marks": self._final_marks(student),
            "year_marks": self._year_marks(student),
            "attendance": self._attendance(student),
            "vacation": self._vacation(student),
            "events": None if student in self.with_events else "no_events",
            "achievements": None if student in self.with_achievements else "no_achievements",
            "debts": None if student in self.with_debts else "no_debts",
        }

    def _gpa(self, student: str) -> str | None:
        if student in self.averaged:
            known = self.view.students[student].organization_id in self.organizations
            return None if known else "unknown_organization"
        return self._without_periods(student) or self._without_marks(student)

    def _subjects(self, student: str) -> str | None:
        if any(owner == student and period is not None for owner, _, period in self.view.cells):
            return None
        return self._without_periods(student) or self._without_marks(student)

    def _control_works(self, student: str) -> str | None:
        if student in self.with_works:
            return None
        if student not in self.with_weeks:
            return self._without_marks(student)
        return "unknown_control_forms" if student in self._with_unknown_forms else "no_control_works"

    def _final_marks(self, student: str) -> str | None:
        finals = [final for final in self._finals.get(student, ()) if final is not None]
        if any(period in self.region.period_ends for period in finals):
            return None
        if hidden := self._without_periods(student):
            return hidden
        ended = {
            period
            for owner, subject, period in self.view.cells
            if owner == student
            and period is not None
            and (student, subject, period) not in self._final_cells
            and self.region.period_ends[period] < self.view.real_as_of
        }
        if ended:
            return "no_final_marks"
        return "period_not_ended" if student in self.with_weeks else self._without_marks(student)

    def _year_marks(self, student: str) -> str | None:
        if None in self._finals.get(student, ()):
            return None
        if student not in self.with_weeks:
            return self._without_marks(student)
        return "no_final_marks" if self.view.year.end < self.view.real_as_of else "year_not_ended"

    def _attendance(self, student: str) -> str | None:
        class_unit_id = self.view.students[student].class_unit_id
        if student in self.with_absences or (class_unit_id is not None and class_unit_id in self.classes_with_days):
            return None
        if hidden := self._without_lessons(student):
            return hidden
        return "no_class" if class_unit_id is None else "no_lessons_yet"

    def _vacation(self, student: str) -> str | None:
        class_unit_id = self.view.students[student].class_unit_id
        if class_unit_id is None:
            return "no_class"
        if self.calendar[class_unit_id]["vacation_begin"] is not None:
            return None
        kug_id = self.region.class_units[class_unit_id].kug_id
        kinds = [
            row["kind"]
            for row in self.region.tables["kug_periods"]
            if row["periods_schedule_id"] == kug_id and row["academic_year_id"] == self.view.year.id
        ]
        if not kinds or kug_id is None:
            return "no_kug"
        return "no_vacations_ahead" if "vacation" in kinds else "no_vacations"

    def _without_periods(self, student: str) -> str | None:
        studied = self._studied.get(student, set())
        if studied:
            has_periods = any((student, subject) in self.view.current_periods for subject in studied)
        else:
            has_periods = bool(self.view.class_schedule(student).periods)
        if has_periods:
            return None
        return "no_class" if self.view.students[student].class_unit_id is None else "no_attestation_periods"

    def _without_lessons(self, student: str) -> str | None:
        if student not in self._in_groups:
            return "no_groups"
        if student in self.with_lessons:
            return None
        return "no_lessons_yet" if student in self._scheduled else "no_schedule"

    def _without_marks(self, student: str) -> str:
        silent = "no_marks" if student in self._silent else "no_marks_yet"
        return self._without_lessons(student) or silent

    @cached_property
    def _in_groups(self) -> set[str]:
        return {member.student for member in self.view.memberships_now}

    @cached_property
    def _studied(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for member in self.view.memberships_now:
            found.setdefault(member.student, set()).add(member.group.subject_id)
        for student, subject, _ in self.view.cells:
            found.setdefault(student, set()).add(subject)
        return found

    @cached_property
    def _final_cells(self) -> set[tuple[str, str, str | None]]:
        return set(newest_final_marks(self.view))

    @cached_property
    def _finals(self) -> dict[str, set[str | None]]:
        found: dict[str, set[str | None]] = {}
        for student, _, period in self._final_cells:
            found.setdefault(student, set()).add(period)
        return found

    @cached_property
    def _with_unknown_forms(self) -> set[str]:
        kinds = FormKinds.from_seed()
        unknown = {
            row["control_form_id"]
            for row in self.region.tables["control_forms"]
            if not kinds.knows(row["name"], row["kind"])
        }
        return {
            entry.mark.student
            for entry in self.view.marks
            if entry.value is not None and entry.mark.form is not None and entry.mark.form.id in unknown
        }

    @cached_property
    def _scheduled(self) -> set[str]:
        groups = {
            lesson.group.id
            for lesson in self.region.lessons.values()
            if lesson.held and self.region.year_of(lesson.day) == self.view.year
        }
        return {
            member.student
            for member in self.region.memberships
            if member.group.id in groups and member.begin <= self.view.as_of <= member.end
        }

    @cached_property
    def _silent(self) -> set[str]:
        """Who has no mark in a subject in its current period though enough lessons were held (J05), or none at all."""
        found = {
            student
            for (student, _), lessons in self._lessons_without_marks().items()
            if len(lessons) >= LESSONS_FOR_A_MARK
        }
        for member in self.view.memberships_now:
            cell = (member.student, member.group.subject_id)
            period = self.view.current_periods.get(cell)
            if period is None or (*cell, period.id) in self.view.cells:
                continue
            if len(self._lessons_of(*cell, period)) >= LESSONS_FOR_A_MARK:
                found.add(member.student)
        return found

    def _lessons_without_marks(self) -> dict[tuple[str, str], set[str]]:
        """The lessons held of each subject, of the students who have no mark this year."""
        found: dict[tuple[str, str], set[str]] = {}
        for member in self.region.memberships:
            if member.student in self.with_weeks or member.student not in self.view.students:
                continue
            lessons = found.setdefault((member.student, member.group.subject_id), set())
            lessons |= {
                lesson.id
                for lesson in self._held
                if lesson.group.id == member.group.id and member.begin <= lesson.day <= member.end
            }
        return found

    def _lessons_of(self, student: str, subject: str, period: Period) -> set[str]:
        """The lessons of the subject that were held in the period while the student was in the group."""
        spans = [
            member
            for member in self.region.memberships
            if member.student == student
            and member.group.subject_id == subject
            and member.group.year_id == self.view.year.id
        ]
        schedule = self._schedule_of(period)
        return {
            lesson.id
            for lesson in self._held
            for span in spans
            if lesson.group.id == span.group.id
            and span.begin <= lesson.day <= span.end
            and schedule.period_of(lesson.day) == period
        }

    @cached_property
    def _held(self) -> list[Lesson]:
        return [
            lesson
            for lesson in self.region.lessons.values()
            if lesson.held and lesson.day <= self.view.as_of and self.region.year_of(lesson.day) == self.view.year
        ]

    def _schedule_of(self, period: Period) -> Schedule:
        [schedule_id] = [
            row["attestation_periods_schedule_id"]
            for row in self.region.tables["attestation_periods"]
            if row["attestation_period_id"] == period.id
        ]
        return self.region.schedule(schedule_id, self.view.year)
