"""The SQL that a PostgreSQL source is asked with. Names from the settings are quoted; bounds are the driver's literals.

A `query` of the settings stands inside a subquery, on lines of its own. That nothing but a SELECT can stand there is
seen to by whoever runs it: as the query of a cursor, over the protocol that takes one statement only, in a read-only
transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from psycopg import sql

from extracts.connectors.options import TableDataset
from extracts.connectors.window import Window

#: Types by which rows can be told to be new.
CURSOR_TYPES = ("timestamptz", "timestamp", "date")


def relation(dataset: TableDataset) -> sql.Composed:
    """What stands after FROM."""
    if dataset.table:
        return sql.SQL("{} AS source").format(sql.Identifier(*dataset.table.split(".")))
    # The operator's own query, not a stranger's text; see the module.
    query = sql.SQL((dataset.query or "").strip().rstrip(";"))
    return sql.SQL("(\n{}\n) AS source").format(query)


def shape(dataset: TableDataset) -> sql.Composed:
    """A query that gives the columns and no row."""
    return sql.SQL("SELECT * FROM {} LIMIT 0").format(relation(dataset))


def rows(
    dataset: TableDataset, columns: Mapping[str, str], window: Window, *, cursor_type: str | None, zone: ZoneInfo
) -> sql.Composed:
    """A query for the rows of the window: our column → the source's. Without a cursor all rows are meant.

    zone: of a cursor without a time zone of its own.
    """
    chosen = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(sql.Identifier("source", theirs), sql.Identifier(ours))
        for ours, theirs in columns.items()
    )
    asked = sql.SQL("SELECT {} FROM {}").format(chosen, relation(dataset))
    if dataset.cursor is None or cursor_type is None:
        return asked
    cursor = sql.Identifier("source", dataset.cursor)
    until = sql.SQL("{} < {}").format(cursor, _bound(window.until, cursor_type, zone, upper=True))
    within = [until]
    if window.since:
        within.append(sql.SQL("{} >= {}").format(cursor, _bound(window.since, cursor_type, zone, upper=False)))
    # A row that does not say when it changed would never be new: it comes every time.
    always = sql.SQL("{0} IS NULL OR NOT isfinite({0})").format(cursor)
    return sql.SQL("{} WHERE ({}) OR {}").format(asked, sql.SQL(" AND ").join(within), always)


def count_ahead(dataset: TableDataset, moment: datetime, *, cursor_type: str, zone: ZoneInfo) -> sql.Composed:
    """A query for how many rows say that they changed after a moment."""
    cursor = sql.Identifier("source", dataset.cursor or "")
    bound = _bound(moment, cursor_type, zone, upper=True)
    condition = sql.SQL("{0} >= {1} AND isfinite({0})").format(cursor, bound)
    return sql.SQL("SELECT count(*) FROM {} WHERE {}").format(relation(dataset), condition)


def _bound(moment: datetime, cursor_type: str, zone: ZoneInfo, *, upper: bool) -> sql.Literal:
    if cursor_type == "timestamptz":
        return sql.Literal(moment)
    local = moment.astimezone(zone).replace(tzinfo=None)
    return sql.Literal(local if cursor_type == "timestamp" else _day(local, upper=upper))


def _day(local: datetime, *, upper: bool) -> date:
    """A column of dates knows no hours: a day that has begun is asked for whole."""
    return local.date() + timedelta(days=1) if upper and local.time() != time.min else local.date()
