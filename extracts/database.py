"""The DuckDB connection of a load: bounded memory, the region's time zone, nothing from the net."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from extracts.options import LoadOptions
from extracts.sql_text import literal
from extracts.typing_sql import create_macros


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
        # Pushed below a projection, a filter on typed columns would have each value typed twice.
        connection.execute("SET disabled_optimizers = 'filter_pushdown'")
        create_macros(connection)
        yield connection
    finally:
        connection.close()
