"""What a school's page says, read for a few dozen schools at a time so that memory stays small in any region."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from reports.closed import ATTENDANCE, SIZE, Closed, closed_lines, read_closed
from reports.facts import attended, shown
from reports.privacy import MIN_GROUP, Measure
from reports.region import in_order
from reports.text import clean_name, short_date

SCHOOLS_AT_A_TIME = 25
QUARTERS = range(7, 20)  # intervals of report_distribution: below 2.00, 2.00-2.25, ... 4.75-5.00

CLASSES = f"""
select
    organization_id, class_unit_id, name, class_level, students,
    {shown("current_average")}, current_students, {shown("year_average")}, year_students
from report_classes
where organization_id in (select unnest(?::varchar[]))
order by organization_id, class_unit_id
"""

PARALLELS = """
select
    organization_id, class_level, students, current_average, current_students, year_average, year_students
from report_parallels
where organization_id in (select unnest(?::varchar[]))
order by organization_id, class_level
"""

DISTRIBUTION = """
select organization_id, scope, quarter, students
from report_distribution
where organization_id in (select unnest(?::varchar[]))
order by organization_id, scope, quarter
"""

# A class of two groups on two schedules has two current periods in one subject: their students are put together.
CELLS = f"""
select
    c.organization_id, a.class_unit_id, a.subject_id, a.period_kind,
    {shown("sum(cast(a.class_average as decimal(18, 12)) * a.students_count) / nullif(sum(a.students_count), 0)")},
    sum(a.students_count)
from marts.class_subject_averages as a
inner join report_classes as c using (class_unit_id)
where c.organization_id in (select unnest(?::varchar[])) and (a.period_kind = 'year' or a.is_current)
group by c.organization_id, a.class_unit_id, a.subject_id, a.period_kind
order by c.organization_id, a.class_unit_id, a.subject_id, a.period_kind
"""

# Lines of a class or (class_unit_id null) of the school, in a subject or (subject_id null) in all of them: the mean of
# the students' week averages. Weeks with fewer than five students, and what would give them away, are left out.
WEEKS = f"""
with cells as (
    select
        c.organization_id, w.class_unit_id, w.subject_id, w.week_begin,
        cast(w.class_week_average as decimal(18, 12)) * w.class_students as total, w.class_students as students
    from marts.class_weekly_dynamics as w
    inner join report_classes as c using (class_unit_id)
    where c.organization_id in (select unnest($1::varchar[])) and w.class_students > 0
),
with_school as (
    select organization_id, class_unit_id, subject_id, week_begin, total, students from cells
    union all
    select organization_id, null, subject_id, week_begin, sum(total), sum(students)
    from cells
    group by organization_id, subject_id, week_begin
),
with_all_subjects as (
    select organization_id, class_unit_id, subject_id, week_begin, {shown("total / students")} as average
    from with_school
    where students >= {MIN_GROUP}
    union all
    select organization_id, class_unit_id, null, week_begin, {shown("sum(total) / sum(students)")}
    from with_school
    group by organization_id, class_unit_id, week_begin
    having max(students) >= {MIN_GROUP}
),
closed as ({closed_lines("week", "all_week")})
select
    organization_id, class_unit_id, subject_id,
    list(week_begin order by week_begin), list(average order by week_begin)
from with_all_subjects as w
where not exists (
    select 1 from closed as c
    where c.organization_id = w.organization_id and c.day = w.week_begin
      and c.class_unit_id is not distinct from w.class_unit_id and c.subject_id is not distinct from w.subject_id
)
group by organization_id, class_unit_id, subject_id
order by organization_id, class_unit_id nulls first, subject_id nulls first
"""

DAYS = f"""
with days as (
    select c.organization_id, a.class_unit_id, a.date, {attended("a.lessons_held", "a.lessons_missed")} as rate
    from marts.class_attendance as a
    inner join report_classes as c using (class_unit_id)
    where c.organization_id in (select unnest($1::varchar[])) and a.students_enrolled >= {MIN_GROUP}
    union all
    select organization_id, null, date, {attended("held", "missed")}
    from report_attendance_days
    where organization_id in (select unnest($1::varchar[])) and students >= {MIN_GROUP}
),
closed as ({closed_lines("day")})
select organization_id, class_unit_id, list(date order by date), list(rate order by date)
from days as d
where rate is not null and not exists (
    select 1 from closed as c
    where c.organization_id = d.organization_id and c.day = d.date
      and c.class_unit_id is not distinct from d.class_unit_id
)
group by organization_id, class_unit_id
order by organization_id, class_unit_id nulls first
"""

ABSENCES = f"""
select
    organization_id, class_unit_id, students, {attended("held", "missed")},
    {shown("100.0 * illness / nullif(held, 0)", 1)},
    {shown("100.0 * (excused - illness) / nullif(held, 0)", 1)},
    {shown("100.0 * unexcused / nullif(held, 0)", 1)},
    illness, excused - illness, unexcused
from report_absences
where organization_id in (select unnest(?::varchar[]))
order by organization_id, class_unit_id
"""

FINALS = f"""
select
    organization_id, class_unit_id, is_year, period_name, students,
    {shown("100.0 * good / students", 1)}, {shown("100.0 * succeeded / students", 1)}
from report_finals
where organization_id in (select unnest(?::varchar[]))
order by organization_id, class_unit_id, is_year
"""

CALENDAR = """
select
    c.organization_id, count(*) as classes,
    count(*) filter (where k.on_vacation is null and k.days_to_vacation is null) as without_kug,
    count(*) filter (where k.current_period_name is null) as without_periods
from marts.calendar as k
inner join report_classes as c using (class_unit_id)
where c.organization_id in (select unnest(?::varchar[]))
group by c.organization_id
"""

PERIODS = """
select distinct c.organization_id, k.period_begin, k.period_end, k.current_period_name
from marts.calendar as k
inner join report_classes as c using (class_unit_id)
where c.organization_id in (select unnest(?::varchar[])) and k.current_period_name is not null
order by c.organization_id, k.period_begin, k.period_end, k.current_period_name
"""


@dataclass(frozen=True)
class Averages:
    """Averages of a class or a parallel: of the current period and of the year."""

    label: str
    level: int | None
    students: Measure
    current: Measure
    year: Measure


@dataclass(frozen=True)
class Line:
    """A line over dates; None as class means the school, None as subject means all subjects."""

    class_unit_id: str | None
    subject_id: str | None
    days: tuple[date, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Absences:
    """A class's attendance and lessons missed, as shares of the lessons held (per cent) and as lessons."""

    attendance: Measure
    illness: Measure
    excused: Measure
    unexcused: Measure
    lessons: tuple[int, int, int]


@dataclass(frozen=True)
class Finals:
    """Quality («на 4 и 5») and success (no failures) of a class by its final marks, in per cent."""

    class_unit_id: str
    period: str
    is_year: bool
    quality: Measure
    success: Measure


@dataclass
class School:
    """One organization's numbers, as read; classes are in the order of pages."""

    classes: dict[str, Averages] = field(default_factory=dict)
    parallels: list[Averages] = field(default_factory=list)
    distribution: dict[str, list[int]] = field(default_factory=dict)
    cells: dict[str, dict[tuple[str, str], Measure]] = field(default_factory=dict)
    weeks: list[Line] = field(default_factory=list)
    attendance_days: list[Line] = field(default_factory=list)
    absences: dict[str, Absences] = field(default_factory=dict)
    finals: list[Finals] = field(default_factory=list)
    periods: list[str] = field(default_factory=list)
    calendar_classes: int = 0
    without_kug: int = 0
    without_periods: int = 0


def read_subjects(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Names of the subjects by id, made safe, in alphabetical order."""
    rows = connection.execute("select subject_id, name from marts.subjects").fetchall()
    named = [(clean_name(name), subject_id) for subject_id, name in rows]
    return {subject_id: name for name, subject_id in sorted(named, key=lambda row: (in_order(row[0]), row[1]))}


def read_schools(
    connection: duckdb.DuckDBPyConnection, organization_ids: Sequence[str]
) -> Iterator[tuple[str, School]]:
    """Reads the schools' numbers, in the order asked for, a batch of schools with each query."""
    for start in range(0, len(organization_ids), SCHOOLS_AT_A_TIME):
        batch = list(organization_ids[start : start + SCHOOLS_AT_A_TIME])
        schools = {organization_id: School() for organization_id in batch}
        closed = read_closed(connection, "organization_id", "class_level", "class_unit_id", organizations=batch)
        for query, take in TAKERS:
            for organization_id, *row in connection.execute(query, [batch]).fetchall():
                take(schools[organization_id], row)
        for organization_id, school in schools.items():
            school.classes = dict(sorted(school.classes.items(), key=_class_order))
            _close(organization_id, school, closed)
            yield organization_id, school


def _class_order(item: tuple[str, Averages]) -> tuple[int, str, str]:
    class_unit_id, averages = item
    return (averages.level or 0, in_order(averages.label), class_unit_id)


def _close(organization_id: str, school: School, closed: Closed) -> None:
    """Closes what would give away a small group: days of lines have been left out by their queries."""

    def of_class(class_id: str, measure: Measure, *measures: str, subject: str | None = None) -> Measure:
        return replace(measure, is_closed=closed.has("class_unit_id", class_id, *measures, subject=subject))

    for class_id, row in school.classes.items():
        school.classes[class_id] = _closed_averages(row, closed, "class_unit_id", class_id)
    school.parallels = [
        _closed_averages(row, closed, "class_level", (organization_id, row.level)) for row in school.parallels
    ]
    for scope, cells in school.cells.items():
        for (class_id, subject_id), measure in cells.items():
            cells[class_id, subject_id] = of_class(class_id, measure, f"cell_{scope}", subject=subject_id)
    is_absent = closed.has("organization_id", organization_id, *ATTENDANCE)
    for class_id, absent in school.absences.items():
        is_closed = is_absent or closed.has("class_unit_id", class_id, *ATTENDANCE)
        school.absences[class_id] = Absences(
            attendance=replace(absent.attendance, is_closed=is_closed),
            illness=replace(absent.illness, is_closed=is_closed),
            excused=replace(absent.excused, is_closed=is_closed),
            unexcused=replace(absent.unexcused, is_closed=is_closed),
            lessons=absent.lessons,
        )
    school.finals = [
        replace(
            row,
            quality=of_class(row.class_unit_id, row.quality, _finals_measure(row)),
            success=of_class(row.class_unit_id, row.success, _finals_measure(row)),
        )
        for row in school.finals
    ]
    for scope in [scope for scope in school.distribution if closed.has("organization_id", organization_id, scope)]:
        del school.distribution[scope]


def _closed_averages(row: Averages, closed: Closed, step: str, place: Hashable) -> Averages:
    return replace(
        row,
        students=replace(row.students, is_closed=closed.has(step, place, SIZE)),
        current=replace(row.current, is_closed=closed.has(step, place, "current")),
        year=replace(row.year, is_closed=closed.has(step, place, "year")),
    )


def _finals_measure(row: Finals) -> str:
    return "finals_year" if row.is_year else "finals"


def _take_class(school: School, row: list[Any]) -> None:
    class_unit_id, name, level, students, current, of_current, year, of_year = row
    school.classes[class_unit_id] = Averages(
        clean_name(name), level, Measure(None, students), Measure(current, of_current), Measure(year, of_year)
    )


def _take_parallel(school: School, row: list[Any]) -> None:
    level, students, current, of_current, year, of_year = row
    school.parallels.append(
        Averages(f"{level}", level, Measure(None, students), Measure(current, of_current), Measure(year, of_year))
    )


def _take_distribution(school: School, row: list[Any]) -> None:
    scope, quarter, students = row
    counts = school.distribution.setdefault(scope, [0] * len(QUARTERS))
    counts[QUARTERS.index(quarter)] = students


def _take_cell(school: School, row: list[Any]) -> None:
    class_unit_id, subject_id, period_kind, average, students = row
    scope = "year" if period_kind == "year" else "current"
    school.cells.setdefault(scope, {})[class_unit_id, subject_id] = Measure(average, int(students))


def _take_weeks(school: School, row: list[Any]) -> None:
    class_unit_id, subject_id, days, values = row
    school.weeks.append(Line(class_unit_id, subject_id, tuple(days), _floats(values)))


def _take_days(school: School, row: list[Any]) -> None:
    class_unit_id, days, values = row
    school.attendance_days.append(Line(class_unit_id, None, tuple(days), _floats(values)))


def _floats(values: Sequence[Decimal]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _take_absences(school: School, row: list[Any]) -> None:
    class_unit_id, students, attendance, illness, excused, unexcused, *lessons = row
    school.absences[class_unit_id] = Absences(
        attendance=Measure(attendance, students),
        illness=Measure(illness, students),
        excused=Measure(excused, students),
        unexcused=Measure(unexcused, students),
        lessons=(int(lessons[0]), int(lessons[1]), int(lessons[2])),
    )


def _take_finals(school: School, row: list[Any]) -> None:
    class_unit_id, is_year, period_name, students, quality, success = row
    period = "учебный год" if is_year else clean_name(period_name)
    school.finals.append(Finals(class_unit_id, period, is_year, Measure(quality, students), Measure(success, students)))


def _take_calendar(school: School, row: list[Any]) -> None:
    school.calendar_classes, school.without_kug, school.without_periods = row


def _take_period(school: School, row: list[Any]) -> None:
    begin, end, name = row
    school.periods.append(period_text(clean_name(name), begin, end))


def period_text(name: str, begin: date, end: date) -> str:
    """«1 Четверть» (01.09.2026 – 25.10.2026)."""
    return f"«{name}» ({short_date(begin)} – {short_date(end)})"


TAKERS = (
    (CLASSES, _take_class),
    (PARALLELS, _take_parallel),
    (DISTRIBUTION, _take_distribution),
    (CELLS, _take_cell),
    (WEEKS, _take_weeks),
    (DAYS, _take_days),
    (ABSENCES, _take_absences),
    (FINALS, _take_finals),
    (CALENDAR, _take_calendar),
    (PERIODS, _take_period),
)
