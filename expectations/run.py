"""The checks of one night: every suite on the build file, then findings and completeness beside the marts.

    intermediate.int_quality_*  ─►  suites (Great Expectations)  ─►  tonight's failures
                                                                       ├─► marts.completeness, completeness_rollup
                         intermediate.int_portal_sections ─►           ├─► marts.portfolio_readiness
                                         the ledger of past nights ─►  └─► marts.findings, completeness_history

`marts.quality_rules` holds the rules' texts, `marts.quality_checks` what each expectation found: counts only;
`marts.readiness_sections` and `marts.readiness_reasons` the texts of what the portal will not show.
A finding stops nobody; what stops a publication is not judged here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from expectations.completeness import write_completeness, write_rollup
from expectations.counting import RuleCount, SuiteCount, rule_counts, suite_counts
from expectations.findings import write_findings, write_history
from expectations.ledger import load_ledger
from expectations.readiness import write_readiness
from expectations.readiness_texts import load_readiness
from expectations.rules import RuleBook, SuiteSpec, load_rules
from expectations.suites import CheckOutcome, run_suite
from expectations.texts import write_checks, write_rules


@dataclass(frozen=True)
class CheckResult:
    """The night in numbers, in the order of rules.yaml."""

    rules: tuple[RuleCount, ...]
    suites: tuple[SuiteCount, ...]
    students: int
    complete_students: int
    open_findings: int
    sections: int
    shown_sections: int


def check_build(
    build_db: Path,
    *,
    as_of: date,
    ledger: Path,
    connected_only: bool = True,
    memory_limit: str = "4GB",
    threads: int = 2,
    temp_directory: Path | None = None,
) -> CheckResult:
    """Runs every suite on a build file in which all models stand; writes the quality tables into its schema `marts`.

    Takes the date the build was made as of, the ledger of published nights, which is only read, and whether only
    students with a connected application are exported. Running it again replaces what it wrote. Errors:
    ExpectationError if an expectation raised; ValueError if the build's date differs.
    """
    book = load_rules()
    with _open(build_db, memory_limit, threads, temp_directory) as connection:
        _check_date(connection, as_of)
        load_ledger(connection, ledger)
        connection.execute("BEGIN")
        connection.execute("CREATE SCHEMA IF NOT EXISTS marts")
        connection.execute(_TONIGHT)
        outcomes = _run(connection, book, [suite for suite in book.suites.values() if not suite.needs_completeness])
        write_completeness(connection, book)
        outcomes |= _run(connection, book, [suite for suite in book.suites.values() if suite.needs_completeness])
        _check_grain(connection)
        write_rollup(connection, book)
        write_readiness(connection, load_readiness(), connected_only=connected_only)
        write_findings(connection, as_of=as_of)
        write_history(connection)
        write_rules(connection, book)
        write_checks(connection, book, outcomes)
        result = CheckResult(
            rules=rule_counts(connection, book, outcomes),
            suites=suite_counts(connection, book, outcomes),
            **_totals(connection),
        )
        connection.execute("COMMIT")
    return result


@contextmanager
def _open(
    build_db: Path, memory_limit: str, threads: int, temp_directory: Path | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    config: dict[str, str | bool | int | float | list[str]] = {"memory_limit": memory_limit, "threads": threads}
    if temp_directory:
        config["temp_directory"] = str(temp_directory)
    connection = duckdb.connect(str(build_db), config=config)
    try:
        yield connection
    finally:
        connection.close()


def _check_date(connection: duckdb.DuckDBPyConnection, as_of: date) -> None:
    [(built,)] = connection.execute("SELECT as_of FROM raw.run_context").fetchall()
    if built != as_of:
        raise ValueError(f"the build is of {built}, not of {as_of}")


def _run(
    connection: duckdb.DuckDBPyConnection, book: RuleBook, suites: Sequence[SuiteSpec]
) -> dict[str, list[CheckOutcome]]:
    """Runs suites one after another, so that one frame is in memory; failures go to the temporary table `tonight`."""
    outcomes: dict[str, list[CheckOutcome]] = {}
    for suite in suites:
        checks = book.checks_of(suite.name)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE frame AS {_frame_sql(suite)}")
        columns = sorted({c.column for c in checks} | {one.column for check in checks for one in check.where})
        facts = connection.execute(f"SELECT {', '.join(columns)} FROM frame ORDER BY row_no").df()
        outcomes[suite.name] = run_suite(suite.name, checks, facts)
        for outcome in outcomes[suite.name]:
            _keep_failures(connection, book, outcome)
    connection.execute("DROP TABLE frame")
    return outcomes


def _frame_sql(suite: SuiteSpec) -> str:
    facts = f"SELECT *, row_number() OVER () - 1 AS row_no FROM intermediate.{suite.frame}"
    if not suite.needs_completeness:
        return facts
    return (
        f"SELECT facts.*, completeness.is_complete AS is_exportable FROM ({facts}) AS facts"
        " JOIN marts.completeness AS completeness USING (student_profile_id)"
    )


def _keep_failures(connection: duckdb.DuckDBPyConnection, book: RuleBook, outcome: CheckOutcome) -> None:
    if not outcome.failed:
        return
    check = outcome.check
    known = {name for (name, *_) in connection.execute("DESCRIBE frame").fetchall()}
    place = [name if name in known else "NULL" for name in ("organization_id", "class_unit_id", "student_profile_id")]
    failed = {"row_no": outcome.failed_rows}
    connection.register("failed_rows", failed)
    connection.execute(
        f"INSERT INTO tonight SELECT ?, ?, ?, {book.objects[check.object_kind].id_column}, {', '.join(place)}"
        " FROM frame SEMI JOIN failed_rows USING (row_no)",
        [check.rule_id, check.severity, check.object_kind],
    )
    connection.unregister("failed_rows")


def _check_grain(connection: duckdb.DuckDBPyConnection) -> None:
    """Errors: RuntimeError if a rule found one object twice, or an object without an id: a fault of rules.yaml."""
    rows = connection.execute(
        "SELECT DISTINCT rule_id FROM (SELECT rule_id FROM tonight GROUP BY rule_id, object_kind, object_id"
        " HAVING count(*) > 1 OR object_id IS NULL) ORDER BY rule_id"
    ).fetchall()
    if rows:
        raise RuntimeError(f"not one finding an object: {', '.join(rule_id for (rule_id,) in rows)}")


def _totals(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    [(students, complete)] = connection.execute(
        "SELECT count(*), count(*) FILTER (WHERE is_complete) FROM marts.completeness"
    ).fetchall()
    [(findings,)] = connection.execute("SELECT count(*) FROM tonight").fetchall()
    [(sections, shown)] = connection.execute(
        "SELECT count(*), count(*) FILTER (WHERE is_shown) FROM marts.portfolio_readiness"
    ).fetchall()
    return {
        "students": int(students),
        "complete_students": int(complete),
        "open_findings": int(findings),
        "sections": int(sections),
        "shown_sections": int(shown),
    }


_TONIGHT = """
    CREATE OR REPLACE TEMP TABLE tonight (
        rule_id VARCHAR, severity VARCHAR, object_kind VARCHAR, object_id VARCHAR, organization_id VARCHAR,
        class_unit_id VARCHAR, student_profile_id VARCHAR
    )
"""
