"""The mart `findings`: what stands tonight, and what stood before and is gone (specification 3-quality.md).

Grain: rule_id × object_kind × object_id. A finding that comes back is open again and keeps its first_seen. Of closed
findings those are shown that were closed within the current academic year.
"""

from __future__ import annotations

from datetime import date

import duckdb


def write_findings(connection: duckdb.DuckDBPyConnection, *, as_of: date) -> None:
    """Makes `marts.findings` from the temporary tables `tonight`, `ledger_spans` and `ledger_nights`.

    Nights on or after `as_of` are not looked at: a night that is built again later dates its findings as it did before.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE this_night AS SELECT CAST(? AS DATE) AS night", [as_of])
    connection.execute(f"CREATE OR REPLACE TABLE marts.findings AS {_FINDINGS}")


def write_history(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes `marts.completeness_history`: the counts of the published nights before this one, and of this one."""
    connection.execute(f"CREATE OR REPLACE TABLE marts.completeness_history AS {_HISTORY}")


_FINDINGS = """
    WITH earlier_nights AS (
        SELECT ledger_nights.night FROM ledger_nights, this_night WHERE ledger_nights.night < this_night.night
    ),
    last_night_before AS (
        SELECT max(night) AS night FROM earlier_nights
    ),
    past AS (
        SELECT
            ledger_spans.rule_id,
            ledger_spans.object_kind,
            ledger_spans.object_id,
            max_by({
                'severity': ledger_spans.severity,
                'organization_id': ledger_spans.organization_id,
                'class_unit_id': ledger_spans.class_unit_id,
                'student_profile_id': ledger_spans.student_profile_id
            }, ledger_spans.last_night) AS known,
            min(ledger_spans.first_night) AS first_seen,
            max(least(ledger_spans.last_night, last_night_before.night)) AS last_seen
        FROM ledger_spans, this_night, last_night_before
        WHERE ledger_spans.first_night < this_night.night
        GROUP BY ledger_spans.rule_id, ledger_spans.object_kind, ledger_spans.object_id
    ),
    open_findings AS (
        SELECT
            tonight.rule_id, tonight.severity, tonight.object_kind, tonight.object_id, tonight.organization_id,
            tonight.class_unit_id, tonight.student_profile_id,
            coalesce(past.first_seen, this_night.night) AS first_seen,
            this_night.night AS last_seen,
            CAST(NULL AS DATE) AS closed_on
        FROM tonight
        CROSS JOIN this_night
        LEFT JOIN past USING (rule_id, object_kind, object_id)
    ),
    night_ends AS (
        SELECT night, lead(night) OVER (ORDER BY night) AS next_night FROM earlier_nights
    ),
    closed_findings AS (
        SELECT
            past.rule_id, past.known.severity, past.object_kind, past.object_id, past.known.organization_id,
            past.known.class_unit_id, past.known.student_profile_id, past.first_seen, past.last_seen,
            coalesce(night_ends.next_night, this_night.night) AS closed_on
        FROM past
        CROSS JOIN this_night
        JOIN night_ends ON past.last_seen = night_ends.night
        ANTI JOIN tonight USING (rule_id, object_kind, object_id)
    ),
    year_begins AS (
        SELECT max(begin_date) AS begin_date FROM intermediate.int_academic_years WHERE is_current
    )
    SELECT * FROM open_findings
    UNION ALL
    SELECT closed_findings.*
    FROM closed_findings, year_begins
    WHERE coalesce(closed_findings.closed_on >= year_begins.begin_date, true)
    ORDER BY rule_id, object_kind, object_id
"""

_HISTORY = """
    SELECT ledger_history.* FROM ledger_history, this_night WHERE ledger_history.night < this_night.night
    UNION ALL
    SELECT
        this_night.night, level, municipality, organization_id, students, complete_students,
        blocker_findings, section_findings, advice_findings
    FROM marts.completeness_rollup, this_night
    WHERE level <> 'class_unit'
    ORDER BY ALL
"""
