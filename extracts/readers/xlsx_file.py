"""XLSX: one sheet of a workbook, read in a child process into texts, typed here like any other source.

A cell's stored value counts: a formula's last result, a date whatever its format. What cannot be read (an error such as
#N/A, a formula that was never computed) is rejected with its row, in an optional column too: it is no empty value.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from extracts.contract import ColumnType, Dataset
from extracts.disk import printable
from extracts.matching import match_columns
from extracts.sql_text import file_literal
from extracts.typed_copy import FileJob, Outcome, SourceColumn, TypedCopy
from extracts.workbook import start
from extracts.workbook.errors import UnreadableBook
from extracts.workbook.task import CELLS, Facts, Task, fold

_ZIP = b"PK"
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BLOCK = 1 << 20

_MOMENTS: tuple[ColumnType, ...] = ("date", "datetime")
_DAY = 86_400_000

#: How many sheets a report names.
_NAMED_SHEETS = 20


def read(job: FileJob) -> Outcome:
    """Loads one workbook. Errors: BadInput if it cannot be read, is larger than allowed, or has no key column."""
    _check_kind(job)
    try:
        facts = start.run(job.source, job.workspace, _task(job))
    except UnreadableBook as error:
        raise job.bad(str(error)) from None
    copy = TypedCopy(job, _columns(job, facts), where=job.where)
    relation = f"read_parquet({file_literal(job.workspace / CELLS)})"
    loaded = copy.copy_good(relation, place="line")
    rejected = copy.copy_rejects(relation, place="line", line_offset=0) if loaded < facts.rows else 0
    if loaded + rejected != facts.rows:
        raise RuntimeError(f"{job.where}: rows were lost between the workbook and DuckDB")
    return Outcome(rows_read=facts.rows, rows_loaded=loaded, match=copy.match, remarks=_remarks(facts))


def _check_kind(job: FileJob) -> None:
    """Tells other files under this name by their first bytes, so that the message says what they are."""
    with job.source.open("rb") as stream:
        first = stream.read(len(_OLE))
    if not first:
        raise job.bad("файл пуст (0 байт)")
    if first == _OLE:
        is_encrypted = _holds(job.source, _ENCRYPTED)
        raise job.bad(
            "книга защищена паролем, сохраните её без пароля"
            if is_encrypted
            else "это книга старого формата XLS, сохраните её как XLSX"
        )
    if not first.startswith(_ZIP):
        raise job.bad("это не книга XLSX: файл другого формата под её именем (или повреждён)")


def _holds(path: Path, mark: bytes) -> bool:
    tail = b""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            if mark in tail + block:
                return True
            tail = block[-len(mark) :]
    return False


def _task(job: FileJob) -> Task:
    dataset, options = job.dataset, job.options
    return Task(
        parent=os.getpid(),
        titles=[fold(name) for name in (dataset.name, *dataset.aliases, dataset.title)],
        moments=_names_of_moments(dataset, job.rename),
        unpacked_gb=options.unpacked_gb,
        unpacked_ratio=options.unpacked_ratio,
        workbook_mb=options.workbook_mb,
    )


def _names_of_moments(dataset: Dataset, rename: Mapping[str, str]) -> list[str]:
    ours = {column.name for column in dataset.columns if column.type in _MOMENTS}
    return [*ours, *(fold(source) for source, target in rename.items() if target in ours)]


def _columns(job: FileJob, facts: Facts) -> list[SourceColumn]:
    """The source's columns, each read as its type in the contract asks for."""
    places = match_columns(job.dataset, facts.names, job.rename, where=job.where).places
    types = {column.name: column.type for column in job.dataset.columns}
    ours = {place: types.get(name, "boolean") for name, place in places.items()}
    return [_column(facts, number, name, ours.get(number, "text")) for number, name in enumerate(facts.names)]


def _column(facts: Facts, number: int, name: str, type_: ColumnType) -> SourceColumn:
    text = f"c{number}"
    if number not in facts.errors and number not in facts.serials:
        return SourceColumn(name, text)
    value, error = text, f"e{number}" if number in facts.errors else "NULL::VARCHAR"
    if number in facts.serials:
        value, error = _with_serial(text, f"n{number}", error, type_)
    return SourceColumn(name, f"coalesce({error}, {value})", refused=f"({error}) IS NOT NULL")


def _with_serial(text: str, serial: str, error: str, type_: ColumnType) -> tuple[str, str]:
    """Value and error of a column in which some cells are dates or times, by what they are stored as.

    A code: the number, its format is an accident. A text: a time or a date as people write them. A date: not a mere
    time of day. Other types take the date for what it is, and reject it.
    """
    is_day = f"{serial} % {_DAY} = 0"
    if type_ == "id":
        return (
            f"CASE WHEN {is_day} THEN CAST({serial} // {_DAY} AS VARCHAR) ELSE {text} END",
            f"CASE WHEN {serial} IS NULL THEN {error} WHEN NOT {is_day} THEN coalesce({text}, {error}) END",
        )
    if type_ == "text":
        clock = f"strftime(make_timestamp(({serial} + 500) // 1000 * 1000000), '%H:%M:%S')"
        return (
            f"CASE WHEN {serial} BETWEEN 0 AND {_DAY - 1} THEN regexp_replace({clock}, ':00$', '') "
            f"WHEN {is_day} THEN left({text}, strlen({text}) - 9) ELSE {text} END",
            error,
        )
    if type_ in _MOMENTS:
        return text, f"CASE WHEN {serial} < {_DAY} THEN {text} ELSE {error} END"
    return text, error


def _remarks(facts: Facts) -> dict[str, int]:
    text = "лист «{}» не прочитан, взят другой лист книги"
    others = {text.format(printable(name)): rows for name, rows in facts.others[:_NAMED_SHEETS]}
    rest = sum(rows for _, rows in facts.others[_NAMED_SHEETS:])
    more = {f"листы сверх {_NAMED_SHEETS} названных не прочитаны": rest} if rest else {}
    nameless = {"значения в столбцах без заголовка не прочитаны": facts.nameless} if facts.nameless else {}
    return others | more | nameless
