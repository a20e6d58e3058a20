"""The marts `completeness` (grain: active student of the current year) and `completeness_rollup` (class → region).

Whether a student is shown on the portal is decided by `completeness.is_complete`: none of the own rules blocks.
"""

from __future__ import annotations

from typing import get_args

import duckdb

from expectations.rules import RuleBook, Severity
from expectations.tables import literals

#: A level of the rollup: its name and the columns that identify a unit on it.
LEVELS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("region", ()),
    ("municipality", ("municipality",)),
    ("organization", ("municipality", "organization_id")),
    ("class_unit", ("municipality", "organization_id", "class_unit_id")),
)

_UNIT = ("municipality", "organization_id", "class_unit_id")


def write_completeness(connection: duckdb.DuckDBPyConnection, book: RuleBook) -> None:
    """Makes `marts.completeness` from the facts of the students and the temporary table `tonight`."""
    rules = student_rules(book)
    flags = ",\n".join(
        f"coalesce(NOT list_contains(found.findings, '{rule}'), true) AS {rule.lower()}_ok" for rule in rules
    )
    connection.execute(f"""
        CREATE OR REPLACE TABLE marts.completeness AS
        WITH found AS (
            SELECT
                student_profile_id,
                list_sort(list(DISTINCT rule_id)) AS findings,
                bool_or(severity = 'blocker') AS is_blocked
            FROM tonight
            WHERE rule_id IN ({literals(rules)})
            GROUP BY student_profile_id
        )
        SELECT
            students.academic_year_id,
            students.organization_id,
            students.class_unit_id,
            students.student_profile_id,
            {flags},
            NOT coalesce(found.is_blocked, false) AS is_complete,
            coalesce(found.findings, CAST([] AS VARCHAR[])) AS findings
        FROM intermediate.int_quality_students AS students
        LEFT JOIN found ON students.student_profile_id = found.student_profile_id
        ORDER BY students.organization_id, students.class_unit_id, students.student_profile_id
    """)


def write_rollup(connection: duckdb.DuckDBPyConnection, book: RuleBook) -> None:
    """Makes `marts.completeness_rollup`: a row for every unit of the current year, also for one that delivered nothing.

    Such a unit has no students: its share is null and `is_assessed` false («не оценивалось»).
    """
    rules = student_rules(book)
    connection.execute(_PLACED_STUDENTS)
    connection.execute(_PLACED_FINDINGS)
    connection.execute(_UNITS)
    levels = "\nUNION ALL\n".join(_level_sql(level, keys, rules) for level, keys in LEVELS)
    connection.execute(f"CREATE OR REPLACE TABLE marts.completeness_rollup AS {levels} ORDER BY ALL")
    for table in ("placed_students", "placed_findings", "units"):
        connection.execute(f"DROP TABLE {table}")


def student_rules(book: RuleBook) -> list[str]:
    """The rules that `completeness` has a column for, in order."""
    return [rule.rule_id for rule in book.rules.values() if rule.is_of_student]


def _level_sql(level: str, keys: tuple[str, ...], rules: list[str]) -> str:
    # A unit is found by its own column alone: the columns above it follow from it.
    own = keys[-1] if keys else "region"
    unit = ", ".join(f"units.{key}" if key in keys else f"CAST(NULL AS VARCHAR) AS {key}" for key in _UNIT)
    failed = [f"{rule.lower()}_failed" for rule in rules]
    by_rule = ", ".join(f"count(*) FILTER (WHERE NOT {rule.lower()}_ok) AS {rule.lower()}_failed" for rule in rules)
    by_severity = ", ".join(
        f"count(*) FILTER (WHERE severity = '{severity}') AS {severity}_findings" for severity in get_args(Severity)
    )
    return f"""
        SELECT
            '{level}' AS level,
            {unit},
            coalesce(counts.students, 0) > 0 AS is_assessed,
            coalesce(counts.students, 0) AS students,
            coalesce(counts.complete_students, 0) AS complete_students,
            counts.complete_students / nullif(CAST(counts.students AS DOUBLE), 0) AS complete_share,
            {", ".join(f"coalesce(counts.{column}, 0) AS {column}" for column in failed)},
            {", ".join(f"coalesce(found.{name}_findings, 0) AS {name}_findings" for name in get_args(Severity))}
        FROM (SELECT DISTINCT {", ".join((*keys, "region"))} FROM units WHERE {own} IS NOT NULL) AS units
        LEFT JOIN (
            SELECT {own}, count(*) AS students, count(*) FILTER (WHERE is_complete) AS complete_students, {by_rule}
            FROM placed_students GROUP BY {own}
        ) AS counts ON units.{own} = counts.{own}
        LEFT JOIN (
            SELECT {own}, {by_severity} FROM placed_findings GROUP BY {own}
        ) AS found ON units.{own} = found.{own}
    """


_PLACED_STUDENTS = """
    CREATE OR REPLACE TEMP TABLE placed_students AS
    SELECT completeness.*, organizations.municipality, 'region' AS region
    FROM marts.completeness
    LEFT JOIN staging.stg_organizations AS organizations USING (organization_id)
"""

_PLACED_FINDINGS = """
    CREATE OR REPLACE TEMP TABLE placed_findings AS
    SELECT
        tonight.severity, tonight.organization_id, tonight.class_unit_id, organizations.municipality, 'region' AS region
    FROM tonight
    LEFT JOIN staging.stg_organizations AS organizations USING (organization_id)
"""

# Every class of the current year and every organization that the last snapshots name, and whatever else has students.
_UNITS = """
    CREATE OR REPLACE TEMP TABLE units AS
    WITH named AS (
        SELECT organization_id, CAST(NULL AS VARCHAR) AS class_unit_id
        FROM staging.stg_organizations
        WHERE is_current
        UNION
        SELECT class_units.organization_id, class_units.class_unit_id
        FROM staging.stg_class_units AS class_units
        JOIN intermediate.int_academic_years AS years
            ON class_units.academic_year_id = years.academic_year_id AND years.is_current
        WHERE class_units.is_current
        UNION
        SELECT class_units.organization_id, class_units.class_unit_id
        FROM staging.stg_class_units AS class_units
        WHERE class_units.class_unit_id IN (SELECT completeness.class_unit_id FROM marts.completeness)
        UNION
        SELECT organization_id, NULL FROM marts.completeness
    )
    SELECT organizations.municipality, named.organization_id, named.class_unit_id, 'region' AS region
    FROM named
    LEFT JOIN staging.stg_organizations AS organizations USING (organization_id)
"""
