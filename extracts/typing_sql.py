"""How a value of a source becomes a value of the contract, as SQL (the spellings of specification 1-extracts.md).

One macro for each type of the contract. A value in the usual spelling is recognized by casting it and writing it back:
what gives the same text was read right; only other values go through the dearer expressions below. What no expression
understands is NULL. Does not belong here: which rows are rejected for it (judging_sql).
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from extracts.contract import Column, ColumnType
from extracts.sql_text import literal

#: What may surround a value: everything that Python's str.strip() takes away, and a stray byte order mark.
_BLANKS = (
    "\t\n\v\f\r \x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    + ("\u2028\u2029\u202f\u205f\u3000\ufeff")
)
#: The blanks of plain ASCII text that a value may end with; the rarest ones are taken away only beside another blank.
_ASCII_BLANKS = " \t\n\r"

_YEAR = r"(\d{3}[1-9]|\d\d[1-9]\d|\d[1-9]\d\d|[1-9]\d{3})"  # there is no year 0000
_MOMENT = (
    rf"({_YEAR}-\d\d-\d\d|\d\d\.\d\d\.{_YEAR})"  # 2026-09-01, 01.09.2026
    r"([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d+)?)?"  # 08:30, 08:30:15, 08:30:15.123
    r"( ?(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?))?)?"  # Z, +05, +0500, +05:00
)

_TRUE = "('true', '1', 'да', '1.0')"
_FALSE = "('false', '0', 'нет', '0.0')"

_MACROS = (
    # Without blanks around it; NULL if nothing is left. The cheap look at both ends spares most values the real trim.
    (
        "clean(s)",
        "CASE WHEN s IS NULL THEN NULL WHEN s BETWEEN '!' AND '~' AND strlen(s) = length(s) AND "
        + " AND ".join(f"NOT ends_with(s, {literal(blank)})" for blank in _ASCII_BLANKS)
        + f" THEN s ELSE nullif(trim(s, {literal(_BLANKS)}), '') END",
    ),
    ("in_time(t)", "CASE WHEN t BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN t END"),
    # Any spelling that _MOMENT describes, in the one way that casts read.
    (
        "full_clock(r)",
        "CASE WHEN r = '' THEN '00:00:00' WHEN substring(r, 6, 1) = ':' THEN r "
        "ELSE concat(substring(r, 1, 5), ':00', substring(r, 6)) END",
    ),
    (
        "iso_text(x)",
        "concat(CASE WHEN substring(x, 3, 1) = '.' "
        "THEN concat(substring(x, 7, 4), '-', substring(x, 4, 2), '-', substring(x, 1, 2)) "
        "ELSE substring(x, 1, 10) END, 'T', "
        "full_clock(replace(replace(substring(x, 12), ',', '.'), ' ', '')))",
    ),
    # The session's time zone is the region's: casting a moment of the world to TIMESTAMP gives its local time.
    (
        "any_moment(x)",
        f"CASE WHEN NOT regexp_full_match(x, {literal(_MOMENT)}) THEN NULL "
        "WHEN regexp_matches(substring(x, 17), '[Z+-]') "
        "THEN in_time(CAST(try_cast(iso_text(x) AS TIMESTAMP WITH TIME ZONE) AS TIMESTAMP)) "
        "ELSE try_cast(iso_text(x) AS TIMESTAMP) END",
    ),
    (
        "written(x, f)",
        "CASE WHEN strftime(try_strptime(x, f), f) = x AND NOT contains(x, '.0000') THEN try_strptime(x, f) END",
    ),
    (
        "other_date(x)",
        "CASE WHEN strlen(x) = 10 AND substring(x, 3, 1) = '.' THEN CAST(written(x, '%d.%m.%Y') AS DATE) "
        "ELSE CAST(any_moment(x) AS DATE) END",
    ),
    (
        "read_date(s, guess)",
        "CASE WHEN s IS NULL THEN NULL WHEN strlen(s) = 10 AND CAST(guess AS VARCHAR) = s THEN guess "
        "ELSE other_date(clean(s)) END",
    ),
    (
        "other_datetime(x)",
        "CASE WHEN strlen(x) = 16 AND x LIKE '__.__.____ %' THEN written(x, '%d.%m.%Y %H:%M') "
        "WHEN strlen(x) = 19 AND x LIKE '__.__.____ %' THEN written(x, '%d.%m.%Y %H:%M:%S') "
        "WHEN CAST(try_cast(x AS TIMESTAMP) AS VARCHAR) = replace(x, 'T', ' ') THEN in_time(try_cast(x AS TIMESTAMP)) "
        "ELSE any_moment(x) END",
    ),
    (
        "read_datetime(s, guess)",
        "CASE WHEN s IS NULL THEN NULL WHEN CAST(guess AS VARCHAR) = s THEN in_time(guess) "
        "ELSE other_datetime(clean(s)) END",
    ),
    (
        "other_integer(x)",
        "CASE WHEN regexp_full_match(x, '[+-]?[0-9]+([.,]0*)?') "
        "THEN try_cast(regexp_extract(x, '^[+-]?[0-9]+') AS INTEGER) END",
    ),
    (
        "read_integer(s, guess)",
        "CASE WHEN s IS NULL THEN NULL WHEN CAST(guess AS VARCHAR) = s THEN guess ELSE other_integer(clean(s)) END",
    ),
    (
        "other_decimal(x)",
        "CASE WHEN regexp_full_match(x, '[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]{1,2})?') "
        "THEN try_cast(replace(x, ',', '.') AS DECIMAL(18,9)) END",
    ),
    (
        "read_decimal(s, guess)",
        "CASE WHEN s IS NULL THEN NULL WHEN regexp_full_match(s, '[0-9]+([.][0-9]+)?') THEN guess "
        "ELSE other_decimal(clean(s)) END",
    ),
    ("other_boolean(x)", f"CASE WHEN x IN {_TRUE} THEN true WHEN x IN {_FALSE} THEN false END"),
    (
        "read_boolean(s)",
        "CASE WHEN s IS NULL THEN NULL WHEN s = 'true' THEN true WHEN s = 'false' THEN false "
        "ELSE other_boolean(lower(clean(s))) END",
    ),
    (
        "read_sex(s)",
        "CASE WHEN lower(clean(s)) IN ('male', 'м') THEN 'male' "
        "WHEN lower(clean(s)) IN ('female', 'ж') THEN 'female' END",
    ),
    (
        "whole_text(n)",
        "CASE WHEN n = trunc(n) THEN coalesce(CAST(try_cast(n AS HUGEINT) AS VARCHAR), CAST(n AS VARCHAR)) "
        "ELSE CAST(n AS VARCHAR) END",
    ),
)

_FLOATS = ("FLOAT", "DOUBLE")
_INTEGERS = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
)
_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")

#: Types that SQL casts to text; any other type of a Parquet column (lists, structures, bytes) cannot be read.
_SCALARS = ("VARCHAR", "BOOLEAN", "UUID", "TIME", "JSON", *_FLOATS, *_INTEGERS, *_TIMES)

#: The types whose usual spelling is found by a cast, which is computed once, before the macro looks at it.
GUESSED: dict[ColumnType, str] = {
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "integer": "INTEGER",
    "decimal": "DECIMAL(18,9)",
}


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the macros that the expressions of this module call."""
    for signature, body in _MACROS:
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {signature} AS ({body})")


def is_readable(source_type: str) -> bool:
    """Whether a column of this DuckDB type can hold values of the contract at all."""
    return source_type in _SCALARS or source_type.startswith(("DECIMAL", "ENUM"))


def guess_expression(column: Column, source: str, source_type: str) -> str | None:
    """The cast that recognizes the usual spelling of a text value; None where the type has none."""
    if column.type not in GUESSED or _native(column, source_type):
        return None
    return f"try_cast({_as_text(source, source_type)} AS {GUESSED[column.type]})"


def typed_expression(column: Column, source: str, source_type: str, guess: str) -> str:
    """The value of the contract's type, NULL where the source is empty or cannot be understood.

    `source` and `guess` are names of columns; `source_type` is the DuckDB type of the source (VARCHAR in CSV).
    """
    native = _native(column, source_type)
    if native and not column.values:
        return native(source)
    text = native(source) if native else _as_text(source, source_type)
    if column.values:
        known = ", ".join(literal(value) for value in column.values)
        return f"CASE WHEN lower(clean({text})) IN ({known}) THEN lower(clean({text})) END"
    if column.type in GUESSED:
        return f"read_{column.type}({text}, {guess})"
    return f"clean({text})" if column.type in ("id", "text") else f"read_{column.type}({text})"


def _as_text(source: str, source_type: str) -> str:
    return source if source_type == "VARCHAR" else f"CAST({source} AS VARCHAR)"


def _native(column: Column, source_type: str) -> Callable[[str], str] | None:
    """The expression for a true type of Parquet, where its text would be dearer to read, or say something else."""
    if source_type in _TIMES and column.type in ("date", "datetime"):
        return _date if column.type == "date" else _moment
    if source_type == "TIMESTAMP WITH TIME ZONE" and column.type in ("id", "text"):
        return lambda source: f"CAST(CAST({source} AS TIMESTAMP) AS VARCHAR)"
    if source_type == "BOOLEAN" and column.type == "boolean":
        return lambda source: source
    if source_type in _FLOATS:
        return _FROM_FLOAT.get(column.type)
    if source_type in _INTEGERS:
        return _FROM_INTEGER.get(column.type)
    return _FROM_DECIMAL.get(column.type) if source_type.startswith("DECIMAL") else None


def _date(source: str) -> str:
    return f"CAST({_moment(source)} AS DATE)"


def _moment(source: str) -> str:
    return f"in_time(CAST({source} AS TIMESTAMP))"


def _cast(type_: str) -> Callable[[str], str]:
    return lambda source: f"try_cast({source} AS {type_})"


def _finite(expression: Callable[[str], str]) -> Callable[[str], str]:
    return lambda source: f"CASE WHEN isfinite({source}) THEN {expression(source)} END"


def _whole(source: str) -> str:
    return f"CASE WHEN {source} = trunc({source}) THEN try_cast({source} AS INTEGER) END"


def _whole_text(source: str) -> str:
    return f"whole_text({source})"


_FROM_INTEGER: dict[ColumnType, Callable[[str], str]] = {
    "integer": _cast("INTEGER"),
    "decimal": _cast("DECIMAL(18,9)"),
}
_FROM_DECIMAL: dict[ColumnType, Callable[[str], str]] = {
    "integer": _whole,
    "decimal": _cast("DECIMAL(18,9)"),
    "id": _whole_text,
    "text": _whole_text,
}
#: Not to decimals: the shortest text of a binary fraction is what its writer meant; a cast makes 4.4999… of 4.5.
_FROM_FLOAT: dict[ColumnType, Callable[[str], str]] = {
    "integer": _finite(_whole),
    "id": _finite(_whole_text),
    "text": _finite(_whole_text),
}
