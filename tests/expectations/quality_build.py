"""A build file made from rows: the raw tables as the loader leaves them, and the models that the rules stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from shared_project import share_project

from extracts.contract import Dataset, load_contract
from orchestration.build import stop_if_broken
from orchestration.dbt_runner import build
from orchestration.settings import load_settings

MODELS = "+school_portfolio.intermediate.quality"

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]


def make_build(path: Path, tables: Tables, *, as_of: date, parsed_project: Path, models: str = MODELS) -> Path:
    """A build file with these rows delivered on `as_of`, staging and intermediate models built, data tests passed.

    Beside it comes to lie a home, for the parsed dbt project.
    """
    write_raw(path, tables, as_of=as_of)
    home = share_project(path.with_suffix(".home"), parsed_project)
    stop_if_broken(build(load_settings({"PORTFOLIO_HOME": str(home)}), path, select=[models]))
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
