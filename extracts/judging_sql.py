"""Which rows load and which are rejected, and why, as SQL over typed columns (specification 1-extracts.md).

For every column of the contract the inner query has `source_<name>` (as it came) and `typed_<name>`; `is_tombstone`
says that the row tells of a deletion: such a row needs its key alone.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def is_good(dataset: Dataset, texts: frozenset[str]) -> str:
    """The condition of a row that loads; never NULL. `texts` names the columns whose source is text."""
    conditions = [
        condition
        for column in read_columns(dataset)
        for condition in _conditions(dataset, column, is_text=column.name in texts)
    ]
    return " AND ".join(conditions)


def problems(dataset: Dataset, texts: frozenset[str], absent: Sequence[str]) -> str:
    """A list with one structure {column, value, reason} (or NULL) for each column of a row."""
    listed = [
        _problem(dataset, column, is_text=column.name in texts, is_absent=column.name in absent)
        for column in read_columns(dataset)
    ]
    return "[" + ", ".join(problem for problem in listed if problem) + "]"


def _conditions(dataset: Dataset, column: Column, *, is_text: bool) -> list[str]:
    conditions = [_is_readable(column, is_text=is_text), _is_inside(column), _is_present(dataset, column)]
    return [condition for condition in conditions if condition]


def _is_readable(column: Column, *, is_text: bool) -> str:
    """Understood, or nothing there to understand."""
    if is_text and column.type in ("id", "text") and not column.values:
        return ""
    blank = f" OR clean(source_{column.name}) IS NULL" if is_text else ""
    return f"(typed_{column.name} IS NOT NULL OR source_{column.name} IS NULL{blank})"


def _is_inside(column: Column) -> str:
    bounds = [
        f"typed_{column.name} {sign} {bound}"
        for sign, bound in ((">=", column.minimum), ("<=", column.maximum))
        if bound is not None
    ]
    return f"(typed_{column.name} IS NULL OR {' AND '.join(bounds)})" if bounds else ""


def _is_present(dataset: Dataset, column: Column) -> str:
    if column.name in dataset.key:
        return f"typed_{column.name} IS NOT NULL"
    return f"(typed_{column.name} IS NOT NULL OR is_tombstone)" if column.required else ""


def _problem(dataset: Dataset, column: Column, *, is_text: bool, is_absent: bool) -> str:
    unreadable = _is_readable(column, is_text=is_text)
    outside = _is_inside(column)
    missing = _is_present(dataset, column)
    empty = "обязательного столбца нет в файле" if is_absent else "пустое значение в обязательном столбце"
    reasons = [(unreadable, _expected(column)), (outside, _limits(column)), (missing, empty)]
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
