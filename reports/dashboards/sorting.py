"""Puts the rows of a table in the order that a reader chose at the head of a column."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from reports.dashboards.blocks import Block, Cell, Table
from reports.dashboards.order import Order

_DIGITS = re.compile(r"(\d+)", re.ASCII)


def next_order(table: Table, column: int, order: Order | None) -> Order:
    """What choosing a column's head leads to: its order, and once it stands in it the other one."""
    here = order is not None and (order.table, order.column) == (table.name, column)
    return Order(table.name, column, descending=here and order is not None and not order.descending)


def in_order(block: Block, order: Order | None) -> Block:
    """The block with its rows in the order; one that the order does not speak of stays as it is.

    What is hidden and what there is not stand last in both directions: their place tells nothing of their values.
    """
    if order is None or not isinstance(block, Table) or block.name != order.table or order.column >= len(block.head):
        return block
    ranked = [(_rank(row[order.column]), row) for row in block.rows]
    known = sorted(
        (one for one in ranked if one[0] is not None), key=lambda one: one[0] or (), reverse=order.descending
    )
    rest = [row for rank, row in ranked if rank is None]
    return replace(block, rows=(*(row for _, row in known), *rest))


def _rank(cell: Cell) -> tuple[object, ...] | None:
    value = cell.value if cell.order is None else cell.order
    if value is None or cell.is_hidden:
        return None
    if isinstance(value, int | Decimal):
        return (0, value)
    # Names as people count them: class 9 before class 10, Ё beside Е.
    pieces = _DIGITS.split(value.casefold().replace("ё", "е"))
    return (1, *((0, int(piece)) if place % 2 else (1, piece) for place, piece in enumerate(pieces)))
