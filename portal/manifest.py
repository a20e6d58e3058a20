"""What a package is and how its manifest says so (specification 4-portal.md, «A package is a folder»).

`manifest.json`, times in the region's local time:

* `specification`, `as_of`, `number`, `sequence` (its place among all packages ever made), `kind` (`full`: every row;
  `delta`: what differs from what the portal has confirmed), `base_package` (the newest package of which something was
  confirmed, or null), `prefix`, `connected_only`, `created_at`, `create_datetime` and `send_datetime` (the two that
  stand in every row), `rows`, `is_empty` (nothing has changed: there is nothing to send);
* `files`, in order of sending: `order`, `file`, `table`, `operation`, `rows`, `bytes`, `sha256`; of an Avro file also
  `format` («avro») and `lines`: `file`, `bytes`, `sha256` of the CSV file with the same rows, for settling alone;
* `tables`, parents first, every table of the specification, also one without rows (and so without a file), and behind
  them those of an older one whose rows are deleted: `table`, `rows` (in all its files), `held_back`, `unchanged` (the
  portal has them as they are), `key` (its key fields), `parents` (the tables that its fields refer to), `hashed`
  (the fields that are sent as hashes);
* `held_back`: rows that stayed out, by `table`, `field` and `reason`, with the words for the operator in `text`.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from extracts.disk import PRIVATE_FILE

MANIFEST_FILE = "manifest.json"

Operation = Literal["create", "update", "delete"]


@dataclass(frozen=True)
class LinesFile:
    """The CSV file with the rows of an Avro file; its name holds the folder within the package."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class PackageFile:
    """One file of a package; `order` is its place in the sending and the number its name begins with."""

    order: int
    name: str
    table: str
    operation: Operation
    rows: int
    bytes: int
    sha256: str
    lines: LinesFile | None = None
    """Of an Avro file: where its rows stand as CSV."""

    def document(self) -> dict[str, Any]:
        """What the manifest says of it."""
        document: dict[str, Any] = {
            "order": self.order,
            "file": self.name,
            "table": self.table,
            "operation": self.operation,
            "rows": self.rows,
            "bytes": self.bytes,
            "sha256": self.sha256,
        }
        if self.lines is None:
            return document
        lines = {"file": self.lines.name, "bytes": self.lines.bytes, "sha256": self.lines.sha256}
        return document | {"format": "avro", "lines": lines}


@dataclass(frozen=True)
class HeldBack:
    """How many rows of a table stayed out for one reason; `field` is None where the whole key is meant."""

    table: str
    field: str | None
    reason: str
    text: str
    rows: int


@dataclass(frozen=True)
class TableRows:
    """How many rows of a table the package holds, how many not, and why; its key fields, the tables it refers to, the
    fields that are sent as hashes."""

    table: str
    rows: int
    held_back: int
    unchanged: int
    key: tuple[str, ...]
    parents: tuple[str, ...]
    hashed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Package:
    """A finished package: where it is and what its manifest says."""

    path: Path
    number: int
    specification: str
    as_of: date
    prefix: str
    connected_only: bool
    created_at: datetime
    files: tuple[PackageFile, ...]
    tables: tuple[TableRows, ...]
    held_back: tuple[HeldBack, ...]
    sequence: int
    kind: Literal["full", "delta"]
    base_package: str | None

    @property
    def rows(self) -> int:
        """Rows in all files together."""
        return sum(file.rows for file in self.files)

    def manifest(self) -> dict[str, Any]:
        """The content of manifest.json."""
        moment = f"{self.created_at:%Y-%m-%d %H:%M:%S}"
        return {
            "specification": self.specification,
            "as_of": self.as_of.isoformat(),
            "number": self.number,
            "sequence": self.sequence,
            "kind": self.kind,
            "base_package": self.base_package,
            "prefix": self.prefix,
            "connected_only": self.connected_only,
            "created_at": moment,
            "create_datetime": moment,
            "send_datetime": moment,
            "rows": self.rows,
            "is_empty": not self.files,
            "files": [file.document() for file in self.files],
            "tables": [
                asdict(table) | {"key": list(table.key), "parents": list(table.parents), "hashed": list(table.hashed)}
                for table in self.tables
            ],
            "held_back": [asdict(held) for held in self.held_back],
        }


def write_manifest(package: Package, folder: Path) -> None:
    """Writes manifest.json (mode 0600) into a folder, last of all files of the package."""
    text = json.dumps(package.manifest(), ensure_ascii=False, indent=2) + "\n"
    descriptor = os.open(folder / MANIFEST_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
