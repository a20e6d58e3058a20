"""JSON: one object on a line (jsonl), or a document (json) that is an array of objects, one object, or their wrapper.

DuckDB reads a faultless file at once; any other is cut into records first. A reject's line is the line of a jsonl, and
the number of the record in a json.
"""

from __future__ import annotations

from collections.abc import Iterator

from extracts.matching import Match
from extracts.readers.json_columns import (
    Rows,
    columns_by_name,
    json_text,
    keys_of_columns,
    unread_columns,
    value_column,
)
from extracts.readers.json_records import MOST_NAMES
from extracts.readers.json_source import Records, cut, holds_lines, read_faultless
from extracts.readers.json_text import JsonText, scan
from extracts.readers.pages import rows_of_page
from extracts.typed_copy import FileJob, Outcome, SourceColumn, TypedCopy

_MORE_NAMES = f"ключей в записях больше {MOST_NAMES}, остальные не перечислены"


def read_lines(job: FileJob) -> Outcome:
    """Loads one jsonl file. Errors: BadInput if no line is an object, no record has the key, or it is no UTF-8."""
    return _read(job, scan(job), is_document=False)


def read_document(job: FileJob) -> Outcome:
    """Loads one json file. Errors: BadInput if it does not parse as a whole, or no record has the key."""
    text = scan(job)
    return _read(job, text, is_document=text.first != b"{" or not holds_lines(job, text))


def _read(job: FileJob, text: JsonText, *, is_document: bool) -> Outcome:
    ways = _ways(job, text, is_document=is_document)
    return next(outcome for records in ways if (outcome := _outcome(job, records)))


def _ways(job: FileJob, text: JsonText, *, is_document: bool) -> Iterator[Records]:
    """The records as DuckDB finds them, if it can, and then as we do."""
    if not is_document or text.first == b"[":
        faultless = read_faultless(job, text, is_array=is_document)
        yield from [faultless] if faultless else []
    yield cut(job, text, is_document=is_document)


def _outcome(job: FileJob, records: Records) -> Outcome | None:
    """Types the records; None if there are rejects and their lines are not known."""
    if not records.count:
        return _empty_outcome(job, records)
    rows = rows_of_page(job, records) or _rows(job, records)
    copy = TypedCopy(job, rows.columns, where=job.where, cures=rows.cures)
    loaded = copy.copy_good(rows.relation)
    rejected = 0
    if loaded < rows.count:
        if not records.knows_places:
            return None
        rejected = copy.copy_rejects(rows.relation, place=rows.place, line_offset=0)
    if loaded + rejected != rows.count:
        raise RuntimeError(f"{job.where}: rows were lost between the records and their typing")
    more = {_MORE_NAMES: 1} if records.has_more_names else {}
    return Outcome(
        rows_read=loaded + rejected + records.broken,
        rows_loaded=loaded,
        match=copy.match,
        encoding="utf-8",
        remarks={**rows.remarks, **more},
    )


def _rows(job: FileJob, records: Records) -> Rows:
    """A row for each record, its keys named as the contract or `rename` says."""
    ours = columns_by_name(job.dataset)
    keys = keys_of_columns(job.dataset, records.names, job.rename)
    missing = [name for name in job.dataset.key if name not in keys]
    if missing:
        raise job.bad(
            f"ни в одной записи нет ключа {', '.join(missing)}, добавьте его или задайте его название "
            "в настройке rename"
        )
    read = [name for names in keys.values() for name in names]
    raws = [f"{json_text(names[0])} AS raw_{target}" for target, names in keys.items()]
    raws += [f"{records.place} AS line"] if records.is_cut else []
    columns = [value_column(name, ours[target]) for target, names in keys.items() for name in names]
    return Rows(
        relation=f"(SELECT {', '.join(raws)} FROM (SELECT {records.fields(read)} FROM {records.relation}))",
        columns=[*columns, *unread_columns(name for name in records.names if name not in read)],
        place="line" if records.is_cut else "",
        count=records.count,
    )


def _empty_outcome(job: FileJob, records: Records) -> Outcome:
    """No record at all: an empty table, of which no columns are known."""
    copy = TypedCopy(job, [SourceColumn(name, "NULL::VARCHAR") for name in job.dataset.key], where=job.where)
    copy.copy_good("(SELECT 1 LIMIT 0)")
    absent = tuple(column.name for column in job.dataset.columns)
    return Outcome(records.broken, 0, Match({}, (), absent), encoding="utf-8")
