"""Names and literals as SQL text. Names come from a checked specification, literals too; nothing a user types."""

from __future__ import annotations


def quote_name(name: str) -> str:
    """An identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def quote_literal(value: str | int | bool) -> str:
    """A string, whole number or boolean as a SQL literal."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("'", "''") + "'"
