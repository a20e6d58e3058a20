"""The header of a CSV file: its delimiter, its names, and how many lines it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from extracts.contract import Dataset
from extracts.options import accepted_columns
from extracts.readers.csv_records import Lines, RecordParser

_DELIMITERS = (";", ",")
_MARK = "\ufeff".encode()


@dataclass(frozen=True)
class Header:
    """`lines`: up to and with the last line of the header, so that the first row stands on the next one."""

    names: tuple[str, ...]
    delimiter: str
    lines: int


def read_header(
    path: Path, dataset: Dataset, rename: Mapping[str, str], delimiter: str | None, longest: int
) -> Header | None:
    """Reads the header off the first line that is not blank; None if there is none that can be read.

    The delimiter, where it is not given, is the one that finds more of the dataset's columns, then the more frequent.
    """
    with path.open("rb") as stream:
        lines = Lines(stream, longest)
        while line := lines.take():
            is_cut = len(line) >= longest  # the mark of the encoding counts: what was cut off is not seen without it
            line = line.removeprefix(_MARK)
            if line.strip():
                break
        if not line or is_cut:
            return None
        known = {*accepted_columns(dataset), *(source.strip().lower() for source in rename)}
        chosen = delimiter or max(_DELIMITERS, key=lambda candidate: _score(line, candidate, known))
        fields, _, reason = RecordParser(chosen).parse(line, lines)
        names = tuple(field.decode("utf-8", errors="replace") for field in fields)
        return None if reason else Header(names, chosen, lines.number)


def _score(line: bytes, delimiter: str, known: set[str]) -> tuple[int, int]:
    fields, _, _ = RecordParser(delimiter).parse(line, None)
    names = [field.decode("utf-8", errors="replace").strip().lower() for field in fields]
    return sum(name in known for name in names), len(names)
