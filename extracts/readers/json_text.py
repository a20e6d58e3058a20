"""One look at all bytes of a JSON file: what it begins and ends with, its lines, and whether DuckDB may read it alone.

Everything streams; nothing here knows of records.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from extracts.typed_copy import FileJob

MEGABYTE = 1_000_000

_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_BLANKS = b" \t\r\n"

#: Three such bytes in a row never stand in UTF-8, but in any longer word of Windows-1251.
_FOREIGN_WORD = re.compile(rb"[\xc0-\xff]{3}")
_RUSSIAN_LETTER = re.compile(rb"[\xd0\xd1][\x80-\xbf]")


@dataclass(frozen=True)
class JsonText:
    """A JSON file without a byte order mark; blank lines at its end are not counted.

    `first`, `last`: the bytes that are not blank. `is_doubtful`: it may hold what DuckDB takes and JSON does not have,
    or a NUL character, which no value may hold.
    """

    path: Path
    first: bytes
    last: bytes
    lines: int
    is_doubtful: bool


def scan(job: FileJob) -> JsonText:
    """Looks at the job's source. Errors: BadInput if there is nothing in it, or it is UTF-16."""
    if job.source.stat().st_size == 0:
        raise job.bad("файл пуст (0 байт)")
    path = _without_mark(job)
    first, last = b"", b""
    newlines, lines = 0, 0
    is_doubtful, tail = False, b""
    for block in _blocks(path):
        content = block.strip(_BLANKS)
        first, last = first or content[:1], content[-1:] or last
        lines = newlines + block.rstrip(_BLANKS).count(b"\n") + 1 if content else lines
        newlines += block.count(b"\n")
        dense = tail + block.translate(None, _BLANKS)
        is_doubtful = is_doubtful or b",}" in dense or b",]" in dense or b"\\u0000" in dense
        tail = dense[-8:]
    if not first:
        raise job.bad("в файле нет ни одной записи")
    return JsonText(path, first, last, lines, is_doubtful)


def longest_record(job: FileJob) -> int:
    """The most bytes that one record may have."""
    return job.options.longest_row_mb * MEGABYTE


def is_windows_1251(path: Path) -> bool:
    """Whether a file that is no UTF-8 looks like Russian text of Windows-1251 rather than like a damaged one."""
    foreign = sum(len(_FOREIGN_WORD.findall(block)) for block in _blocks(path))
    letters = sum(len(_RUSSIAN_LETTER.findall(block)) for block in _blocks(path))
    return 3 * foreign > letters


def _without_mark(job: FileJob) -> Path:
    """The source, or a copy of it from behind its byte order mark, which DuckDB does not read."""
    with job.source.open("rb") as source:
        start = source.read(4)
        if start.startswith(_WIDE_MARKS):
            raise job.bad("файл в кодировке UTF-16, сохраните его в UTF-8")
        if not start.startswith(codecs.BOM_UTF8):
            return job.source
        source.seek(len(codecs.BOM_UTF8))
        copy = job.workspace / "unmarked.json"
        with copy.open("wb") as sink:
            while block := source.read(MEGABYTE):
                sink.write(block)
    return copy


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(MEGABYTE):
            yield block
