"""The order of a table's rows in an address: `parts.2` by the third column, `parts.-2` the other way round."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WRITTEN = re.compile(r"([a-z]{1,20})\.(-?)(\d{1,3})", re.ASCII)


@dataclass(frozen=True)
class Order:
    """By which column of which table, from the least to the greatest or the other way round."""

    table: str
    column: int
    descending: bool = False

    def __str__(self) -> str:
        """As it stands in an address."""
        return f"{self.table}.{'-' if self.descending else ''}{self.column}"


def order_of(text: str) -> Order | None:
    """The order that an address means; None if it means none."""
    found = _WRITTEN.fullmatch(text)
    return Order(found[1], int(found[3]), bool(found[2])) if found else None
