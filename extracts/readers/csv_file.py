"""CSV, plain or in gzip: read by DuckDB at once where the file is well-formed, otherwise cut into records first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from extracts.readers.csv_header import Header, read_header
from extracts.readers.csv_records import LONGEST_ROW, Broken, Splitter
from extracts.readers.csv_text import PlainText, prepare
from extracts.rejects import write_broken_line
from extracts.sql_text import file_literal, literal
from extracts.typed_copy import FileJob, Outcome, SourceColumn, TypedCopy


@dataclass(frozen=True)
class _Counts:
    loaded: int
    rejected: int


def read(job: FileJob) -> Outcome:
    """Loads one CSV file. Errors: BadInput if it has no bytes, no header or no key column, or its archive is broken."""
    text = prepare(job)
    header = read_header(text.path, job.dataset, job.rename, job.options.csv_delimiter)
    if header is None:
        raise job.bad("нет строки заголовков (или она не читается)")
    if any("\r" in name for name in header.names):
        # The whole file would be one line: its values must not be taken for names of columns, nor shown as such.
        raise job.bad("строки разделены одним знаком CR, сохраните файл с переводами строк LF или CRLF")
    columns = [SourceColumn(*pair) for pair in zip(header.names, _places(header), strict=True)]
    copy = TypedCopy(job, columns, where=f"{job.where}, строка {header.lines}")
    counts = _read_at_once(copy, text, header) or _read_by_record(copy, text, header)
    return Outcome(
        rows_read=counts.loaded + counts.rejected,
        rows_loaded=counts.loaded,
        match=copy.match,
        encoding=text.encoding,
        delimiter=header.delimiter,
    )


def _read_at_once(copy: TypedCopy, text: PlainText, header: Header) -> _Counts | None:
    """DuckDB's own reader on the file as it is; None if it refuses a line, or its count of rows is not the true one.

    The true count is that of the lines after the header, if no quotes are in the way: of a file with quotes the
    splitter counts the rows where there are fewer of them than lines, or where DuckDB could misread a broken one.
    """
    is_plain = header.lines == 1 and len(header.names) > 1  # of one column, DuckDB takes blank lines for rows
    if text.has_nul or text.is_damaged or not is_plain:
        return None
    relation = _relation(text.path, _places(header), header.delimiter)
    rows = text.lines - header.lines
    rejected = 0
    try:
        loaded = copy.copy_good(relation)
        if loaded < rows:
            rejected = copy.copy_rejects(relation, place="row_number() OVER ()", line_offset=header.lines)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return None  # its message quotes the line, which must not travel
    is_sure = loaded + rejected == rows and not text.has_spaced_quotes
    return _Counts(loaded, rejected) if is_sure or _is_confirmed(text, header, loaded, rejected) else None


def _is_confirmed(text: PlainText, header: Header, loaded: int, rejected: int) -> bool:
    """Whether the splitter finds the same rows, all of them whole, and each reject on the line that it is told for."""
    if not text.has_quotes:
        return False
    with text.path.open("rb") as stream:
        facts = _splitter(text, header).split(stream)
    return not facts.broken and facts.rows == loaded + rejected and (facts.is_aligned or not rejected)


def _read_by_record(copy: TypedCopy, text: PlainText, header: Header) -> _Counts:
    """The splitter writes whole records into a clean file, which DuckDB types, and broken ones to the rejects."""
    job = copy.job
    clean = job.workspace / "clean.csv"
    with (
        text.path.open("rb") as stream,
        clean.open("wb") as sink,
        job.rejects.open("w", encoding="utf-8", newline="") as rejects,
    ):

        def reject(broken: Broken) -> None:
            write_broken_line(
                rejects,
                dataset=job.dataset.name,
                file=job.source.name,
                line=broken.line,
                content=broken.content,
                reason=broken.reason,
            )

        facts = _splitter(text, header).split(stream, sink=sink, on_broken=reject)
    # A line break inside a value misleads DuckDB's parallel reader.
    names = ["line", *_places(header)]
    longest = 2 * LONGEST_ROW + 100_000  # every quote doubled, the line's number in front
    relation = _relation(clean, names, header.delimiter, longest=longest, parallel=not facts.has_newlines)
    loaded = copy.copy_good(relation)
    rejected = copy.copy_rejects(relation, place="CAST(line AS BIGINT)", line_offset=0) if loaded < facts.good else 0
    if loaded + rejected != facts.good:
        raise RuntimeError(f"{job.where}: rows were lost between the splitter and DuckDB")
    return _Counts(loaded, rejected + facts.broken)


def _splitter(text: PlainText, header: Header) -> Splitter:
    return Splitter(
        delimiter=header.delimiter,
        width=len(header.names),
        header_lines=header.lines,
        doubtful=text.has_nul or text.is_damaged,
    )


def _places(header: Header) -> list[str]:
    """What SQL calls the columns: names from outside stay out of it."""
    return [f"c{place}" for place in range(len(header.names))]


def _relation(
    path: Path, names: list[str], delimiter: str, *, longest: int = LONGEST_ROW, parallel: bool = True
) -> str:
    """A CSV file after its first line, with nothing left to guess: every column text, every deviation an error."""
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({file_literal(path)}, columns={{{columns}}}, auto_detect=false, header=false, skip=1, "
        f"delim={literal(delimiter)}, quote='\"', escape='\"', strict_mode=true, null_padding=false, "
        f"ignore_errors=false, hive_partitioning=false, parallel={str(parallel).lower()}, "
        f"max_line_size={longest})"
    )
