"""Whether what went over the wire agrees with an OpenAPI document: paths, parameters, bodies, answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml
from jsonschema import Draft202012Validator
from loader_stub.server import Exchange

DOCUMENT = Path(__file__).with_name("openapi.yaml")


def problems(exchange: Exchange, document: dict[str, Any] | None = None) -> list[str]:
    """What an exchange does that the document does not know; empty if it agrees."""
    document = document or yaml.safe_load(DOCUMENT.read_text("utf-8"))
    for template, item in document["paths"].items():
        names = re.findall(r"{(\w+)}", template)
        pattern = re.sub(r"{\w+}", "([^/]+)", template)
        match = re.fullmatch(pattern, exchange.path)
        operation = item.get(exchange.method.lower()) if match else None
        if match and operation:
            values = dict(zip(names, map(unquote, match.groups()), strict=True))
            return _operation_problems(exchange, operation, item.get("parameters", []), values)
    return [f"no such path: {exchange.method} {exchange.path}"]


def _operation_problems(
    exchange: Exchange, operation: dict[str, Any], shared: list[dict[str, Any]], values: dict[str, str]
) -> list[str]:
    found: list[str] = []
    for parameter in [*shared, *operation.get("parameters", [])]:
        given = values if parameter["in"] == "path" else exchange.headers
        value = given.get(parameter["name"])
        if value is None:
            found += [f"no {parameter['name']}"] if parameter.get("required") else []
        else:
            found += _schema_problems(value, parameter["schema"])
    body = operation.get("requestBody")
    if body is not None and exchange.headers.get("Content-Type") not in body["content"]:
        found.append("content type")
    if (body or {}).get("required") and exchange.length == 0:
        found.append("no body")
    if body is None and exchange.length:
        found.append("a body where none is wanted")
    return found + _answer_problems(exchange, operation["responses"])


def _answer_problems(exchange: Exchange, responses: dict[str, Any]) -> list[str]:
    answer = responses.get(str(exchange.status))
    if answer is None:
        return [f"status {exchange.status}"]
    if "content" not in answer:
        return []
    media = answer["content"].get(exchange.content_type)
    return _schema_problems(json.loads(exchange.body), media["schema"]) if media else ["content type of the answer"]


def _schema_problems(value: Any, schema: dict[str, Any]) -> list[str]:
    plain = {key: part for key, part in schema.items() if key != "example"}
    return [error.message for error in Draft202012Validator(plain).iter_errors(value)]
