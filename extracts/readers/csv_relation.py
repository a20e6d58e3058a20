"""How DuckDB reads a CSV file of ours: with nothing left to guess, every column text, every deviation an error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from extracts.readers.csv_header import Header
from extracts.readers.csv_records import Splitter
from extracts.readers.csv_text import PlainText
from extracts.sql_text import file_literal, literal
from extracts.typed_copy import FileJob

#: The column of a file that the splitter wrote which holds a row's line in the source.
LINE = "line"

#: Its own choice of a buffer would be sixteen times the longest row.
_LEAST_BUFFER = 16_000_000


def places(header: Header) -> list[str]:
    """What SQL calls the columns: names from outside stay out of it."""
    return [f"c{place}" for place in range(len(header.names))]


def plain_relation(job: FileJob, path: Path, header: Header) -> str:
    """A file as it came, after its first line."""
    return _relation(path, places(header), header.delimiter, longest=job.longest_row, parallel=True)


def split_relation(job: FileJob, path: Path, header: Header, *, has_newlines: bool) -> str:
    """A file that the splitter wrote, with the line of each row. `has_newlines`: some value holds a line break."""
    longest = 2 * job.longest_row + 100_000  # every quote doubled, the line's number in front
    # A line break inside a value misleads DuckDB's parallel reader.
    return _relation(path, [LINE, *places(header)], header.delimiter, longest=longest, parallel=not has_newlines)


def splitter(job: FileJob, text: PlainText, header: Header) -> Splitter:
    """The splitter for a file with this header."""
    return Splitter(
        delimiter=header.delimiter,
        width=len(header.names),
        header_lines=header.lines,
        doubtful=text.has_nul or text.is_damaged,
        longest=job.longest_row,
    )


def _relation(path: Path, names: Sequence[str], delimiter: str, *, longest: int, parallel: bool) -> str:
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({file_literal(path)}, columns={{{columns}}}, auto_detect=false, header=false, skip=1, "
        f"delim={literal(delimiter)}, quote='\"', escape='\"', strict_mode=true, null_padding=false, "
        f"ignore_errors=false, hive_partitioning=false, parallel={str(parallel).lower()}, "
        f"max_line_size={longest}, buffer_size={max(_LEAST_BUFFER, longest)})"
    )
