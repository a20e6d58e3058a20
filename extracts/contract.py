"""The contract of every dataset of a delivery, read from contract.yaml (specification 1-extracts.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

ColumnType = Literal["id", "text", "date", "datetime", "boolean", "integer", "decimal", "sex"]
Mode = Literal["snapshot", "change_set"]

CONTRACT_FILE = Path(__file__).with_name("contract.yaml")

#: The type of a contract column in raw Parquet and in every model.
SQL_TYPES: dict[ColumnType, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "boolean": "BOOLEAN",
    "integer": "INTEGER",
    "decimal": "DECIMAL(18,9)",
    "sex": "VARCHAR",
}

#: Columns that the loader adds to every raw row: the delivery, the source file, and the row's place in the whole
#: delivery of its dataset (files in order of name, rows in order of file), which decides between equal versions.
TECHNICAL_COLUMNS: dict[str, str] = {"_load_date": "DATE", "_file": "VARCHAR", "_row": "BIGINT"}

#: Between the columns of a key that is written as one text: a character that no id holds.
KEY_SEPARATOR = "chr(31)"


@dataclass(frozen=True)
class Column:
    """One column of a dataset: its type, whether it may be empty, and the limits of its values."""

    name: str
    type: ColumnType
    required: bool
    title: str
    values: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None

    @property
    def sql_type(self) -> str:
        """The DuckDB type of the column in raw Parquet."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True)
class Target:
    """Where ids of a reference are listed: a column of a dataset; `is_key`: no two rows share an id there."""

    dataset: str
    column: str
    is_key: bool


@dataclass(frozen=True)
class Reference:
    """A column whose ids name rows of other datasets (a foreign key): an id leads somewhere if any target lists it."""

    column: str
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Dataset:
    """One dataset of a delivery: what its rows are, how a later delivery changes them, and its columns."""

    name: str
    title: str
    system: Literal["contingent", "journal", "calendar"]
    mode: Mode
    vanished: Literal["keep", "drop"]
    key: tuple[str, ...]
    version: str | None
    aliases: tuple[str, ...]
    columns: tuple[Column, ...]
    references: tuple[Reference, ...] = ()

    @property
    def is_deletable(self) -> bool:
        """Whether a row may say that it was deleted (`deleted_at`, or `deleted` = true)."""
        return any(column.name == "deleted_at" for column in self.columns)

    @property
    def scope(self) -> str | None:
        """The column that a snapshot speaks of: only of the academic years that it contains; None: of all."""
        return "academic_year_id" if self.has_column("academic_year_id") else None

    def has_column(self, name: str) -> bool:
        """Whether the contract of the dataset names this column."""
        return any(column.name == name for column in self.columns)

    def key_text(self, prefix: str = "") -> str:
        """SQL of a row's key as one text, from columns of these names with a prefix."""
        return f"concat_ws({KEY_SEPARATOR}, {', '.join(f'cast({prefix}{column} as varchar)' for column in self.key)})"

    @property
    def raw_columns(self) -> dict[str, str]:
        """Every column of the dataset's raw Parquet, in order, with its DuckDB type."""
        own = {column.name: column.sql_type for column in self.columns}
        deleted = {"deleted": "BOOLEAN"} if self.is_deletable else {}
        return own | deleted | TECHNICAL_COLUMNS


@cache
def load_contract() -> dict[str, Dataset]:
    """Every dataset of the contract by name, in the order of contract.yaml."""
    document: dict[str, Any] = yaml.safe_load(CONTRACT_FILE.read_text("utf-8"))
    keys = {name: tuple(body["key"]) for name, body in document.items()}
    return {name: _dataset(name, body, keys) for name, body in document.items()}


@cache
def dataset_names() -> dict[str, str]:
    """Every name that a file of a dataset may begin with → the dataset's name."""
    contract = load_contract()
    aliases = {alias: name for name, dataset in contract.items() for alias in dataset.aliases}
    return {name: name for name in contract} | aliases


def _dataset(name: str, body: dict[str, Any], keys: Mapping[str, tuple[str, ...]]) -> Dataset:
    default_version = "updated_at" if "updated_at" in body["columns"] else None
    return Dataset(
        name=name,
        title=body["title"],
        system=body["system"],
        mode=body["mode"],
        vanished=body.get("vanished", "drop"),
        key=keys[name],
        version=body.get("version", default_version),
        aliases=tuple(body.get("aliases", ())),
        columns=tuple(_column(column, *facts) for column, facts in body["columns"].items()),
        references=tuple(_reference(column, named, keys) for column, named in body.get("references", {}).items()),
    )


def _reference(column: str, targets: str | list[str], keys: Mapping[str, tuple[str, ...]]) -> Reference:
    named = [targets] if isinstance(targets, str) else targets
    return Reference(column, tuple(_target(target, keys) for target in named))


def _target(named: str, keys: Mapping[str, tuple[str, ...]]) -> Target:
    dataset, _, column = named.partition(".")
    key = keys[dataset]
    column = column or key[0]
    return Target(dataset, column, is_key=key == (column,))


def _column(name: str, type_: ColumnType, presence: str, title: str, limits: dict[str, Any] | None = None) -> Column:
    limits = limits or {}
    return Column(
        name=name,
        type=type_,
        required=presence == "required",
        title=title,
        values=tuple(limits.get("values", ())),
        minimum=limits.get("min"),
        maximum=limits.get("max"),
    )
