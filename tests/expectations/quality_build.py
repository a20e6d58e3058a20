"""A build file made from rows: the raw tables as the loader leaves them, and the models that the rules stand on."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from extracts.contract import Dataset, load_contract

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
MODELS = "+school_portfolio.intermediate.quality"

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]


def make_build(path: Path, tables: Tables, *, as_of: date, target: Path, models: str = MODELS) -> Path:
    """A build file with these rows delivered on `as_of`, staging and intermediate models built, data tests passed.

    `target` is a folder where dbt keeps the parsed project, so that the next build need not parse it again.
    """
    write_raw(path, tables, as_of=as_of)
    run_models(path, target, models)
    return path


def write_raw(path: Path, tables: Tables, *, as_of: date) -> None:
    """Schema `raw` of a build file: one delivery of everything, columns that a row leaves out are null."""
    contract = load_contract()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA raw")
        connection.execute(
            "CREATE TABLE raw.deliveries (load_date DATE, dataset VARCHAR, mode VARCHAR, rows_loaded BIGINT)"
        )
        connection.execute("CREATE TABLE raw.run_context (as_of DATE, rounding_threshold DECIMAL(4,2))")
        connection.execute("INSERT INTO raw.run_context VALUES (?, 0.51)", [as_of])
        connection.execute("CREATE TABLE raw.written_years (academic_year_id VARCHAR)")
        connection.execute("CREATE TABLE raw.rejected_keys (dataset VARCHAR, load_date DATE, row_key VARCHAR)")
        for dataset in contract.values():
            _write_dataset(connection, dataset, tables.get(dataset.name, []), as_of)


def run_models(path: Path, target: Path, models: str) -> None:
    """Builds the quality models and all that they stand on, with their data tests."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    command = ["build", "--select", models, "--exclude-resource-type", "unit_test", "--no-write-json", "--quiet"]
    # A test may look at two models: only where both are built.
    command += ["--indirect-selection", "cautious"]
    command += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--log-level-file", "none"]
    command += ["--target-path", str(target), "--log-path", str(path.parent)]
    before = os.environ.get("PORTFOLIO_BUILD_DB")
    os.environ["PORTFOLIO_BUILD_DB"] = str(path)
    try:
        outcome = dbtRunner().invoke(command)
    finally:
        os.environ.pop("PORTFOLIO_BUILD_DB")
        if before is not None:
            os.environ["PORTFOLIO_BUILD_DB"] = before
        # The adapter keeps the file open until the process ends.
        environment = DuckDBConnectionManager._ENV
        if environment is not None:
            environment.close()
        DuckDBConnectionManager._ENV = None
    assert outcome.success, outcome.exception


def _write_dataset(connection: duckdb.DuckDBPyConnection, dataset: Dataset, rows: Sequence[Row], as_of: date) -> None:
    columns = dataset.raw_columns
    declared = ", ".join(f"{name} {sql_type}" for name, sql_type in columns.items())
    connection.execute(f"CREATE TABLE raw.{dataset.name} ({declared})")
    technical = {"_load_date": as_of, "_file": "rows", "deleted": None}
    for number, row in enumerate(rows):
        unknown = set(row) - set(columns)
        assert not unknown, (dataset.name, unknown)
        values = [({**technical, "_row": number, **row}).get(name) for name in columns]
        connection.execute(f"INSERT INTO raw.{dataset.name} VALUES ({', '.join('?' for _ in columns)})", values)
    if rows:
        delivered = [as_of, dataset.name, dataset.mode, len(rows)]
        connection.execute("INSERT INTO raw.deliveries VALUES (?, ?, ?, ?)", delivered)
