"""The Avro schema of a portal table, as the core of the витрина takes uploads (specification 4-portal.md).

The core knows boolean, string, int, long, float, double, date, time-micros and timestamp-micros, unions with null, and
wants in every record the fields of the table in their order and `sys_op` as the last one: 0 upserts, 1 deletes. It
compares the places and types of fields, never their names. Therefore all files of a table have one schema, but for what
may be null: of a deletion only the key is told.

| specification | Avro |
|---|---|
| string, and any field that is hashed | string |
| integer | long |
| decimal of up to 15 digits | double: it gives back every one of them |
| a longer decimal | string |
| boolean | boolean |
| date | int, logical type date |
| datetime | long, logical type timestamp-micros: local time of the region, as in the CSV files |

Key fields are never null; of an upload neither are the two fields of the package and required strings (an empty one is
''). Everything else may be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.model import PACKAGE_FIELDS, Field, Table
from portal.sql_text import quote_name

SYS_OP = "sys_op"
UPSERTS = 0
DELETES = 1

AvroType = str | dict[str, str] | list[str | dict[str, str]]

_DOUBLE_DIGITS = 15
_NOT_OF_A_NAME = re.compile(r"[^A-Za-z0-9_]")
_TYPES: Mapping[str, str | dict[str, str]] = {
    "string": "string",
    "integer": "long",
    "boolean": "boolean",
    "date": {"type": "int", "logicalType": "date"},
    "datetime": {"type": "long", "logicalType": "timestamp-micros"},
}


@dataclass(frozen=True)
class AvroField:
    """One field of the records: `value_sql` makes its value from the text of the CSV column, null where it has none."""

    name: str
    type: AvroType
    value_sql: str
    is_integer: bool


def avro_fields(table: Table | None, header: Sequence[str], *, is_delete: bool) -> list[AvroField]:
    """The fields of a file's records, without `sys_op`.

    Args:
        table: as the specification has it; None if it has no longer.
        header: the fields of the CSV file.
        is_delete: whether that file holds keys only.

    Returns:
        The fields of the table. Of keys that are no fields of it any more, as texts, nothing but these.
    """
    known = {field.name: field for field in table.fields} if table else {}
    names = list(known) if known.keys() >= set(header) else list(header)
    return [_field(name, known.get(name), told=name in header, is_delete=is_delete) for name in names]


def record_schema(table: str, fields: Sequence[AvroField], *, datamart: str) -> dict[str, object]:
    """The schema of the records: the table's name in the namespace of the datamart, `sys_op` last."""
    told: list[dict[str, AvroType]] = [{"name": field.name, "type": field.type} for field in fields]
    return {
        "type": "record",
        "name": table,
        "namespace": _avro_name(datamart),
        "fields": [*told, {"name": SYS_OP, "type": "int"}],
    }


def _avro_name(name: str) -> str:
    """Avro names have no hyphen and begin with no digit."""
    plain = _NOT_OF_A_NAME.sub("_", name)
    return f"_{plain}" if plain[0].isdigit() else plain


def _field(name: str, field: Field | None, *, told: bool, is_delete: bool) -> AvroField:
    kind = _kind(field)
    type_ = _TYPES.get(kind, kind)
    return AvroField(
        name,
        type_ if told and _is_never_null(field, kind, is_delete=is_delete) else ["null", type_],
        _value_sql(name, kind) if told else "NULL",
        is_integer=told and kind == "integer",
    )


def _is_never_null(field: Field | None, kind: str, *, is_delete: bool) -> bool:
    """Of a field that the CSV file has: a delete file has keys only, of whatever specification they were."""
    if is_delete or field is None:
        return True
    return field.key or field.name in PACKAGE_FIELDS or (field.required and kind == "string")


def _kind(field: Field | None) -> str:
    """The specification's name of the type, but for decimals the Avro one."""
    if field is None or field.hashed:
        return "string"
    if field.type.name == "decimal":
        return "double" if field.type.precision <= _DOUBLE_DIGITS else "string"
    return field.type.name


def _value_sql(name: str, kind: str) -> str:
    column = quote_name(name)
    match kind:
        case "string":
            return column
        case "date":
            return f"CAST(TRY_CAST({column} AS DATE) - DATE '1970-01-01' AS INTEGER)"
        case "datetime":
            return f"epoch_us(TRY_CAST({column} AS TIMESTAMP))"
        case _:
            types = {"integer": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN"}
            return f"TRY_CAST({column} AS {types[kind]})"
