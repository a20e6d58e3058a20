"""The ledger of the nights that were published: on which of them each finding stood (specification 3-quality.md).

One Parquet file of spans: `first_night` … `last_night` are the first and last of consecutive published nights on which
a finding stood; a row without a rule is a night itself, so that a night without findings is known, too. Beside it
`completeness_history.parquet` keeps the counts of each published night, which the trend needs.

Both are functions of what was published for each night: recording a night again replaces it, recording an earlier one
later puts it in its place, and a night is judged by the nights before it alone. Checks read the ledger; only what was
published is recorded. Does not belong here: what a finding is.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import duckdb

from expectations.tables import path_literal

_SPANS = """
    rule_id VARCHAR, severity VARCHAR, object_kind VARCHAR, object_id VARCHAR, organization_id VARCHAR,
    class_unit_id VARCHAR, student_profile_id VARCHAR, first_night DATE, last_night DATE
"""
_HISTORY = """
    night DATE, level VARCHAR, municipality VARCHAR, organization_id VARCHAR, students BIGINT, complete_students BIGINT,
    blocker_findings BIGINT, section_findings BIGINT, advice_findings BIGINT
"""


def history_path(ledger: Path) -> Path:
    """Where the counts of the published nights stand."""
    return ledger.with_name("completeness_history.parquet")


def load_ledger(connection: duckdb.DuckDBPyConnection, ledger: Path) -> None:
    """Makes the temporary tables `ledger_spans`, `ledger_nights`, `ledger_history`; empty before any publication."""
    _load(connection, "ledger_rows", _SPANS, ledger)
    _load(connection, "ledger_history", _HISTORY, history_path(ledger))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE ledger_nights AS"
        " SELECT DISTINCT first_night AS night FROM ledger_rows WHERE rule_id IS NULL"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE ledger_spans AS SELECT * FROM ledger_rows WHERE rule_id IS NOT NULL"
    )
    connection.execute("DROP TABLE ledger_rows")


def record_published(
    ledger: Path, published: Path, *, as_of: date, memory_limit: str = "4GB", threads: int = 2
) -> None:
    """Records that `published` (a portfolio.duckdb with marts.findings) was published for the night `as_of`.

    Recording the same publication twice changes nothing; another one of the same night takes its place. The files are
    replaced whole, so a killed run leaves the ledger as it was: then record what is in force before the next check.
    """
    config: dict[str, str | bool | int | float | list[str]] = {"memory_limit": memory_limit, "threads": threads}
    with duckdb.connect(":memory:", config=config) as connection:
        load_ledger(connection, ledger)
        connection.execute(f"ATTACH {path_literal(published)} AS published (READ_ONLY)")
        connection.execute("CREATE TEMP TABLE recorded AS SELECT CAST(? AS DATE) AS night", [as_of])
        connection.execute(f"CREATE TEMP TABLE new_spans AS {_NEW_SPANS}")
        connection.execute(f"CREATE TEMP TABLE new_history AS {_NEW_HISTORY}")
        connection.execute("DETACH published")
        _replace(connection, "SELECT * FROM new_spans ORDER BY ALL", ledger)
        _replace(connection, "SELECT * FROM new_history ORDER BY ALL", history_path(ledger))


def _load(connection: duckdb.DuckDBPyConnection, table: str, columns: str, file: Path) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")
    if file.is_file():
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM read_parquet({path_literal(file)})")


def _replace(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    connection.execute(f"COPY ({query}) TO {path_literal(part)} (FORMAT parquet, COMPRESSION zstd)").fetchall()
    part.chmod(0o600)
    _sync(part)
    part.replace(file)
    _sync(file.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# The recorded night is cut out of every span, put back where its findings stand, and neighbours are joined again: two
# spans are neighbours if no published night lies between them.
_NEW_SPANS = """
    WITH nights AS (
        SELECT night, row_number() OVER (ORDER BY night) AS place
        FROM (SELECT night FROM ledger_nights UNION SELECT night FROM recorded)
    ),
    around AS (
        SELECT
            recorded.night,
            max(ledger_nights.night) FILTER (WHERE ledger_nights.night < recorded.night) AS before,
            min(ledger_nights.night) FILTER (WHERE ledger_nights.night > recorded.night) AS after
        FROM recorded
        LEFT JOIN ledger_nights ON true
        GROUP BY recorded.night
    ),
    pieces AS (
        SELECT ledger_spans.* REPLACE (
            CASE WHEN last_night >= around.night THEN least(last_night, around.before) ELSE last_night END AS last_night
        )
        FROM ledger_spans, around
        WHERE first_night < around.night
        UNION ALL
        SELECT ledger_spans.* REPLACE (
            CASE WHEN first_night <= around.night THEN around.after ELSE first_night END AS first_night
        )
        FROM ledger_spans, around
        WHERE last_night > around.night
        UNION ALL
        SELECT
            rule_id, severity, object_kind, object_id, organization_id, class_unit_id, student_profile_id,
            around.night AS first_night, around.night AS last_night
        FROM published.marts.findings, around
        WHERE closed_on IS NULL
    ),
    placed AS (
        SELECT pieces.*, first_nights.place AS first_place, last_nights.place AS last_place
        FROM pieces
        JOIN nights AS first_nights ON pieces.first_night = first_nights.night
        JOIN nights AS last_nights ON pieces.last_night = last_nights.night
    ),
    begun AS (
        SELECT *, first_place > 1 + lag(last_place) OVER (
            PARTITION BY rule_id, object_kind, object_id ORDER BY first_place
        ) AS is_apart
        FROM placed
    ),
    numbered AS (
        SELECT *, count(*) FILTER (WHERE is_apart) OVER (
            PARTITION BY rule_id, object_kind, object_id ORDER BY first_place
        ) AS span
        FROM begun
    )
    SELECT
        rule_id,
        max_by(severity, last_night) AS severity,
        object_kind,
        object_id,
        -- In a struct, because max_by passes over an empty value and would bring back an older one.
        max_by({'id': organization_id}, last_night).id AS organization_id,
        max_by({'id': class_unit_id}, last_night).id AS class_unit_id,
        max_by({'id': student_profile_id}, last_night).id AS student_profile_id,
        min(first_night) AS first_night,
        max(last_night) AS last_night
    FROM numbered
    GROUP BY rule_id, object_kind, object_id, span
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, night, night FROM nights
"""

_NEW_HISTORY = """
    SELECT ledger_history.* FROM ledger_history, recorded WHERE ledger_history.night <> recorded.night
    UNION ALL
    SELECT
        recorded.night, level, municipality, organization_id, students, complete_students,
        blocker_findings, section_findings, advice_findings
    FROM published.marts.completeness_rollup, recorded
    WHERE level <> 'class_unit'
"""
