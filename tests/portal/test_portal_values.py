"""How each type of field is made of each type of column, and that nothing that does not fit goes unnoticed."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extracts.errors import BadInput
from portal.model import Field, FieldSource, FieldType, FirstOf, Ratio, Template
from portal.value_sql import text_sql, value_sql

_COLUMN = FirstOf((Template((("", "c"),)),))

STRING = FieldType("string")
INTEGER = FieldType("integer")
DECIMAL = FieldType("decimal", 4, 2)
DATE = FieldType("date")
DATETIME = FieldType("datetime")
BOOLEAN = FieldType("boolean")


def field(type_: FieldType, source: FieldSource = _COLUMN) -> Field:
    return Field("f", "", type_, None, False, False, None, False, source, 1)


def written(type_: FieldType, literal: str, source: FieldSource = _COLUMN) -> str | None:
    """The text that is sent for a SQL literal in column c; «!» when it does not fit."""
    with duckdb.connect() as connection:
        relation = f"(SELECT {literal} AS c)"
        types = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE {relation[1:-1]}").fetchall()}
        value = value_sql(field(type_, source), types)
        sql = (
            f"SELECT {text_sql('v', field(type_))}, failed FROM "
            f"(SELECT {value.sql} AS v, {value.failed_sql or 'FALSE'} AS failed FROM {relation} AS r) AS s"
        )
        ((text, failed),) = connection.execute(sql).fetchall()
    return "!" if failed else text


@pytest.mark.parametrize(
    ("type_", "literal", "expected"),
    [
        (STRING, "'  a\tb '", "  ab "),
        (STRING, "42::BIGINT", "42"),
        (STRING, "NULL::VARCHAR", None),
        (STRING, "chr(0) || chr(31) || chr(127) || chr(128) || chr(159)", None),
        (STRING, "chr(160) || chr(173)", "\u00a0\u00ad"),
        (INTEGER, "7::UTINYINT", "7"),
        (INTEGER, "7.000000000::DECIMAL(18,9)", "7"),
        (INTEGER, "7.5::DECIMAL(18,9)", "!"),
        (INTEGER, "7.0::DOUBLE", "7"),
        (INTEGER, "'nan'::DOUBLE", "!"),
        (INTEGER, "'семь'", "!"),
        (INTEGER, "''", None),
        (INTEGER, "NULL::DOUBLE", None),
        (DECIMAL, "4::INTEGER", "4.00"),
        (DECIMAL, "0.5::DECIMAL(2,2)", "0.50"),
        (DECIMAL, "-0.005::DECIMAL(18,12)", "-0.01"),
        (DECIMAL, "4.083333333333::DECIMAL(18,12)", "4.08"),
        (DECIMAL, "3.125::DOUBLE", "3.13"),
        (DECIMAL, "3.1249999999999996::DOUBLE", "3.13"),
        (DECIMAL, "3.124999999000::DECIMAL(18,12)", "3.12"),
        (DECIMAL, "'4.08'", "4.08"),
        (DECIMAL, "99.994::DOUBLE", "99.99"),
        (DECIMAL, "99.995::DECIMAL(18,9)", "!"),
        (DECIMAL, "'inf'::DOUBLE", "!"),
        (DECIMAL, "1e300::DOUBLE", "!"),
        (DATE, "DATE '2026-09-01'", "2026-09-01"),
        (DATE, "TIMESTAMP '2026-09-01 23:59:59.5'", "2026-09-01"),
        (DATE, "'2026-09-01'", "2026-09-01"),
        (DATE, "'01.09.2026'", "!"),
        (DATE, "DATE 'infinity'", "!"),
        (DATE, "DATE '10000-01-01'", "!"),
        (DATE, "DATE '0044-03-15 (BC)'", "!"),
        (DATETIME, "TIMESTAMP '2026-09-01 23:59:59.999999'", "2026-09-01 23:59:59"),
        (DATETIME, "DATE '2026-09-01'", "2026-09-01 00:00:00"),
        (DATETIME, "TIMESTAMP 'infinity'", "!"),
        (BOOLEAN, "true", "True"),
        (BOOLEAN, "false", "False"),
        (BOOLEAN, "'да'", "!"),
    ],
)
def test_a_value_is_written_as_its_field_wants_it(type_: FieldType, literal: str, expected: str | None) -> None:
    assert written(type_, literal) == expected


def test_a_time_with_a_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="местное время"):
        value_sql(field(DATETIME), {"c": "TIMESTAMP WITH TIME ZONE"})


def test_the_first_text_that_is_not_empty_is_taken() -> None:
    year = Template((("year-", "b"),))
    source = FirstOf((Template((("", "c"),)), year))
    assert written(STRING, "'501' AS c, '2026' AS b, 1", source) == "501"
    assert written(STRING, "'' AS c, '2026' AS b, 1", source) == "year-2026"
    assert written(STRING, "NULL::VARCHAR AS c, 2026 AS b, 1", source) == "year-2026"
    assert written(STRING, "NULL::VARCHAR AS c, NULL::VARCHAR AS b, 1", source) is None
    assert written(STRING, "'it''s' AS c, 'x' AS b, 1", FirstOf((Template((("'", "c"), ("'", None))),))) == "'it's'"


def test_a_ratio_by_nothing_is_empty_and_one_that_does_not_fit_is_noticed() -> None:
    ratio = Ratio("n", "d")
    assert written(DECIMAL, "5 AS n, 0 AS d, 1", ratio) is None
    assert written(DECIMAL, "NULL::BIGINT AS n, 3 AS d, 1", ratio) is None
    assert written(DECIMAL, "1000 AS n, 1 AS d, 1", ratio) == "!"


@settings(deadline=None)
@given(
    numerator=st.integers(-5_000, 5_000),
    denominator=st.integers(60, 5_000),
    kind=st.sampled_from(["BIGINT", "HUGEINT", "INTEGER", "DOUBLE", "DECIMAL(18,9)"]),
)
def test_a_ratio_is_exact_and_half_goes_away_from_zero(numerator: int, denominator: int, kind: str) -> None:
    fraction = Fraction(numerator, denominator)
    units = (abs(fraction) * 100 + Fraction(1, 2)).__floor__()
    expected = Decimal(units).scaleb(-2).quantize(Decimal("0.01"), ROUND_HALF_UP)
    text = written(DECIMAL, f"{numerator}::{kind} AS n, {denominator}::{kind} AS d, 1", Ratio("n", "d"))
    assert text == str(-expected if numerator < 0 and expected else expected)
