"""One field's value from its mart columns, typed as the portal wants it (specification 4-portal.md, «CSV rules»).

Every conversion is a TRY: what does not convert becomes null and is told apart from what was empty, so that no error
of the engine can stop a package or show a value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from extracts.errors import BadInput
from portal.model import Field, FirstOf, Ratio, Template
from portal.sql_text import quote_literal, quote_name

ColumnTypes = Mapping[str, str]

_INTEGER_TYPES = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
)
_DATE_RANGE = "BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
_DATETIME_RANGE = "BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999'"

#: Unicode «Cc»: C0 with tab and newline, delete, and C1.
_CONTROL = r"'\p{Cc}'"

#: Averages come as doubles or long decimals: rounded to 9 decimals first, then to what is shown (2-marts.md).
_EXACT_SCALE = 9


@dataclass(frozen=True)
class Value:
    """SQL of a field's typed value, and of whether there was something that could not be converted."""

    sql: str
    failed_sql: str | None


def value_sql(field: Field, types: ColumnTypes) -> Value:
    """The typed value of a field over the columns of its source.

    Args:
        field: a field with a source.
        types: DuckDB type of each column that the source has.

    Raises:
        BadInput: a date-time whose column has a time zone (the marts speak local time).
    """
    if isinstance(field.source, Ratio):
        return _ratio(field.source, field, types)
    if field.source is None:
        raise ValueError(f"field {field.name} has no source")
    raw, type_ = _raw(field.source, types)
    if field.type.name == "string":
        return Value(_clean(raw, type_), None)
    if field.type.name == "datetime" and type_ == "TIMESTAMP WITH TIME ZONE":
        raise BadInput(f"поле «{field.name}»: в витрине время с часовым поясом, нужно местное время региона")
    if field.type.name == "integer" and type_ in _INTEGER_TYPES:
        return Value(raw, None)
    typed = _CONVERSIONS[field.type.name](raw, field)
    return Value(typed, f"{raw} IS NOT NULL AND ({typed}) IS NULL")


def text_sql(column: str, field: Field) -> str:
    """The value of a field as the characters between its quotes, before the quotes in it are doubled."""
    match field.type.name:
        case "string":
            return column
        case "boolean":
            return f"CASE WHEN {column} THEN 'True' ELSE 'False' END"
        case "decimal":
            # The engine prints DECIMAL(2,2) as «.50»: a wide decimal always has a digit before the point.
            return f"CAST(CAST({column} AS DECIMAL(38,{field.type.scale})) AS VARCHAR)"
        case _:
            return f"CAST({column} AS VARCHAR)"


def _raw(source: FirstOf, types: ColumnTypes) -> tuple[str, str]:
    """The value as the mart has it, and its type; an empty text is no value."""
    first = source.alternatives[0]
    if len(source.alternatives) == 1 and first.is_column:
        column = first.columns[0]
        name = quote_name(column)
        return (f"nullif({name}, '')", "VARCHAR") if types[column] == "VARCHAR" else (name, types[column])
    texts = ", ".join(f"nullif({_template(template)}, '')" for template in source.alternatives)
    return f"coalesce({texts})", "VARCHAR"


def _template(template: Template) -> str:
    pieces: list[str] = []
    for literal, column in template.parts:
        if literal:
            pieces.append(quote_literal(literal))
        if column is not None:
            pieces.append(f"nullif(CAST({quote_name(column)} AS VARCHAR), '')")
    return f"({' || '.join(pieces)})"


def _clean(raw: str, type_: str) -> str:
    """A string without control characters; null when nothing is left."""
    if type_ in _INTEGER_TYPES:
        return f"CAST({raw} AS VARCHAR)"
    text = raw if type_ == "VARCHAR" else f"CAST({raw} AS VARCHAR)"
    # Looking first is a third faster than replacing always: hardly any value holds a control character.
    removed = f"nullif(regexp_replace({text}, {_CONTROL}, '', 'g'), '')"
    return f"CASE WHEN regexp_matches({text}, {_CONTROL}) THEN {removed} ELSE {text} END"


def _integer(raw: str, _: Field) -> str:
    exact = f"TRY_CAST({raw} AS DECIMAL(38,{_EXACT_SCALE}))"
    return f"CASE WHEN {exact} = trunc({exact}) THEN CAST({exact} AS HUGEINT) END"


def _decimal(raw: str, field: Field) -> str:
    exact = f"TRY_CAST({raw} AS DECIMAL(38,{_EXACT_SCALE}))"
    return f"TRY_CAST({exact} AS DECIMAL({field.type.precision},{field.type.scale}))"


def _date(raw: str, _: Field) -> str:
    day = f"TRY_CAST({raw} AS DATE)"
    return f"CASE WHEN {day} {_DATE_RANGE} THEN {day} END"


def _datetime(raw: str, _: Field) -> str:
    moment = f"TRY_CAST({raw} AS TIMESTAMP)"
    return f"CASE WHEN {moment} {_DATETIME_RANGE} THEN date_trunc('second', {moment}) END"


def _boolean(raw: str, _: Field) -> str:
    return f"TRY_CAST({raw} AS BOOLEAN)"


_CONVERSIONS: dict[str, Callable[[str, Field], str]] = {
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "datetime": _datetime,
    "boolean": _boolean,
}


def _ratio(ratio: Ratio, field: Field, types: ColumnTypes) -> Value:
    """Numerator / denominator in whole numbers: ⌊(2·|n|·10^scale + |d|) / (2·|d|)⌋ is half away from zero, exactly."""
    whole = types[ratio.numerator] in _INTEGER_TYPES and types[ratio.denominator] in _INTEGER_TYPES
    scale = field.type.scale
    numerator = _whole(ratio.numerator, whole=whole)
    denominator = f"nullif({_whole(ratio.denominator, whole=whole)}, 0)"
    units = f"(2 * abs({numerator}) * {10**scale} + abs({denominator})) // nullif(2 * abs({denominator}), 0)"
    signed = f"TRY_CAST(sign({numerator}) * sign({denominator}) * ({units}) AS DECIMAL(28,0))"
    unit = f"CAST('{10.0**-scale:.{scale}f}' AS DECIMAL(10,{scale}))"
    result = f"TRY_CAST({signed} * {unit} AS DECIMAL({field.type.precision},{scale}))"
    given = f"{quote_name(ratio.numerator)} IS NOT NULL AND {quote_name(ratio.denominator)} <> 0"
    return Value(result, f"{given} AND ({result}) IS NULL")


def _whole(column: str, *, whole: bool) -> str:
    """A sum as a whole number; sums of fractional marks are scaled so that nothing of them is lost."""
    if whole:
        return f"CAST({quote_name(column)} AS HUGEINT)"
    return f"CAST(TRY_CAST({quote_name(column)} AS DECIMAL(27,{_EXACT_SCALE})) * {10**_EXACT_SCALE} AS HUGEINT)"
