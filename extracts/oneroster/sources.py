"""The files of an export as typed tables: read, judged, and kept in raw, because a later delta builds on them.

What is kept of a table: its rows that were not rejected, one Parquet file for each file that came. Of a bulk file, a
row whose new version was rejected is kept in its old one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from extracts.disk import make_private_folder, remove, sha256
from extracts.errors import BadInput
from extracts.history import table_of_export
from extracts.judging_sql import SHOWN_CHARACTERS
from extracts.oneroster.manifest import Delivered
from extracts.oneroster.tables import KEY, Check, Table
from extracts.oneroster.work import ExportFile, Work
from extracts.raw import merged_deliveries, raw_folder
from extracts.rejects import CSV_OPTIONS
from extracts.report import read_report
from extracts.sql_text import file_literal, file_literals, literal
from extracts.typed_copy import Outcome, rejected_keys_file

SHAPE = "oneroster"

#: A deletion needs no more than its key.
DELETED = "coalesce(lower({row}.status) = 'tobedeleted', false)"

_PROBLEMS = 'STRUCT("column" VARCHAR, "value" VARCHAR, reason VARCHAR)[]'

#: Versions of a row, the newest first: as staging has it for rows of the contract.
_VERSIONS = (
    "coalesce(dateLastModified, CAST(_load_date AS TIMESTAMP) + INTERVAL 86399 SECOND) DESC, _load_date DESC, _row DESC"
)


@dataclass(frozen=True)
class Read:
    """One file that was read: its typed rows wait in `typed` for judgement."""

    file: ExportFile
    typed: Path
    outcome: Outcome
    sha256: str
    seconds: float


def read_files(work: Work, tables: Mapping[str, Table], files: Sequence[ExportFile]) -> tuple[list[Read], list[str]]:
    """Reads every file by its table's contract; gives also a message for each that cannot be read."""
    reads: list[Read] = []
    messages: list[str] = []
    for file in files:
        table = tables[file.table]
        started = time.monotonic()
        room = work.room(f"{file.path.name}")
        job = replace(
            work.job(table.contract, file.path, room / "typed.parquet", room, names=table.names), keeps_lines=True
        )
        try:
            outcome = work.read(job, file.extension)
        except BadInput as error:
            messages.extend(error.messages)
            continue
        reads.append(Read(file, job.target, outcome, sha256(file.path), time.monotonic() - started))
    return reads, messages


class Source:
    """One table of the export: the files of this delivery and what earlier ones left of it."""

    def __init__(self, work: Work, table: Table, mode: Delivered | None, reads: Sequence[Read]) -> None:
        """`mode` None: no file of the table came."""
        self.table = table
        self.mode = mode
        self.reads = reads
        self._work = work
        self._kept = Path(SHAPE, table.name)
        self.rejected: dict[str, int] = {}

    @cached_property
    def earlier(self) -> list[Path]:
        """What earlier deliveries kept, from the last bulk one on, oldest first."""
        self._work.notes(table_of_export(SHAPE, self.table.name))
        files: list[Path] = []
        home = self._work.home
        for day in (day for day in merged_deliveries(home) if day < self._work.load_date):
            modes = [one.mode for one in read_report(raw_folder(home, day)).sources if one.table == self.table.name]
            if "bulk" in modes:
                files = []
            files.extend(sorted((raw_folder(home, day) / self._kept).glob("*.parquet")))
        return files

    @property
    def own(self) -> list[Path]:
        """What this delivery keeps of the rows that came with it."""
        return sorted((self._work.folder / self._kept).glob("[1-9]*.parquet"))

    @property
    def now(self) -> list[Path]:
        """Everything that the table is made of after this delivery."""
        if self.mode is None:
            return self.earlier
        own = sorted((self._work.folder / self._kept).glob("*.parquet"))
        return own if self.mode == "bulk" else [*self.earlier, *own]

    def parquet(self, number: int) -> Path:
        """Where the rows of a file are kept, below the delivery."""
        return self._kept / f"{number}.parquet"

    def relation(self, files: Sequence[Path]) -> str:
        """Rows of kept files."""
        if files:
            return f"read_parquet({file_literals(files)}, hive_partitioning=false)"
        columns = ", ".join(f"NULL::{type_} AS {name}" for name, type_ in self.table.sql_columns.items())
        return f"(SELECT {columns} WHERE false)"

    def newest(self, files: Sequence[Path], only: str = "") -> str:
        """A query of the newest version of each row (of the keys in the query `only`).

        One that is deleted now (`is_deleted`) is shown as it was last, because others may still refer to it.
        """
        where = f"WHERE {KEY} IN ({only})" if only else ""
        deleted = DELETED.format(row="rows_kept")
        rows = f"SELECT *, {deleted} AS is_deletion FROM {self.relation(files)} AS rows_kept {where}"
        return (
            "SELECT * EXCLUDE (is_deletion), "
            f"first_value(is_deletion) OVER (PARTITION BY {KEY} ORDER BY {_VERSIONS}) AS is_deleted FROM ({rows}) "
            f"QUALIFY row_number() OVER (PARTITION BY {KEY} ORDER BY is_deletion, {_VERSIONS}) = 1"
        )

    def judge(self, joined: str = "") -> None:
        """Rejects the rows that the table's checks find bad, and keeps the others. `joined`: what checks look at."""
        if not self.reads:
            return
        make_private_folder(self._work.folder / self._kept)
        room = self._work.room(f"checks-{self.table.name}")
        problems = room / "problems.parquet"
        fresh = self._fresh()
        self._work.copy(
            f"SELECT it._row, it.{KEY}, it._file, it._line, unnest({self._problems()}) AS problem "
            f"FROM ({fresh}) AS it {joined}",
            problems,
        )
        found = f"(SELECT * FROM read_parquet({file_literal(problems)}))"
        self._work.copy(
            f"SELECT {literal(self.table.name)}, _file, _line, problem.column, problem.value, problem.reason "
            f"FROM {found} ORDER BY _row",
            room / "rejects.csv",
            CSV_OPTIONS,
        )
        self.rejected = dict(self._work.rows(f"SELECT _file, count(DISTINCT _row) FROM {found} GROUP BY _file"))
        for number, read in enumerate(self.reads, start=1):
            self._work.copy(
                f"SELECT * FROM ({fresh}) WHERE _file = {literal(read.file.path.name)} "
                f"AND _row NOT IN (SELECT _row FROM {found}) ORDER BY _row",
                self._work.folder / self.parquet(number),
            )
        if self.mode == "bulk":
            self._keep_old_versions(f"SELECT {KEY} FROM {found}")
        remove(problems)
        for read in self.reads:
            remove(read.typed)

    def _fresh(self) -> str:
        """Rows as they came, with their places in the delivery of the table."""
        parts, first = [], 0
        for read in self.reads:
            parts.append(
                f"SELECT * EXCLUDE (file_row_number) REPLACE ({first} + file_row_number AS _row) "
                f"FROM read_parquet({file_literal(read.typed)}, file_row_number=true, hive_partitioning=false)"
            )
            first += read.outcome.rows_read
        return " UNION ALL ".join(parts)

    def _problems(self) -> str:
        missing = [
            Check(name, f"it.{name} IS NULL", "пустое значение в обязательном столбце") for name in self.table.required
        ]
        listed = [self._problem(check) for check in (*missing, *self.table.checks)]
        found = f"list_filter([{', '.join(listed)}]::{_PROBLEMS}, lambda one: one IS NOT NULL)"
        return f"CASE WHEN NOT {DELETED.format(row='it')} THEN {found} END"

    def _problem(self, check: Check) -> str:
        type_ = self.table.sql_columns[check.column]
        value = (
            f"shown_number(it.{check.column})" if type_.startswith("DECIMAL") else f"CAST(it.{check.column} AS VARCHAR)"
        )
        return (
            f"CASE WHEN {check.bad} THEN {{'column': {literal(check.column)}, "
            f"'value': left({value}, {SHOWN_CHARACTERS}), 'reason': {literal(check.reason)}}} END"
        )

    def _keep_old_versions(self, judged: str) -> None:
        """Of a whole table, a row whose new version was rejected has not vanished: its old version stays."""
        unread = [rejected_keys_file(read.typed) for read in self.reads]
        keys = " UNION ".join(
            [judged, *(f"SELECT row_key FROM read_parquet({file_literal(file)})" for file in unread if file.is_file())]
        )
        # Earlier deliveries last: a table without rejects does not depend on them.
        if not self._work.rows(f"SELECT 1 FROM ({keys}) LIMIT 1") or not self.earlier:
            return
        own = f"SELECT {KEY} FROM {self.relation(self.own)}"
        self._work.copy(
            f"SELECT * EXCLUDE (is_deleted) FROM ({self.newest(self.earlier, keys)}) "
            f"WHERE NOT is_deleted AND {KEY} NOT IN ({own})",
            self._work.folder / self._kept / "0.parquet",
        )
