"""CSV, plain or in gzip: read by DuckDB at once where the file is well-formed, otherwise cut into records first."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from extracts.readers.csv_header import Header, read_header
from extracts.readers.csv_locating import copy_few_rejects
from extracts.readers.csv_records import FIRST_LINE, Broken
from extracts.readers.csv_relation import LINE, places, plain_relation, split_relation, splitter
from extracts.readers.csv_text import PlainText, examine, unpacked
from extracts.rejects import write_broken_line
from extracts.typed_copy import FileJob, Outcome, SourceColumn, TypedCopy


@dataclass(frozen=True)
class _Counts:
    loaded: int
    rejected: int


def read(job: FileJob) -> Outcome:
    """Loads one CSV file. Errors: BadInput if it has no bytes, no header or no key column, or its archive is broken."""
    text = examine(job, unpacked(job))
    header = read_header(text.path, job.dataset, job.rename, job.options.csv_delimiter, job.longest_row)
    if header is None:
        raise job.bad("нет строки заголовков (или она не читается)")
    if any("\r" in name for name in header.names):
        # The whole file would be one line: its values must not be taken for names of columns, nor shown as such.
        raise job.bad("строки разделены одним знаком CR, сохраните файл с переводами строк LF или CRLF")
    columns = [SourceColumn(*pair) for pair in zip(header.names, places(header), strict=True)]
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

    Text that is no UTF-8 is kept from it: it stumbles over its own messages then, so badly that it does not get up. The
    true count is that of the lines after the header, if no quotes are in the way: of a file with quotes the splitter
    counts the rows where there are fewer of them than lines, or where DuckDB could misread a broken one.
    """
    is_plain = header.lines == 1 and len(header.names) > 1  # of one column, DuckDB takes blank lines for rows
    if text.has_nul or text.is_damaged or not is_plain:
        return None
    relation = plain_relation(copy.job, text.path, header)
    rows = text.lines - header.lines
    rejected, located = 0, None
    try:
        loaded = copy.copy_good(relation, place="row_number() OVER ()", line_offset=header.lines)
        if loaded < rows:
            located = copy_few_rejects(copy, text, header, loaded)
            rejected = copy.copy_rejects(relation, line_offset=header.lines) if located is None else located
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return None  # its message quotes the line, which must not travel
    is_sure = loaded + rejected == rows and not text.has_spaced_quotes
    needs_lines = copy.job.keeps_lines or (rejected > 0 and located is None)
    if is_sure or _is_confirmed(copy.job, text, header, loaded + rejected, needs_lines=needs_lines):
        return _Counts(loaded, rejected)
    return None


def _is_confirmed(job: FileJob, text: PlainText, header: Header, rows: int, *, needs_lines: bool) -> bool:
    """Whether the splitter finds the same rows, all of them whole, and each on the line that it is told for."""
    if not text.has_quotes:
        return False
    with text.path.open("rb") as stream:
        facts = splitter(job, text, header).split(stream)
    return not facts.broken and facts.rows == rows and (facts.is_aligned or not needs_lines)


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

        sink.write(FIRST_LINE)
        facts = splitter(job, text, header).split(stream, sink=sink, on_broken=reject)
    relation = split_relation(job, clean, header, has_newlines=facts.has_newlines)
    place = f"CAST({LINE} AS BIGINT)"
    loaded = copy.copy_good(relation, place=place)
    rejected = copy.copy_rejects(relation, place=place, line_offset=0) if loaded < facts.good else 0
    if loaded + rejected != facts.good:
        raise RuntimeError(f"{job.where}: rows were lost between the splitter and DuckDB")
    return _Counts(loaded, rejected + facts.broken)
