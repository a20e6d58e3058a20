"""The queries of the tables of a specification over one opened publication, parents before children.

A child's rows are held against the keys of its parents that go out: those stand in a table of the connection's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from portal.model import Specification, Table
from portal.row_sql import RowQuery, row_query
from portal.source_sql import MartColumns, Scope, source_sql
from portal.sql_text import quote_name


@dataclass(frozen=True)
class TableQueries:
    """What the queries of all tables share."""

    connection: duckdb.DuckDBPyConnection
    specification: Specification
    marts: MartColumns
    scope: Scope
    prefix: str
    created_at: datetime

    def query(self, table: Table, condition: str | None = None) -> RowQuery:
        """The query of one table; those that it refers to must have been asked to `keep_keys` before.

        condition: SQL on the mart columns that the table is made of; other rows are left out before any is formatted.
        """
        source = source_sql(table, self.marts, self.scope)
        if condition is not None:
            source = f"SELECT * FROM ({source}) WHERE {condition}"
        described = self.connection.execute(f"DESCRIBE {source}").fetchall()
        types = {str(name): str(type_) for name, type_, *_ in described}
        sent = {parent: _keys_table(parent) for parent in table.parents}
        return row_query(table, source, types, prefix=self.prefix, created_at=self.created_at, sent=sent)

    def keep_keys(self, query: RowQuery) -> None:
        """Makes the table of the keys that go out, if another table refers to this one."""
        name = query.table.name
        if name in self.specification.referred:
            self.connection.execute(f"CREATE TEMP TABLE {_keys_table(name)} AS {query.keys_sql()}")


def _keys_table(table: str) -> str:
    return quote_name(f"keys_of_{table}")
