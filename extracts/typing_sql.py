"""How a value of a source becomes a value of the contract, as SQL (the spellings of specification 1-extracts.md).

One macro for each type of the contract. A value in a usual spelling is recognized by its shape, so that a cast reads it
exactly; only other values go through the dearer expressions below. What no expression understands is NULL. DuckDB
computes an argument of a macro anew for each mention of it: macros are called with columns, and with anything dearer
only where few values come. Does not belong here: which rows are rejected for it (judging_sql).
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from extracts.contract import Column, ColumnType
from extracts.sql_text import literal

#: What may surround a value: everything that Python's str.strip() takes away, and a stray byte order mark.
BLANKS = (
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

#: Shapes of the usual spellings. They hold just as many digits as casts need to leave nothing to their leniency, which
#: takes "99-9-12-31", " 9:00" and "24:00" too; classes cost more than `?`, where what is wrong fails in the cast.
_ISO_DATE = "[0-9][0-9][0-9]?-??-?[0-9]"
_ISO_TIME = "[0-9]???-??-?[0-9][T ][012]?:??:?[0-9]"
_HOUR_24 = "___________24%"
_LOCAL_DATE = "[0-9]?.[0-9]?.[0-9]??[0-9]"
_LOCAL_MINUTE = f"{_LOCAL_DATE} [0-9]?:?[0-9]"
_LOCAL_SECOND = f"{_LOCAL_DATE} [0-9]?:?[0-9]:?[0-9]"
_SHORT_DECIMALS = ("[0-9]", "[0-9].[0-9]", "[0-9].[0-9][0-9]")

_LISTED_MOMENT = r"\[\d{1,4}(,\d{1,2}){2}((,\d{1,2}){2,3}|(,\d{1,2}){3},\d{1,9})?\]"
_LISTED_CLOCK = r"\[([01]?\d|2[0-3]),[0-5]?\d(,[0-5]?\d)?\]"


def _clean(length: str) -> str:
    """Without blanks around it; NULL if nothing is left. The cheap looks at both ends spare most values the real trim.

    `length`: what counts the characters, as many as there are bytes in plain ASCII.
    """
    return (
        f"CASE WHEN s BETWEEN '!' AND '~' AND strlen(s) = {length}(s) AND "
        + " AND ".join(f"NOT ends_with(s, {literal(blank)})" for blank in _ASCII_BLANKS)
        + " THEN s WHEN s IS NULL THEN NULL "
        f"WHEN contains({literal(BLANKS)}, left(s, 1)) OR contains({literal(BLANKS)}, right(s, 1)) "
        f"THEN nullif(trim(s, {literal(BLANKS)}), '') ELSE s END"
    )


_MACROS = (
    ("clean(s)", _clean("length")),
    ("clean_id(s)", _clean("length_grapheme")),  # cheaper for ASCII, dearer for anything else
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
    # Whether casts read it as it is, whatever the time zone makes of it.
    (
        "is_iso(x)",
        "x GLOB '????-??-??[T ]??:??:??*' AND NOT contains(x, ',') AND NOT x LIKE '___________% %' "
        "AND x BETWEEN '0001-01-02' AND '9999-12-30'",
    ),
    ("has_zone(x)", "ends_with(x, 'Z') OR contains(x, '+') OR x LIKE '___________%-%'"),
    # The session's time zone is the region's: casting a moment of the world to TIMESTAMP gives its local time.
    ("local_moment(x)", "CAST(try_cast(x AS TIMESTAMP WITH TIME ZONE) AS TIMESTAMP)"),
    (
        "any_moment(x)",
        f"CASE WHEN NOT regexp_full_match(x, {literal(_MOMENT)}) THEN NULL "
        "WHEN has_zone(x) THEN CASE WHEN is_iso(x) THEN local_moment(x) ELSE in_time(local_moment(iso_text(x))) END "
        "ELSE try_cast(iso_text(x) AS TIMESTAMP) END",
    ),
    # The list of one value is a variable, so that the trimmed text is bound once for all that is asked of it.
    (
        "read_datetime(s)",
        f"CASE WHEN s GLOB '{_ISO_TIME}' AND s >= '0001' AND NOT s LIKE '{_HOUR_24}' THEN try_cast(s AS TIMESTAMP) "
        "WHEN s IS NULL THEN NULL "
        f"WHEN s GLOB '{_LOCAL_MINUTE}' AND NOT contains(s, '.0000') THEN try_strptime(s, '%d.%m.%Y %H:%M') "
        f"WHEN s GLOB '{_LOCAL_SECOND}' AND NOT contains(s, '.0000') THEN try_strptime(s, '%d.%m.%Y %H:%M:%S') "
        "ELSE coalesce(any_moment(s), list_transform([clean(s)], lambda x: any_moment(x))[1]) END",
    ),
    (
        "read_date(s)",
        f"CASE WHEN s GLOB '{_ISO_DATE}' AND s >= '0001' THEN try_cast(s AS DATE) "
        "WHEN s IS NULL THEN NULL "
        f"WHEN s GLOB '{_LOCAL_DATE}' AND NOT ends_with(s, '.0000') THEN CAST(try_strptime(s, '%d.%m.%Y') AS DATE) "
        "ELSE CAST(read_datetime(s) AS DATE) END",
    ),
    ("other_integer(x)", "try_cast(regexp_extract(x, '^([+-]?[0-9]+)([.,]0*)?$', 1) AS INTEGER)"),
    (
        "read_integer(s)",
        "CASE WHEN s GLOB '[0-9]' OR s GLOB '[0-9].0' THEN try_cast(s AS INTEGER) WHEN s IS NULL THEN NULL "
        "ELSE other_integer(clean(s)) END",
    ),
    (
        "other_decimal(x)",
        "CASE WHEN regexp_full_match(x, '[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]{1,2})?') "
        "THEN try_cast(replace(x, ',', '.') AS DECIMAL(18,9)) END",
    ),
    (
        "read_decimal(s)",
        "CASE WHEN "
        + " OR ".join(f"s GLOB '{shape}'" for shape in _SHORT_DECIMALS)
        + " THEN try_cast(s AS DECIMAL(18,9)) WHEN s IS NULL THEN NULL ELSE other_decimal(clean(s)) END",
    ),
    ("other_boolean(x)", f"CASE WHEN x IN {_TRUE} THEN true WHEN x IN {_FALSE} THEN false END"),
    (
        "read_boolean(s)",
        "CASE WHEN s = 'true' THEN true WHEN s = 'false' THEN false WHEN s IS NULL THEN NULL "
        "WHEN s IN ('1', 'True', 'да', 'Да') THEN true WHEN s IN ('0', 'False', 'нет', 'Нет') THEN false "
        "ELSE other_boolean(lower(clean(s))) END",
    ),
    ("other_sex(x)", "CASE WHEN x IN ('male', 'м') THEN 'male' WHEN x IN ('female', 'ж') THEN 'female' END"),
    (
        "read_sex(s)",
        "CASE WHEN s IN ('male', 'м', 'М') THEN 'male' WHEN s IN ('female', 'ж', 'Ж') THEN 'female' "
        "WHEN s IS NULL THEN NULL ELSE other_sex(lower(clean(s))) END",
    ),
    (
        "whole_text(n)",
        "CASE WHEN n = trunc(n) THEN coalesce(CAST(try_cast(n AS HUGEINT) AS VARCHAR), CAST(n AS VARCHAR)) "
        "ELSE CAST(n AS VARCHAR) END",
    ),
    # Values of JSON, each given as its JSON text: "…", 4.0, true, [2026,9,1] (SQL NULL for null).
    # What CSV would hold in its place: a string without quotes, anything else as it stands.
    (
        "json_scalar(v)",
        "CASE WHEN starts_with(v, '\"') "
        "THEN CASE WHEN contains(v, '\\') THEN json_extract_string(v, '$') ELSE trim(v, '\"') END ELSE v END",
    ),
    # A list of numbers as one text, each with zeros in front up to its width.
    (
        "joined(v, widths, separator)",
        "array_to_string(list_transform(string_split(trim(v, '[]'), ','), "
        "lambda part, place: lpad(part, widths[place], '0')), separator)",
    ),
    # The same for ids and texts, where a number stands for its shortest text: 4.0 for 4.
    (
        "json_number(v, n)",
        "CASE WHEN NOT (contains(v, '.') OR contains(v, 'e') OR contains(v, 'E')) THEN v "
        "WHEN isfinite(n) THEN whole_text(n) ELSE v END",
    ),
    (
        "json_name(v)",
        "CASE WHEN v BETWEEN '-' AND ':' THEN json_number(v, try_cast(v AS DOUBLE)) ELSE json_scalar(v) END",
    ),
    # Neither list nor object, nor a number without end.
    (
        "json_is_simple(v)",
        "CASE WHEN v IS NULL OR starts_with(v, '\"') THEN true "
        "WHEN v BETWEEN '-' AND ':' THEN coalesce(isfinite(try_cast(v AS DOUBLE)), false) "
        "ELSE v IN ('true', 'false') END",
    ),
    # Nothing said: null, or a string of blanks.
    ("json_is_blank(v)", r"v IS NULL OR regexp_full_match(v, '\"[\s\x{a0}]*\"')"),
    # [2026,9,1] and [2026,9,1,8,30] (then seconds, then nanoseconds), as Java writes its dates.
    (
        "json_moment(v)",
        f"CASE WHEN NOT starts_with(v, '[') THEN json_scalar(v) WHEN regexp_full_match(v, {literal(_LISTED_MOMENT)}) "
        "THEN regexp_replace(regexp_replace(regexp_replace(joined(v, [4, 2, 2, 2, 2, 2, 9], '-'), "
        r"'^(.{10})-(\d\d)-(\d\d)', '\1 \2:\3'), '(:\d\d)-(\d\d)', '\1:\2'), '-(\d{9})$', '.\1') ELSE v END",
    ),
    # [8,30] for the time of a day.
    ("json_is_clock(v)", f"coalesce(regexp_full_match(v, {literal(_LISTED_CLOCK)}), false)"),
    ("json_clock(v)", "CASE WHEN json_is_clock(v) THEN joined(v, [2, 2, 2], ':') ELSE json_name(v) END"),
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


_READERS: dict[ColumnType, str] = {"id": "clean_id", "text": "clean"}


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the macros that the expressions of this module call."""
    for signature, body in _MACROS:
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {signature} AS ({body})")


def is_readable(source_type: str) -> bool:
    """Whether a column of this DuckDB type can hold values of the contract at all."""
    return source_type in _SCALARS or source_type.startswith(("DECIMAL", "ENUM"))


def is_read_as_text(column: Column, source_type: str) -> bool:
    """Whether a value of this DuckDB type is typed by its text, there being no way of its own."""
    return source_type != "VARCHAR" and _native(column, source_type) is None


def typed_expression(column: Column, source: str, source_type: str) -> str:
    """The value of the contract's type, NULL where the source is empty or cannot be understood.

    `source` is the name of a column, `source_type` its DuckDB type (VARCHAR in CSV).
    """
    native = _native(column, source_type)
    if native and not column.values:
        return native(source)
    text = native(source) if native else _as_text(source, source_type)
    if column.values:
        known = ", ".join(literal(value) for value in column.values)
        folded = f"lower(clean({text}))"
        return f"CASE WHEN {text} IN ({known}) THEN {text} WHEN {folded} IN ({known}) THEN {folded} END"
    return f"{_READERS.get(column.type, f'read_{column.type}')}({text})"


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
