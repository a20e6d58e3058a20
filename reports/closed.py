"""Which places are closed to readers: small ones, whatever would give them away by subtraction, and all inside these.

The rule is the dashboards' (`dashboards/questions.py`; specification 5-operation.md, personal data), so that neither
can be used to subtract from the other: among neighbours under one parent (municipalities, the schools of one, the
parallels of a school, the classes of a parallel) those below five students are closed, and if they are below five
together, the smallest of the others with them. Each measure is judged by its own number of students: of each subject,
week and day apart. What is closed by its number of students alone is closed for every measure.

What does not belong here: what a closed place shows instead (`privacy.py`, `text.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from reports.privacy import MIN_GROUP

SIZE = "students"
#: The year's attendance: of schools by their own number of students, of classes by the classes'.
ATTENDANCE = ("attendance", "absences")
KEY = ("subject_id", "day")
#: The way from the region down to a class; a table of what is closed at each of them.
STEPS = ("municipality", "organization_id", "class_level", "class_unit_id")
COLUMNS = {"measure": "varchar", "subject_id": "varchar", "day": "date"} | dict.fromkeys(STEPS, "varchar")
COLUMNS["class_level"] = "integer"

OF_CLASSES = "inner join report_classes as c using (class_unit_id)"
PLACE = "c.organization_id, c.class_level, c.class_unit_id"
OF_STUDENTS = "from report_students as c where scope ="

# How many students each figure speaks of, of the smallest places that add up to it: subject, day, place, students. Of
# the attendance of a school only its own number is known: a student who has changed class stands in two of them.
GROUPS = {
    SIZE: f"select null, null, {PLACE}, count(*) {OF_STUDENTS} 'year' group by all",
    "current": f"select null, null, {PLACE}, count(average) {OF_STUDENTS} 'current' group by all",
    "year": f"select null, null, {PLACE}, count(average) {OF_STUDENTS} 'year' group by all",
    "cell_current": f"""
        select subject_id, null, {PLACE}, sum(students_count)
        from marts.class_subject_averages as a {OF_CLASSES}
        where a.period_kind <> 'year' and a.is_current
        group by all
    """,
    "cell_year": f"""
        select subject_id, null, {PLACE}, sum(students_count)
        from marts.class_subject_averages as a {OF_CLASSES}
        where a.period_kind = 'year'
        group by all
    """,
    "week": f"""
        select subject_id, week_begin, {PLACE}, class_students
        from marts.class_weekly_dynamics as w {OF_CLASSES}
    """,
    "all_week": f"""
        select null, week_begin, {PLACE}, max(class_students)
        from marts.class_weekly_dynamics as w {OF_CLASSES}
        group by all
    """,
    "day": f"""
        select null, date, {PLACE}, least(students_enrolled, lessons_held)
        from marts.class_attendance as a {OF_CLASSES}
    """,
    "absences": f"select null, null, {PLACE}, a.students from report_absences as a {OF_CLASSES}",
    "attendance": """
        select null, null, organization_id, null, null, max(students)
        from report_attendance_days
        group by organization_id
    """,
    "finals": f"select null, null, {PLACE}, a.students from report_finals as a {OF_CLASSES} where not a.is_year",
    "finals_year": f"select null, null, {PLACE}, a.students from report_finals as a {OF_CLASSES} where a.is_year",
}


def close_groups(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes `report_closed_<step>` of the tables of `facts.FACTS`: what is closed at a step, by measure and key.

    A measure at a time, the number of students itself first: weeks of subjects are millions of groups.
    """
    for depth, step in enumerate(STEPS):
        columns = ", ".join(f"{column} {COLUMNS[column]}" for column in ("measure", *KEY, *STEPS[: depth + 1]))
        connection.execute(f"create temp table report_closed_{step} ({columns})")
    typed = ", ".join(f"cast({column} as {COLUMNS[column]}) as {column}" for column in (*KEY, *STEPS))
    for measure, groups in GROUPS.items():
        connection.execute(f"""
            create or replace temp table report_groups as
            with groups (subject_id, day, organization_id, class_level, class_unit_id, students) as ({groups})
            select {typed}, students
            from groups
            inner join report_organizations as o using (organization_id)
            where students > 0
        """)
        for depth, step in enumerate(STEPS):
            connection.execute(f"insert into report_closed_{step} {_closed(measure, depth)}")
    connection.execute("drop table report_groups")


def _closed(measure: str, depth: int) -> str:
    """SQL of the places of a step that are closed for a measure, by its key."""
    path = STEPS[: depth + 1]
    place, parent = (*KEY, *path), (*KEY, *STEPS[:depth])
    found = ", ".join(f"p.{column}" for column in place)
    ways = [f"select {', '.join(place)} from ranked where students < {MIN_GROUP} or (rank = 1 and small < {MIN_GROUP})"]
    if depth:
        above = f"inner join report_closed_{STEPS[depth - 1]} as a on a.measure = '{measure}' and {_same('a', parent)}"
        ways.append(f"select {found} from places as p {above}")
    if measure != SIZE:
        by_size = f"inner join report_closed_{STEPS[depth]} as a on a.measure = '{SIZE}' and {_same('a', path)}"
        ways.append(f"select {found} from places as p {by_size}")
    # Neighbours of whom nobody is small need no order: most of them.
    return f"""
    with places as (
        select {", ".join(place)}, sum(students) as students from report_groups group by all
    ),
    watched as (
        select {", ".join(parent)}, sum(students) as small from places where students < {MIN_GROUP} group by all
    ),
    ranked as (
        select
            p.*, w.small,
            row_number() over (
                partition by {", ".join(f"p.{column}" for column in parent)}, p.students < {MIN_GROUP}
                order by p.students, p.{STEPS[depth]} nulls last
            ) as rank
        from places as p
        inner join watched as w on {_same("w", parent)}
    )
    select '{measure}', * from ({" union ".join(ways)})
    """


def _same(table: str, columns: Sequence[str]) -> str:
    return " and ".join(f"{table}.{column} is not distinct from p.{column}" for column in columns)


@dataclass(frozen=True)
class Closed:
    """What is closed of places that were asked for: (measure, subject or None) by the key of a place."""

    places: Mapping[tuple[str, Hashable], Collection[tuple[str, str | None]]]

    def has(self, step: str, place: Hashable, *measures: str, subject: str | None = None) -> bool:
        """Whether one of the measures is closed at the place: an organization's id, (it, level) or a class's id."""
        closed = self.places.get((step, place), ())
        return any((measure, subject) in closed for measure in measures)


def read_closed(
    connection: duckdb.DuckDBPyConnection, *steps: str, organizations: Sequence[str] | None = None
) -> Closed:
    """What is closed at the steps, of these organizations or of all; weeks and days apart are left to SQL."""
    places: dict[tuple[str, Hashable], set[tuple[str, str | None]]] = defaultdict(set)
    for step in steps:
        own = f"(organization_id, {step})" if step == "class_level" else step
        asked = "" if organizations is None else " and organization_id in (select unnest(?::varchar[]))"
        rows = connection.execute(
            f"select {own}, measure, subject_id from report_closed_{step} where day is null{asked}",
            [] if organizations is None else [list(organizations)],
        ).fetchall()
        for place, measure, subject in rows:
            places[step, place].add((measure, subject))
    return Closed(places)


def closed_lines(*measures: str) -> str:
    """SQL of what is closed by day in the organizations of $1: of classes, and (class_unit_id null) of the whole."""
    asked = f"measure in {(*measures, '')} and organization_id in (select unnest($1::varchar[]))"
    return f"""
    select organization_id, class_unit_id, subject_id, day from report_closed_class_unit_id where {asked}
    union all
    select organization_id, null, subject_id, day from report_closed_organization_id where {asked}
    """
