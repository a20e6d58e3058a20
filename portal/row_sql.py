"""The rows of one portal table: typed values, what holds a row back, and the row as one CSV line.

Three steps, each a SELECT over the one before:

* *checked*: one column `v0`, `v1`, … for each content field (the hash, if the field is hashed), and `held`: 0, or the
  number of the reason why the row stays out. A full package sends all of it; a delta joins it with what the portal has
  (`confirmed.KnownTable`), by key and content as they stand in the file, and sends what differs.
* *ordered*: sorted by the key, on values without the region's prefix (which is the same for all and would only make
  the sort compare equal beginnings). Values are sorted, not finished lines: they are a third of their size.
* *lines*: each row with its newline **before** it. The header is written without one, so the file cannot end with a
  newline and nothing has to be trimmed; and the column of lines is, byte for byte, what goes into the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.confirmed_lines import content_hash_sql
from portal.hashed_values import plain_values, with_hashes
from portal.model import PACKAGE_FIELDS, Field, Table
from portal.operations import CREATE, DELETE, HELD, IS_THERE, MAY_BE_THERE, NOT_THERE, UPDATE
from portal.sql_text import quote_literal, quote_name
from portal.value_sql import ColumnTypes, text_sql, value_sql

#: Why a row is held back, with the words for the operator.
REASONS: dict[str, str] = {
    "empty_key": "пустое ключевое поле",
    "wrong_type": "значение не подходит к типу поля",
    "too_long": "значение длиннее, чем разрешает спецификация",
    "unknown_reference": "строка ссылается на запись, которой в выгрузке нет",
    "duplicate_key": "ключ повторяется: отправлена одна из строк",
}


@dataclass(frozen=True)
class Hold:
    """One reason for which rows of a table may stay out, and the field it speaks of (None: the whole key)."""

    reason: str
    field: str | None
    condition: str


@dataclass(frozen=True)
class RowQuery:
    """The queries for the rows of one table. `holds[n - 1]` is the reason with the number n in column `held`."""

    table: Table
    holds: tuple[Hold, ...]
    checked_sql: str
    values_to_hash_sql: str | None
    """The values whose hashes `checked_sql` looks up: to be remembered (`hashed_values.py`) before it runs."""
    source_sql: str
    prefix: str
    created_at: datetime

    @property
    def header(self) -> str:
        """The first line of the file."""
        return ";".join(field.name for field in self.table.fields)

    def keys_sql(self) -> str:
        """The distinct values of a one-field key that go out: what children may refer to."""
        return f"SELECT DISTINCT {self._key_columns()} AS key_value FROM ({self.checked_sql}) WHERE held = 0"

    def lines_sql(self, *, distinct: bool = False) -> str:
        """All rows in order of key, each a create: `line` ('' where held back), `key_hash`, `held`, `operation`,
        `known` (no row of which the portal may have).

        Equal keys stand next to each other, so whoever reads can see from `key_hash` that there are some; with
        `distinct` all but one of them are held back, which costs a second sort.
        """
        checked = self._distinct_sql() if distinct else self.checked_sql
        return (
            f"SELECT CASE WHEN held = 0 THEN {self._line()} ELSE '' END AS line, "
            f"hash({self._key_columns()}) AS key_hash, held, "
            f"CASE WHEN held = 0 THEN {CREATE} ELSE {HELD} END AS operation, {NOT_THERE} AS known "
            f"FROM (SELECT * FROM ({checked}) ORDER BY {self._key_columns()})"
        )

    def changes_sql(self, known: str, *, resend: bool, distinct: bool = False) -> str:
        """What differs from the rows that the portal has, sorted by operation and key; columns as in `lines_sql`.

        Rows that are held back are not wanted: those that the portal has are deleted. What may be there or not goes out
        again. A wanted key that stands twice can meet the same row of the portal twice: `rows_sql` tells.

        Args:
            known: relation with the columns `key`, `content` and `was_confirmed` (`confirmed.KnownTable`).
            resend: every wanted row is a create, whatever the portal has of it.
            distinct: as in `lines_sql`.
        """
        checked = self._distinct_sql() if distinct else self.checked_sql
        columns = ", ".join(f"wanted.{_column(self.table, field)}" for field in self.table.content)
        key, content = self._joined(self.table.key), self._joined(self.table.content)
        content_hash = content_hash_sql(content, [field.name for field in self.table.content])
        compared = (
            f"WHEN wanted.row_content = known.content THEN NULL WHEN known.was_confirmed THEN {UPDATE} ELSE {CREATE}"
        )
        operation = (
            f"CASE WHEN wanted.held IS NULL THEN {DELETE} WHEN wanted.held > 0 THEN {HELD} "
            f"WHEN known.key IS NULL THEN {CREATE} {f'ELSE {CREATE}' if resend else compared} END"
        )
        keyed = (
            f"SELECT *, CASE WHEN held = 0 THEN {key} END AS row_key, "
            f"CASE WHEN held = 0 THEN {'NULL' if resend else content_hash} END AS row_content FROM ({checked})"
        )
        joined = (
            f"SELECT {columns}, coalesce(wanted.held, 0) AS held, {operation} AS operation, "
            "CASE WHEN wanted.held IS NULL THEN known.key END AS gone_key, "
            f"CASE WHEN known.key IS NULL THEN {NOT_THERE} WHEN known.was_confirmed THEN {IS_THERE} "
            f"ELSE {MAY_BE_THERE} END AS known "
            f"FROM ({keyed}) AS wanted FULL JOIN {known} AS known ON wanted.row_key = known.key"
        )
        return (
            f"SELECT CASE operation WHEN {HELD} THEN '' WHEN {DELETE} THEN concat(chr(10), gone_key) "
            f"ELSE {self._line()} END AS line, hash({self._key_columns()}) AS key_hash, held, operation, known "
            f"FROM (SELECT * FROM ({joined}) WHERE operation IS NOT NULL "
            f"ORDER BY operation, gone_key, {self._key_columns()})"
        )

    def values_sql(self) -> str:
        """The rows that may go out, in order of key: typed values by name of the field, ids with their prefix."""
        columns = ", ".join(f"{self._value(field)} AS {quote_name(field.name)}" for field in self.table.content)
        return f"SELECT {columns} FROM ({self.checked_sql}) WHERE held = 0 ORDER BY {self._key_columns()}"

    def _value(self, field: Field) -> str:
        column = _column(self.table, field)
        return f"{quote_literal(f'{self.prefix}-')} || {column}" if field.is_identifier else column

    def rows_sql(self) -> str:
        """How many rows there are before anything is held back."""
        return f"SELECT count(*) FROM ({self.source_sql})"

    def _key_columns(self) -> str:
        return ", ".join(_column(self.table, field) for field in self.table.key)

    def _distinct_sql(self) -> str:
        # Ordered by all values: which of the rows is sent does not depend on where they stood.
        values = ", ".join(_column(self.table, field) for field in self.table.content)
        number = f"row_number() OVER (PARTITION BY held, {self._key_columns()} ORDER BY {values})"
        held = f"CASE WHEN held = 0 AND {number} > 1 THEN {len(self.holds)} ELSE held END"
        return f"SELECT * REPLACE ({held} AS held) FROM ({self.checked_sql})"

    def _line(self) -> str:
        return f"concat(chr(10), {self._pieces(self.table.fields)})"

    def _joined(self, fields: Sequence[Field]) -> str:
        """Some fields as they stand in a line, with the separators between them."""
        return f"concat({self._pieces(fields)})"

    def _pieces(self, fields: Sequence[Field]) -> str:
        return ", ';', ".join(self._quoted(field) for field in fields)

    def _quoted(self, field: Field) -> str:
        """A field between its quotes: nothing when it is empty, `""` when it is empty and required."""
        if field.name in PACKAGE_FIELDS:
            return quote_literal(f'"{self.created_at:%Y-%m-%d %H:%M:%S}"')
        column = _column(self.table, field)
        text = text_sql(column, field)
        if field.type.name == "string":
            text = f"""replace({text}, '"', '""')"""
        opening = f'"{self.prefix}-' if field.is_identifier else '"'
        empty = '""' if field.required else ""
        quoted = f"""{quote_literal(opening)} || {text} || '"'"""
        return f"CASE WHEN {column} IS NULL THEN {quote_literal(empty)} ELSE {quoted} END"


def row_query(
    table: Table, source: str, types: ColumnTypes, *, prefix: str, created_at: datetime, sent: dict[str, str]
) -> RowQuery:
    """The queries for the rows of one table.

    Args:
        table: the table of the specification.
        source: the SELECT that gives the mart columns (`source_sql`).
        types: DuckDB type of each of these columns.
        prefix: the region's prefix of ids, without the hyphen.
        created_at: what stands in create_datetime and send_datetime, local time of the region.
        sent: for each parent table the name of the table with the keys (`key_value`) that go out.

    Raises:
        BadInput: a column cannot be what the specification wants of it.
    """
    values: list[str] = []
    holds: list[Hold] = []
    for field in table.content:
        value = value_sql(field, types)
        values.append(f"{value.sql} AS {_column(table, field)}")
        if value.failed_sql is not None:
            values.append(f"{value.failed_sql} AS {_failed(table, field)}")
            holds.append(Hold("wrong_type", field.name, _failed(table, field)))
        holds += _holds(table, field, prefix, sent)
    holds.append(Hold("duplicate_key", None, "FALSE"))
    cases = " ".join(f"WHEN {hold.condition} THEN {number}" for number, hold in enumerate(holds, 1))
    columns = ", ".join(_column(table, field) for field in table.content)
    typed = f"SELECT {', '.join(values)} FROM ({source}) AS source"
    hashed = [_column(table, field) for field in table.content if field.hashed]
    checked = f"SELECT {columns}, CASE {cases} ELSE 0 END AS held FROM ({with_hashes(typed, hashed)})"
    return RowQuery(table, tuple(holds), checked, plain_values(typed, hashed), source, prefix, created_at)


def _holds(table: Table, field: Field, prefix: str, sent: dict[str, str]) -> list[Hold]:
    column = _column(table, field)
    holds: list[Hold] = []
    if field.key:
        holds.append(Hold("empty_key", field.name, f"{column} IS NULL"))
    if field.length is not None:
        room = field.length - (len(prefix) + 1 if field.is_identifier else 0)
        holds.append(Hold("too_long", field.name, f"length({column}) > {room}"))
    if field.reference is not None:
        condition = f"{column} IS NOT NULL AND {column} NOT IN (SELECT key_value FROM {sent[field.reference]})"
        holds.append(Hold("unknown_reference", field.name, condition))
    return holds


def _column(table: Table, field: Field) -> str:
    return f"v{table.fields.index(field)}"


def _failed(table: Table, field: Field) -> str:
    return f"failed{table.fields.index(field)}"
