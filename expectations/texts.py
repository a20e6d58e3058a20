"""The tables that say what the rules are, and what each expectation found, for those who read the published file."""

from __future__ import annotations

import duckdb

from expectations.counting import Outcomes, populations_of
from expectations.rules import RuleBook


def write_rules(connection: duckdb.DuckDBPyConnection, book: RuleBook) -> None:
    """Makes `marts.quality_rules`: what everyone is told of each rule, in the order of rules.yaml."""
    connection.execute(_RULES)
    connection.executemany(
        "INSERT INTO marts.quality_rules VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [
                rule.rule_id,
                place,
                rule.severity,
                sorted({check.object_kind for check in rule.checks}),
                rule.title,
                rule.what,
                rule.milder,
                rule.portal_section,
                rule.impact,
                rule.how_to_fix,
                rule.who_fixes,
            ]
            for place, rule in enumerate(book.rules.values(), start=1)
        ],
    )


def write_checks(connection: duckdb.DuckDBPyConnection, book: RuleBook, outcomes: Outcomes) -> None:
    """Makes `marts.quality_checks`: what each expectation of each suite found, counts only.

    Where a frame holds the wrong objects only, `checked` is how many objects were looked at to find them.
    """
    populations = populations_of(connection)
    connection.execute(_CHECKS)
    connection.executemany(
        "INSERT INTO marts.quality_checks VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [
                suite,
                book.suites[suite].title,
                outcome.check.rule_id,
                outcome.check.severity,
                outcome.expectation,
                outcome.check.column,
                populations[suite] if book.suites[suite].has_population else outcome.checked,
                outcome.failed,
            ]
            for suite in book.suites
            for outcome in outcomes[suite]
        ],
    )


_RULES = """
    CREATE OR REPLACE TABLE marts.quality_rules (
        rule_id VARCHAR, place INTEGER, severity VARCHAR, object_kinds VARCHAR[], title VARCHAR, what VARCHAR,
        milder VARCHAR, portal_section VARCHAR, impact VARCHAR, how_to_fix VARCHAR, who_fixes VARCHAR
    )
"""

_CHECKS = """
    CREATE OR REPLACE TABLE marts.quality_checks (
        suite VARCHAR, suite_title VARCHAR, rule_id VARCHAR, severity VARCHAR, expectation VARCHAR, fact VARCHAR,
        checked BIGINT, failed BIGINT
    )
"""
