"""What a specification of the portal's tables says, as frozen values (specification 4-portal.md, «Tables»).

Nothing here reads a file or knows SQL: `specification.py` makes these values from YAML and checks them,
`source_sql.py` and `row_sql.py` turn them into queries.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

YearScope = Literal["current", "closed"]
TypeName = Literal["string", "integer", "decimal", "date", "datetime", "boolean"]

#: The two fields that end every table and that the package writer fills in itself.
CREATE_DATETIME = "create_datetime"
SEND_DATETIME = "send_datetime"
PACKAGE_FIELDS = (CREATE_DATETIME, SEND_DATETIME)


@dataclass(frozen=True)
class FieldType:
    """The portal's type of a field; precision and scale belong to `decimal` alone."""

    name: TypeName
    precision: int = 0
    scale: int = 0


@dataclass(frozen=True)
class Template:
    """A text with columns in it: `year-{academic_year_id}`. It is empty as soon as one of its columns is."""

    parts: tuple[tuple[str, str | None], ...]
    """Pairs of literal text and the column that follows it (None after the last literal)."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The mart columns that the text needs."""
        return tuple(column for _, column in self.parts if column is not None)

    @property
    def is_column(self) -> bool:
        """Whether the text is one column as it is, so that its type is kept."""
        return len(self.parts) == 1 and self.parts[0][0] == ""


@dataclass(frozen=True)
class FirstOf:
    """The first of several texts that is not empty (mostly there is one, and it is a column)."""

    alternatives: tuple[Template, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The mart columns that the value needs."""
        return tuple(column for template in self.alternatives for column in template.columns)


@dataclass(frozen=True)
class Ratio:
    """Numerator by denominator, computed exactly and rounded half away from zero (2-marts.md, `*_shown`)."""

    numerator: str
    denominator: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The mart columns that the value needs."""
        return (self.numerator, self.denominator)


FieldSource = FirstOf | Ratio


@dataclass(frozen=True)
class Field:
    """One field of a portal table; `source` is None for the two fields of the package."""

    name: str
    title: str
    type: FieldType
    length: int | None
    required: bool
    key: bool
    reference: str | None
    hashed: bool
    source: FieldSource | None
    line: int

    @property
    def is_identifier(self) -> bool:
        """Whether the region's prefix stands before the value: `id` and every `*_id`."""
        return self.name == "id" or self.name.endswith("_id")


Literals = tuple[str | int | bool, ...]


@dataclass(frozen=True)
class Filter:
    """A condition on one column: one of some literals, greater than a number, or whether it is filled in at all."""

    column: str
    literals: Literals | None
    present: bool = True
    above: int | None = None


@dataclass(frozen=True)
class TableSource:
    """The mart, or the table of people.duckdb, that a table's rows come from, and which of its rows."""

    mart: str
    """A name in schema `marts`, or `people.<name>`."""
    filters: tuple[Filter, ...]
    constants: tuple[tuple[str, str | int | bool], ...]
    academic_year: YearScope | None
    """Rows of which academic years; None: of all."""
    is_distinct: bool
    students: str | None
    """The column that holds the student; rows of students who are not exported stay out."""
    line: int


@dataclass(frozen=True)
class Table:
    """One table of the portal: where its rows come from and its fields in order."""

    name: str
    title: str
    sources: tuple[TableSource, ...]
    fields: tuple[Field, ...]
    line: int

    @property
    def key(self) -> tuple[Field, ...]:
        """The fields that identify a row, in the order of the specification; rows are sorted by them."""
        return tuple(field for field in self.fields if field.key)

    @property
    def content(self) -> tuple[Field, ...]:
        """Every field but the two that say when the package was made and sent."""
        return tuple(field for field in self.fields if field.name not in PACKAGE_FIELDS)

    @property
    def parents(self) -> tuple[str, ...]:
        """The tables that fields of this one refer to."""
        return tuple(field.reference for field in self.fields if field.reference is not None)


@dataclass(frozen=True)
class Specification:
    """One version of the portal's tables, parents before children."""

    version: str
    path: Path
    tables: tuple[Table, ...]

    @property
    def referred(self) -> frozenset[str]:
        """The tables that fields of others refer to."""
        return frozenset(parent for table in self.tables for parent in table.parents)

    def table(self, name: str) -> Table:
        """The table of that name; KeyError when there is none."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)
