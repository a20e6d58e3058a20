"""What the first page says: the region, its municipalities and schools, rolled up from numerators and denominators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from reports.closed import ATTENDANCE, SIZE, Closed, read_closed
from reports.facts import attended, shown
from reports.privacy import MIN_GROUP, Measure
from reports.text import clean_name

# One row for each school, municipality and the region. Averages are means over students at every level, as class and
# parallel averages are; the sums are exact decimals.
TOTALS = f"""
with averages as (
    select
        organization_id, count(*) filter (where scope = 'year') as students,
        sum(cast(average as decimal(18, 12))) filter (where scope = 'current') as current_sum,
        count(average) filter (where scope = 'current') as current_students,
        sum(cast(average as decimal(18, 12))) filter (where scope = 'year') as year_sum,
        count(average) filter (where scope = 'year') as year_students
    from report_students
    group by organization_id
),
attendance as (
    select organization_id, max(students) as attending, sum(held) as held, sum(missed) as missed
    from report_attendance_days
    group by organization_id
),
classes as (
    select organization_id, count(*) as classes from report_classes group by organization_id
)
select
    grouping(o.organization_id) as not_school, grouping(o.municipality) as not_municipality,
    o.organization_id, o.municipality,
    count(*) filter (where o.kind = 'school') as schools,
    count(*) filter (where o.kind <> 'school') as colleges,
    coalesce(sum(c.classes), 0) as classes,
    coalesce(sum(a.students), 0) as students,
    {shown("sum(a.current_sum) / nullif(sum(a.current_students), 0)")} as current_average,
    coalesce(sum(a.current_students), 0) as current_students,
    {shown("sum(a.year_sum) / nullif(sum(a.year_students), 0)")} as year_average,
    coalesce(sum(a.year_students), 0) as year_students,
    {attended("sum(t.held)", "sum(t.missed)")} as attendance,
    coalesce(sum(t.attending), 0) as attending,
    coalesce(sum(m.marks), 0) as marks
from report_organizations as o
left join averages as a using (organization_id)
left join attendance as t using (organization_id)
left join classes as c using (organization_id)
left join report_marks as m using (organization_id)
group by grouping sets ((o.organization_id), (o.municipality), ())
"""

ORGANIZATIONS = """
select organization_id, name, short_name, kind, municipality, academic_year_id, year_name
from report_organizations
"""

ATTENDANCE_WEEKS = f"""
select cast(date_trunc('week', date) as date) as week_begin, {attended("sum(held)", "sum(missed)")}, max(students)
from report_attendance_days
group by week_begin
order by week_begin
"""

AVERAGE_WEEKS = f"""
select
    w.week_begin,
    {shown("sum(cast(w.class_week_average as decimal(18, 12)) * w.class_students) / sum(w.class_students)")},
    sum(w.class_students)
from marts.class_weekly_dynamics as w
inner join report_classes as c using (class_unit_id)
where w.class_students > 0
group by w.week_begin
order by w.week_begin
"""


@dataclass(frozen=True)
class Totals:
    """The numbers of a school, a municipality or the region."""

    schools: int
    colleges: int
    classes: int
    students: Measure
    current: Measure
    year: Measure
    attendance: Measure
    marks: int


@dataclass(frozen=True)
class Organization:
    """A school or college and its numbers; `year_name` is None where nothing of an academic year is known."""

    organization_id: str
    name: str
    label: str
    kind: str
    municipality: str
    year_name: str | None
    totals: Totals


@dataclass(frozen=True)
class Region:
    """Everything of the first page. Weeks are (Monday, measure)."""

    as_of: date
    year_names: tuple[str, ...]
    totals: Totals
    municipalities: tuple[tuple[str, Totals], ...]
    organizations: tuple[Organization, ...]
    average_weeks: tuple[tuple[date, Measure], ...]
    attendance_weeks: tuple[tuple[date, Measure], ...]


def in_order(name: str) -> str:
    """Sorting key of a Russian name: Ё with Е, capitals with small letters."""
    return name.casefold().replace("ё", "е")


def read_region(connection: duckdb.DuckDBPyConnection) -> Region:
    """Reads the first page's numbers from the facts of `facts.opened_facts`."""
    as_of = connection.execute("select max(as_of) from marts.publication").fetchall()[0][0]
    schools: dict[str, Totals] = {}
    municipalities: list[tuple[str, Totals]] = []
    region = _no_totals()
    closed = read_closed(connection, "municipality", "organization_id")
    for not_school, not_municipality, organization_id, municipality, *numbers in connection.execute(TOTALS).fetchall():
        if not not_school:
            schools[organization_id] = _totals(numbers, closed, "organization_id", organization_id)
        elif not not_municipality:
            municipalities.append((clean_name(municipality), _totals(numbers, closed, "municipality", municipality)))
        else:
            region = _totals(numbers, closed, "", None)
    organizations = [
        Organization(
            organization_id=organization_id,
            name=clean_name(name),
            label=clean_name(short_name or name),
            kind=kind,
            municipality=clean_name(municipality),
            year_name=None if year is None else clean_name(year_name),
            totals=schools[organization_id],
        )
        for organization_id, name, short_name, kind, municipality, year, year_name in connection.execute(
            ORGANIZATIONS
        ).fetchall()
    ]
    return Region(
        as_of=as_of,
        year_names=tuple(sorted({row.year_name for row in organizations if row.year_name is not None})),
        totals=region,
        municipalities=tuple(sorted(municipalities, key=lambda row: (in_order(row[0]), row[0]))),
        organizations=tuple(sorted(organizations, key=_organization_order)),
        average_weeks=_weeks(connection, AVERAGE_WEEKS),
        attendance_weeks=_weeks(connection, ATTENDANCE_WEEKS),
    )


def _organization_order(row: Organization) -> tuple[str, str, str]:
    return (in_order(row.municipality), in_order(row.label), row.organization_id)


def _totals(numbers: list[Any], closed: Closed, step: str, place: str | None) -> Totals:
    schools, colleges, classes, students, current, of_current, year, of_year, attendance, attending, marks = numbers
    return Totals(
        schools=int(schools),
        colleges=int(colleges),
        classes=int(classes),
        students=Measure(None, int(students), closed.has(step, place, SIZE)),
        current=Measure(current, int(of_current), closed.has(step, place, "current")),
        year=Measure(year, int(of_year), closed.has(step, place, "year")),
        attendance=Measure(attendance, int(attending), closed.has(step, place, *ATTENDANCE)),
        marks=int(marks),
    )


def _no_totals() -> Totals:
    nothing = Measure(None, 0)
    return Totals(0, 0, 0, nothing, nothing, nothing, nothing, 0)


def _weeks(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[tuple[date, Measure], ...]:
    rows: list[tuple[date, Decimal | None, int]] = connection.execute(query).fetchall()
    return tuple((week, Measure(value, int(students))) for week, value, students in rows if students >= MIN_GROUP)
