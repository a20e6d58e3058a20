"""Deliveries of a sample region in DuckDB: every file typed by the contract, and the current version of each row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from extracts.contract import Dataset, load_contract


class Region:
    """A region's deliveries, typed by the contract.

    Tables `night_<n>_<dataset>`, `later_<dataset>` (all nights after the first), and `<dataset>`: the current rows.
    """

    def __init__(self, deliveries: list[Path]) -> None:
        self.deliveries = deliveries
        self.connection = duckdb.connect()
        for number, folder in enumerate(deliveries, start=1):
            for dataset in load_contract().values():
                self._read(folder, dataset, f"night_{number}_{dataset.name}")
        for dataset in load_contract().values():
            later = [f"FROM night_{number}_{dataset.name}" for number in range(2, len(deliveries) + 1)]
            if later:
                self.connection.execute(f"CREATE VIEW later_{dataset.name} AS {' UNION ALL '.join(later)}")
            self._merge(dataset)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.connection.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        """The one value of a query."""
        return self.rows(sql)[0][0]

    def dicts(self, dataset: str) -> list[dict[str, Any]]:
        """The current rows of a dataset."""
        columns = [column.name for column in load_contract()[dataset].columns]
        return [
            dict(zip(columns, row, strict=True)) for row in self.rows(f"SELECT {', '.join(columns)} FROM {dataset}")
        ]

    def _read(self, folder: Path, dataset: Dataset, table: str) -> None:
        files = sorted(str(file) for file in folder.iterdir() if file.name.split(".")[0] == dataset.name)
        assert files, f"{folder.name}: {dataset.name} is missing"
        source = (
            f"read_parquet({files})"
            if files[0].endswith(".parquet")
            else f"read_csv({files}, delim = ';', header = true, all_varchar = true, nullstr = '')"
        )
        names = [row[0] for row in self.rows(f"DESCRIBE FROM {source}")]
        assert names == [column.name for column in dataset.columns]
        # A value that is not of its type fails the cast.
        columns = ", ".join(f"CAST({column.name} AS {column.sql_type}) AS {column.name}" for column in dataset.columns)
        self.connection.execute(f"CREATE TABLE {table} AS SELECT {columns} FROM {source}")

    def _merge(self, dataset: Dataset) -> None:
        nights = range(1, len(self.deliveries) + 1)
        if dataset.mode == "snapshot":
            last = f"FROM night_{nights[-1]}_{dataset.name}"
            if dataset.scope is not None and nights[-1] > 1:
                first = f"night_1_{dataset.name}"
                last = f"{last} UNION ALL FROM {first} WHERE academic_year_id NOT IN (SELECT academic_year_id {last})"
            self.connection.execute(f"CREATE TABLE {dataset.name} AS {last}")
            return
        union = " UNION ALL ".join(f"SELECT *, {night} AS night FROM night_{night}_{dataset.name}" for night in nights)
        live = "deleted_at IS NULL" if dataset.is_deletable else "TRUE"
        self.connection.execute(
            f"""
            CREATE TABLE {dataset.name} AS
            SELECT * EXCLUDE (night) FROM (
                SELECT * FROM ({union})
                QUALIFY row_number() OVER (
                    PARTITION BY {", ".join(dataset.key)} ORDER BY {dataset.version} DESC, night DESC
                ) = 1
            )
            WHERE {live}
            """
        )
