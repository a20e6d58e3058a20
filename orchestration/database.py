"""Small things that every use of a DuckDB file here needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration.home import make_private_folder, private_umask, sync
from orchestration.settings import Settings


@contextmanager
def open_database(
    path: Path, settings: Settings, *, read_only: bool = False, storage_version: str | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection within the settings' memory and threads, closed afterwards; a file that it makes is private.

    storage_version: the oldest DuckDB that has to read the file that this makes; without one, DuckDB's own choice.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
        "temp_directory": str(settings.home.temporary),
    }
    if storage_version:
        config["storage_compatibility_version"] = storage_version
    make_private_folder(settings.home.temporary)
    with private_umask():
        connection = duckdb.connect(str(path), read_only=read_only, config=config)
        try:
            # Its bar would mix with our own lines, and stand in logs.
            connection.execute("SET enable_progress_bar = false")
            yield connection
        finally:
            connection.close()


def attach(connection: duckdb.DuckDBPyConnection, path: Path, alias: str, *, read_only: bool = False) -> None:
    """Attaches a database file under a name of ours."""
    access = " (READ_ONLY)" if read_only else ""
    connection.execute(f"ATTACH {literal(str(path))} AS {alias}{access}")


def detach_finished(connection: duckdb.DuckDBPyConnection, path: Path, alias: str) -> None:
    """Checkpoints and detaches a file that was written, and puts it onto the disk."""
    connection.execute(f"CHECKPOINT {alias}")
    connection.execute(f"DETACH {alias}")
    sync(path)


def tables_of(connection: duckdb.DuckDBPyConnection, catalog: str, schema: str) -> dict[str, list[str]]:
    """Every table and view of a schema with its columns in order."""
    rows = connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = ? AND schema_name = ?"
        " ORDER BY table_name, column_index",
        [catalog, schema],
    ).fetchall()
    tables: dict[str, list[str]] = {}
    for table, column in rows:
        tables.setdefault(table, []).append(column)
    return tables


def name(identifier: str) -> str:
    """An identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string, quoted."""
    return "'" + text.replace("'", "''") + "'"
