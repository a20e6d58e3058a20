"""From the file of a delivery to plain UTF-8 text: unpacking, encoding, and what one look at all bytes tells.

Everything streams; nothing here knows of rows or columns.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from extracts.disk import remove
from extracts.readers.byte_checks import checks_for, whole_characters
from extracts.readers.unpacking import excess
from extracts.typed_copy import FileJob

UTF_8 = "utf-8"
WINDOWS_1251 = "windows-1251"

_BLOCK = 1 << 17
_TAIL = 1 << 16
_MOST_LANDMARKS = 20_000

_SPACED_QUOTE = re.compile(rb'" ')  # quotes and blanks are frequent: a regular expression is faster here than `in`

_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)

#: Windows-1251 leaves one byte undefined; it is read as the control character of its number, as browsers do, so that
#: no file of that encoding is unreadable.
_UNDEFINED = "extracts.undefined-byte"


def _control_character(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return chr(error.object[error.start]), error.start + 1


codecs.register_error(_UNDEFINED, _control_character)


@dataclass(frozen=True)
class Landmark:
    """Where a line begins: the bytes before it, the lines before it."""

    offset: int
    lines: int


@dataclass(frozen=True)
class PlainText:
    """A file as UTF-8 (damaged: not everywhere) and what it holds; blank lines at its end are not counted.

    `has_spaced_quotes`: somewhere a blank follows a quote, where DuckDB may take a broken row for a whole one.
    `landmarks`: the beginnings of lines here and there, all over the file, in order.
    """

    path: Path
    encoding: str
    lines: int
    has_quotes: bool
    has_spaced_quotes: bool
    has_nul: bool
    is_damaged: bool
    landmarks: Sequence[Landmark] = ()


def unpacked(job: FileJob) -> Path:
    """The job's source, or what was in it if it is an archive.

    Errors: BadInput if there are no bytes, the archive is broken or unpacks to more than the settings allow, or the
    text is UTF-16.
    """
    if job.source.stat().st_size == 0:
        raise job.bad("файл пуст (0 байт)")
    path = _unpacked(job) if job.source.name.lower().endswith(".gz") else job.source
    start = _first_bytes(path)
    if not start:
        raise job.bad("в архиве нет ни одного байта")
    if start.startswith(_WIDE_MARKS):
        raise job.bad("файл в кодировке UTF-16, сохраните его в UTF-8")
    return path


def examine(job: FileJob, path: Path) -> PlainText:
    """Looks through the whole file; transcodes it where it must.

    The encoding: UTF-8 with a byte order mark, else what the settings say, else UTF-8 if the whole file is that (or
    mostly that, with a few broken bytes), else Windows-1251.
    """
    encoding = UTF_8 if _first_bytes(path).startswith(codecs.BOM_UTF8) else job.encoding
    if encoding != WINDOWS_1251:
        text = _scan(path)
        if not text.is_damaged or encoding == UTF_8 or _is_mostly_utf8(path):
            return text
    return replace(_scan(_transcoded(path, job.workspace / "utf8.csv")), encoding=WINDOWS_1251)


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_BLOCK)


def _unpacked(job: FileJob) -> Path:
    target = job.workspace / "unpacked.csv"
    try:
        with gzip.open(job.source, "rb") as source, target.open("wb") as sink:
            problem = _unpack(job, source, sink)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        problem = "архив gzip повреждён или передан не до конца"
    if problem:
        remove(target)  # or it would lie there until the whole delivery is done
        raise job.bad(problem)
    return target


def _unpack(job: FileJob, source: gzip.GzipFile, sink: IO[bytes]) -> str:
    """Writes what is in the archive; stops where it is more than the settings allow, and says so."""
    packed, size = job.source.stat().st_size, 0
    while block := source.read(_BLOCK):
        size += len(block)
        if problem := excess(job.options, packed=packed, unpacked=size):
            return f"архив {problem}"
        sink.write(block)
    return ""


def _transcoded(path: Path, target: Path) -> Path:
    with path.open("rb") as source, target.open("wb") as sink:
        while block := source.read(_BLOCK):
            sink.write(block.decode("cp1251", errors=_UNDEFINED).encode())
    return target


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(_BLOCK):
            yield block


def _scan(path: Path) -> PlainText:
    size = path.stat().st_size
    checks = checks_for(size)
    newlines, has_quotes, has_spaced_quotes, has_nul, is_damaged = 0, False, False, False, False
    landmarks: list[Landmark] = []
    tail, half, offset = b"", b"", 0
    for block in _blocks(path):
        end = block.find(b"\n") + 1
        if end and offset >= size // _MOST_LANDMARKS * len(landmarks):
            landmarks.append(Landmark(offset + end, newlines + 1))
        offset += len(block)
        newlines += checks.count_newlines(block)
        has_quotes = has_quotes or b'"' in block
        has_spaced_quotes = has_spaced_quotes or bool(has_quotes and _SPACED_QUOTE.search(tail[-1:] + block))
        has_nul = has_nul or b"\0" in block
        characters = half + block
        whole = whole_characters(characters)
        half = characters[whole:]
        is_damaged = is_damaged or not checks.is_utf8(characters[:whole])
        tail = (block if len(block) >= _TAIL else tail + block)[-_TAIL:]
    is_damaged = is_damaged or not checks.is_utf8(half)
    content = tail.rstrip()
    lines = newlines - tail[len(content) :].count(b"\n") + bool(content)
    return PlainText(path, UTF_8, lines, has_quotes, has_spaced_quotes, has_nul, is_damaged, landmarks)


def _is_mostly_utf8(path: Path) -> bool:
    """Whether the file is UTF-8 with some broken bytes: Russian text of Windows-1251 has hardly a valid sequence."""
    decoder = codecs.getincrementaldecoder(UTF_8)(errors="ignore")
    characters, valid_bytes, size = 0, 0, 0
    for block in _blocks(path):
        text = decoder.decode(block)
        encoded = text.encode()
        characters += len(text) - len(text.encode("ascii", errors="ignore"))
        valid_bytes += len(encoded)
        size += len(block)
    return characters > size - valid_bytes
