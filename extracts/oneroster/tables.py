"""The files of a OneRoster export: names, what is read of them (tables.yaml), and how a delivery is recognized."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from extracts.contract import Column, ColumnType, Dataset

KEY = "sourcedId"
MANIFEST = "manifest"

#: Files of the standard from which nothing here is made (credentials, study materials, standards of learning).
UNUSED_FILES = (
    "userProfiles",
    "userResources",
    "resources",
    "classResources",
    "courseResources",
    "scoreScales",
    "lineItemScoreScales",
    "resultScoreScales",
    "lineItemLearningObjectiveIds",
    "resultLearningObjectiveIds",
)

#: A delivery with a file of one of these names is a OneRoster export. Not enrollments, which is a dataset of our own,
#: nor categories, roles and resources, which could be anybody's.
_TELLING = (MANIFEST, "orgs", "users", "academicSessions", "classes", "courses", "lineItems", "results", "demographics")

_EXTENSIONS = (".csv", ".csv.gz")
_COMMON: Mapping[str, ColumnType] = {KEY: "id", "status": "text", "dateLastModified": "datetime"}


@dataclass(frozen=True)
class Check:
    """A further reason to reject a row: `bad` is SQL over `it`."""

    column: str
    bad: str
    reason: str


@dataclass(frozen=True)
class Table:
    """One file of an export: its columns as a contract for the CSV reader, and what a row of it must have."""

    contract: Dataset
    dataset: str
    required: tuple[str, ...]
    checks: tuple[Check, ...]
    names: Mapping[str, str]
    ignored: frozenset[str]

    @property
    def name(self) -> str:
        """The file's name in the standard, without its extension."""
        return self.contract.name

    @property
    def sql_columns(self) -> dict[str, str]:
        """Every column of the table as it is kept, with its DuckDB type."""
        return self.contract.raw_columns | {"_line": "BIGINT"}

    def is_drift(self, column: str) -> bool:
        """Whether a column that is not read is none of the standard either."""
        return column.strip().lower() not in self.ignored


@cache
def load_tables() -> dict[str, Table]:
    """Every file that is read, by its name in the standard."""
    document: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("tables.yaml").read_text("utf-8"))
    return {name: _table(name, body) for name, body in document.items()}


@cache
def manifest_contract() -> Dataset:
    """manifest.csv as the CSV reader takes it."""
    return _contract(MANIFEST, "Опись выгрузки", {"propertyName": "id", "value": "text"}, key="propertyName")


def reader_names(dataset: Dataset) -> Mapping[str, str]:
    """The names of columns as the reader folds them → as the standard spells them."""
    return {column.name.lower(): column.name for column in dataset.columns}


def recognize(names: Iterable[str]) -> dict[str, str]:
    """Which of a delivery's files are OneRoster's: name → the file's name in the standard; empty if it is no export."""
    known = {name.lower(): name for name in (MANIFEST, *load_tables(), *UNUSED_FILES)}
    found = {
        name: known[name.lower().split(".", 1)[0]]
        for name in names
        if name.lower().endswith(_EXTENSIONS) and name.lower().split(".", 1)[0] in known
    }
    return found if any(table in _TELLING for table in found.values()) else {}


def _table(name: str, body: dict[str, Any]) -> Table:
    contract = _contract(name, body["title"], {**_COMMON, **body["columns"]}, key=KEY)
    aliases: dict[str, str] = body.get("aliases", {})
    return Table(
        contract=contract,
        dataset=body["dataset"],
        required=tuple(body["required"]),
        checks=tuple(Check(**check) for check in body.get("checks", ())),
        names={**reader_names(contract), **{alias.lower(): column for alias, column in aliases.items()}},
        ignored=frozenset(column.lower() for column in body.get("ignored", ())),
    )


def _contract(name: str, title: str, columns: Mapping[str, ColumnType], *, key: str) -> Dataset:
    return Dataset(
        name=name,
        title=title,
        system="journal",
        mode="snapshot",
        vanished="keep",
        key=(key,),
        version=None,  # so that the keys of rejected rows are kept, see Sources.accept
        aliases=(),
        columns=tuple(
            Column(name=column, type=type_, required=column == key, title=column) for column, type_ in columns.items()
        ),
    )
