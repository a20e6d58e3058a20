"""What earlier files of a load, and earlier deliveries, say of a thing that a page leaves out."""

from __future__ import annotations

from collections.abc import Sequence

from extracts.contract import load_contract
from extracts.sql_text import file_literals
from extracts.typed_copy import FileJob


def newest_rows(job: FileJob, dataset: str, columns: Sequence[str], *, newest_delivery: bool = False) -> str:
    """A table with these columns of the dataset, the newest row of each key; empty where nothing is known.

    `newest_delivery`: of the last delivery alone that had the dataset.
    Files of a load are many and what is known to them the same: the table is made once for each state of it.
    """
    files = job.known_files(dataset)
    table = "_".join(["known", dataset, str(len(files)), *columns])
    if newest_delivery:
        files = [file for file in files if file.parent == files[-1].parent]
    if not files:
        types = load_contract()[dataset].raw_columns
        empty = ", ".join(f"NULL::{types[column]} AS {column}" for column in columns)
        job.connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS {table} AS SELECT {empty} LIMIT 0")
        return table
    key = ", ".join(load_contract()[dataset].key)
    job.connection.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS {table} AS SELECT {', '.join(columns)} "
        f"FROM read_parquet({file_literals(files)}, file_row_number=true, hive_partitioning=false) "
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY _load_date DESC, _row DESC, file_row_number DESC) = 1"
    )
    return table


def only(column: str) -> str:
    """SQL of the one value that all rows of a group agree on; NULL if they name several, or none."""
    return f"CASE WHEN count(DISTINCT {column}) = 1 THEN min({column}) END"
