"""The SQL scripts of the sample region, and the variables they read."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path

import duckdb

SQL_FOLDER = Path(__file__).with_name("sql")
DATA_FOLDER = Path(__file__).with_name("data")

Value = bool | int | date | datetime | list[date]


@cache
def script(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return (SQL_FOLDER / f"{name}.sql").read_text("utf-8")


def run_scripts(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Run every statement of the scripts, in order."""
    for name in names:
        connection.execute(script(name))


def set_variables(connection: duckdb.DuckDBPyConnection, variables: dict[str, Value]) -> None:
    """Set what scripts read with getvariable()."""
    for name, value in variables.items():
        connection.execute(f"SET VARIABLE {name} = {literal(value)}")


def literal(value: Value | str) -> str:
    """A value as SQL."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)


def open_database(*, memory: str, temporary: Path) -> duckdb.DuckDBPyConnection:
    """An empty database in memory that works on one thread.

    One thread each: rows then come out in one and the same order, whatever the machine, and buckets run side by side.
    """
    connection = duckdb.connect(
        ":memory:", config={"threads": 1, "memory_limit": memory, "temp_directory": str(temporary)}
    )
    connection.execute("SET enable_progress_bar = false")
    run_scripts(connection, "macros")
    return connection
