"""A long list in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; `first` is the place of its first row in the whole, from 1."""

    rows: Sequence[T]
    number: int
    pages: int
    first: int
    total: int

    @property
    def last(self) -> int:
        """The place of its last row."""
        return self.first + len(self.rows) - 1


def page_of(rows: Sequence[T], asked: str, size: int) -> Page[T]:
    """The page that an address asks for: the first where it says something else, the last where there are fewer."""
    pages = max(1, -(-len(rows) // size))
    # Longer numbers are no pages of ours, and int() of a very long one is work.
    plain = asked.isascii() and asked.isdigit() and len(asked) <= len(str(pages))
    number = min(max(int(asked), 1), pages) if plain else 1
    begin = (number - 1) * size
    return Page(rows[begin : begin + size], number, pages, begin + 1, len(rows))
