"""The night's findings as temporary tables: the findings are read a few times, whatever the number of schools.

    report_quality_cells   organization × class × rule × severity: how many are open, new since the last night, closed
    report_list_things     what is to be mended, a row for each line of a list
    report_list_rows       what stands in the lists for schools, a row for each thing to mend, with the names of people
    report_list_digests    organization: a digest of its rows, by which an unchanged list is known

Names of people come from `people.duckdb` and go into the lists only (specification 3-quality.md: never the СНИЛС or the
number of a document). What does not belong here: shaping for pages (`quality.py`) and sheets (`quality_lists.py`).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from extracts.errors import BadInput

NEEDED = ("findings", "quality_rules", "quality_checks", "completeness_rollup", "completeness_history")

# Marks, absences and final marks are many and their ids tell nobody anything: one row a student and rule. The id of a
# cell is student/subject/period.
THINGS = """
with open_findings as (
    select
        f.*,
        case
            when f.object_kind in ('student', 'portal_application') then 'students'
            when f.object_kind = 'representative' then 'representatives'
            when f.student_profile_id is not null then 'journal'
            else 'objects'
        end as sheet,
        case when f.object_kind = 'subject_cell'
            then string_split(substr(f.object_id, length(f.student_profile_id) + 2), '/')
        end as place
    from {findings} as f
    where f.closed_on is null
)
select
    organization_id, sheet, class_unit_id, student_profile_id, rule_id, severity, object_kind,
    case when object_kind not in ('mark', 'attendance', 'final_mark') then object_id end as object_id,
    -- A key of its own: a condition on one side alone would make the join compare every pair.
    case when object_kind = 'representative' then object_id end as representative_id,
    case when len(place) = 2 then place[1] end as subject_id,
    case when len(place) = 2 then place[2] end as period_id,
    count(*) as findings, min(first_seen) as first_seen
from open_findings
group by all
"""

ROWS = """
with pupils as (
    select
        student_profile_id, last_name, first_name, middle_name, class_unit_id, is_active,
        lower(trim(concat_ws(chr(10), last_name, first_name))) as name
    from {students}
),
namesakes as (
    select class_unit_id, name
    from pupils
    where is_active and class_unit_id is not null
    group by class_unit_id, name
    having count(*) > 1
)
select
    t.organization_id, t.sheet, t.class_unit_id, c.class_level, c.name as class_name,
    t.student_profile_id, s.last_name, s.first_name, s.middle_name,
    coalesce(s.is_active and n.name is not null, false) as has_namesake,
    r.last_name as representative_last_name, r.first_name as representative_first_name,
    r.middle_name as representative_middle_name,
    t.rule_id, t.severity, t.object_kind, t.object_id, b.name as subject_name,
    coalesce(p.name, case when starts_with(t.period_id, 'year-') then 'год' end) as period_name,
    t.findings, t.first_seen
from report_list_things as t
left join marts.class_units as c on t.class_unit_id = c.class_unit_id
left join pupils as s on t.student_profile_id = s.student_profile_id
left join namesakes as n on s.class_unit_id = n.class_unit_id and s.name = n.name
left join {representatives} as r on t.representative_id = r.representative_id
left join marts.subjects as b on t.subject_id = b.subject_id
left join marts.attestation_periods as p on t.period_id = p.attestation_period_id
"""

FACTS: tuple[tuple[str, str], ...] = (
    (
        "report_quality_cells",
        """
        select
            f.organization_id, f.class_unit_id, f.rule_id, f.severity,
            count(*) filter (where f.closed_on is null) as open,
            count(distinct f.student_profile_id) filter (where f.closed_on is null) as students,
            count(*) filter (where f.closed_on is null and f.first_seen = p.as_of) as appeared,
            count(*) filter (where f.closed_on = p.as_of) as closed,
            max(greatest(f.first_seen, f.closed_on)) as changed_on
        from marts.findings as f
        cross join (select max(as_of) as as_of from marts.publication) as p
        group by f.organization_id, f.class_unit_id, f.rule_id, f.severity
        """,
    ),
    ("report_list_things", THINGS.format(findings="marts.findings")),
    (
        "report_list_rows",
        ROWS.format(students="people.main.students", representatives="people.main.representatives"),
    ),
    (
        "report_list_digests",
        """
        select
            r.organization_id, count(*) as things, sum(r.findings) as findings,
            sha256(string_agg(cast(r as varchar), chr(10) order by cast(r as varchar))) as digest
        from report_list_rows as r
        group by r.organization_id
        """,
    ),
)


_PUPIL = "student_profile_id, last_name, first_name, middle_name, class_unit_id, is_active"

#: The findings of one list, and the people that it speaks of, with their classmates: a namesake may be among them.
LIST_FACTS: tuple[tuple[str, str], ...] = (
    ("report_list_things", THINGS.format(findings="report_list_findings")),
    (
        "report_list_people",
        f"""
        select {_PUPIL}
        from people.main.students
        where student_profile_id in (select student_profile_id from report_list_things)
        """,
    ),
    (
        "report_list_rows",
        ROWS.format(
            students=f"""(
                select {_PUPIL} from report_list_people
                union
                select {_PUPIL}
                from people.main.students
                where class_unit_id in (select class_unit_id from report_list_people)
            )""",
            representatives="""(
                select representative_id, last_name, first_name, middle_name
                from people.main.representatives
                where representative_id in (select representative_id from report_list_things)
            )""",
        ),
    ),
)


def has_quality(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the publication holds the tables of the checks."""
    rows = connection.execute(
        "select count(distinct table_name) from duckdb_tables() "
        "where database_name = 'portfolio' and schema_name = 'marts' and list_contains(?, table_name)",
        [list(NEEDED)],
    ).fetchall()
    return int(rows[0][0]) == len(NEEDED)


def add_quality_facts(connection: duckdb.DuckDBPyConnection, published: Path) -> None:
    """Makes the tables of `FACTS` in a connection of `facts.opened_facts`, with `people.duckdb` attached read-only.

    Raises BadInput where the publication has no `people.duckdb`.
    """
    people = published / "people.duckdb"
    if not people.is_file():
        raise BadInput(f"{people}: нет сведений о людях, списки для школ не составить; повторите portfolio load")
    quoted = str(people).replace("'", "''")
    connection.execute(f"attach '{quoted}' as people (read_only)")
    for name, query in FACTS:
        connection.execute(f"create temp table {name} as {query}")


def add_list_facts(connection: duckdb.DuckDBPyConnection, organization_id: str | None) -> None:
    """Makes `report_list_rows` of one organization (None: of what belongs to none) and `report_list_findings`, all of
    its findings: the same rows as `add_quality_facts` has of it, whatever the number of schools.

    `connection` has the publication attached as `portfolio`, in use, and `people`.
    """
    condition, parameters = ("is null", []) if organization_id is None else ("= ?", [organization_id])
    connection.execute(
        f"create temp table report_list_findings as select * from marts.findings where organization_id {condition}",
        parameters,
    )
    for name, query in LIST_FACTS:
        connection.execute(f"create temp table {name} as {query}")
