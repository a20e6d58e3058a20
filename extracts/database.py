"""The DuckDB connection of a load: bounded memory, the region's time zone, nothing from the net."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from extracts.options import LoadOptions
from extracts.sql_text import literal
from extracts.typing_sql import create_macros

#: What a typing query gains from. The rest costs a small file more time than its rows, and one does harm: a filter on
#: typed columns that is pushed below the typing would have every value typed twice.
_USEFUL_OPTIMIZERS = ("unused_columns", "column_lifetime")


@contextmanager
def open_connection(options: LoadOptions, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory, with the macros of typing_sql; what does not fit goes to the folder `spill`."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": options.memory_limit,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": False,
        "preserve_insertion_order": True,
    }
    if options.threads:
        config["threads"] = options.threads
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute(f"SET TimeZone = {literal(options.time_zone)}")
        connection.execute(f"SET disabled_optimizers = {literal(_optimizers_without_use(connection))}")
        create_macros(connection)
        yield connection
    finally:
        connection.close()


def fetch(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    """The rows of a query that reads a file from outside. Errors: duckdb.Error.

    DuckDB quotes what it could not read, and may cut it amid a letter: then its message is no text, and Python would
    raise a UnicodeDecodeError that holds the quote.
    """
    try:
        return connection.execute(query).fetchall()
    except UnicodeDecodeError:
        raise duckdb.InvalidInputException("DuckDB could not read a value") from None


def _optimizers_without_use(connection: duckdb.DuckDBPyConnection) -> str:
    known = [name for (name,) in connection.execute("SELECT name FROM duckdb_optimizers()").fetchall()]
    return ",".join(name for name in known if name not in _USEFUL_OPTIMIZERS)
