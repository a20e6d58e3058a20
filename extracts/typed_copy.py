"""Typing one source file into raw Parquet and rejects: the part that all formats share.

A reader of a format gives a relation (SQL after FROM) and the names and types of its columns; everything after that
happens here, inside DuckDB, streamed from file to file. Does not belong here: how a format is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import duckdb

from extracts import judging_sql, typing_sql
from extracts.contract import Column, Dataset
from extracts.database import fetch
from extracts.disk import remove
from extracts.errors import BadInput
from extracts.matching import Match, cure, match_columns
from extracts.options import LoadOptions
from extracts.rejects import CSV_OPTIONS
from extracts.sql_text import literal

#: Raw Parquet is written once, read each night, kept for years. Against the defaults (zstd 3, bloom filters, format 1,
#: dictionaries of up to a fifth of a row group) marks take a seventh less time to write, a little less room, and no
#: longer to read.
PARQUET_OPTIONS = (
    "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2, "
    "WRITE_BLOOM_FILTER false, DICTIONARY_SIZE_LIMIT 12000"
)


@dataclass(frozen=True)
class FileJob:
    """One file to load: where it comes from, where its rows go, and the place of its first row in the delivery.

    `workspace` is an empty folder for the reader's scratch files; rows rejected while reading go to `rejects`, a CSV
    without a header that the delivery's rejects are put together from. `known_files` gives the raw Parquet of a dataset
    that earlier deliveries brought, or this one has (datasets load in the order of the contract), oldest first.
    `keeps_lines`: the Parquet also tells the line in the file on which each row begins (CSV only), as `_line`.
    """

    dataset: Dataset
    source: Path
    load_date: date
    first_row: int
    target: Path
    workspace: Path
    options: LoadOptions
    connection: duckdb.DuckDBPyConnection
    known_files: Callable[[str], Sequence[Path]]
    keeps_lines: bool = False

    @property
    def rename(self) -> Mapping[str, str]:
        """The source's names of columns → ours, as the settings say."""
        return self.options.rename.get(self.dataset.name, {})

    @property
    def encoding(self) -> str | None:
        """The encoding that the settings name; None: to be detected."""
        return self.options.encoding(self.dataset.name)

    @property
    def longest_row(self) -> int:
        """The most bytes that one row may have."""
        return self.options.longest_row_mb * 1_000_000

    @property
    def where(self) -> str:
        """How messages name the file."""
        return f"{self.load_date}/{self.source.name}"

    @property
    def rejects(self) -> Path:
        """The file's rejects, without a header."""
        return self.workspace / "rejects.csv"

    def bad(self, what: str) -> BadInput:
        """The error that the file cannot be read: what is wrong with it, and the cure."""
        return BadInput(f"{self.where}: {what}. {cure(self.dataset.name)}")


@dataclass(frozen=True)
class Outcome:
    """What came of a file; `rows_read` = rows loaded + rows rejected.

    `remarks`: what the load report tells besides, in Russian and without values → how many rows it is about.
    """

    rows_read: int
    rows_loaded: int
    match: Match
    encoding: str | None = None
    delimiter: str | None = None
    remarks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SourceColumn:
    """One column of a source: its name there, the SQL that reads it from the relation, and its DuckDB type.

    `refused`: SQL of whether the value is of a kind that its column cannot hold, whatever its text; empty: none is.
    `refusal`: the reason of a reject for that, where the usual one says too little.
    """

    name: str
    expression: str
    type: str = "VARCHAR"
    refused: str = ""
    refusal: str = ""


def _readable(column: Column, source: SourceColumn) -> tuple[str, str]:
    """What reads the column, and its type: made text at once where only its text can be read, for it is read often."""
    if typing_sql.is_read_as_text(column, source.type):
        return f"CAST({source.expression} AS VARCHAR)", "VARCHAR"
    return source.expression, source.type


def rejected_keys_file(parquet: Path) -> Path:
    """Where the keys of a file's rejected rows stand, beside its Parquet: of these the old version stays current."""
    return parquet.with_suffix(".rejected_keys.parquet")


class TypedCopy:
    """Copies the rows of a relation by the contract: good ones to the job's Parquet file, others to its rejects."""

    def __init__(
        self, job: FileJob, columns: Sequence[SourceColumn], *, where: str, cures: Mapping[str, str] | None = None
    ) -> None:
        """Matches the columns. Errors: BadInput if a key column is missing, or a column doubled or nested.

        `cures`: column → the reason of a reject for its being empty, where there is more to say than that.
        """
        self.job = job
        self._cures = cures or {}
        self.match = match_columns(job.dataset, [column.name for column in columns], job.rename, where=where)
        self._sources = {name: columns[place] for name, place in self.match.places.items()}
        wrong = [name for name, source in self._sources.items() if not typing_sql.is_readable(source.type)]
        if wrong:
            raise job.bad(f"столбец {', '.join(wrong)} вложенного или двоичного типа, ожидаются простые значения")

    def copy_good(self, relation: str, *, place: str = "NULL", line_offset: int = 0) -> int:
        """Writes the rows that can be typed, in the order of the relation; gives their number.

        `place` and `line_offset` as in `copy_rejects`: only where the job keeps lines.
        """
        job = self.job
        constants = {
            "_load_date": f"DATE {literal(job.load_date.isoformat())}",
            "_file": literal(job.source.name),
            # Where the file begins; the raw view adds the row's place in the file, which Parquet knows by itself.
            "_row": f"{job.first_row}::BIGINT",
        }
        chosen = [f"{constants.get(name, f'typed_{name}')} AS {name}" for name in job.dataset.raw_columns]
        chosen += [f"place + {line_offset} AS _line"] if job.keeps_lines else []
        place = place if job.keeps_lines else "NULL"
        query = f"SELECT {', '.join(chosen)} FROM ({self._judged(relation, place=place)}) WHERE {self._good}"
        remove(rejected_keys_file(job.target))  # of an earlier try
        return self._copy(query, job.target, PARQUET_OPTIONS)

    def copy_rejects(self, relation: str, *, place: str = "", line_offset: int) -> int:
        """Appends the rows that cannot be typed to the rejects; gives their number.

        `place` is the SQL of a row's place in the relation (empty: they are counted, from 1); with `line_offset` added
        it is the line in the file.
        """
        job = self.job
        rows = job.workspace / "rejected.parquet"
        listed = judging_sql.problems(
            job.dataset, texts=self._texts, refusable=self._refusable, absent=self.match.absent, cures=self._cures
        )
        judged = self._judged(relation, place=place or "NULL")
        keyed = " AND ".join(f"typed_{column} IS NOT NULL" for column in job.dataset.key)
        row_key = f"CASE WHEN {keyed} THEN {job.dataset.key_text('typed_')} END"
        facts = {"problems": listed, "row_key": row_key}
        if place:
            chosen = ", ".join(f"{fact} AS {name}" for name, fact in facts.items())
            query = f"SELECT place, {chosen} FROM ({judged}) WHERE NOT ({self._good})"
        else:
            # With a place for each good row, Parquet counts them; a window function would have one thread do all.
            chosen = ", ".join(
                f"CASE WHEN NOT ({self._good}) THEN {fact} END AS {name}" for name, fact in facts.items()
            )
            query = f"SELECT {chosen} FROM ({judged})"
        self._copy(query, rows, "FORMAT parquet")
        found = f"read_parquet({literal(str(rows))}, file_row_number=true) WHERE problems IS NOT NULL"
        place = "place" if place else "file_row_number + 1"
        ((rejected,),) = fetch(job.connection, f"SELECT count(*) FROM {found}")
        if job.options.mode(job.dataset) == "snapshot":  # of a change set nothing vanishes
            self._copy(
                f"SELECT DISTINCT row_key FROM {found} AND row_key IS NOT NULL",
                rejected_keys_file(job.target),
                PARQUET_OPTIONS,
            )
        cells = f"SELECT {place} AS place, unnest(problems) AS problem FROM {found}"
        part = job.workspace / "typed_rejects.csv"
        self._copy(
            f"SELECT {literal(job.dataset.name)}, {literal(job.source.name)}, place + {line_offset}, "
            f"problem.column, problem.value, problem.reason FROM ({cells}) WHERE problem IS NOT NULL",
            part,
            CSV_OPTIONS,
        )
        with job.rejects.open("ab") as target, part.open("rb") as source:
            while block := source.read(1 << 20):
                target.write(block)
        remove(rows)
        remove(part)
        return int(rejected)

    def find_loaded(self, relation: str, *, place: str) -> list[tuple[int, int, int]]:
        """Which rows of the relation stand in the Parquet that `copy_good` wrote, by their keys.

        Gives (place, first row in the Parquet with that key, last one), in order of place; rows count from 0.
        """
        keys = [f"loaded.{column} = sought.typed_{column}" for column in self.job.dataset.key]
        query = (
            f"SELECT sought.place, min(loaded.file_row_number), max(loaded.file_row_number) "
            f"FROM read_parquet({literal(str(self.job.target))}, file_row_number=true) AS loaded "
            f"JOIN (SELECT * FROM ({self._judged(relation, place=place)}) WHERE {self._good}) AS sought "
            f"ON {' AND '.join(keys)} GROUP BY sought.place ORDER BY sought.place"
        )
        return fetch(self.job.connection, query)

    @cached_property
    def _texts(self) -> frozenset[str]:
        # An absent column is NULL throughout: as a text it needs no condition of its own.
        absent = [column.name for column in self._columns if column.name not in self._sources]
        return frozenset([*absent, *(name for name, source in self._sources.items() if source.type == "VARCHAR")])

    @cached_property
    def _refusable(self) -> Mapping[str, str]:
        return {name: source.refusal for name, source in self._sources.items() if source.refused}

    @cached_property
    def _columns(self) -> tuple[Column, ...]:
        return judging_sql.read_columns(self.job.dataset)

    @cached_property
    def _good(self) -> str:
        return judging_sql.is_good(self.job.dataset, texts=self._texts, refusable=self._refusable)

    def _judged(self, relation: str, *, place: str) -> str:
        """The relation's rows with `source_…`, `refused_…`, `typed_…`, `is_tombstone` and `place`, in layers."""
        sources, typed = [], []
        for column in self._columns:
            source = self._sources.get(column.name)
            read, type_ = ("NULL::VARCHAR", "VARCHAR") if source is None else _readable(column, source)
            name = f"source_{column.name}"
            sources.append(f"{read} AS {name}")
            refused = source.refused if source else ""
            sources.extend([f"{refused} AS refused_{column.name}"] if refused else [])
            value = typing_sql.typed_expression(column, name, type_) if source else f"NULL::{column.sql_type}"
            typed.append(f"{value} AS typed_{column.name}")
        layer = f"SELECT {', '.join(sources)}, {place} AS place FROM {relation}"
        layer = f"SELECT *, {', '.join(typed)} FROM ({layer})"
        return f"SELECT *, {judging_sql.tombstone(self.job.dataset)} AS is_tombstone FROM ({layer})"

    def _copy(self, query: str, target: Path, options: str) -> int:
        remove(target)
        ((count,),) = fetch(self.job.connection, f"COPY ({query}) TO {literal(str(target))} ({options})")
        return int(count)
