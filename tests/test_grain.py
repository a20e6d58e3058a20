"""The data test that every model has: equal keys fail it, and so does an empty column that must be filled in."""

from __future__ import annotations

import re

import duckdb
import pytest
from jinja2 import Environment

from orchestration.dbt_runner import PROJECT

BODY = re.sub(r"\{% (test .*?|endtest) %\}", "", (PROJECT / "tests" / "generic" / "grain.sql").read_text("utf-8"))


def failures(rows: str, **arguments: object) -> int:
    """How many rows of `(year, student, period)` the test complains of."""
    query = (
        Environment(extensions=["jinja2.ext.do"])
        .from_string(BODY)
        .render(model="rows_of_model", continues=lambda: False, columns=["year", "student", "period"], **arguments)
    )
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE rows_of_model AS SELECT * FROM (VALUES {rows}) AS r (year, student, period)")
        return len(connection.execute(query).fetchall())


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("('y', 's', 'p'), ('y', 's', NULL)", 0),
        ("('y', 's', NULL), ('y', 's', NULL)", 1),
        ("('y', 's', 'p'), ('y', NULL, 'p')", 1),
        ("(NULL, 's', 'p'), ('y', NULL, 'p')", 2),
    ],
)
def test_equal_keys_and_empty_ones_are_found(rows: str, found: int) -> None:
    assert failures(rows, not_null=["year", "student"]) == found


def test_what_may_be_empty_is_left_alone() -> None:
    assert failures("('y', NULL, 'p')", not_null=[]) == 0
