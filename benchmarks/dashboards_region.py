"""A publication of a large region in June for the benchmarks of the dashboards: aggregates alone, made by SQL, seeded.

Only what dashboards read is filled: dictionaries, `agg_*`, the classes' weeks and days, completeness, achievements. The
rows lie in no order at first, as parallel aggregation leaves them, and then as a real publication lays them. Counts are
plausible and agree within a row. Does not belong here: students and their marks (`extracts/sample` makes those).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from dbt_project.generate_marts import documented_tables
from orchestration.database import name
from orchestration.home import make_private_folder, private_umask
from orchestration.reading_order import laid
from reports.dashboards.store import FILE

YEAR = "2025/2026"
AS_OF = date(2026, 6, 10)
SUBJECTS = (
    "Алгебра", "Биология", "География", "Геометрия", "Иностранный язык", "Информатика", "История", "Литература",
    "Математика", "Обществознание", "Русский язык", "Технология", "Физика", "Физическая культура", "Химия",
)  # fmt: skip
PERIODS = ("1 Четверть", "2 Четверть", "3 Четверть", "4 Четверть")


@dataclass(frozen=True)
class Size:
    """How large the region is; as it stands, of 330 000 students."""

    schools: int = 700
    municipalities: int = 40
    classes: int = 13_200
    weeks: int = 38
    days: int = 200
    nights: int = 280


def write_publication(folder: Path, size: Size, seed: int) -> Path:
    """Writes `portfolio.duckdb` into `folder` (0700; it then stands for the link `published`) and gives the file.

    The same size and seed give the same rows. Half a minute for the size as it stands.
    """
    make_private_folder(folder)
    file = folder / FILE
    for old in (file, file.with_suffix(".unordered")):
        old.unlink(missing_ok=True)
    unordered = file.with_suffix(".unordered")
    with private_umask(), duckdb.connect(str(unordered)) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute("create schema marts")
        _create_tables(connection)
        _create_places(connection, size, seed)
        for table, query in _tables(size).items():
            connection.execute(f"insert into marts.{table} by name {query}")
        _lay(connection, file)
    unordered.unlink()
    return file


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    for title, table in documented_tables().items():
        columns = ", ".join(f"{name(column.name)} {column.data_type}" for column in table.columns)
        connection.execute(f"create table marts.{name(title)} ({columns})")


def _create_places(connection: duckdb.DuckDBPyConnection, size: Size, seed: int) -> None:
    """Temporary tables of schools, classes and subjects, and what draws numbers."""
    connection.execute(f"create temp macro drawn(salt, n) as cast(hash(salt, {seed}) % n as bigint)")
    connection.execute("create temp macro key_of(kind, n) as cast(cast(md5(kind || n) as uuid) as varchar)")
    connection.execute(
        f"""
        create temp table classes as
        select
            i as n, i % {size.schools} as school, drawn('town' || i % {size.schools}, {size.municipalities}) as town,
            cast(i // {size.schools} % 11 + 1 as integer) as class_level, i // {size.schools} // 11 as letter,
            '{YEAR}' as academic_year_id, key_of('school', i % {size.schools}) as organization_id,
            key_of('class', i) as class_unit_id,
            -- One class in a hundred is small, so that there is something to hide.
            case when drawn('small' || i, 100) = 0 then 3 else 18 + drawn('class' || i, 15) end as students
        from range({size.classes}) as numbers (i)
        """
    )
    names = ", ".join(f"'{subject}'" for subject in SUBJECTS)
    connection.execute(
        f"create temp table taught as select key_of('subject', i) as subject_id, [{names}][i] as title"
        f" from range(1, {len(SUBJECTS) + 1}) as numbers (i)"
    )


_CLASS = "c.academic_year_id, c.organization_id, c.class_level, c.class_unit_id"


def _tables(size: Size) -> dict[str, str]:
    """Each table and the query of its rows."""
    return {**_dictionaries(), **_averages(), **_weeks(size), **_attendance(size), **_finals(), **_quality(size)}


def _dictionaries() -> dict[str, str]:
    return {
        "publication": f"select date '{AS_OF}' as as_of, '{YEAR}' as academic_year_id",
        "academic_years": f"""
            select '{YEAR}' as academic_year_id, '{YEAR}' as name, date '2025-09-01' as begin_date,
                date '2026-08-31' as end_date
        """,
        "organizations": """
            select distinct organization_id,
                'Муниципальное бюджетное общеобразовательное учреждение № ' || school as name,
                'МБОУ СОШ № ' || school as short_name, 'school' as kind, 'Муниципальный район ' || town as municipality,
                true as is_current
            from classes
        """,
        "class_units": """
            select class_unit_id, organization_id, academic_year_id, class_level,
                substr('АБВГ', letter + 1, 1) as letter,
                class_level || substr('АБВГ', letter + 1, 1) as name, true as is_current
            from classes
        """,
        "subjects": "select subject_id, title as name, true as is_current from taught",
    }


def _averages() -> dict[str, str]:
    return {
        "agg_averages": f"""
            with cells as (
                select {_CLASS}, subject_id, scope, students, drawn([c.n, t.place, s.place], 1000) as draw
                from classes as c
                cross join (select subject_id, rowid as place from taught union all select null, 99) as t
                cross join (values ('current', 1), ('year', 2)) as s (scope, place)
            )
            select * exclude (students, draw), students as students_total, students as students_count,
                students * (3.2 + draw / 800.0) as average_sum, cast(draw % 2 as bigint) as students_two,
                students // 3 as students_three, students - draw % 2 - students // 3 - students // 4 as students_four,
                students // 4 as students_five, draw % 3 as students_at_risk,
                case scope when 'current' then students else 0 end as compared_count,
                case scope when 'current' then students * (draw - 500) / 1000.0 else 0 end as change_sum
            from cells
            order by hash(class_unit_id, subject_id, scope)
        """
    }


def _weeks(size: Size) -> dict[str, str]:
    return {
        "class_weekly_dynamics": f"""
            select c.academic_year_id, c.organization_id, c.class_unit_id, t.subject_id,
                date '2025-09-01' + cast(7 * w.i as integer) as week_begin,
                3.2 + drawn([c.n, t.rowid, w.i], 1000) / 800.0 as class_week_average, c.students as class_students,
                2 * c.students as marks_count
            from classes as c
            cross join taught as t
            cross join range({size.weeks}) as w (i)
            order by hash(class_unit_id, week_begin)
        """,
        "agg_weeks": """
            select d.academic_year_id, d.organization_id, c.class_level, d.subject_id, d.week_begin,
                cast(sum(d.class_students) as bigint) as students_count,
                sum(cast(round(d.class_week_average * d.class_students, 12) as decimal(18, 12))) as average_sum,
                cast(sum(d.marks_count) as bigint) as marks_count
            from marts.class_weekly_dynamics as d
            inner join classes as c on d.class_unit_id = c.class_unit_id
            group by all
        """,
    }


_REASONS = """
    held as lessons_held, missed as lessons_missed, missed - missed // 5 as missed_excused,
    missed // 5 as missed_unexcused, missed // 2 as missed_by_illness
"""


def _attendance(size: Size) -> dict[str, str]:
    return {
        "class_attendance": f"""
            with cells as (
                select c.academic_year_id, c.organization_id, c.class_unit_id,
                    date '2025-09-01' + cast(d.i // 6 * 7 + d.i % 6 as integer) as date,
                    c.students as students_enrolled,
                    6 * c.students as lessons_held, drawn([c.n, d.i], c.students) as lessons_missed
                from classes as c
                cross join range({size.days}) as d (i)
            )
            select *, lessons_missed // 4 as students_absent, lessons_missed // 8 as students_absent_all_day,
                1 - lessons_missed / lessons_held as attendance_rate
            from cells
            order by hash(class_unit_id, date)
        """,
        "agg_attendance_days": f"""
            with cells as (
                select d.academic_year_id, d.organization_id, c.class_level, d.class_unit_id, d.date,
                    d.students_enrolled as students_count, d.students_absent, d.students_absent_all_day,
                    d.lessons_held as held, d.lessons_missed as missed
                from marts.class_attendance as d
                inner join classes as c on d.class_unit_id = c.class_unit_id
            )
            select * exclude (held, missed), {_REASONS} from cells
            order by hash(class_unit_id, date)
        """,
        "agg_attendance": f"""
            with cells as (
                select {_CLASS}, m.month_begin, c.students as students_count,
                    drawn([c.n, month(coalesce(m.month_begin, date '2025-08-01'))], 4) as students_chronic,
                    120 * c.students as held, drawn([c.n, 1], 12 * c.students) as missed
                from classes as c
                cross join (
                    select cast(date '2025-09-01' + to_months(cast(i as integer)) as date) as month_begin
                    from range(9) as months (i)
                    union all select null
                ) as m
            )
            select * exclude (held, missed), {_REASONS} from cells
            order by hash(class_unit_id, month_begin)
        """,
    }


def _finals() -> dict[str, str]:
    periods = ", ".join(f"('{period}', {place})" for place, period in enumerate((*PERIODS, "Год"), 1))
    return {
        "agg_finals": f"""
            with cells as (
                select {_CLASS}, t.subject_id, p.period_name,
                    case when p.period_name <> 'Год' then key_of('period', c.school || '-' || p.place) end
                        as attestation_period_id,
                    c.students, drawn([c.n, t.rowid, p.place], 1000) as draw
                from classes as c
                cross join taught as t
                cross join (values {periods}) as p (period_name, place)
            )
            select * exclude (students, draw), students as students_count, students as finals_count,
                4 * students as final_sum, 0 as finals_two, students // 3 as finals_three,
                students - students // 3 - students // 4 as finals_four, students // 4 as finals_five,
                students as gap_count, students as gap_students, students * (draw - 500) / 2000.0 as gap_sum,
                draw % 4 as finals_above, draw % 3 as finals_below, draw % 2 as finals_missing,
                students as compared_count, students as compared_students,
                students * 10.0 as control_weighted_sum, students * 3.0 as control_weight_sum,
                students * 40.0 as other_weighted_sum, students * 10.0 as other_weight_sum
            from cells
            order by hash(class_unit_id, subject_id, period_name)
        """,
    }


def _quality(size: Size) -> dict[str, str]:
    columns = [column.name for column in documented_tables()["completeness_rollup"].columns]
    rules = [column.removesuffix("_failed") for column in columns if column.endswith("_failed")]
    failed = ", ".join(f"drawn([c.n, {place}], 4) as {rule}_failed" for place, rule in enumerate(rules))
    values = ", ".join(f"('{rule.upper()}', {place})" for place, rule in enumerate(rules))
    return {
        "quality_rules": f"""
            select rule_id, cast(place as integer) as place, 'section' as severity, 'Правило ' || rule_id as title,
                'Заполните' as how_to_fix
            from (values {values}) as r (rule_id, place)
        """,
        "completeness_rollup": f"""
            select 'class_unit' as level, 'Муниципальный район ' || c.town as municipality, c.organization_id,
                c.class_unit_id, true as is_assessed, c.students, c.students - drawn([c.n], 5) % c.students
                    as complete_students, {failed}
            from classes as c
        """,
        "completeness_history": f"""
            with schools as (
                select school, town, organization_id, cast(sum(students) as bigint) as students
                from classes
                group by all
            )
            select date '{AS_OF}' - cast(i as integer) as night, 'organization' as level,
                'Муниципальный район ' || town as municipality, organization_id, students,
                students - drawn([school, i], 90) as complete_students
            from schools
            cross join range({size.nights}) as nights (i)
        """,
        "achievement_counts": """
            select c.academic_year_id, c.organization_id, c.class_unit_id, 'Вид ' || k.i as type_name,
                ['школьный', 'муниципальный', 'региональный', 'всероссийский'][cast(k.i % 4 + 1 as integer)] as level,
                2 + drawn([c.n, k.i], 9) as achievements_count, 1 + drawn([c.n, k.i], 9) as students_count
            from classes as c
            cross join range(20) as k (i)
            where drawn([c.n, k.i, 1], 3) = 0
        """,
    }


def _lay(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """The tables once more, laid as `orchestration.publication` lays them."""
    connection.execute(f"attach '{file}' as laid")
    connection.execute("create schema laid.marts")
    for table in documented_tables():
        connection.execute(f"create table laid.marts.{table} as select * from marts.{table} {laid(table)}")
    connection.execute("checkpoint laid")
    connection.execute("detach laid")
