"""The portal's tables as the loader leaves them, from its rules alone: an upload of a key that is there replaces the
row, a deletion of a key that is not there is no error. And the sender's journal, written by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from loader_rules import read_file

#: Names and values of the key fields → names and values of all fields but the two of the package.
Rows = dict[frozenset[tuple[str, str]], dict[str, str]]
_PACKAGE_FIELDS = {"create_datetime", "send_datetime"}

STATES = ("posting", "in_progress", "failed", "confirmed")


class Portal:
    """The tables of one витрина, empty at first."""

    def __init__(self) -> None:
        self.tables: dict[str, Rows] = {}

    def apply(self, package: Path, name: str, *, first: int | None = None) -> None:
        """Takes a file of a package; `first`: only that many of its rows."""
        manifest = json.loads((package / "manifest.json").read_text("utf-8"))
        file = next(file for file in manifest["files"] if file["file"] == name)
        keys = {table["table"]: table["key"] for table in manifest["tables"]}
        names, cells = read_file((package / name).read_bytes())
        rows = self.tables.setdefault(file["table"], {})
        for row in cells[:first]:
            values = dict(zip(names, (cell.text for cell in row), strict=True))
            if file["operation"] == "delete":
                assert all(cell.is_quoted and cell.text for cell in row)
                rows.pop(frozenset(values.items()), None)
                continue
            key = frozenset((field, values[field]) for field in keys[file["table"]])
            rows[key] = {field: value for field, value in values.items() if field not in _PACKAGE_FIELDS}

    def apply_all(self, package: Path) -> Portal:
        """Takes all files of a package in order of sending."""
        for name in file_names(package):
            self.apply(package, name)
        return self

    def filled(self) -> dict[str, Rows]:
        """The tables that hold a row."""
        return {name: rows for name, rows in self.tables.items() if rows}


def file_names(package: Path) -> list[str]:
    """The files of a package in order of sending."""
    files = json.loads((package / "manifest.json").read_text("utf-8"))["files"]
    return [file["file"] for file in sorted(files, key=lambda file: int(file["order"]))]


def note(package: Path, states: Mapping[str, str]) -> None:
    """Writes the journal of a package: what became of each file."""
    document = {
        "package": package.name,
        "url": "http://127.0.0.1",
        "datamart": "portfolio",
        "files": {
            name: {"state": state, "request_id": None, "code": None, "description": None, "at": ""}
            for name, state in states.items()
        },
    }
    (package / "sending.json").write_text(json.dumps(document), "utf-8")


def confirm(package: Path) -> None:
    """Writes the journal of a package of which everything was confirmed."""
    note(package, dict.fromkeys(file_names(package), "confirmed"))
