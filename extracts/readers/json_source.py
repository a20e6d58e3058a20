"""From the text of a JSON file to records that SQL reads: by DuckDB alone, or through our own cutting.

Does not belong here: what the keys of a record mean.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import duckdb

from extracts.contract import dataset_names
from extracts.database import fetch
from extracts.matching import folded
from extracts.options import accepted_columns
from extracts.readers.json_document import WRAPPERS, Unreadable, cut_document
from extracts.readers.json_lines import cut_lines, parse
from extracts.readers.json_records import LINE_KEY, MOST_NAMES, Broken, Facts, RecordSink
from extracts.readers.json_text import JsonText, is_windows_1251, longest_record
from extracts.rejects import write_broken_line
from extracts.sql_text import file_literal, identifier, literal
from extracts.typed_copy import FileJob

#: A file with more kinds of records (by the keys that they have), or with larger ones, is looked at record by record:
#: the keys of all kinds are held in memory. The largest is far below the shortest bound of a record that can be set.
_MOST_KINDS = 5000
_MOST_KEYS = 300
_LARGEST_KIND = 1 << 16


@dataclass(frozen=True)
class Records:
    """The records of a file: `relation` has them as `json`; `names` are all their keys, as they are written.

    `is_cut`: our own cutting made them, and each has its line or place. `knows_places`: these are right in any case.
    `broken`: those that are rejected already.
    """

    relation: str
    names: tuple[str, ...]
    count: int
    knows_places: bool
    broken: int = 0
    is_cut: bool = False
    has_more_names: bool = False

    def fields(self, names: Iterable[str]) -> str:
        """What SQL selects from `relation` to have the values of these keys, as JSON texts, in a structure `record`."""
        types = dict.fromkeys(names, "JSON") | ({LINE_KEY: "BIGINT"} if self.is_cut else {})
        return f"json_transform(json, {literal(json.dumps(types, ensure_ascii=False))}) AS record"

    @property
    def place(self) -> str:
        """SQL of a record's line or place, beside `record`, in a query that keeps their order."""
        return f"record.{identifier(LINE_KEY)}" if self.is_cut else "row_number() OVER ()"


def read_faultless(job: FileJob, text: JsonText, *, is_array: bool) -> Records | None:
    """The records as DuckDB finds them; None if it finds anything wrong, or could read something more kindly than we.

    The place of a record is its number: its line if no line is blank.
    """
    if text.is_doubtful or (is_array and text.last != b"]"):
        return None
    form = "array" if is_array else "newline_delimited"
    relation = _relation(text.path, form, longest_record(job))
    keys = f"SELECT json_keys(json) AS keys, strlen(json) AS size FROM {relation}"
    small = f"CASE WHEN len(keys) <= {_MOST_KEYS} AND size <= {_LARGEST_KIND} THEN keys END"
    kinds = f"SELECT {small}, count(*) FROM ({keys}) GROUP BY ALL LIMIT {_MOST_KINDS + 1}"
    try:
        found = fetch(job.connection, kinds)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return None  # its message quotes the record, which must not travel
    is_plain = all(keys and len(set(keys)) == len(keys) for keys, _ in found)
    if not is_plain or len(found) > _MOST_KINDS:
        return None
    names = {name for keys, _ in found for name in keys}
    if len(names) > MOST_NAMES or len({folded(name) for name in names}) < len(names):
        return None
    count = sum(count for _, count in found)
    return Records(relation, tuple(sorted(names)), count, knows_places=is_array or count == text.lines)


def cut(job: FileJob, text: JsonText, *, is_document: bool) -> Records:
    """The records as we find them; what is none goes to the rejects.

    Errors: BadInput if the document does not parse, no record is one, or the text is no UTF-8.
    """
    clean = job.workspace / "clean.jsonl"
    with (
        text.path.open("rb") as stream,
        clean.open("wb") as sink,
        job.rejects.open("w", encoding="utf-8", newline="") as rejects,
    ):
        records = RecordSink(sink, _rejecter(job, rejects), _known_names(job))
        try:
            _cut(job, stream, records, is_document=is_document)
        except Unreadable as error:
            raise _unreadable(job, text, str(error)) from None
    facts = records.facts
    _check(job, text, facts, is_document=is_document)
    relation = _relation(clean, "newline_delimited", 8 * longest_record(job))
    return Records(
        relation,
        tuple(sorted(facts.names)),
        facts.good,
        knows_places=True,
        broken=facts.broken,
        is_cut=True,
        has_more_names=facts.has_more_names,
    )


def holds_lines(job: FileJob, text: JsonText) -> bool:
    """Whether a file that begins with an object has one on each line."""
    if text.lines == 1:
        return False
    with text.path.open("rb") as stream:
        while (line := stream.readline(longest_record(job))) and not line.strip():
            pass
    value, reason = parse(line)
    return not reason and isinstance(value, dict)


def _cut(job: FileJob, stream: IO[bytes], records: RecordSink, *, is_document: bool) -> None:
    if not is_document:
        cut_lines(stream, records, longest=longest_record(job))
        return
    own = {alias for alias, name in dataset_names().items() if name == job.dataset.name}
    keys = {"id", *job.dataset.key}
    cut_document(stream, records, longest=longest_record(job), keys=keys, wrappers=WRAPPERS | own)


def _check(job: FileJob, text: JsonText, facts: Facts, *, is_document: bool) -> None:
    if facts.foreign and is_windows_1251(text.path):
        raise job.bad("файл в кодировке Windows-1251, а JSON передаётся в UTF-8, сохраните его в UTF-8")
    if facts.broken and not facts.good:
        hint = "" if is_document else ": ожидается объект на каждой строке, а весь документ JSON назовите .json"
        raise job.bad(f"в файле нет ни одной записи-объекта JSON{hint}")


def _unreadable(job: FileJob, text: JsonText, what: str) -> Exception:
    if is_windows_1251(text.path):
        return job.bad("файл не в кодировке UTF-8, а JSON передаётся в ней, сохраните его в UTF-8")
    return job.bad(f"JSON повреждён или передан не до конца: {what}")


def _relation(path: Path, form: str, longest: int) -> str:
    return (
        f"read_json_objects({file_literal(path)}, format={literal(form)}, compression='uncompressed', "
        f"maximum_object_size={longest}, hive_partitioning=false)"
    )


def _known_names(job: FileJob) -> frozenset[str]:
    return frozenset(
        {*accepted_columns(job.dataset), *map(folded, job.rename), "id", "values", "periods", "deleted_by"}
    )


def _rejecter(job: FileJob, target: IO[str]) -> Callable[[Broken], None]:
    def reject(broken: Broken) -> None:
        write_broken_line(
            target,
            dataset=job.dataset.name,
            file=job.source.name,
            line=broken.line,
            content=broken.content,
            reason=broken.reason,
        )

    return reject
