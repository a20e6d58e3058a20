"""What a night found, in numbers: for asset checks, logs and the report. No id, no value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from expectations.rules import RuleBook, Severity, SuiteSpec
from expectations.suites import CheckOutcome

#: The outcomes of each suite's checks.
Outcomes = Mapping[str, Sequence[CheckOutcome]]


@dataclass(frozen=True)
class RuleCount:
    """What one rule found tonight: how many objects it looked at, and how many failed."""

    rule_id: str
    title: str
    severity: Severity
    checked: int
    failed: int


@dataclass(frozen=True)
class SuiteCount:
    """What one suite found tonight: rows of the dataset, expectations, and how many of these were not met."""

    name: str
    title: str
    checked: int
    expectations: int
    unmet: int


def populations_of(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Suite → how many objects were looked at, for the suites whose frames hold the wrong ones only."""
    rows = connection.execute("SELECT suite, checked FROM intermediate.int_quality_populations").fetchall()
    return {suite: int(checked) for suite, checked in rows}


def _checked(suite: SuiteSpec, outcomes: Sequence[CheckOutcome], populations: dict[str, int]) -> int:
    """How many objects the checks of one rule in one suite looked at.

    The conditions of its checks exclude each other, unless one has none and so looks at every object.
    """
    if suite.has_population:
        return populations[suite.name]
    whole = [outcome.checked for outcome in outcomes if not outcome.check.where]
    return max(whole) if whole else sum(outcome.checked for outcome in outcomes)


def rule_counts(
    connection: duckdb.DuckDBPyConnection,
    book: RuleBook,
    outcomes: Outcomes,
) -> tuple[RuleCount, ...]:
    """What every rule found, from the outcomes of the suites and the temporary table `tonight`."""
    populations = populations_of(connection)
    failed = dict(connection.execute("SELECT rule_id, count(*) FROM tonight GROUP BY rule_id").fetchall())
    counts = []
    for rule in book.rules.values():
        checked = 0
        for name in {check.suite: None for check in rule.checks}:
            own = [outcome for outcome in outcomes[name] if outcome.check.rule_id == rule.rule_id]
            checked += _checked(book.suites[name], own, populations)
        counts.append(RuleCount(rule.rule_id, rule.title, rule.severity, checked, int(failed.get(rule.rule_id, 0))))
    return tuple(counts)


def suite_counts(
    connection: duckdb.DuckDBPyConnection,
    book: RuleBook,
    outcomes: Outcomes,
) -> tuple[SuiteCount, ...]:
    """What every suite found, from its outcomes and its frame."""
    populations = populations_of(connection)
    counts = []
    for suite in book.suites.values():
        results = outcomes[suite.name]
        rows = connection.execute(f"SELECT count(*) FROM intermediate.{suite.frame}").fetchall()
        checked = populations[suite.name] if suite.has_population else int(rows[0][0])
        unmet = sum(1 for outcome in results if outcome.failed)
        counts.append(SuiteCount(suite.name, suite.title, checked, len(results), unmet))
    return tuple(counts)
