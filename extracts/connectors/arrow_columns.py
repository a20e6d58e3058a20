"""Columns of a PostgreSQL result as Arrow arrays of true types.

PostgreSQL sends text and Arrow makes values of it, whole columns at a time. What a type cannot hold (the year 20266, a
NaN among decimals) leaves its column text in that piece: the loader then rejects the one row, and says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import Column as ResultColumn
from psycopg.adapt import AdaptersMap
from psycopg.types.string import TextLoader

from extracts.contract import Dataset

#: Types that come as Python's own values; of all others the text is taken that PostgreSQL sends.
_AS_VALUES = ("bool", "float4", "float8")

_WHOLE = ("int2", "int4", "int8", "oid")
_ENDLESS = pa.array(["infinity", "-infinity"])
_MAX_DIGITS = 38
_LOOSE_SCALE = 9

Values = Sequence[object]


@dataclass(frozen=True)
class ArrowColumn:
    """One column of the Parquet file: our name, its true type, and the time zone that its bare times are meant in."""

    name: str
    type: pa.DataType
    zone: ZoneInfo | None = None


def take_text(adapters: AdaptersMap) -> None:
    """Makes a connection give the values of nearly all types as text."""
    for known in adapters.types:
        adapters.register_loader(known.array_oid, TextLoader)
        if known.name not in _AS_VALUES:
            adapters.register_loader(known.oid, TextLoader)


def describe(name: str, dataset: Dataset, source: ResultColumn, type_name: str, zone: ZoneInfo | None) -> ArrowColumn:
    """The column that a column of the result becomes. Ids stay text, whatever the source keeps them in.

    zone: of times without an offset, where it is not the region's own.
    """
    is_id = any(column.name == name and column.type == "id" for column in dataset.columns)
    if is_id and (type_name in _WHOLE or (type_name == "numeric" and not source.scale)):
        return ArrowColumn(name, pa.string())
    simple: dict[str, pa.DataType] = {
        **dict.fromkeys(_WHOLE, pa.int64()),
        "bool": pa.bool_(),
        "float4": pa.float64(),
        "float8": pa.float64(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
        "timestamptz": pa.timestamp("us", "UTC"),
        "numeric": _decimal(source.precision, source.scale),
    }
    return ArrowColumn(name, simple.get(type_name, pa.string()), zone if type_name == "timestamp" else None)


def make_array(column: ArrowColumn, values: Values) -> tuple[pa.Array, int]:
    """The values as an array of the column's type, or of text if one of them does not fit into it.

    Besides, how many of them were PostgreSQL's endless dates ("never", "always"): these are empty in the array, because
    an end without a date is one that is not known.
    """
    if pa.types.is_boolean(column.type) or pa.types.is_floating(column.type):
        return pa.array(values, column.type), 0
    text = pa.array(values, pa.string())
    endless = 0
    if pa.types.is_temporal(column.type):
        is_endless = pc.is_in(text, _ENDLESS)
        endless = int(pc.sum(is_endless).as_py() or 0)
        text = pc.if_else(is_endless, pa.scalar(None, pa.string()), text) if endless else text
    return _typed(column, text), endless


def _typed(column: ArrowColumn, text: pa.Array) -> pa.Array:
    try:
        array = text.cast(column.type)
    except pa.ArrowInvalid:
        return _zoned_text(text, column.zone)
    if column.zone is None:
        return array
    # An hour that the clock struck twice, or left out, is one of the two: no reason to lose the row.
    return pc.assume_timezone(array, str(column.zone), ambiguous="earliest", nonexistent="earliest")


def _decimal(precision: int | None, scale: int | None) -> pa.DataType:
    if precision is None or scale is None:
        return pa.decimal128(_MAX_DIGITS, _LOOSE_SCALE)
    fits = precision <= _MAX_DIGITS and 0 <= scale <= precision
    return pa.decimal128(precision, scale) if fits else pa.string()


def _zoned_text(text: pa.Array, zone: ZoneInfo | None) -> pa.Array:
    if zone is None:
        return text
    return pa.array([_with_offset(value, zone) for value in text.to_pylist()], pa.string())


def _with_offset(value: str | None, zone: ZoneInfo) -> str | None:
    try:
        return datetime.fromisoformat(value).replace(tzinfo=zone).isoformat(sep=" ") if value else value
    except ValueError:  # nothing that Python could place in time: as it came, for the loader to reject
        return value
