"""The rows that a table of the specification is made of, as one SELECT over the published marts.

The specification holds no SQL: it names marts, literals and columns, and this module turns them into a query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.model import Filter, Literals, Specification, Table, TableSource
from portal.published import EXPORTED_STUDENTS, OPEN_YEARS, mart
from portal.sql_text import quote_literal, quote_name
from portal.yaml_nodes import Problems

MartColumns = Mapping[str, tuple[str, ...]]

_YEAR = "academic_year_id"


@dataclass(frozen=True)
class Scope:
    """What all tables of one package share: the current academic year (None: no table asks for it)."""

    academic_year_id: str | None


def check_sources(specification: Specification, marts: MartColumns) -> None:
    """Refuses a specification that names marts or columns which the published file does not have.

    Raises:
        BadInput: every missing mart and column, each with the line of the specification.
    """
    problems = Problems(specification.path.name)
    for table in specification.tables:
        known = [source for source in table.sources if _check_source(table, source, marts, problems)]
        if len(known) == len(table.sources):
            _check_fields(table, marts, problems)
    problems.raise_if_any()


def source_sql(table: Table, marts: MartColumns, scope: Scope) -> str:
    """The query that gives a table's rows with the mart columns that its fields need, before any formatting.

    A column that only some of several marts have is null in the rows of the others.
    """
    columns = _needed(table)
    return " UNION ALL ".join(_select(source, columns, marts[source.mart], scope) for source in table.sources)


def _check_source(table: Table, source: TableSource, marts: MartColumns, problems: Problems) -> bool:
    columns = marts.get(source.mart)
    if columns is None:
        problems.add(source.line, f"таблица «{table.name}»: витрины «{source.mart}» нет в опубликованном файле")
        return False
    needed = [condition.column for condition in source.filters]
    needed += [source.students] if source.students is not None else []
    needed += [_YEAR] if source.academic_year else []
    for column in needed:
        if column not in columns:
            problems.add(source.line, f"таблица «{table.name}»: в витрине «{source.mart}» нет столбца «{column}»")
    return True


def _check_fields(table: Table, marts: MartColumns, problems: Problems) -> None:
    available = {column for source in table.sources for column in marts[source.mart]}
    available |= {name for source in table.sources for name, _ in source.constants}
    for field in table.content:
        for column in field.source.columns if field.source else ():
            if column not in available:
                message = f"таблица «{table.name}», поле «{field.name}»: столбца «{column}» в витрине нет"
                problems.add(field.line, message)


def _needed(table: Table) -> list[str]:
    columns = [column for field in table.content if field.source for column in field.source.columns]
    return list(dict.fromkeys(columns))


def _select(source: TableSource, columns: list[str], available: tuple[str, ...], scope: Scope) -> str:
    constants = dict(source.constants)
    items = [_item(column, constants, available) for column in columns]
    conditions = [f"({_condition(condition)})" for condition in source.filters]
    if source.academic_year == "current":
        conditions.append(f"CAST({quote_name(_YEAR)} AS VARCHAR) = {quote_literal(scope.academic_year_id or '')}")
    if source.academic_year == "closed":
        conditions.append(f"{quote_name(_YEAR)} NOT IN (SELECT academic_year_id FROM {OPEN_YEARS})")
    if source.students is not None:
        conditions.append(f"{quote_name(source.students)} IN (SELECT student_profile_id FROM {EXPORTED_STUDENTS})")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    distinct = "DISTINCT " if source.is_distinct else ""
    return f"SELECT {distinct}{', '.join(items)} FROM {mart(source.mart)}{where}"


def _item(column: str, constants: Mapping[str, str | int | bool], available: tuple[str, ...]) -> str:
    name = quote_name(column)
    if column in constants:
        return f"{quote_literal(constants[column])} AS {name}"
    return name if column in available else f"NULL AS {name}"


def _condition(condition: Filter) -> str:
    name = quote_name(condition.column)
    if condition.above is not None:
        return f"TRY_CAST({name} AS DOUBLE) > {condition.above}"
    if condition.literals is None:
        return f"{name} IS NOT NULL" if condition.present else f"{name} IS NULL"
    # Each kind of literal meets the column in its own type: a comparison must never try to convert the data and fail.
    kinds = {_literal_type(literal) for literal in condition.literals}
    return " OR ".join(
        f"TRY_CAST({name} AS {kind}) IN ({_of_kind(condition.literals, kind)})" for kind in sorted(kinds)
    )


def _of_kind(literals: Literals, kind: str) -> str:
    return ", ".join(quote_literal(literal) for literal in literals if _literal_type(literal) == kind)


def _literal_type(literal: str | int | bool) -> str:
    if isinstance(literal, bool):
        return "BOOLEAN"
    return "HUGEINT" if isinstance(literal, int) else "VARCHAR"
