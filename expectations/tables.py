"""Small things that the SQL of this room shares."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def literal(text: str) -> str:
    """A string, quoted."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """Strings, quoted, with commas."""
    return ", ".join(literal(text) for text in texts)


def path_literal(path: Path) -> str:
    """A file, quoted."""
    return literal(str(path))
