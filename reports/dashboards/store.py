"""The publication in force, opened read-only: one connection a publication, the link looked at for each request.

What does not belong here: what is asked (`questions.py`), and people.duckdb, which dashboards never open.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from reports.dashboards.catalog import Catalog, read_catalog

FILE = "portfolio.duckdb"
NOTHING_PUBLISHED = "Ещё ничего не опубликовано. Выполните: portfolio load (или portfolio demo для учебного региона)."
MADE_BEFORE = "Опубликованное сделано прежней версией программы: в нём нет сводов. Выполните: portfolio load."

#: Without these tables there is nothing to show.
NEEDED = ("agg_averages", "agg_weeks", "agg_attendance", "agg_attendance_days", "agg_finals", "completeness_rollup")

#: So many answers of so many rows at most are kept for the next who asks: some tens of megabytes.
MAX_KEPT = 500
MAX_KEPT_ROWS = 2_000

# Whatever a query says: no other file, no network, no change of these settings.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
}


class NothingToShow(Exception):
    """There is no publication that could be shown; the message says what to do."""


class Reader:
    """One publication. Queries may come from several threads: each has a cursor of its own."""

    def __init__(self, file: Path) -> None:
        self._connection = duckdb.connect(str(file), read_only=True, config=_CONFIG)
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, tuple[object, ...]], Sequence[Mapping[str, Any]]] = OrderedDict()

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> Sequence[Mapping[str, Any]]:
        """The rows of a query; values come as parameters only. A publication never changes: answers are kept."""
        asked = (sql, tuple(parameters))
        with self._lock:
            if asked in self._kept:
                self._kept.move_to_end(asked)
                return self._kept[asked]
        answer = self._read(sql, parameters)
        if len(answer) <= MAX_KEPT_ROWS:
            with self._lock:
                self._kept[asked] = answer
                while len(self._kept) > MAX_KEPT:
                    self._kept.popitem(last=False)
        return answer

    def _read(self, sql: str, parameters: Sequence[object]) -> Sequence[Mapping[str, Any]]:
        cursor = self._connection.cursor()
        try:
            result = cursor.execute(sql, list(parameters))
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        finally:
            cursor.close()

    def has_aggregates(self) -> bool:
        """Whether the file was made by a version of the program that makes aggregates."""
        found = self.rows("select table_name from duckdb_tables() where schema_name = 'marts'")
        return {*NEEDED} <= {row["table_name"] for row in found}

    @cached_property
    def catalog(self) -> Catalog:
        """Names and places that may be chosen, read once a publication."""
        return read_catalog(self.rows)


class Store:
    """Gives the reader of the publication that `published` points to now."""

    def __init__(self, published: Path) -> None:
        self._published = published
        self._lock = threading.Lock()
        self._file: Path | None = None
        self._reader: Reader | None = None

    def reader(self) -> Reader:
        """Errors: NothingToShow where nothing has been published, or by an earlier version of the program."""
        try:
            file = (self._published / FILE).resolve(strict=True)
        except OSError:
            raise NothingToShow(NOTHING_PUBLISHED) from None
        with self._lock:
            if self._reader is None or file != self._file:
                # The old connection closes when the last request that still reads through it lets go.
                self._reader, self._file = self._opened(file), file
            return self._reader

    @staticmethod
    def _opened(file: Path) -> Reader:
        try:
            reader = Reader(file)
        except duckdb.Error:
            raise NothingToShow(NOTHING_PUBLISHED) from None
        if not reader.has_aggregates():
            raise NothingToShow(MADE_BEFORE)
        return reader
