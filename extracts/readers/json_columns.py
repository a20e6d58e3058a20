"""Columns of JSON records, as the typing that all formats share takes them.

Every value comes as its JSON text (`"…"`, `4.0`, `[2026,9,1]`), in a column `raw_<column of the contract>`, and is read
by the macros of typing_sql.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from extracts.contract import Column, Dataset
from extracts.judging_sql import read_columns
from extracts.matching import folded
from extracts.sql_text import identifier
from extracts.typed_copy import SourceColumn


@dataclass(frozen=True)
class Rows:
    """What a file's records give: rows in a relation, and `place`, the SQL of a row's line or place in the file (empty:
    the rows are counted).

    `cures` and `remarks` as in TypedCopy and Outcome.
    """

    relation: str
    columns: Sequence[SourceColumn]
    place: str
    count: int
    remarks: Mapping[str, int] = field(default_factory=dict)
    cures: Mapping[str, str] = field(default_factory=dict)


def json_text(name: str, record: str = "record") -> str:
    """SQL of the JSON text of a key's value."""
    return f"CAST({record}.{identifier(name)} AS VARCHAR)"


def first_of(values: Sequence[str]) -> str:
    """SQL of the first of some JSON texts that says anything; blank strings and null do not."""
    if len(values) == 1:
        return values[0]
    said = [f"CASE WHEN NOT json_is_blank({value}) THEN {value} END" for value in values]
    return f"coalesce({', '.join(said)})"


def value_column(name: str, column: Column) -> SourceColumn:
    """A column of the contract that is read from its JSON text; `name` is the source's name of it."""
    raw = f"raw_{column.name}"
    if column.type in ("id", "text") and not column.values:
        if column.name in ("begin_time", "end_time"):
            return SourceColumn(
                name, f"json_clock({raw})", refused=f"NOT (json_is_clock({raw}) OR json_is_simple({raw}))"
            )
        return SourceColumn(name, f"json_name({raw})", refused=f"NOT json_is_simple({raw})")
    reader = "json_moment" if column.type in ("date", "datetime") else "json_scalar"
    return SourceColumn(name, f"{reader}({raw})")


def unread_columns(names: Iterable[str]) -> list[SourceColumn]:
    """Keys that are only named in the load report."""
    return [SourceColumn(name, "NULL") for name in names]


def columns_by_name(dataset: Dataset) -> Mapping[str, Column]:
    """Every column that is read from a source."""
    return {column.name: column for column in read_columns(dataset)}


def keys_of_columns(dataset: Dataset, names: Sequence[str], rename: Mapping[str, str]) -> dict[str, list[str]]:
    """Column of the contract → the keys that are it, by name or by `rename`."""
    renamed = {folded(source): target for source, target in rename.items()}
    ours = columns_by_name(dataset)
    found: dict[str, list[str]] = {}
    for name in names:
        target = renamed.get(folded(name), folded(name))
        if target in ours:
            found.setdefault(target, []).append(name)
    return found
