"""The publication in force, opened read-only: one connection a publication, the link looked at for each request.

What does not belong here: what is asked (`questions.py`), and people.duckdb, which dashboards never open.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from reports.dashboards.catalog import Catalog, read_catalog

FILE = "portfolio.duckdb"
NOTHING_PUBLISHED = "Ещё ничего не опубликовано. Выполните: portfolio load (или portfolio demo для учебного региона)."
MADE_BEFORE = "Опубликованное сделано прежней версией программы: в нём нет нужного панелям. Выполните: portfolio load."

#: Without these columns there is nothing to show: of each table the one that came last.
NEEDED = (
    ("agg_averages", "change_sum"),
    ("agg_weeks", "average_sum"),
    ("agg_attendance", "students_chronic"),
    ("agg_attendance_days", "class_unit_id"),
    ("agg_finals", "compared_students"),
    ("completeness_rollup", "complete_students"),
)

#: So many answers of so many rows at most, and pages, are kept for the next who asks: some tens of megabytes.
MAX_KEPT = 500
MAX_KEPT_ROWS = 2_000
MAX_PAGES = 200

# Whatever a query says: no other file, no network, no change of these settings.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
    # Of one query: those of several readers run beside each other, and sharing out so little work costs a quarter more.
    "threads": 1,
}


Rows = Sequence[Mapping[str, Any]]
T = TypeVar("T")


class NothingToShow(Exception):
    """There is no publication that could be shown; the message says what to do."""


class Kept:
    """The last so many things that were asked for; several threads may ask."""

    def __init__(self, most: int = MAX_KEPT) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._things: OrderedDict[tuple[object, ...], Any] = OrderedDict()
        self._being_made: dict[tuple[object, ...], threading.Lock] = {}

    def get(self, key: tuple[object, ...]) -> Any:
        """What is kept under the key, or None."""
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
            return self._things.get(key)

    def put(self, key: tuple[object, ...], thing: object) -> None:
        """Keeps it (never None), and lets go of what nobody asked for longest."""
        with self._lock:
            self._things[key] = thing
            while len(self._things) > self._most:
                self._things.popitem(last=False)

    def made(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """What is kept under the key, made if nothing is; of many who ask at once, one makes it and the others wait."""
        found: T | None = self.get(key)
        if found is not None:
            return found
        with self._lock:
            turn = self._being_made.setdefault(key, threading.Lock())
        with turn:
            found = self.get(key)
            if found is None:
                try:
                    found = make()
                    self.put(key, found)
                finally:
                    with self._lock:
                        self._being_made.pop(key, None)
        return found


class Reader:
    """One publication. Queries may come from several threads: each has a cursor of its own."""

    def __init__(self, file: Path) -> None:
        self._connection = duckdb.connect(str(file), read_only=True, config=_CONFIG)
        self._kept, self._worked_out, self._pages = Kept(), Kept(), Kept(MAX_PAGES)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> Rows:
        """The rows of a query; values come as parameters only. A publication never changes: answers are kept."""
        asked = (sql, *parameters)
        answer: Rows | None = self._kept.get(asked)
        if answer is None:
            answer = self._read(sql, parameters)
            if len(answer) <= MAX_KEPT_ROWS:
                self._kept.put(asked, answer)
        return answer

    def worked_out(self, key: tuple[object, ...], work_out: Callable[[], T]) -> T:
        """What `work_out` makes of the publication, kept like an answer; `key` says what that is."""
        return self._worked_out.made(key, work_out)

    def page(self, key: tuple[object, ...], draw: Callable[[], bytes]) -> bytes:
        """A page of the publication, kept like an answer; `key` says which."""
        return self._pages.made(key, draw)

    def _read(self, sql: str, parameters: Sequence[object]) -> Rows:
        cursor = self._connection.cursor()
        try:
            result = cursor.execute(sql, list(parameters))
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        finally:
            cursor.close()

    def close(self) -> None:
        """Closes the publication; nobody may ask it any more."""
        self._connection.close()

    def has_aggregates(self) -> bool:
        """Whether the file was made by a version of the program that makes these aggregates."""
        found = self.rows("select table_name, column_name from duckdb_columns() where schema_name = 'marts'")
        return {*NEEDED} <= {(row["table_name"], row["column_name"]) for row in found}

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
        # The first query of a process loads half a second of modules: not while somebody waits.
        with suppress(NothingToShow, duckdb.Error):
            self.reader().catalog  # noqa: B018 - read for what it leaves behind

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
