"""docs/marts.md speaks of what is really published: every table, with exactly its columns, their types and its key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dbt_project.generate_marts import documented_tables

Columns = list[tuple[str, str]]


@pytest.fixture(scope="module")
def published(first_night: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Both published files of a night, attached under the names portfolio and people_file."""
    with duckdb.connect() as connection:
        for alias, file in (("portfolio", "portfolio.duckdb"), ("people_file", "people.duckdb")):
            connection.execute(f"ATTACH '{first_night / 'published' / file}' AS {alias} (READ_ONLY)")
        yield connection


def columns_by_table(connection: duckdb.DuckDBPyConnection) -> dict[str, Columns]:
    rows = connection.execute(
        "SELECT table_name, column_name, lower(data_type) FROM duckdb_columns()"
        " WHERE (database_name, schema_name) IN (('portfolio', 'marts'), ('people_file', 'main'))"
        " ORDER BY database_name, table_name, column_index"
    ).fetchall()
    tables: dict[str, Columns] = {}
    for table, column, data_type in rows:
        tables.setdefault(table, []).append((column, data_type))
    return tables


def test_every_published_table_is_documented_with_exactly_its_columns(published: duckdb.DuckDBPyConnection) -> None:
    documented = {
        name: [(column.name, column.data_type) for column in table.columns]
        for name, table in documented_tables().items()
    }

    assert documented == columns_by_table(published)


def test_the_documented_key_identifies_a_row(published: duckdb.DuckDBPyConnection) -> None:
    repeated = []
    for name, key in ((name, ", ".join(table.key)) for name, table in documented_tables().items() if table.key):
        [(database, schema)] = published.execute(
            "SELECT database_name, schema_name FROM duckdb_tables() WHERE table_name = ?", [name]
        ).fetchall()
        rows = published.execute(
            f"SELECT 1 FROM {database}.{schema}.{name} GROUP BY {key} HAVING count(*) > 1 LIMIT 1"
        ).fetchall()
        repeated += [name for _ in rows]

    assert repeated == []
