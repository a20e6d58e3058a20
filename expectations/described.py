"""What the tables are that the checks make, in words: tables.yaml, for the reference of the marts (docs/marts.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from expectations.completeness import student_rules
from expectations.rules import RuleBook, load_rules

TABLES_FILE = Path(__file__).with_name("tables.yaml")

_RULE = "{rule}"


@dataclass(frozen=True)
class DescribedColumn:
    """A column, its SQL type in lower case, and its Russian title."""

    name: str
    data_type: str
    title: str


@dataclass(frozen=True)
class DescribedTable:
    """A table of schema `marts`: its grain, key and columns, who shows it, and when it is the one to take."""

    name: str
    title: str
    grain: str
    key: tuple[str, ...]
    portal: tuple[str, ...]
    use_when: tuple[str, ...]
    columns: tuple[DescribedColumn, ...]


def described_tables() -> tuple[DescribedTable, ...]:
    """Every table of tables.yaml, in its order. Errors: KeyError if one lacks its title, grain, key or columns."""
    content = yaml.safe_load(TABLES_FILE.read_text(encoding="utf-8"))
    book = load_rules()
    return tuple(_table(name, node, book) for name, node in content["tables"].items())


def _table(name: str, node: Mapping[str, Any], book: RuleBook) -> DescribedTable:
    return DescribedTable(
        name=name,
        title=node["title"],
        grain=node["grain"],
        key=tuple(node["key"]),
        portal=tuple(node.get("portal", ())),
        use_when=tuple(node.get("use_when", ())),
        columns=tuple(
            column
            for column_name, (data_type, title) in node["columns"].items()
            for column in _columns(column_name, data_type, title, book)
        ),
    )


def _columns(name: str, data_type: str, title: str, book: RuleBook) -> Iterator[DescribedColumn]:
    if _RULE not in name:
        yield DescribedColumn(name, data_type, title)
        return
    for rule_id in student_rules(book):
        told = title.format(id=rule_id, title=book.rules[rule_id].title)
        yield DescribedColumn(name.replace(_RULE, rule_id.lower()), data_type, told)
