"""Values that go to the portal as Streebog-512 hashes, and the table that remembers the hashes from night to night.

A hash costs Python tens of microseconds, and a region has a million СНИЛС and documents that hardly ever change:
`exports/.hashes.duckdb` holds a row for each value that the last package hashed, and only new values are hashed
(4-portal.md, «CSV rules»). The queries of a package join it.

* What is hashed is the value as it would have been sent: in UTF-8, without control characters, without the quotes of
  CSV and without the region's prefix. What is empty stays empty.
* The file holds no value: a row is found by the SHA-256 of the value. So nothing can be read or searched for in it,
  nor in its copies. That hides a number of eleven digits no better than the portal's own hash beside it does (whoever
  has either can try all numbers), and a secret key in the same folder would not help: the file is as private as the
  packages are, 0600.
* A value that a package no longer sends is forgotten at its end: nobody's hash outlives his stay on the portal.
* The file is worth its computing time only: if it is damaged, it is made anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from extracts.disk import make_private_folder
from extracts.errors import BadInput
from portal.sql_text import quote_literal
from portal.streebog import streebog_512

HASHES_FILE = ".hashes.duckdb"

_CATALOG = "hashed_values"
_HASHES = f"{_CATALOG}.main.hashes"

#: Values taken out of the engine at a time.
_BATCH_ROWS = 20_000

_BUSY = ("Could not set lock", "Conflicting lock", "file handle conflict")


class HashedValues:
    """The remembered hashes, as far as one package needs them.

    The file is opened with the first table that has hashed fields. Made by `hashed_values`.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, file: Path) -> None:
        self._connection = connection
        self._file = file
        self._is_open = False

    def remember(self, values: str) -> None:
        """Sees to it that the hash of every value is known, before a query joins them (`with_hashes`).

        Args:
            values: a SELECT that gives one column of text, `value`.

        Raises:
            BadInput: another process has the table of hashes open.
        """
        with _private_files():
            self._open()
            self._connection.execute(
                "CREATE OR REPLACE TEMP TABLE values_to_hash AS "
                f"SELECT DISTINCT value, unhex(sha256(value)) AS lookup FROM ({values}) WHERE value IS NOT NULL"
            )
            self._connection.execute("INSERT INTO lookups_in_use SELECT lookup FROM values_to_hash")
            self._connection.execute(
                "CREATE OR REPLACE TEMP TABLE values_to_hash AS "
                f"SELECT value, lookup FROM values_to_hash ANTI JOIN {_HASHES} USING (lookup)"
            )
            self._hash_all()
            self._connection.execute("DROP TABLE values_to_hash")

    def finish(self) -> None:
        """Forgets the values that a complete package did not send, and lets go of the file."""
        if not self._is_open:
            _remove(self._file)
            return
        with _private_files():
            self._connection.execute(f"DELETE FROM {_HASHES} WHERE lookup NOT IN (SELECT lookup FROM lookups_in_use)")
            self._connection.execute("DROP TABLE lookups_in_use")
            self._connection.execute(f"DETACH {_CATALOG}")
        self._is_open = False

    def _open(self) -> None:
        if self._is_open:
            return
        make_private_folder(self._file.parent)
        try:
            self._attach()
        except duckdb.Error as error:
            if any(words in str(error) for words in _BUSY):
                raise BadInput(
                    f"{self._file}: таблица хэшей занята другим процессом; дождитесь его окончания и повторите выгрузку"
                ) from None
            _remove(self._file)
            self._attach()
        self._connection.execute("CREATE TEMP TABLE lookups_in_use (lookup BLOB)")
        self._is_open = True

    def _attach(self) -> None:
        self._connection.execute(f"ATTACH {quote_literal(str(self._file))} AS {_CATALOG}")
        self._file.chmod(0o600)
        self._connection.execute(f"CREATE TABLE IF NOT EXISTS {_HASHES} (lookup BLOB NOT NULL, hash BLOB NOT NULL)")

    def _hash_all(self) -> None:
        [(count,)] = self._connection.execute("SELECT count(*) FROM values_to_hash").fetchall()
        for begin in range(0, count, _BATCH_ROWS):
            rows = self._connection.execute(
                "SELECT lookup, value FROM values_to_hash WHERE rowid >= $begin AND rowid < $end",
                {"begin": begin, "end": begin + _BATCH_ROWS},
            ).fetchall()
            hashes = streebog_512([value.encode() for _, value in rows])
            batch = pa.table({"lookup": pa.array([row[0] for row in rows], pa.binary()), "hash": hashes})
            self._connection.register("hashed_batch", batch)
            self._connection.execute(f"INSERT INTO {_HASHES} SELECT lookup, hash FROM hashed_batch")
            self._connection.unregister("hashed_batch")


@contextmanager
def hashed_values(connection: duckdb.DuckDBPyConnection, exports: Path) -> Iterator[HashedValues]:
    """The remembered hashes for the time of one package.

    Args:
        connection: where the queries of the package run.
        exports: the folder of the packages, which holds the file.
    """
    hashes = HashedValues(connection, exports / HASHES_FILE)
    yield hashes
    # A package that failed keeps what it has hashed: whoever closes the connection closes the file.
    hashes.finish()


def with_hashes(rows: str, columns: Sequence[str]) -> str:
    """A SELECT of the same rows with the hashes of these columns in their place (hexadecimal, lower case).

    A value whose hash is not known stops the query: it must neither go out as it is nor be taken for empty.
    """
    if not columns:
        return rows
    unknown = quote_literal("the hash of a value is not known")
    replaced: list[str] = []
    joins: list[str] = []
    for number, column in enumerate(columns):
        known = f"coalesce(lower(hex(h{number}.hash)), error({unknown}))"
        replaced.append(f"CASE WHEN plain.{column} IS NOT NULL THEN {known} END AS {column}")
        joins.append(f"LEFT JOIN {_HASHES} AS h{number} ON h{number}.lookup = unhex(sha256(plain.{column}))")
    return f"SELECT plain.* REPLACE ({', '.join(replaced)}) FROM ({rows}) AS plain {' '.join(joins)}"


def plain_values(rows: str, columns: Sequence[str]) -> str | None:
    """A SELECT of the values of these columns under each other, for `HashedValues.remember`; None without columns."""
    selects = [f"SELECT {column} AS value FROM ({rows})" for column in columns]
    return " UNION ALL ".join(selects) or None


@contextmanager
def _private_files() -> Iterator[None]:
    """The engine makes its files (and their logs) with the mode that the process gives them."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _remove(file: Path) -> None:
    for path in (file, file.with_name(f"{file.name}.wal")):
        path.unlink(missing_ok=True)
