"""Which rows load and which are rejected, and why, as SQL over typed columns (specification 1-extracts.md).

For every column of the contract the inner query has `source_<name>` (as it came) and `typed_<name>`; `is_tombstone`
says that the row tells of a deletion: such a row needs its key alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from extracts.contract import Column, ColumnType, Dataset
from extracts.sql_text import literal

DELETED = Column(name="deleted", type="boolean", required=False, title="Удалено")

#: Longest part of a value that a reject shows: enough to find it in the source.
SHOWN_CHARACTERS = 1000

_EXPECTED: dict[ColumnType, str] = {
    "id": "не код",
    "text": "не текст",
    "date": "не дата: ожидается ГГГГ-ММ-ДД или ДД.ММ.ГГГГ",
    "datetime": "не дата и время: ожидается ГГГГ-ММ-ДД ЧЧ:ММ:СС или ДД.ММ.ГГГГ ЧЧ:ММ",
    "boolean": "не логическое значение: ожидается true/false, 1/0 или да/нет",
    "integer": "не целое число",
    "decimal": "не число",
    "sex": "не пол: ожидается male/female или м/ж",
}


def read_columns(dataset: Dataset) -> tuple[Column, ...]:
    """Every column that is read from a source: the contract's, and `deleted` where a row can be deleted."""
    return (*dataset.columns, DELETED) if dataset.is_deletable else dataset.columns


def tombstone(dataset: Dataset) -> str:
    """Whether the row says that it was deleted."""
    if not dataset.is_deletable:
        return "false"
    return "(typed_deleted_at IS NOT NULL OR coalesce(typed_deleted, false))"


def is_good(dataset: Dataset, *, texts: frozenset[str], refusable: Collection[str]) -> str:
    """The condition of a row that loads; never NULL.

    `texts` names the columns whose source is text, `refusable` those that have `refused_<name>`: whether the value is
    of a kind that the column cannot hold (an object in JSON).
    """
    columns = read_columns(dataset)
    refusals = [f"NOT refused_{column.name}" for column in columns if column.name in refusable]
    plainly = [part for column in columns for part in _is_plain(dataset, column, is_text=column.name in texts)]
    exactly = [part for column in columns for part in _conditions(dataset, column, is_text=column.name in texts)]
    # Most rows meet the first half, which costs half as much; whether a row loads is for the second to say.
    return f"(({' AND '.join([*refusals, *plainly])}) OR ({' AND '.join([*refusals, *exactly])}))"


def problems(
    dataset: Dataset,
    *,
    texts: frozenset[str],
    refusable: Mapping[str, str],
    absent: Sequence[str],
    cures: Mapping[str, str],
) -> str:
    """A list with one structure {column, value, reason} (or NULL) for each column of a row.

    `refusable`: column → the reason of a reject for its being refused (empty: the usual one). `cures`: column → the
    reason of a reject for its being empty, in place of the usual one.
    """
    listed = [
        _problem(
            dataset,
            column,
            is_text=column.name in texts,
            refusal=refusable.get(column.name),
            empty=cures.get(column.name) or _empty(column, absent),
        )
        for column in read_columns(dataset)
    ]
    return "[" + ", ".join(problem for problem in listed if problem) + "]"


def _conditions(dataset: Dataset, column: Column, *, is_text: bool) -> list[str]:
    conditions = [_is_readable(column, is_text=is_text), _is_inside(column), _is_present(dataset, column)]
    return [condition for condition in conditions if condition]


def _is_plain(dataset: Dataset, column: Column, *, is_text: bool) -> list[str]:
    """What is enough for all of `_conditions`, and cheap."""
    bounds = _bounds(column)
    inside = [f"({bounds}) IS DISTINCT FROM false"] if bounds else []
    if column.required or column.name in dataset.key:
        return [f"typed_{column.name} IS NOT NULL", *inside]
    readable = _is_readable(column, is_text=is_text)
    return [*([f"(typed_{column.name} IS NULL) = (source_{column.name} IS NULL)"] if readable else []), *inside]


def _is_readable(column: Column, *, is_text: bool) -> str:
    """Understood, or nothing there to understand."""
    if is_text and column.type in ("id", "text") and not column.values:
        return ""
    blank = f" OR clean(source_{column.name}) IS NULL" if is_text else ""
    return f"(typed_{column.name} IS NOT NULL OR source_{column.name} IS NULL{blank})"


def _is_inside(column: Column) -> str:
    bounds = _bounds(column)
    return f"(typed_{column.name} IS NULL OR {bounds})" if bounds else ""


def _bounds(column: Column) -> str:
    # In the column's own type: of a plain number DuckDB would make a wider one, and cast every value to that.
    return " AND ".join(
        f"typed_{column.name} {sign} {bound}::{column.sql_type}"
        for sign, bound in ((">=", column.minimum), ("<=", column.maximum))
        if bound is not None
    )


def _is_present(dataset: Dataset, column: Column) -> str:
    if column.name in dataset.key:
        return f"typed_{column.name} IS NOT NULL"
    return f"(typed_{column.name} IS NOT NULL OR is_tombstone)" if column.required else ""


def _empty(column: Column, absent: Sequence[str]) -> str:
    is_absent = column.name in absent
    return "обязательного столбца нет в файле" if is_absent else "пустое значение в обязательном столбце"


def _problem(dataset: Dataset, column: Column, *, is_text: bool, refusal: str | None, empty: str) -> str:
    simple = "" if refusal is None else f"NOT refused_{column.name}"
    unreadable = _is_readable(column, is_text=is_text)
    outside = _is_inside(column)
    missing = _is_present(dataset, column)
    reasons = [
        (simple, refusal or _expected(column)),
        (unreadable, _expected(column)),
        (outside, _limits(column)),
        (missing, empty),
    ]
    branches = " ".join(
        f"WHEN NOT {condition} THEN {_structure(column, reason)}" for condition, reason in reasons if condition
    )
    return f"CASE {branches} END" if branches else ""


def _structure(column: Column, reason: str) -> str:
    value = f"left(CAST(source_{column.name} AS VARCHAR), {SHOWN_CHARACTERS})"
    return f"{{'column': {literal(column.name)}, 'value': {value}, 'reason': {literal(reason)}}}"


def _expected(column: Column) -> str:
    if column.values:
        return f"недопустимое значение: ожидается {', '.join(column.values)}"
    return _EXPECTED[column.type]


def _limits(column: Column) -> str:
    low = f" от {column.minimum}" if column.minimum is not None else ""
    high = f" до {column.maximum}" if column.maximum is not None else ""
    return f"вне допустимых пределов: ожидается число{low}{high}"
