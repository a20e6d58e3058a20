"""What there is to tell of the rows of a merged delivery beside their number, from its raw Parquet alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from extracts.contract import Dataset, load_contract
from extracts.report import DeliveryReport
from extracts.sql_text import file_literals, identifier


@dataclass(frozen=True)
class Observations:
    """Counts by dataset, of those datasets where there is something to count.

    `repeated_keys`: rows beyond the first of their key in this one delivery (pages of a source overlap; the later row
    wins). `zero_marks`: rows whose `five` is 0, which is no mark (2-marts.md, «Counted mark»; real scales have it).
    """

    repeated_keys: Mapping[str, int] = field(default_factory=dict)
    zero_marks: Mapping[str, int] = field(default_factory=dict)


def observe(connection: duckdb.DuckDBPyConnection, folder: Path, report: DeliveryReport) -> Observations:
    """Looks at the delivery in `folder` (its place in `raw/`); its cost is that of the delivery, not of the year."""
    contract = load_contract()
    repeated, zero = {}, {}
    for name in (dataset.dataset for dataset in report.datasets if dataset.rows_loaded):
        files = [folder / file.parquet for file in report.files if file.dataset == name]
        rows = f"read_parquet({file_literals(files)}, union_by_name=true, hive_partitioning=false)"
        repeated[name] = _repeated_keys(connection, contract[name], rows)
        if contract[name].has_column("five"):
            zero[name] = _count(connection, f"SELECT count(*) FROM {rows} WHERE five = 0")
    return Observations(_told(repeated), _told(zero))


def _repeated_keys(connection: duckdb.DuckDBPyConnection, dataset: Dataset, rows: str) -> int:
    """Found by hashes first: numbers are counted several times as fast as ids, and nearly no key comes twice."""
    key = ", ".join(identifier(column) for column in dataset.key)
    suspects = f"SELECT hash({key}) FROM {rows} GROUP BY ALL HAVING count(*) > 1"
    extra = f"count(*) - count(DISTINCT row({key}))"
    return _count(connection, f"SELECT {extra} FROM {rows} WHERE hash({key}) IN ({suspects})")


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    ((count,),) = connection.execute(query).fetchall()
    return int(count)


def _told(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}
