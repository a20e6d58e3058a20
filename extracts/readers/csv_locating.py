"""Where in a large CSV file the few rows stand that did not load, without typing the whole file once more.

A line that loaded is found in the Parquet by its key. How many rows stand before it there, and how many lines in the
file, tells how many did not load; between two such lines that tell the same, every row did. Only the stretches where
something is missing are read again. Where that is not beyond doubt, the whole file has to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import IO

from extracts.disk import remove
from extracts.readers.csv_header import Header
from extracts.readers.csv_records import FIRST_LINE, cut_end
from extracts.readers.csv_relation import LINE, split_relation, splitter
from extracts.readers.csv_text import Landmark, PlainText
from extracts.typed_copy import TypedCopy

#: Of a smaller file, or of more of it than this share, reading all of it costs no more.
_LEAST_LANDMARKS = 16
_LARGEST_SHARE = 0.3

_PLACE = f"CAST({LINE} AS BIGINT)"


@dataclass(frozen=True)
class _Known:
    """A place in the file, how many of the rows before it loaded, and how many lines before it are no such row."""

    landmark: Landmark
    loaded: int
    missing: int


@dataclass(frozen=True)
class _Stretch:
    """A part of the file in which rows are missing."""

    start: _Known
    stop: _Known

    @property
    def size(self) -> int:
        return self.stop.landmark.offset - self.start.landmark.offset

    @property
    def loaded(self) -> int:
        return self.stop.loaded - self.start.loaded


class _Part:
    """The lines of a stream from where it stands, up to so many bytes."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self._left = size

    def readline(self, size: int, /) -> bytes:
        line = self._stream.readline(min(size, self._left))
        self._left -= len(line)
        return line


def copy_few_rejects(copy: TypedCopy, text: PlainText, header: Header, loaded: int) -> int | None:
    """Appends the rows that cannot be typed to the rejects, each with its line; gives their number.

    None, with nothing appended, if they are many or not found beyond doubt. `loaded`: the rows that `copy_good` loaded.
    """
    if len(text.landmarks) < _LEAST_LANDMARKS or copy.job.rejects.exists():
        return None
    size = text.path.stat().st_size
    start = _Known(Landmark(0, 0), 0, 0)
    end = _Known(Landmark(size, text.lines), loaded, text.lines - header.lines - loaded)
    known = [start, *_known_places(copy, text, header, end.missing), end]
    stretches = [_Stretch(one, other) for one, other in pairwise(known) if one.missing != other.missing]
    if sum(stretch.size for stretch in stretches) > _LARGEST_SHARE * size:
        return None
    return _copy_stretches(copy, text, header, stretches)


def _known_places(copy: TypedCopy, text: PlainText, header: Header, most_missing: int) -> Iterator[_Known]:
    """The landmarks that begin a row which loaded, where it is clear which one; in order."""
    job = copy.job
    landmarks = {landmark.lines + 1: landmark for landmark in text.landmarks if landmark.lines >= header.lines}
    probes = job.workspace / "landmarks.csv"
    with text.path.open("rb") as source, probes.open("wb") as sink:
        sink.write(FIRST_LINE)
        for line, landmark in landmarks.items():
            source.seek(landmark.offset)
            content, line_end = cut_end(source.readline(job.longest_row))
            if line_end and _is_plain(content, header):
                sink.write(b"%d%b%b\n" % (line, header.delimiter.encode(), content))
    found = copy.find_loaded(split_relation(job, probes, header, has_newlines=False), place=_PLACE)
    remove(probes)
    missing = 0
    for line, first, last in found:
        landmark = landmarks[line]
        now_missing = landmark.lines - header.lines - first
        if first == last and missing <= now_missing <= most_missing:
            missing = now_missing
            yield _Known(landmark, first, missing)


def _is_plain(content: bytes, header: Header) -> bool:
    is_whole = content.count(header.delimiter.encode()) == len(header.names) - 1
    return is_whole and b'"' not in content and b"\r" not in content


def _copy_stretches(copy: TypedCopy, text: PlainText, header: Header, stretches: Sequence[_Stretch]) -> int | None:
    """As `copy_few_rejects`. Every row of the stretches must have loaded, or be rejected now."""
    clean = copy.job.workspace / "stretches.csv"
    parts = splitter(copy.job, text, header)
    with text.path.open("rb") as source, clean.open("wb") as sink:
        sink.write(FIRST_LINE)
        counted = []
        for stretch in stretches:
            source.seek(stretch.start.landmark.offset)
            counted.append(parts.split(_Part(source, stretch.size), sink=sink, before=stretch.start.landmark.lines))
    if any(facts.broken for facts in counted):
        return None
    has_newlines = any(facts.has_newlines for facts in counted)
    rejected = copy.copy_rejects(
        split_relation(copy.job, clean, header, has_newlines=has_newlines), place=_PLACE, line_offset=0
    )
    remove(clean)
    if rejected + sum(stretch.loaded for stretch in stretches) == sum(facts.good for facts in counted):
        return rejected
    remove(copy.job.rejects)
    return None
