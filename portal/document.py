"""One student's portfolio as the portal would show it: the same rows as the export, section by section, and for every
empty section the reason (specification 4-portal.md, «The document for one student»).

The document is plain data for JSON; its form is the schema `StudentPortfolio` of `portal/openapi.yaml`. A student who
is not exported has no rows in it: nothing of it would be on the portal. Fields that are sent as hashes stand as they
are: the document is for people. It names the child: whoever makes one notes that in the audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import yaml

from extracts.errors import BadInput
from portal.model import Field, FieldSource, Specification, Table
from portal.published import (
    EXPORTED_STUDENTS,
    MARTS,
    PEOPLE,
    create_exported_students,
    current_academic_year,
    mart_columns,
    open_published,
)
from portal.row_sql import RowQuery
from portal.source_sql import Scope, check_sources
from portal.specification import load_specification
from portal.sql_text import quote_name
from portal.table_query import TableQueries

SECTIONS_FILE = Path(__file__).with_name("sections.yaml")

#: From this age on the student reads the portfolio, too.
READER_AGE = 14

#: Fields by which the tables of a class or a parallel are told to be the student's.
_OWN_FIELDS = ("class_id", "parallel_id")

#: The table that tells the class and parallel of the current year.
_CURRENT = "student_gpa_current"

#: How the names of dictionaries begin.
_DICTIONARY = "dict_"

Document = dict[str, Any]


@cache
def portal_sections() -> Mapping[str, tuple[str, ...]]:
    """The sections of the portal, in its order, each with the tables that it is made of (`sections.yaml`)."""
    loaded = yaml.safe_load(SECTIONS_FILE.read_text("utf-8"))
    return {section: tuple(tables) for section, tables in loaded.items()}


def student_document(
    published: Path,
    student_profile_id: str,
    *,
    prefix: str,
    as_of: date,
    specification: Specification | None = None,
    connected_only: bool = True,
    memory_limit: str = "2GB",
    years: Path | None = None,
) -> Document:
    """The portfolio of one student (`StudentPortfolio` of openapi.yaml); the other arguments are `write_package`'s.

    Raises:
        BadInput: the published files know no such student, or they are missing or too old.
    """
    plain = _without_hashes(specification or load_specification())
    with (
        TemporaryDirectory(prefix="portfolio-document-") as spill,
        open_published(published, memory_limit=memory_limit, spill=Path(spill), years=years) as connection,
    ):
        who = _student(connection, student_profile_id)
        create_exported_students(connection, as_of=as_of, connected_only=connected_only)
        connection.execute(f"DELETE FROM {EXPORTED_STUDENTS} WHERE student_profile_id <> $1", [student_profile_id])
        rows = _rows(connection, plain, prefix=prefix, as_of=as_of)
        asked = {table for tables in portal_sections().values() for table in tables}
        return {
            "as_of": as_of.isoformat(),
            "specification": plain.version,
            "student_profile_id": student_profile_id,
            "is_exported": bool(connection.execute(f"FROM {EXPORTED_STUDENTS}").fetchall()),
            "readers": _readers(who["birth_date"], as_of),
            "sections": [
                {"section": section, **_standing(connection, student_profile_id, section)}
                | {"tables": {table: rows[table] for table in tables if table in rows}}
                for section, tables in portal_sections().items()
            ],
            "dictionaries": {
                table.name: _referred_rows(plain, table, rows)
                for table in plain.tables
                if table.name not in asked and table.name in plain.referred
            },
        }


def _without_hashes(specification: Specification) -> Specification:
    tables = (
        replace(table, fields=tuple(replace(field, hashed=False) for field in table.fields))
        for table in specification.tables
    )
    return replace(specification, tables=tuple(tables))


def _student(connection: duckdb.DuckDBPyConnection, student_profile_id: str) -> dict[str, Any]:
    found = connection.execute(
        f"SELECT birth_date FROM {PEOPLE}.students WHERE student_profile_id = $1", [student_profile_id]
    ).fetchall()
    if not found:
        raise BadInput(
            "Такого учащегося в публикации нет. Нужен код профиля (student_profile_id); у объединённого профиля — код"
            " того, с которым его объединили."
        )
    return {"birth_date": found[0][0]}


def _readers(birth_date: date | None, as_of: date) -> list[str]:
    """Under 14 the representatives read, from 14 the student does too."""
    if birth_date is None:
        return ["representative"]
    birthday_to_come = (as_of.month, as_of.day) < (birth_date.month, birth_date.day)
    age = as_of.year - birth_date.year - birthday_to_come
    return ["representative", "student"] if age >= READER_AGE else ["representative"]


def _standing(connection: duckdb.DuckDBPyConnection, student_profile_id: str, section: str) -> dict[str, Any]:
    """Whether a section is shown and, if not, why, with the texts; of a student who left: not shown."""
    [(title,)] = connection.execute(
        f"SELECT title FROM {MARTS}.readiness_sections WHERE section = $1", [section]
    ).fetchall()
    found = connection.execute(
        "SELECT is_shown, reason, reasons.title, what, how_to_fix, who_fixes, is_fault "
        f"FROM {MARTS}.portfolio_readiness LEFT JOIN {MARTS}.readiness_reasons AS reasons ON reason_hidden = reason "
        "WHERE student_profile_id = $1 AND section = $2",
        [student_profile_id, section],
    ).fetchall()
    if not found:
        return {"title": title, "is_shown": False, "reason": None}
    [(is_shown, code, reason, what, how_to_fix, who_fixes, is_fault)] = found
    told = {"code": code, "title": reason, "what": what, "how_to_fix": how_to_fix, "who_fixes": who_fixes}
    return {"title": title, "is_shown": is_shown, "reason": None if code is None else told | {"is_fault": is_fault}}


def _rows(
    connection: duckdb.DuckDBPyConnection, specification: Specification, *, prefix: str, as_of: date
) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table that speak of the student, the student's class or parallel, as values for JSON."""
    marts = mart_columns(connection)
    check_sources(specification, marts)
    scope = Scope(current_academic_year(connection, as_of))
    queries = TableQueries(
        connection, specification, marts, scope, prefix, created_at=datetime.combine(as_of, time.min, UTC)
    )
    asked = {table for tables in portal_sections().values() for table in tables}
    rows: dict[str, list[dict[str, Any]]] = {}
    own: dict[str, set[Any]] = {field: set() for field in _OWN_FIELDS}
    made_of: dict[str, FieldSource] = {}
    for table in _students_first(specification):
        query = queries.query(table, _own_condition(specification, table, made_of))
        queries.keep_keys(query)
        if table.name in asked:
            rows[table.name] = _own_rows(connection, table, query, own)
            if table.name == _CURRENT:
                made_of |= _keep_own_places(connection, table, query)
        elif table.name in specification.referred:
            rows[table.name] = _fetched(connection, query.values_sql())
    return rows


def _keep_own_places(connection: duckdb.DuckDBPyConnection, table: Table, query: RowQuery) -> dict[str, FieldSource]:
    """Makes a table of the mart columns that the id of the student's class, or parallel, is made of; gives how."""
    made_of: dict[str, FieldSource] = {}
    for field in table.content:
        if field.name in _OWN_FIELDS and field.source is not None and field.source.columns:
            made_of[field.name] = field.source
            columns = ", ".join(map(quote_name, field.source.columns))
            connection.execute(
                f"CREATE TEMP TABLE {_own_places(field.name)} AS SELECT DISTINCT {columns} FROM ({query.source_sql})"
            )
    return made_of


def _own_condition(specification: Specification, table: Table, made_of: Mapping[str, FieldSource]) -> str | None:
    """What leaves the rows of the student's class or parallel in a table of all classes: without it every one of their
    weeks would be formatted first. None where the table is no such one, or its ids are made otherwise.
    """
    key = _own_key(table)
    if key is None or _is_students(table) or table.name in specification.referred:
        return None
    if key.source is None or made_of.get(key.name) != key.source:
        return None
    names = ", ".join(map(quote_name, key.source.columns))
    return f"({names}) IN (SELECT ({names}) FROM {_own_places(key.name)})"


def _own_key(table: Table) -> Field | None:
    return next((field for field in table.key if field.name in _OWN_FIELDS), None)


def _own_places(field: str) -> str:
    return quote_name(f"own_{field}")


def _referred_rows(
    specification: Specification, dictionary: Table, rows: Mapping[str, list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """The rows of a dictionary that the rows of the student name."""
    [key] = dictionary.key
    fields = [
        (table.name, field.name)
        for table in specification.tables
        for field in table.fields
        if field.reference == dictionary.name and not table.name.startswith(_DICTIONARY)
    ]
    named = {row[field] for table, field in fields for row in rows.get(table, ())}
    return [row for row in rows[dictionary.name] if row[key.name] in named]


def _students_first(specification: Specification) -> list[Table]:
    """Parents before children as they are, but what is told of classes after all that tells whose class it is."""
    return sorted(specification.tables, key=lambda table: not _is_students(table) and not _is_dictionary(table))


def _is_students(table: Table) -> bool:
    return any(source.students is not None for source in table.sources)


def _is_dictionary(table: Table) -> bool:
    return not any(field.name in _OWN_FIELDS for field in table.fields)


def _own_rows(
    connection: duckdb.DuckDBPyConnection, table: Table, query: RowQuery, own: dict[str, set[Any]]
) -> list[dict[str, Any]]:
    fields = [field for field in table.content if field.name in _OWN_FIELDS]
    if _is_students(table):
        found = _fetched(connection, query.values_sql())
        # The class of the current year is told by the averages; those of enrollments and of closed years are others.
        if table.name == _CURRENT:
            for field in fields:
                own[field.name] |= {row[field.name] for row in found}
        return found
    by_key = _own_key(table)
    if by_key is None:
        return []
    condition = f"{quote_name(by_key.name)} IN (SELECT unnest($1))"
    wanted = [value for value in own[by_key.name] if value is not None]
    return _fetched(connection, f"SELECT * FROM ({query.values_sql()}) WHERE {condition}", [wanted]) if wanted else []


def _fetched(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any] | None = None
) -> list[dict[str, Any]]:
    result = connection.execute(sql, parameters or [])
    names = [column[0] for column in result.description]
    return [dict(zip(names, map(_json_value, row), strict=True)) for row in result.fetchall()]


def _json_value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, date) else value
