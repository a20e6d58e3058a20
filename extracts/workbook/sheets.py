"""Which sheets a workbook has, and where their cells stand."""

from __future__ import annotations

import posixpath
import zipfile
from dataclasses import dataclass
from typing import IO
from xml.etree import ElementTree

from extracts.workbook.archive import NO_BOOK, RELATIONS, part_name
from extracts.workbook.errors import ILL_WRITTEN, UnreadableBook

_DOCUMENT = "/officeDocument"
_WORKSHEET = "/worksheet"


@dataclass(frozen=True)
class Sheet:
    """One worksheet: its name, the part that holds its cells, and whether a user sees it."""

    name: str
    part: str
    is_visible: bool


def list_sheets(archive: zipfile.ZipFile) -> list[Sheet]:
    """The worksheets in their order; charts and macros are no worksheets. Errors: UnreadableBook."""
    workbook = next(iter(_targets(archive, RELATIONS, "", _DOCUMENT).values()), None)
    if workbook is None:
        raise UnreadableBook(NO_BOOK)
    folder, name = posixpath.split(workbook)
    parts = _targets(archive, posixpath.join(folder, "_rels", f"{name}.rels"), folder, _WORKSHEET)
    sheets = [element for element in _parse(archive, workbook).iter() if _local(element.tag) == "sheet"]
    found = [
        Sheet(element.get("name", ""), parts[relation], element.get("state", "visible") == "visible")
        for element in sheets
        if (relation := _relation(element)) in parts
    ]
    if not found:
        raise UnreadableBook("в книге нет ни одного листа с таблицей")
    return found


def open_part(archive: zipfile.ZipFile, part: str) -> IO[bytes]:
    """A part by its compared name, as a stream of bytes. Errors: UnreadableBook if there is none."""
    for entry in archive.infolist():
        if part_name(entry.filename) == part:
            return archive.open(entry)
    raise UnreadableBook(ILL_WRITTEN)


def _targets(archive: zipfile.ZipFile, relations: str, folder: str, kind: str) -> dict[str | None, str]:
    """The parts that relations of a kind lead to, by the relation's id; their paths are taken from the folder."""
    return {
        relation.get("Id"): part_name(posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))))
        for relation in _parse(archive, relations).iter()
        if relation.get("Type", "").endswith(kind)
    }


def _parse(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    try:
        with open_part(archive, part) as stream:
            return ElementTree.parse(stream).getroot()  # noqa: S314 -- a DTD was refused before
    except (ElementTree.ParseError, ValueError, LookupError):
        raise UnreadableBook(ILL_WRITTEN) from None


def _relation(element: ElementTree.Element) -> str | None:
    return next((value for name, value in element.items() if _local(name) == "id" and name != "id"), None)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
