"""The mart `portfolio_readiness` (2-marts.md; grain: active student of the current year × section of the portal).

Which section will stay empty for the student, and why. A section is shown if the package for the portal holds something
of the student for it; `reason_hidden` is a code of readiness.yaml, whose texts are published beside the mart in
`readiness_sections` and `readiness_reasons`. What hides the whole portfolio comes before a section's own reason.
"""

from __future__ import annotations

import duckdb

from expectations.readiness_texts import ReadinessBook
from expectations.tables import literal


def write_readiness(connection: duckdb.DuckDBPyConnection, book: ReadinessBook, *, connected_only: bool) -> None:
    """Makes `marts.portfolio_readiness` and its two tables of texts from `marts.completeness` and the portal's facts.

    `connected_only`: whether only students with a connected application are exported (setting portal.connected_only).
    Errors: RuntimeError if the models give a code without a text, or do not speak of the students of `completeness`.
    """
    _write_texts(connection, book)
    sections = ", ".join(
        f"{{'place': {place}, 'section': {literal(name)}, 'reason': sections.{name}}}"
        for place, name in enumerate(book.sections, start=1)
    )
    connection.execute(f"""
        CREATE OR REPLACE TABLE marts.portfolio_readiness AS
        WITH {_PORTFOLIOS.format(reason=_portfolio_reason(book, connected_only=connected_only))},
        student_sections AS (
            SELECT portfolios.*, unnest([{sections}]) AS own
            FROM portfolios
            JOIN intermediate.int_portal_sections AS sections USING (student_profile_id)
        )
        SELECT
            academic_year_id,
            organization_id,
            class_unit_id,
            student_profile_id,
            own.section AS section,
            coalesce(portfolio_reason, own.reason) IS NULL AS is_shown,
            coalesce(portfolio_reason, own.reason) AS reason_hidden
        FROM student_sections
        ORDER BY organization_id, class_unit_id, student_profile_id, own.place
    """)
    _check(connection, book)


def _portfolio_reason(book: ReadinessBook, *, connected_only: bool) -> str:
    """A CASE over `completeness`: what hides all sections of a student; null for whoever is exported."""
    applications = """
        WHEN connected.student_profile_id IS NOT NULL THEN NULL
        WHEN applied.student_profile_id IS NOT NULL THEN 'application_not_connected'
        ELSE 'no_application'
    """
    blockers = " ".join(
        f"WHEN list_contains(completeness.findings, {literal(rule_id)}) THEN {literal(code)}"
        for rule_id, code in book.blockers
    )
    blocked = f"CASE WHEN completeness.is_complete THEN NULL {blockers} END"
    return f"coalesce(CASE {applications} END, {blocked})" if connected_only else blocked


def _write_texts(connection: duckdb.DuckDBPyConnection, book: ReadinessBook) -> None:
    connection.execute(_SECTIONS)
    connection.executemany(
        "INSERT INTO marts.readiness_sections VALUES (?, ?, ?, ?)",
        [[one.section, place, one.title, one.shows] for place, one in enumerate(book.sections.values(), start=1)],
    )
    connection.execute(_REASONS)
    connection.executemany(
        "INSERT INTO marts.readiness_reasons VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [
                reason.code,
                place,
                reason.hides_portfolio,
                reason.is_fault,
                reason.rule_id,
                reason.title,
                reason.what,
                reason.how_to_fix,
                reason.who_fixes,
            ]
            for place, reason in enumerate(book.reasons.values(), start=1)
        ],
    )


def _check(connection: duckdb.DuckDBPyConnection, book: ReadinessBook) -> None:
    """Faults of ours: a code that nobody explains, students left out, somebody shown who is held back."""
    unknown = connection.execute(
        "SELECT DISTINCT reason_hidden FROM marts.portfolio_readiness"
        " WHERE reason_hidden NOT IN (SELECT reason FROM marts.readiness_reasons) ORDER BY reason_hidden"
    ).fetchall()
    if unknown:
        raise RuntimeError(f"readiness.yaml explains no {', '.join(code for (code,) in unknown)}")
    [(expected,)] = connection.execute(f"SELECT count(*) * {len(book.sections)} FROM marts.completeness").fetchall()
    [(rows,)] = connection.execute("SELECT count(*) FROM marts.portfolio_readiness").fetchall()
    if rows != expected:
        raise RuntimeError(f"portfolio_readiness has {rows} rows instead of {expected}")
    [(wrong,)] = connection.execute(
        "SELECT count(*) FROM marts.portfolio_readiness AS readiness JOIN marts.completeness USING (student_profile_id)"
        " WHERE readiness.is_shown AND NOT completeness.is_complete"
    ).fetchall()
    if wrong:
        raise RuntimeError(f"{wrong} sections are shown of students who are held back")


# An application is the last one that counts: int_quality_applications has those of whom it is connected.
_PORTFOLIOS = """applied AS (
            SELECT DISTINCT profiles.student_profile_id
            FROM staging.stg_portal_applications AS applications
            JOIN intermediate.int_student_profiles AS profiles
                ON applications.student_profile_id = profiles.profile_id
        ),
        portfolios AS (
            SELECT
                completeness.academic_year_id,
                completeness.organization_id,
                completeness.class_unit_id,
                completeness.student_profile_id,
                {reason} AS portfolio_reason
            FROM marts.completeness AS completeness
            LEFT JOIN intermediate.int_quality_applications AS connected
                ON completeness.student_profile_id = connected.student_profile_id
            LEFT JOIN applied ON completeness.student_profile_id = applied.student_profile_id
        )"""

_SECTIONS = """
    CREATE OR REPLACE TABLE marts.readiness_sections (section VARCHAR, place INTEGER, title VARCHAR, shows VARCHAR)
"""

_REASONS = """
    CREATE OR REPLACE TABLE marts.readiness_reasons (
        reason VARCHAR, place INTEGER, hides_portfolio BOOLEAN, is_fault BOOLEAN, rule_id VARCHAR, title VARCHAR,
        what VARCHAR, how_to_fix VARCHAR, who_fixes VARCHAR
    )
"""
