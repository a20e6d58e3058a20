"""What the loader refuses in a file, from its rules alone (4-portal.md, «CSV rules of the loader»).

Nothing of the exporter is used: only the specification of the tables is shared. A value is never put into a message.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from loader_rules import Cell, NotAllowedError, read_file

from portal.model import Field, Table

Key = tuple[str, ...]
Row = tuple[str, ...]
Tables = Mapping[str, Mapping[Key, Row]]

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_STREEBOG = re.compile(r"[0-9a-f]{128}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")


class FormatError(Exception):
    """The file breaks a rule of the format: code 7."""


class BrokenReference(Exception):
    """A row refers to a parent that is not there, or a parent is taken from under its child: code 4."""


@dataclass(frozen=True)
class Loader:
    """The loader of one region: its tables, prefix and fields that are hashed beside those of the specification."""

    tables: Mapping[str, Table]
    prefix: str
    hashed: frozenset[str] = frozenset()

    def read(self, data: bytes, table: Table, *, is_delete: bool) -> dict[Key, Row]:
        """The rows of a file by key (of a deletion: the keys). Errors: FormatError."""
        fields = table.key if is_delete else table.fields
        try:
            names, rows = read_file(data)
        except (NotAllowedError, UnicodeDecodeError) as error:
            raise FormatError(type(error).__name__ if isinstance(error, UnicodeDecodeError) else str(error)) from None
        if names != [field.name for field in fields]:
            raise FormatError("header")
        if not rows:
            raise FormatError("no rows")
        found: dict[Key, Row] = {}
        for number, row in enumerate(rows, start=2):
            self._check_row(fields, row, number)
            key = tuple(cell.text for field, cell in zip(fields, row, strict=True) if field.key)
            if key in found:
                raise FormatError(f"line {number}: the key stands twice")
            found[key] = tuple(cell.text for cell in row)
        return found

    def _check_row(self, fields: Sequence[Field], row: Sequence[Cell], number: int) -> None:
        for field, cell in zip(fields, row, strict=True):
            problem = self._problem(field, cell)
            if problem:
                raise FormatError(f"line {number}, field {field.name}: {problem}")

    def _problem(self, field: Field, cell: Cell) -> str | None:
        if cell.text == "":
            return _empty_problem(field, cell)
        if any(unicodedata.category(character) == "Cc" for character in cell.text):
            return "control character"
        is_id = field.name == "id" or field.name.endswith("_id")
        if field.hashed or field.name in self.hashed:
            text = cell.text.removeprefix(f"{self.prefix}-") if is_id else cell.text
            if is_id and text == cell.text:
                return "prefix"
            return None if _STREEBOG.fullmatch(text) else "not hashed"
        if is_id and not (cell.text.startswith(f"{self.prefix}-") and len(cell.text) > len(self.prefix) + 1):
            return "prefix"
        return _type_problem(field, cell.text)

    def check_references(self, table: Table, rows: Mapping[Key, Row], there: Tables) -> None:
        """Every parent that a row names is there. Errors: BrokenReference."""
        for position, field in enumerate(table.fields):
            if field.reference is None:
                continue
            parents = there.get(field.reference, {})
            own = rows if field.reference == table.name else {}
            for row in rows.values():
                key = (row[position],)
                if row[position] and key not in parents and key not in own:
                    raise BrokenReference(f"field {field.name}: the parent is not there")

    def check_children(self, table: Table, keys: Mapping[Key, Row], there: Tables) -> None:
        """No row that stays refers to a key that goes. Errors: BrokenReference."""
        for child in self.tables.values():
            for position, field in enumerate(child.fields):
                if field.reference != table.name or child.name == table.name:
                    continue
                if any((row[position],) in keys for row in there.get(child.name, {}).values()):
                    raise BrokenReference(f"table {child.name} still refers to a key that goes")


def _empty_problem(field: Field, cell: Cell) -> str | None:
    if field.key:
        return "empty key"
    if field.required:
        if not cell.is_quoted:
            return "an empty required value without quotes"
        return None if field.type.name == "string" else "an empty required value"
    return "an empty optional value in quotes" if cell.is_quoted else None


def _type_problem(field: Field, text: str) -> str | None:
    match field.type.name:
        case "string":
            return "too long" if field.length is not None and len(text) > field.length else None
        case "integer":
            good = _INTEGER.fullmatch(text) is not None
        case "decimal":
            whole, scale = field.type.precision - field.type.scale, field.type.scale
            fraction = rf"(\.[0-9]{{1,{scale}}})?" if scale else ""
            good = re.fullmatch(rf"-?[0-9]{{1,{max(whole, 1)}}}{fraction}", text) is not None
        case "boolean":
            good = text in ("True", "False")
        case "date":
            good = _DATE.fullmatch(text) is not None and _is_moment(date, text)
        case "datetime":
            good = _DATETIME.fullmatch(text) is not None and _is_moment(datetime, text)
    return None if good else f"no {field.type.name}"


def _is_moment(kind: type[date], text: str) -> bool:
    try:
        kind.fromisoformat(text)
    except ValueError:
        return False
    return True
