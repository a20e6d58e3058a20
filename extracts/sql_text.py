"""Quoting for SQL that is built from the contract and from paths."""

from __future__ import annotations

from pathlib import Path


def literal(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A quoted name."""
    return '"' + name.replace('"', '""') + '"'


def file_literal(path: Path) -> str:
    """One file as a literal for a reader: DuckDB takes paths for patterns, so `*`, `?` and `[` are put in brackets."""
    escaped = "".join(f"[{character}]" if character in "*?[" else character for character in str(path))
    return literal(escaped)
