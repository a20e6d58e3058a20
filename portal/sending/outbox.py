"""The packages in `exports/`, as the sender reads them: manifest.json and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from extracts.errors import BadInput
from portal.manifest import MANIFEST_FILE, Operation
from portal.package_folder import PACKAGE_FOLDER

_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_TABLE_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_OPERATIONS: tuple[Operation, ...] = ("create", "update", "delete")


@dataclass(frozen=True)
class OutgoingFile:
    """One file of a package, by its manifest."""

    name: str
    table: str
    operation: Operation
    rows: int
    bytes: int
    sha256: str
    is_avro: bool = False

    @property
    def is_delete(self) -> bool:
        """Whether the portal is to remove the keys that stand in it."""
        return self.operation == "delete"


@dataclass(frozen=True)
class OutgoingPackage:
    """One package: files in order of sending; `parents`: the tables that fields of a table refer to."""

    folder: Path
    kind: Literal["full", "delta"]
    created_at: str
    sequence: int
    files: tuple[OutgoingFile, ...]
    parents: Mapping[str, tuple[str, ...]] | None
    """None where the manifest does not tell: it was made before manifests did."""

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def is_avro(self) -> bool:
        """Whether it is for the core of the витрина, and not for the loader."""
        return any(file.is_avro for file in self.files)


def find_packages(exports: Path) -> list[OutgoingPackage]:
    """All packages, in the order in which they were made.

    Raises:
        BadInput: a manifest that cannot be read.
    """
    folders = package_folders(exports)
    return sorted((read_package(folder) for folder in folders), key=_when_made)


def package_folders(exports: Path) -> list[Path]:
    """The folders of finished packages, by name."""
    if not exports.is_dir():
        return []
    return sorted(path for path in exports.iterdir() if PACKAGE_FOLDER.fullmatch(path.name) and path.is_dir())


def read_package(folder: Path) -> OutgoingPackage:
    """What the manifest of a package says.

    Raises:
        BadInput: there is no manifest, or it is none.
    """
    path = folder / MANIFEST_FILE
    try:
        return _package(folder, json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        message = (
            f"В пакете {folder} нет {MANIFEST_FILE}: уберите эту папку и сделайте пакет заново (portfolio export)."
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        message = f"Файл {path} повреждён: уберите папку пакета и сделайте его заново (portfolio export)."
    raise BadInput(message)


def _package(folder: Path, document: dict[str, Any]) -> OutgoingPackage:
    files = sorted(document["files"], key=lambda file: int(file["order"]))
    tables = document.get("tables") or []
    told = all("parents" in table for table in tables)
    parents = {str(table["table"]): tuple(map(str, table["parents"])) for table in tables} if told else None
    return OutgoingPackage(
        folder=folder,
        kind="delta" if document.get("kind") == "delta" else "full",
        created_at=str(document["created_at"]),
        sequence=int(document.get("sequence", 0)),
        files=tuple(map(_file, files)),
        parents=parents,
    )


def _file(fields: dict[str, Any]) -> OutgoingFile:
    file = OutgoingFile(
        name=str(fields["file"]),
        table=str(fields["table"]),
        operation=next(one for one in _OPERATIONS if one == fields["operation"]),
        rows=int(fields["rows"]),
        bytes=int(fields["bytes"]),
        sha256=str(fields["sha256"]),
        is_avro=fields.get("format") == "avro",
    )
    good = _FILE_NAME.fullmatch(file.name) and _TABLE_NAME.fullmatch(file.table) and _SHA256.fullmatch(file.sha256)
    if not good:
        raise ValueError
    return file


def _when_made(package: OutgoingPackage) -> tuple[int, str, str, int]:
    # The sequence counts all packages; the first manifests had none. The number counts within one date only, and a
    # package of an earlier date may be made later.
    match = PACKAGE_FOLDER.fullmatch(package.name)
    day, number = match.groups() if match else ("", "0")
    return package.sequence, package.created_at, day, int(number)
