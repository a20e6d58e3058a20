"""The ZIP archive of a workbook: its real size, and what stands in its parts that a reader of cells must know.

Every part is unpacked once, in pieces, and thrown away: what an archive says of its own sizes is not believed.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from extracts.workbook.errors import BROKEN, UnreadableBook

#: The part of a package that says which part is the document.
RELATIONS = "_rels/.rels"

NO_BOOK = "это архив ZIP, но книги XLSX в нём нет"

_BLOCK = 1 << 20
_OVERLAP = 16  # longer than any of the marks that are looked for
#: Below this an archive may be packed as tightly as it likes: a small sheet of equal rows is no bomb.
_RATIO_COUNTS_ABOVE = 64 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

_DOCUMENT_TYPE = b"<!DOCTYPE"
#: A formula (`<f`, or with a prefix), or text that readers of cells pass over.
_DOUBTFUL = (b"<f", b":f", b"<![CDATA[")

_OTHER_BOOKS = {
    "xl/workbook.bin": "это книга XLSB, сохраните её как XLSX",
    "content.xml": "это книга ODS, сохраните её как XLSX",
    "word/document.xml": "это документ Word, а не книга XLSX",
}


@dataclass(frozen=True)
class Bounds:
    """How much may come out of an archive: bytes in all, and bytes for each byte of the archive."""

    unpacked: int
    ratio: int


@dataclass(frozen=True)
class Archive:
    """What one look at all bytes told: the real size, and the parts in which a formula or CDATA may stand."""

    unpacked: int
    doubtful: frozenset[str]


def examine(path: Path, bounds: Bounds) -> Archive:
    """Unpacks every part without keeping it. Errors: UnreadableBook if it is no workbook, broken, or too large."""
    with open_archive(path) as archive:
        entries = archive.infolist()
        _check_entries(entries)
        most = _most_bytes(path.stat().st_size, bounds)
        unpacked = 0
        doubtful = set()
        for entry in entries:
            with _open_entry(archive, entry) as stream:
                size, is_doubtful = _look_through(stream, most - unpacked)
            unpacked += size
            if is_doubtful:
                doubtful.add(part_name(entry.filename))
    return Archive(unpacked, frozenset(doubtful))


def open_archive(path: Path) -> zipfile.ZipFile:
    """The archive, with its directory read. Errors: UnreadableBook."""
    try:
        return zipfile.ZipFile(path)
    except MemoryError:
        raise
    except Exception:
        # Of a mangled directory zipfile raises whatever its fields lead to.
        raise UnreadableBook(BROKEN) from None


def part_name(name: str) -> str:
    """A part's name as it is compared: some writers use backslashes or capitals, and readers take them."""
    return name.replace("\\", "/").lower().removeprefix("/")


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [part_name(entry.filename) for entry in entries]
    other = next((text for name, text in _OTHER_BOOKS.items() if name in names), None)
    if other or RELATIONS not in names:
        raise UnreadableBook(other or NO_BOOK)
    if len(set(names)) < len(names):
        raise UnreadableBook(f"{BROKEN}: одна её часть записана дважды")
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableBook("архив книги зашифрован, сохраните её без пароля")
    if any(entry.compress_type not in _METHODS for entry in entries):
        raise UnreadableBook("архив книги сжат необычным способом, пересохраните её в Excel или LibreOffice")


def _most_bytes(size: int, bounds: Bounds) -> int:
    return min(bounds.unpacked, max(_RATIO_COUNTS_ABOVE, size * bounds.ratio))


def _open_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(entry)
    except MemoryError:
        raise
    except Exception:
        raise UnreadableBook(BROKEN) from None


def _look_through(stream: IO[bytes], most: int) -> tuple[int, bool]:
    """Size of a part, and whether something doubtful stands in it."""
    size, is_doubtful, tail = 0, False, b""
    while block := _read(stream):
        size += len(block)
        if size > most:
            raise UnreadableBook(
                "книга после распаковки больше дозволенного (настройки unpacked_gb и unpacked_ratio); "
                "если она такой и должна быть, увеличьте их или выгрузите набор в csv"
            )
        seen = tail + block
        if _DOCUMENT_TYPE in seen:
            raise UnreadableBook("в книге есть определение типа документа (DTD), каких в XLSX не бывает")
        is_doubtful = is_doubtful or any(mark in seen for mark in _DOUBTFUL)
        tail = seen[-_OVERLAP:]
    return size, is_doubtful


def _read(stream: IO[bytes]) -> bytes:
    try:
        return stream.read(_BLOCK)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError):
        raise UnreadableBook(BROKEN) from None
