"""A publication with the averages and weekly dynamics of a large region, for the benchmark of the package.

Only what the package of these tables reads is filled; columns and types are the documented ones. Ids are UUIDs.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from dbt_project.generate_marts import documented_tables
from orchestration.home import make_private_folder, private_umask
from portal.published import MARTS_FILE, PEOPLE_FILE

YEAR = "2026"
SUBJECTS = 14
PEOPLE = ("students", "representatives", "student_classes")

_KEY = "cast(cast(md5('{kind}' || {number}) as uuid) as varchar)"
_STUDENT, _SUBJECT = _KEY.format(kind="s", number="s.n"), _KEY.format(kind="j", number="j.n")

_TABLES = {
    "academic_years": f"""
        select '{YEAR}' as academic_year_id, date '2026-09-01' as begin_date, date '2027-08-31' as end_date
        """,
    "subjects": f"select {_SUBJECT} as subject_id, 'Предмет ' || j.n as name, true as is_current from subjects as j",
    "attestation_periods": f"select 'q1' as attestation_period_id, '1 Четверть' as name, '{YEAR}' as academic_year_id",
    "completeness": f"select {_STUDENT} as student_profile_id, true as is_complete from students as s",
    "student_subject_averages": f"""
        select
            '{YEAR}' as academic_year_id, 'o' || s.n // 470 as organization_id, 'c' || s.n // 25 as class_unit_id,
            {_STUDENT} as student_profile_id, {_SUBJECT} as subject_id, p.id as attestation_period_id,
            if(p.id is null, 'year', 'period') as period_kind, p.id is not null as is_current,
            9 + s.n % 5 as marks_count, cast(35 + s.n % 7 as double) as weighted_sum, 11 as weight_sum,
            (35 + s.n % 7) / 11 as average, cast((35 + s.n % 7) / 11 as decimal(4, 2)) as average_shown,
            'UP' as dynamic, 5 as target_mark, 6 as target_five_marks, 3.5 as class_average, 25 as class_students
        from students as s, subjects as j, (values ('q1'), (null)) as p (id)
        """,
    "weekly_dynamics": f"""
        select
            '{YEAR}' as academic_year_id, 'c' || s.n // 25 as class_unit_id, {_STUDENT} as student_profile_id,
            {_SUBJECT} as subject_id, date '2026-08-31' + 7 * cast(w.n as integer) as week_begin,
            3 as marks_count, cast(9 + (s.n + w.n) % 7 as double) as weighted_sum, 3 as weight_sum,
            (9 + (s.n + w.n) % 7) / 3 as week_average
        from students as s, subjects as j, weeks as w
        """,
}


def write_publication(published: Path, *, students: int, weeks: int) -> int:
    """Writes both files into the folder (0700) and gives the number of rows of the two large tables."""
    make_private_folder(published)
    with private_umask():
        with duckdb.connect(str(published / PEOPLE_FILE)) as connection:
            _create_tables(connection, "main", people=True)
            connection.execute(
                f"insert into students by name select {_STUDENT} as student_profile_id, 'connected' as"
                f" application_status, true as is_active, 'Имя' as first_name, 'Фамилия' as last_name"
                f" from range({students}) as s (n)"
            )
        with duckdb.connect(str(published / MARTS_FILE)) as connection:
            connection.execute("create schema marts")
            _create_tables(connection, "marts", people=False)
            for name, count in {"students": students, "subjects": SUBJECTS, "weeks": weeks}.items():
                connection.execute(f"create temp table {name} as select range as n from range({count})")
            for name, query in _TABLES.items():
                connection.execute(f"insert into marts.{name} by name {query}")
    return students * SUBJECTS * (2 + weeks)


def _create_tables(connection: duckdb.DuckDBPyConnection, schema: str, *, people: bool) -> None:
    for table in documented_tables().values():
        if (table.name in PEOPLE) == people:
            columns = ", ".join(f"{column.name} {column.data_type}" for column in table.columns)
            connection.execute(f"create table {schema}.{table.name} ({columns})")
