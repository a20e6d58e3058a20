"""Writes `portal/openapi.yaml`: the portfolio document of one student as OpenAPI 3.1, from the shipped specification of
the portal's tables and `sections.yaml` (`make generate`; specification 4-portal.md, «The document for one student»).

    python -m portal.generate_openapi
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from portal.document import portal_sections
from portal.model import Field, Specification, Table
from portal.specification import load_specification

OPENAPI_FILE = Path(__file__).with_name("openapi.yaml")

Schema = dict[str, Any]

_HEADER = "# Made from portal/spec/v1.yaml and portal/sections.yaml by `make generate`: do not edit.\n"
_TEXT: Schema = {"type": "string"}
_DATE: Schema = {"type": "string", "format": "date"}
_FORMS: dict[str, Schema] = {
    "string": _TEXT,
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "date": _DATE,
    "datetime": {"type": "string", "format": "date-time"},
    "boolean": {"type": "boolean"},
}


def openapi_text() -> str:
    """The whole of openapi.yaml."""
    return _HEADER + yaml.safe_dump(_openapi(load_specification()), sort_keys=False, allow_unicode=True, width=120)


def portfolio_schema(specification: Specification | None = None) -> Schema:
    """The schema `StudentPortfolio` by itself, what it refers to under `$defs` (JSON Schema 2020-12)."""
    schemas = _schemas(specification or load_specification(), "#/$defs/")
    return schemas.pop("StudentPortfolio") | {"$defs": schemas}


def _openapi(specification: Specification) -> Schema:
    answer = {
        "description": "Портфолио учащегося",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/StudentPortfolio"}}},
    }
    student = {"name": "student_profile_id", "in": "path", "required": True, "schema": _TEXT}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Школьное портфолио: документ одного учащегося",
            "version": specification.version,
            "description": "То, что портал показывает об одном учащемся, из тех же строк, что и выгрузка; о каждом"
            " пустом разделе — почему он пуст и как это исправить. Документ называет ребёнка: доступ к нему — по роли.",
        },
        "paths": {
            "/students/{student_profile_id}/portfolio": {
                "get": {
                    "operationId": "getStudentPortfolio",
                    "summary": "Портфолио одного учащегося (то же печатает portfolio explain --json)",
                    "parameters": [student],
                    "responses": {"200": answer, "404": {"description": "Такого учащегося в публикации нет"}},
                }
            }
        },
        "components": {"schemas": _schemas(specification, "#/components/schemas/")},
    }


def _schemas(specification: Specification, place: str) -> dict[str, Schema]:
    shown = [table for tables in portal_sections().values() for table in tables]
    tables = [table for table in specification.tables if table.name in shown]
    dictionaries = [table for table in specification.tables if table.name in specification.referred - set(shown)]
    return {
        "StudentPortfolio": _object(
            {
                "as_of": _titled(_DATE, "На какую дату посчитано"),
                "specification": _titled(_TEXT, "Версия спецификации таблиц портала"),
                "student_profile_id": _titled(_TEXT, "Учащийся: код источника, без префикса региона"),
                "is_exported": _titled({"type": "boolean"}, "Передаётся ли учащийся на портал"),
                "readers": {
                    "title": "Кто читает: до 14 лет — представитель, с 14 — и сам учащийся",
                    "type": "array",
                    "items": {"enum": ["representative", "student"]},
                },
                "sections": {
                    "title": "Разделы портала, по порядку",
                    "type": "array",
                    "items": {"$ref": f"{place}Section"},
                },
                "dictionaries": _rows_of(dictionaries, place)
                | {"title": "Строки справочников портала, которые названы в разделах"},
            }
        ),
        "Section": _object(
            {
                "section": _titled({"enum": list(portal_sections())}, "Раздел"),
                "title": _titled(_TEXT, "Название раздела"),
                "is_shown": _titled({"type": "boolean"}, "Есть ли что показать"),
                "reason": {"title": "Почему раздел пуст", "anyOf": [{"$ref": f"{place}Reason"}, {"type": "null"}]},
                "tables": _rows_of(tables, place)
                | {"title": "Строки таблиц портала, которые принадлежат учащемуся, его классу и параллели"},
            }
        ),
        "Reason": _object(
            {
                "code": _titled(_TEXT, "Код причины"),
                "title": _titled(_TEXT, "Причина"),
                "what": _titled(_TEXT, "Что это"),
                "how_to_fix": _titled(_TEXT, "Как исправить"),
                "who_fixes": _titled(_TEXT, "Кто исправляет"),
                "is_fault": _titled({"type": "boolean"}, "Нужно ли что-то исправлять"),
            }
        ),
    } | {_name(table): _row(table) for table in [*tables, *dictionaries]}


def _rows_of(tables: list[Table], place: str) -> Schema:
    rows = {table.name: {"type": "array", "items": {"$ref": place + _name(table)}} for table in tables}
    return _object(rows, required=[])


def _row(table: Table) -> Schema:
    return {"title": table.title} | _object({field.name: _value(field) for field in table.content})


def _value(field: Field) -> Schema:
    form = _FORMS[field.type.name]
    # An empty required value is sent as "": in the document it is null like any other.
    return {"title": field.title} | form | ({} if field.key else {"type": [form["type"], "null"]})


def _object(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    needed = list(properties) if required is None else required
    return {"type": "object", "additionalProperties": False, "required": needed, "properties": properties}


def _titled(form: Schema, title: str) -> Schema:
    return {"title": title} | form


def _name(table: Table) -> str:
    return "".join(word.capitalize() for word in table.name.split("_")) + "Row"


if __name__ == "__main__":
    OPENAPI_FILE.write_text(openapi_text(), "utf-8")
