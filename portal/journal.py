"""What the sender noted of the packages it sent: `sending.json` beside the manifest (4-portal.md, «Sending»).

The sender writes the journal, whole and at once, before and after each of its steps; the exporter only reads it. A file
that it does not name was never sent. «confirmed» is the only state that says what the portal has; every other one
(«posting», «in_progress», «failed») says that nobody knows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from extracts.errors import BadInput
from portal.manifest import MANIFEST_FILE
from portal.package_folder import PACKAGE_FOLDER

JOURNAL_FILE = "sending.json"
CONFIRMED = "confirmed"

#: The portal's code for a file that breaks the rules of its format or its fields.
FORMAT_ERRORS = 7


@dataclass(frozen=True)
class SentFile:
    """One file that was sent, or began to be: `is_confirmed` says that the portal has taken it.

    `path` and `bytes` are those of its rows as CSV, which of an Avro file stand aside. `has_wrong_format` says that the
    portal refused it for its form or its fields, `has_no_table` that it knew no such address (404).
    """

    path: Path
    table: str
    operation: str
    rows: int
    bytes: int
    is_confirmed: bool
    has_wrong_format: bool = False
    has_no_table: bool = False

    @property
    def is_delete(self) -> bool:
        """Whether its rows are keys that leave the portal."""
        return self.operation == "delete"


@dataclass(frozen=True)
class SentTable:
    """A table as the package had it: its key fields and its place among the tables, parents first."""

    key: tuple[str, ...]
    position: int


@dataclass(frozen=True)
class SentPackage:
    """A package of which something was sent; `sequence` is its place among all packages ever made."""

    path: Path
    sequence: int
    prefix: str
    tables: dict[str, SentTable]
    files: tuple[SentFile, ...]

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.path.name


def sent_packages(exports: Path) -> list[SentPackage]:
    """The packages whose journal names a file, in the order in which they were made.

    Raises:
        BadInput: a journal or the manifest beside it cannot be read: then nobody knows what the portal has.
    """
    journals = [path for path in exports.glob(f"*/{JOURNAL_FILE}") if PACKAGE_FOLDER.fullmatch(path.parent.name)]
    packages = [_read_package(journal) for journal in sorted(journals)]
    return sorted((one for one in packages if one is not None), key=lambda package: package.sequence)


def last_sequence(exports: Path) -> int:
    """The greatest sequence among the packages that are there; 0 without any. A manifest without one counts as 0."""
    return max((_sequence(path / MANIFEST_FILE) for path in exports.iterdir() if _is_package(path)), default=0)


def _is_package(path: Path) -> bool:
    return PACKAGE_FOLDER.fullmatch(path.name) is not None


def _sequence(manifest: Path) -> int:
    try:
        sequence = json.loads(manifest.read_text("utf-8")).get("sequence", 0)
    except (OSError, ValueError, AttributeError):
        return 0
    return sequence if isinstance(sequence, int) else 0


def _read_package(journal: Path) -> SentPackage | None:
    states = _states(journal)
    if not states:
        return None
    manifest = _document(journal.with_name(MANIFEST_FILE))
    try:
        files = tuple(
            _sent_file(journal.parent, file, states[file["file"]])
            for file in manifest["files"]
            if file["file"] in states
        )
        return SentPackage(
            path=journal.parent,
            sequence=int(manifest["sequence"]),
            prefix=str(manifest["prefix"]),
            tables={
                str(table["table"]): SentTable(tuple(table["key"]), position)
                for position, table in enumerate(manifest["tables"])
            },
            files=files,
        )
    except (KeyError, TypeError, ValueError):
        raise BadInput(_unreadable(journal.with_name(MANIFEST_FILE))) from None


def _sent_file(folder: Path, file: dict[str, Any], entry: dict[str, Any]) -> SentFile:
    lines = file.get("lines", file)
    return SentFile(
        path=folder / lines["file"],
        table=str(file["table"]),
        operation=str(file["operation"]),
        rows=int(file["rows"]),
        bytes=int(lines["bytes"]),
        is_confirmed=entry.get("state") == CONFIRMED,
        has_wrong_format=entry.get("state") == "failed" and entry.get("code") == FORMAT_ERRORS,
        has_no_table=entry.get("state") == "failed" and entry.get("status") == HTTPStatus.NOT_FOUND,
    )


def _states(journal: Path) -> dict[str, dict[str, Any]]:
    files = _document(journal).get("files")
    if not isinstance(files, dict) or not all(isinstance(entry, dict) for entry in files.values()):
        raise BadInput(_unreadable(journal))
    return files


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        document = None
    if not isinstance(document, dict):
        raise BadInput(_unreadable(path))
    return document


def _unreadable(path: Path) -> str:
    return (
        f"Пакет {path.parent.name}: файл {path.name} не читается, поэтому неизвестно, что уже есть на портале."
        " Верните его из резервной копии или уберите всю папку пакета и отправьте полный пакет:"
        " portfolio export --full."
    )
