"""Quoting for SQL that is built from the contract and from paths."""

from __future__ import annotations

from collections.abc import Iterable
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


def file_literals(paths: Iterable[Path]) -> str:
    """A list of files as a literal for a reader."""
    return "[" + ", ".join(file_literal(path) for path in paths) + "]"
