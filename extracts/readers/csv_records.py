"""Cutting CSV text into records, exactly: quotes, line ends, what is broken, and the line on which a record begins.

DuckDB reads well-formed files by itself, much faster; this module is the judge where it refuses one, and writes what is
whole into a file that it reads without doubt. The grammar: a field that begins with a quote (after at most one blank)
ends with the matching quote (before any blanks), `""` inside stands for one; any other field is taken as it
stands, quotes and all. Superfluous fields at the end of a row are ignored while they are empty.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Protocol

_OPENING = re.compile(rb' ?"')
_CLOSING = re.compile(rb'[^"]*(?:""[^"]*)*"(?!")')

_FLUSH_ROWS = 20_000

#: How many lines behind an open quote are looked at for the next row, so that no file takes for ever.
_NEXT_ROW_TRIES = 1000

#: What a sink begins with. DuckDB takes the first line end that it meets for that of the file, even one inside a quoted
#: value; the line is to be skipped.
FIRST_LINE = b"line\n"


@dataclass(frozen=True)
class Broken:
    """A row that is no record: where it begins, its text, and what is wrong with it."""

    line: int
    content: bytes
    reason: str


@dataclass(frozen=True)
class SplitFacts:
    """What was found after the header. `is_aligned`: row N stands on the N-th line; none is blank or continued."""

    good: int
    broken: int
    has_newlines: bool
    is_aligned: bool

    @property
    def rows(self) -> int:
        """All rows, whole or broken."""
        return self.good + self.broken


class LineSource(Protocol):
    """What lines are read from: a binary stream, or a part of one."""

    def readline(self, size: int, /) -> bytes:
        """The next line with its end, but no more than `size` bytes of it; empty at the end."""
        ...


class _Rest(bytes):
    """A piece of a line that was cut off, from where the piece before it ends: not a line of its own."""


class Lines:
    """The physical lines of a stream, which can be put back; `number` is the line that was taken last (1-based).

    `longest`: of no line more bytes than these are held in memory. `before`: the lines that precede the stream.
    """

    def __init__(self, stream: LineSource, longest: int, before: int = 0) -> None:
        self._stream = stream
        self._waiting: deque[bytes] = deque()
        self._is_amid = False
        self.longest = longest
        self.number = before

    def take(self) -> bytes:
        """The next line with its end, cut off at the longest; empty at the end of the stream."""
        line = self._waiting.popleft() if self._waiting else self._read()
        self.number += bool(line) and not isinstance(line, _Rest)
        return line

    def put_back(self, lines: list[bytes]) -> None:
        """Lines to be taken once more."""
        self._waiting.extendleft(reversed(lines))
        self.number -= sum(not isinstance(line, _Rest) for line in lines)

    def skip_rest(self) -> None:
        """Passes over what is left of a line that was cut off."""
        while (piece := self.take()) and not piece.endswith(b"\n"):
            pass

    def _read(self) -> bytes:
        line = self._stream.readline(self.longest)
        if self._is_amid:
            line = _Rest(line)
        self._is_amid = len(line) == self.longest and not line.endswith(b"\n")
        return line


class RecordParser:
    """Parses one record at a time, for one delimiter."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter.encode()
        self._after = re.compile(rb" *(?:" + re.escape(self._delimiter) + rb"|\Z)")

    def parse(self, first: bytes, lines: Lines | None) -> tuple[list[bytes], list[bytes], str]:
        """Gives the record's fields, the lines it took after the first, and what is wrong (empty: nothing).

        `lines` None: a record that does not end on its line is broken.
        """
        fields: list[bytes] = []
        taken: list[bytes] = []
        body, end = cut_end(first)
        position = 0
        while True:
            opening = _OPENING.match(body, position)
            if not opening:
                stop = body.find(self._delimiter, position)
                fields.append(body[position:] if stop < 0 else body[position:stop])
                if stop < 0:
                    return fields, taken, ""
                position = stop + 1
                continue
            position, pieces, size = opening.end(), [], 0
            while not (closing := _CLOSING.match(body, position)):
                pieces += [body[position:], end]
                size += len(body)
                line = lines.take() if lines and size < lines.longest else b""
                if not line:
                    return fields, taken, "кавычка не закрыта"
                taken.append(line)
                (body, end), position = cut_end(line), 0
            pieces.append(body[position : closing.end() - 1])
            fields.append(b"".join(pieces).replace(b'""', b'"'))
            after = self._after.match(body, closing.end())
            if not after:
                return fields, taken, "лишний текст после закрывающей кавычки"
            if not body[closing.end() : after.end()].endswith(self._delimiter):
                return fields, taken, ""
            position = after.end()


def cut_end(line: bytes) -> tuple[bytes, bytes]:
    """A line without its end, and the end (CRLF, LF or nothing)."""
    if line.endswith(b"\r\n"):
        return line[:-2], b"\r\n"
    return (line[:-1], b"\n") if line.endswith(b"\n") else (line, b"")


class Splitter:
    """Cuts what follows the header into records of `width` fields.

    `doubtful`: the text may hold NUL bytes or bytes that are no UTF-8, so each row is looked at for them. `longest`: so
    many bytes make a row too long.
    """

    def __init__(self, *, delimiter: str, width: int, header_lines: int, doubtful: bool, longest: int) -> None:
        self._parser = RecordParser(delimiter)
        self._delimiter = delimiter.encode()
        self._width = width
        self._header_lines = header_lines
        self._doubtful = doubtful
        self._longest = longest

    def split(
        self,
        stream: LineSource,
        *,
        sink: IO[bytes] | None = None,
        on_broken: Callable[[Broken], None] | None = None,
        before: int = 0,
    ) -> SplitFacts:
        """Counts the records; hands on the broken ones.

        Whole ones go to the sink as CSV that leaves no doubt, each after the number of its line. `before`: the stream
        begins after so many lines of the file (0: with its header).
        """
        lines = Lines(stream, self._longest, before)
        for _ in range(self._header_lines - before):
            lines.take()
        good = broken = 0
        first = last = lines.number
        has_newlines = False
        waiting: list[bytes] = []
        delimiter, separators = self._delimiter, self._width - 1
        while line := lines.take():
            body, _ = cut_end(line)
            number = lines.number
            if (
                b'"' not in line
                and line.count(delimiter) == separators
                and (separators or body.strip())
                and not self._doubtful
                and b"\r" not in body
                and len(line) < self._longest
            ):
                waiting.append(b"%d%b%b\n" % (number, delimiter, body))
            elif not body.strip():
                continue
            else:
                fields, content, reason = self._record(line, lines)
                if reason:
                    broken += 1
                    last = lines.number
                    if on_broken:
                        on_broken(Broken(number, content, reason))
                    continue
                has_newlines = has_newlines or lines.number > number
                waiting.append(self._written(number, fields))
            good += 1
            last = lines.number
            if len(waiting) >= _FLUSH_ROWS:
                _flush(waiting, sink)
        _flush(waiting, sink)
        return SplitFacts(good, broken, has_newlines, last <= first + good + broken)

    def _record(self, line: bytes, lines: Lines) -> tuple[list[bytes], bytes, str]:
        """The fields of the record that begins with the line, or its text and the reason why it is none."""
        if len(line) >= self._longest and not line.endswith(b"\n"):
            lines.skip_rest()
            return [], line, "слишком длинная строка"
        fields, taken, reason = self._parser.parse(line, lines)
        reason = reason or self._wrong_width(fields) or self._wrong_bytes([line, *taken])
        if reason and taken:
            lines.put_back(taken)
            taken = self._take_to_next_row(lines, len(taken))
        return fields[: self._width], b"".join([line, *taken]), reason

    def _take_to_next_row(self, lines: Lines, count: int) -> list[bytes]:
        """An open quote has swallowed lines that may be rows of their own: takes those before the first that is one."""
        taken: list[bytes] = []
        while len(taken) < count:
            line = lines.take()
            if len(taken) < _NEXT_ROW_TRIES and self._is_row(line, lines):
                lines.put_back([line])
                return taken
            taken.append(line)
        if not taken[-1].endswith(b"\n"):
            lines.skip_rest()
        return taken

    def _is_row(self, line: bytes, lines: Lines) -> bool:
        fields, more, reason = self._parser.parse(line, lines)
        lines.put_back(more)
        return not reason and not self._wrong_width(fields) and bool(line.strip())

    def _wrong_width(self, fields: list[bytes]) -> str:
        if len(fields) < self._width or any(fields[self._width :]):
            return f"число полей: {len(fields)}, в заголовке: {self._width}"
        return ""

    def _wrong_bytes(self, lines: list[bytes]) -> str:
        if not self._doubtful:
            return ""
        content = b"".join(lines)
        if b"\0" in content:
            return "нулевой байт в строке"
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            return "байты не в кодировке UTF-8"
        return ""

    def _written(self, number: int, fields: list[bytes]) -> bytes:
        quoted = [b'"%b"' % field.replace(b'"', b'""') if field else b"" for field in fields]
        return self._delimiter.join([b"%d" % number, *quoted]) + b"\n"


def _flush(waiting: list[bytes], sink: IO[bytes] | None) -> None:
    if sink:
        sink.writelines(waiting)
    waiting.clear()
