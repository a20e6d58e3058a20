"""Cell by cell: what was published against what the independent computation expects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb

from .marts import MARTS, OF_CHECKS, OPTIONAL_COLUMNS, row_key

TOLERANCE = Fraction(1, 10**9)
MOST_REPORTED = 20

Row = Mapping[str, object]
Key = tuple[object, ...]


@dataclass(frozen=True)
class _Published:
    columns: frozenset[str]
    rows: list[dict[str, object]]


def compare(
    published_db: Path,
    expected: Mapping[str, list[dict[str, object]]],
    marts: Iterable[str] | None = None,
    *,
    show_values: bool = False,
) -> list[str]:
    """Every difference between schema `marts` of the published file and the expected marts, in words; empty: none.

    Ids, whole numbers, dates, booleans, texts and `*_shown` must be the same, averages and rates within 1e-9. Messages
    hold key columns and names of columns; `show_values` adds both figures (for synthetic regions only). At most 20 of
    each mart are told, with the total.
    """
    with duckdb.connect(str(published_db), read_only=True) as connection:
        return [
            message
            for name in (MARTS if marts is None else marts)
            for message in _compare_mart(connection, name, expected[name], show_values)
        ]


def _compare_mart(
    connection: duckdb.DuckDBPyConnection, name: str, expected: list[dict[str, object]], show_values: bool
) -> list[str]:
    published = _read(connection, name)
    if published is None:
        return [f"{name}: there is no such table in schema marts"]
    key_columns = set((MARTS | OF_CHECKS)[name])
    wanted = set(expected[0]) if expected else key_columns
    missing = wanted - published.columns - OPTIONAL_COLUMNS.get(name, frozenset())
    messages = [f"{name}: column {column} is missing" for column in sorted(missing)]
    if missing & key_columns:
        return messages
    differences = _row_differences(name, published, expected, sorted(wanted & published.columns), show_values)
    messages += [f"{name}: {difference}" for difference in differences[:MOST_REPORTED]]
    if len(differences) > MOST_REPORTED:
        messages.append(f"{name}: {len(differences)} differences in all, {MOST_REPORTED} told")
    return messages


def _read(connection: duckdb.DuckDBPyConnection, name: str) -> _Published | None:
    found = connection.execute(
        "select column_name from information_schema.columns"
        " where table_schema = 'marts' and table_name = ? order by ordinal_position",
        [name],
    ).fetchall()
    if not found:
        return None
    columns = [str(column) for (column,) in found]
    # The file stands in a catalog of its own name; `marts` alone is found in it.
    rows = connection.execute(f'select * from marts."{name}"').fetchall()
    return _Published(frozenset(columns), [dict(zip(columns, row, strict=True)) for row in rows])


def _row_differences(
    name: str, published: _Published, expected: list[dict[str, object]], columns: list[str], show_values: bool
) -> list[str]:
    published_rows = {row_key(name, row): row for row in published.rows}
    expected_rows = {row_key(name, row): row for row in expected}
    repeated = _repeated(row_key(name, row) for row in published.rows)
    differences = [f"{key}: published {count} times" for key, count in repeated.items()]
    expected_twice = _repeated(row_key(name, row) for row in expected)
    differences += [f"{key}: expected {count} times: the check is wrong" for key, count in expected_twice.items()]
    differences += [f"{key}: expected, not published" for key in expected_rows if key not in published_rows]
    differences += [f"{key}: published, not expected" for key in published_rows if key not in expected_rows]
    for key, row in expected_rows.items():
        if key in published_rows:
            differences += _cell_differences(key, row, published_rows[key], columns, show_values)
    return differences


def _repeated(keys: Iterable[Key]) -> dict[Key, int]:
    return {key: count for key, count in Counter(keys).items() if count > 1}


def _cell_differences(key: Key, expected: Row, published: Row, columns: list[str], show_values: bool) -> list[str]:
    return [
        f"{key}: {column} differs" + (f": expected {expected[column]}, published {published[column]}" * show_values)
        for column in columns
        if not same(expected[column], published[column], exactly=column.endswith("_shown"))
    ]


def same(expected: object, published: object, *, exactly: bool) -> bool:
    """Whether a published cell holds what is expected; `exactly` takes the tolerance of averages away."""
    if expected is None or published is None:
        return expected is published
    if isinstance(expected, bool) or isinstance(published, bool):
        return expected is published
    if isinstance(expected, str | date):
        return type(expected) is type(published) and expected == published
    figure, wanted = _figure(published), _figure(expected)
    if figure is None or wanted is None:
        return False
    is_average = isinstance(expected, Fraction) and not exactly
    return abs(figure - wanted) <= (TOLERANCE if is_average else 0)


def _figure(value: object) -> Fraction | None:
    """A number as it prints: a double 4.08 is 4.08; None for what is no finite number."""
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        return Fraction(value) if value.is_finite() else None
    return Fraction(value) if isinstance(value, int | Fraction) else None
