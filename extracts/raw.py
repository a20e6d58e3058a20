"""Raw Parquet of the merged deliveries, and the views over it that a build starts from (docs/architecture.md).

`raw/` is immutable: a delivery's folder appears with one rename and never changes; only another one may take its place,
as a whole, when the delivery had to be read again (history). Does not belong here: which version of a row is current.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from extracts.contract import Dataset, load_contract
from extracts.landing import folder_date
from extracts.report import REPORT_NAME, DeliveryReport, read_report
from extracts.sql_text import file_literals, literal
from extracts.typed_copy import rejected_keys_file


def raw_folder(home: Path, load_date: date) -> Path:
    """Where the raw Parquet of a delivery stands once it is merged."""
    return home / "raw" / load_date.isoformat()


def merged_deliveries(home: Path) -> list[date]:
    """The load dates of the deliveries that are merged, oldest first."""
    root = home / "raw"
    if not root.is_dir():
        return []
    days = (folder_date(folder.name) for folder in root.iterdir() if folder.is_dir())
    return sorted(day for day in days if day)


def delivery_digests(home: Path, merged: Collection[date]) -> dict[date, str]:
    """Load date → digest of what the loader says of the delivery: its files' own digests are in it."""
    reports = {day: raw_folder(home, day) / REPORT_NAME for day in sorted(merged)}
    return {day: hashlib.sha256(path.read_bytes()).hexdigest() for day, path in reports.items()}


def create_raw_views(
    connection: duckdb.DuckDBPyConnection,
    home: Path,
    *,
    as_of: date,
    rounding_threshold: Decimal | float,
    written_years: Sequence[str],
) -> None:
    """Makes schema `raw` anew: a view for each dataset over its Parquet files (an empty table where there are none),
    and the tables `deliveries`, `rejected_keys`, `run_context` and `written_years`.

    Every merged delivery is in the views, also one that is later than `as_of`.
    """
    reports = [read_report(raw_folder(home, day)) for day in merged_deliveries(home)]
    connection.execute("DROP SCHEMA IF EXISTS raw CASCADE")
    connection.execute("CREATE SCHEMA raw")
    for dataset in load_contract().values():
        connection.execute(_dataset_sql(dataset, _parquet_files(home, dataset, reports)))
    connection.execute(
        "CREATE TABLE raw.deliveries (load_date DATE, dataset VARCHAR, mode VARCHAR, rows_loaded BIGINT)"
    )
    _insert(
        connection,
        "raw.deliveries",
        [
            (report.load_date, dataset.dataset, dataset.mode, dataset.rows_loaded)
            for report in reports
            for dataset in report.datasets
        ],
    )
    connection.execute("CREATE TABLE raw.rejected_keys (dataset VARCHAR, load_date DATE, row_key VARCHAR)")
    for report in reports:
        for file in report.files:
            keys = rejected_keys_file(raw_folder(home, report.load_date) / file.parquet)
            if keys.is_file():
                found = f"SELECT ?, ?, row_key FROM read_parquet({literal(str(keys.absolute()))})"
                connection.execute(f"INSERT INTO raw.rejected_keys {found}", [file.dataset, report.load_date])
    connection.execute("CREATE TABLE raw.run_context (as_of DATE, rounding_threshold DECIMAL(4,2))")
    _insert(connection, "raw.run_context", [(as_of, Decimal(str(rounding_threshold)))])
    connection.execute("CREATE TABLE raw.written_years (academic_year_id VARCHAR)")
    _insert(connection, "raw.written_years", [(year,) for year in written_years])


def _parquet_files(home: Path, dataset: Dataset, reports: Sequence[DeliveryReport]) -> list[Path]:
    return [
        (raw_folder(home, report.load_date) / file.parquet).absolute()
        for report in reports
        for file in report.files
        if file.dataset == dataset.name
    ]


def _dataset_sql(dataset: Dataset, files: Sequence[Path]) -> str:
    name = f"raw.{dataset.name}"
    if not files:
        columns = ", ".join(f"{column} {type_}" for column, type_ in dataset.raw_columns.items())
        return f"CREATE TABLE {name} ({columns})"
    # In the files `_row` says where the file begins in its delivery; Parquet itself knows a row's place in the file.
    places = {"_row": "_row + file_row_number AS _row"}
    columns = ", ".join(places.get(column, column) for column in dataset.raw_columns)
    return (
        f"CREATE VIEW {name} AS SELECT {columns} "
        f"FROM read_parquet({file_literals(files)}, file_row_number=true, hive_partitioning=false)"
    )


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
