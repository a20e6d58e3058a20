"""The region's aggregates as temporary tables: each large mart is read once, whatever the number of schools.

Averages are the portal's (specification 2-marts.md): a mean of averages is taken over their DECIMAL(18,12) and shown by
rounding to 9 decimals, then to 2. An organization speaks of one academic year: the newest that has begun and that no
later year has replaced, so that the report of July is still about the year that has just ended.

What does not belong here: hiding small groups (`closed.py`, `privacy.py`), shaping for pages (`region.py`,
`school.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from extracts.errors import BadInput
from reports.closed import close_groups


def shown(expression: str, digits: int = 2) -> str:
    """SQL for a number as the portal shows it: rounded to 9 decimals first, then to `digits`, half away from zero."""
    return f"round(cast({expression} as decimal(18, 9)), {digits})"


def mean_of(value: str, condition: str) -> str:
    """SQL for the shown mean of averages over the rows that meet the condition; exact, so no order of rows matters."""
    total = f"sum(cast({value} as decimal(18, 12))) filter (where {condition})"
    return shown(f"{total} / nullif(count({value}) filter (where {condition}), 0)")


def attended(held: str, missed: str) -> str:
    """SQL for the share of lessons attended, in per cent with one decimal."""
    return shown(f"100.0 * ({held} - {missed}) / nullif({held}, 0)", 1)


# A name and its query, in order: later ones read earlier ones.
FACTS: tuple[tuple[str, str], ...] = (
    (
        "report_years",
        """
        select y.academic_year_id, y.name, y.begin_date
        from marts.academic_years as y
        cross join marts.publication as p
        where y.begin_date <= p.as_of
          and not exists (
              select 1 from marts.academic_years as later
              where later.begin_date <= p.as_of and later.begin_date > y.end_date
          )
        """,
    ),
    (
        "report_organizations",
        """
        with years_of_organization as (
            select organization_id, academic_year_id from marts.class_units where is_current
            union
            select organization_id, academic_year_id from marts.student_averages
        ),
        newest as (
            select
                w.organization_id, y.academic_year_id, y.name as year_name,
                row_number() over (
                    partition by w.organization_id order by y.begin_date desc, y.academic_year_id desc
                ) as place
            from years_of_organization as w
            inner join report_years as y using (academic_year_id)
        )
        select o.organization_id, o.name, o.short_name, o.kind, o.municipality, n.academic_year_id, n.year_name
        from marts.organizations as o
        left join newest as n on n.organization_id = o.organization_id and n.place = 1
        where coalesce(o.is_current, true) or n.academic_year_id is not null
        """,
    ),
    (
        "report_classes",
        """
        with averages as (
            select
                class_unit_id, academic_year_id,
                count(*) filter (where scope = 'year') as students,
                max(class_average) filter (where scope = 'current') as current_average,
                coalesce(max(class_students) filter (where scope = 'current'), 0) as current_students,
                max(class_average) filter (where scope = 'year') as year_average,
                coalesce(max(class_students) filter (where scope = 'year'), 0) as year_students
            from marts.student_averages
            where is_active and class_unit_id is not null
            group by class_unit_id, academic_year_id
        )
        select
            c.organization_id, c.class_unit_id, c.name, c.class_level, coalesce(a.students, 0) as students,
            a.current_average, coalesce(a.current_students, 0) as current_students,
            a.year_average, coalesce(a.year_students, 0) as year_students
        from marts.class_units as c
        inner join report_organizations as o using (organization_id, academic_year_id)
        left join averages as a using (class_unit_id, academic_year_id)
        where coalesce(c.is_current, true) or a.class_unit_id is not null
        """,
    ),
    (
        "report_students",
        """
        select
            s.organization_id, s.student_profile_id, s.class_unit_id, s.class_level, s.scope, s.average,
            s.average_shown, s.parallel_average, s.parallel_students
        from marts.student_averages as s
        inner join report_organizations as o using (organization_id, academic_year_id)
        where s.is_active
        """,
    ),
    (
        "report_parallels",
        f"""
        select
            organization_id, class_level, count(*) filter (where scope = 'year') as students,
            {shown("max(parallel_average) filter (where scope = 'current')")} as current_average,
            coalesce(max(parallel_students) filter (where scope = 'current'), 0) as current_students,
            {shown("max(parallel_average) filter (where scope = 'year')")} as year_average,
            coalesce(max(parallel_students) filter (where scope = 'year'), 0) as year_students
        from report_students
        where class_level is not null
        group by organization_id, class_level
        """,
    ),
    (
        # A quarter of a mark wide, by what the portal shows; 7 holds everything below 2.00, 19 the fives themselves.
        "report_distribution",
        """
        select
            organization_id, scope,
            least(greatest(cast(floor(cast(average_shown as decimal(9, 2)) * 4) as integer), 7), 19) as quarter,
            count(*) as students
        from report_students
        where average_shown is not null
        group by organization_id, scope, quarter
        """,
    ),
    (
        "report_marks",
        """
        select a.organization_id, sum(a.marks_count) as marks
        from marts.student_subject_averages as a
        inner join report_organizations as o using (organization_id, academic_year_id)
        where a.period_kind = 'year'
        group by a.organization_id
        """,
    ),
    (
        "report_attendance_days",
        """
        select
            c.organization_id, a.date, sum(a.students_enrolled) as students,
            sum(a.lessons_held) as held, sum(a.lessons_missed) as missed
        from marts.class_attendance as a
        inner join report_classes as c using (class_unit_id)
        group by c.organization_id, a.date
        """,
    ),
    (
        # By the class on the day itself, as in class_attendance: so the reasons add up to the lessons missed.
        "report_absences",
        """
        with by_student as (
            select
                class_unit_id, student_profile_id, sum(lessons_held) as held, sum(lessons_missed) as missed,
                sum(missed_excused) as excused, sum(missed_unexcused) as unexcused,
                sum(missed_by_illness) as illness
            from marts.attendance
            where class_unit_id is not null
            group by class_unit_id, student_profile_id
        )
        select
            c.organization_id, s.class_unit_id, count(*) as students, sum(s.held) as held, sum(s.missed) as missed,
            sum(s.excused) as excused, sum(s.unexcused) as unexcused, sum(s.illness) as illness
        from by_student as s
        inner join report_classes as c using (class_unit_id)
        group by c.organization_id, s.class_unit_id
        """,
    ),
    (
        # Of each class the last period that has ended and the year, where there are final marks. A student without a
        # five-point final mark («Зачёт» only) is not assessed; a debt of the period is a failure, as the portal has it.
        "report_finals",
        """
        with assessed as (
            select distinct s.class_unit_id, c.organization_id, s.student_profile_id
            from report_students as s
            inner join report_classes as c using (class_unit_id)
        ),
        debts as (
            select distinct academic_year_id, student_profile_id, attestation_period_id
            from marts.academic_debts
            where debt_kind in ('final_two', 'not_attested', 'academic_debt')
        ),
        by_student as (
            select
                a.organization_id, a.class_unit_id, a.student_profile_id, f.academic_year_id, f.attestation_period_id,
                min(round(f.final_five)) as worst
            from marts.final_marks as f
            inner join report_years as y using (academic_year_id)
            inner join assessed as a using (student_profile_id)
            where f.final_mark is not null
            group by a.organization_id, a.class_unit_id, a.student_profile_id, f.academic_year_id,
                f.attestation_period_id
        ),
        by_class as (
            select
                b.organization_id, b.class_unit_id, b.attestation_period_id, count(*) as students,
                count(*) filter (where d.student_profile_id is null and b.worst >= 3) as succeeded,
                count(*) filter (where d.student_profile_id is null and b.worst >= 4) as good
            from by_student as b
            left join debts as d
                on d.student_profile_id = b.student_profile_id and d.academic_year_id = b.academic_year_id
                and d.attestation_period_id is not distinct from b.attestation_period_id
            inner join report_organizations as o
                on o.organization_id = b.organization_id and o.academic_year_id = b.academic_year_id
            where b.worst is not null or d.student_profile_id is not null
            group by b.organization_id, b.class_unit_id, b.attestation_period_id
        ),
        ended as (
            select
                b.*, p.name as period_name,
                row_number() over (
                    partition by b.class_unit_id, b.attestation_period_id is null
                    order by p.begin_date desc, b.attestation_period_id desc
                ) as place
            from by_class as b
            left join marts.attestation_periods as p using (attestation_period_id)
            cross join marts.publication as n
            where b.attestation_period_id is null or p.end_date <= n.as_of
        )
        select
            organization_id, class_unit_id, attestation_period_id is null as is_year, period_name, students,
            succeeded, good
        from ended
        where place = 1
        """,
    ),
)


@contextmanager
def opened_facts(published: Path, work: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the tables of `FACTS` and of what is closed (`closed.py`), the publication attached read-only.

    What spills to disk goes to `work`. Raises BadInput where nothing has been published yet.
    """
    file = published / "portfolio.duckdb"
    if not file.is_file():
        raise BadInput(f"{file}: опубликованных данных ещё нет; сначала выполните portfolio load")
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"set temp_directory = {_quoted(work)}")
        connection.execute(f"attach {_quoted(file)} as portfolio (read_only)")
        connection.execute("use portfolio")
        for name, query in FACTS:
            connection.execute(f"create temp table {name} as {query}")
        close_groups(connection)
        yield connection


def _quoted(path: Path) -> str:
    text = str(path).replace("'", "''")
    return f"'{text}'"
