"""What the portal has, as far as anybody knows: `exports/.confirmed.duckdb` (4-portal.md, «confirmed files only»).

For each table of the portal the keys of its rows, as they stand in a delete file (`"R66-17";"2026-09-07"`), and beside
each key the 128-bit hash of the row's content. Nothing else of a row is kept. The hash is null where a row may be there
or not, or nobody knows with which content: its file failed, or was on its way when the journal was read.

The state is never told anything: it *settles* the journals of the packages (`journal.py`), file by file, in the order
in which the packages were made. Each file is one transaction that also notes what it was settled as, so that settling
can break off anywhere and be done again. The state can therefore be deleted: it is made again from the packages that
are there.

* A confirmed create or update: its rows are there, with their content. A confirmed delete: its keys are gone.
* Any other state: nobody knows the content of its rows; those that were not there may be there now.
* A file that moves on after a later package has written to its table (a request that ended late): nobody knows which of
  the two came last, so nobody knows the content.

A table whose key fields are others than before is another table here, until its last row is deleted: keys of both kinds
may stand on the portal. Key fields that only changed their order are put into the new order, those that only changed
their names (`key_names.py`) get the new ones.

A portal that has rows under the new key fields and refuses the deletion of older ones for its format (code 7) knows
the table by the new fields alone: of rows under the older ones there is nothing left to delete. Nor is there in a table
that neither the specification nor the portal has (404). Else such a deletion would fail every night, and with it
whatever waits for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from extracts.errors import BadInput
from portal.confirmed_lines import reordered_key_sql, sent_rows_sql
from portal.journal import SentFile, SentPackage, sent_packages
from portal.key_names import fits_sql
from portal.line_writer import FILE_MODE
from portal.model import Specification, Table
from portal.sql_text import quote_literal

CONFIRMED_FILE = ".confirmed.duckdb"

#: The catalog under which the state is attached.
_CATALOG = "confirmed"

_TABLES = (
    "CREATE TABLE IF NOT EXISTS confirmed.region (prefix VARCHAR NOT NULL)",
    "CREATE TABLE IF NOT EXISTS confirmed.settled (sequence BIGINT NOT NULL, package VARCHAR NOT NULL,"
    " file VARCHAR NOT NULL, table_name VARCHAR NOT NULL, is_confirmed BOOLEAN NOT NULL)",
    "CREATE TABLE IF NOT EXISTS confirmed.known_tables (id INTEGER NOT NULL, table_name VARCHAR NOT NULL,"
    " key_fields VARCHAR[] NOT NULL, place INTEGER NOT NULL)",
)


@dataclass(frozen=True)
class KnownTable:
    """The rows of one table of the portal: `rows` all that may be there, `confirmed` those that once were for sure.

    `relation` has the columns `key`, `content` (the hash, or null) and `was_confirmed`.
    """

    name: str
    key: tuple[str, ...]
    place: int
    relation: str
    rows: int = 0
    confirmed: int = 0

    def has_key(self, key: tuple[str, ...]) -> bool:
        """Whether its rows are told apart by these fields, in whatever order."""
        return set(self.key) == set(key)


@dataclass(frozen=True)
class Confirmed:
    """What is known of the portal: nothing at all before the first file was sent."""

    prefix: str | None = None
    base_package: str | None = None
    sequence: int = 0
    tables: tuple[KnownTable, ...] = ()


def read_confirmed(connection: duckdb.DuckDBPyConnection, exports: Path, specification: Specification) -> Confirmed:
    """Settles the journals of all packages and tells what the portal has; the state stays attached to the connection.

    Args:
        connection: of the export; the state is attached to it for writing.
        exports: the folder of the packages.
        specification: the tables of the package to be made; keys get the names and the order of its fields.

    Raises:
        BadInput: the state, a journal or a sent package cannot be read, or a sent file is not as it was sent.
    """
    packages = sent_packages(exports)
    path = exports / CONFIRMED_FILE
    if not packages and not path.exists():
        return Confirmed()
    with _private_files(path):
        _attach(connection, path)
        for package in packages:
            _settle(connection, package, specification)
        for wanted in specification.tables:
            _take_over_keys(connection, wanted)
        connection.execute(f"CHECKPOINT {_CATALOG}")
    return _confirmed(connection)


@contextmanager
def _private_files(path: Path) -> Iterator[None]:
    """The state, and the log that the engine keeps beside it, belong to their owner alone."""
    before = os.umask(0o077)
    try:
        yield
        path.chmod(FILE_MODE)
    finally:
        os.umask(before)


def _attach(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    try:
        connection.execute(f"ATTACH {quote_literal(str(path))} AS {_CATALOG}")
        for statement in _TABLES:
            connection.execute(statement)
    except (duckdb.IOException, duckdb.SerializationException, duckdb.InvalidInputException) as error:
        if "No space left" in str(error):
            raise
        raise BadInput(
            f"{path}: файл с тем, что есть на портале, не открывается. Если его не держит другая программа, удалите"
            " его: он соберётся заново из пакетов и их журналов."
        ) from None


def _confirmed(connection: duckdb.DuckDBPyConnection) -> Confirmed:
    prefixes = connection.execute("SELECT prefix FROM confirmed.region").fetchall()
    bases = connection.execute(
        "SELECT package FROM confirmed.settled WHERE is_confirmed ORDER BY sequence DESC LIMIT 1"
    ).fetchall()
    newest = connection.execute("SELECT coalesce(max(sequence), 0) FROM confirmed.settled").fetchall()
    return Confirmed(
        prefix=prefixes[0][0] if prefixes else None,
        base_package=bases[0][0] if bases else None,
        sequence=newest[0][0],
        tables=tuple(_counted(connection, table) for table in _known_tables(connection)),
    )


def _known_tables(connection: duckdb.DuckDBPyConnection) -> list[KnownTable]:
    """The tables in their order; their rows are not counted."""
    noted = connection.execute(
        "SELECT id, table_name, key_fields, place FROM confirmed.known_tables ORDER BY place, table_name, id"
    ).fetchall()
    return [KnownTable(name, tuple(key), place, _relation(number)) for number, name, key, place in noted]


def _counted(connection: duckdb.DuckDBPyConnection, table: KnownTable) -> KnownTable:
    counts = connection.execute(f"SELECT count(*), count(*) FILTER (was_confirmed) FROM {table.relation}").fetchall()
    rows, confirmed = counts[0]
    return replace(table, rows=rows, confirmed=confirmed)


def _relation(number: int) -> str:
    return f"{_CATALOG}.rows_{number}"


# --- settling -------------------------------------------------------------------------------------------------------


def _settle(connection: duckdb.DuckDBPyConnection, package: SentPackage, specification: Specification) -> None:
    """Takes over what has changed in the journal of one package since it was settled last."""
    rows = connection.execute(
        "SELECT file, is_confirmed FROM confirmed.settled WHERE sequence = ?", [package.sequence]
    ).fetchall()
    noted: dict[str, bool] = dict(rows)
    tables = {table.name: table for table in specification.tables}
    for file in package.files:
        if noted.get(file.path.name) is not file.is_confirmed:
            with _transaction(connection):
                _settle_file(connection, package, file, tables.get(file.table))


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _settle_file(
    connection: duckdb.DuckDBPyConnection, package: SentPackage, file: SentFile, wanted: Table | None
) -> None:
    """wanted: the file's table in the specification of the package to be made, if it still has it."""
    header = _header(package, file)
    key = header if file.is_delete else package.tables[file.table].key
    table = _known_table(connection, package, file, key)
    sent = sent_rows_sql(file.path, header, key=key, order=table.key, is_delete=file.is_delete)
    is_late = _is_late(connection, package, file)
    is_certain = file.is_confirmed and not is_late
    renamed = _renamed(connection, table)
    if is_certain and not file.is_delete and not renamed and not _has_rows(connection, table):
        # The first package of all is by far the greatest: its rows take no detour.
        connection.execute(f"INSERT INTO {table.relation} SELECT key, content, TRUE FROM ({sent})")
        _check_sent(connection, package, file, table.relation)
    else:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE sent_rows AS {sent}")
        _check_sent(connection, package, file, "sent_rows")
        take, forget = (_take_confirmed, _delete_sent) if is_certain else (_take_unknown, _doubt_sent)
        take(connection, table, file)
        for other in renamed:
            forget(connection, other)
        if not is_late:
            _forget_foreign(connection, table, file, wanted)
            _forget_dropped(connection, table, package, file, wanted)
        connection.execute("DROP TABLE sent_rows")
    _note(connection, package, file)


def _has_rows(connection: duckdb.DuckDBPyConnection, table: KnownTable) -> bool:
    return bool(connection.execute(f"SELECT 1 FROM {table.relation} LIMIT 1").fetchall())


def _check_sent(connection: duckdb.DuckDBPyConnection, package: SentPackage, file: SentFile, relation: str) -> None:
    counts = connection.execute(f"SELECT count(*), count(*) FILTER (key = '') FROM {relation}").fetchall()
    if counts != [(file.rows, 0)]:
        raise BadInput(_changed(package, file))


def _take_confirmed(connection: duckdb.DuckDBPyConnection, table: KnownTable, file: SentFile) -> None:
    _delete_sent(connection, table)
    if not file.is_delete:
        connection.execute(f"INSERT INTO {table.relation} SELECT key, content, TRUE FROM sent_rows")


def _take_unknown(connection: duckdb.DuckDBPyConnection, table: KnownTable, file: SentFile) -> None:
    _doubt_sent(connection, table)
    if not file.is_delete:
        connection.execute(
            f"INSERT INTO {table.relation} SELECT key, NULL, FALSE FROM sent_rows"
            f" ANTI JOIN {table.relation} AS known USING (key)"
        )


def _delete_sent(connection: duckdb.DuckDBPyConnection, table: KnownTable) -> None:
    connection.execute(f"DELETE FROM {table.relation} WHERE key IN (SELECT key FROM sent_rows)")


def _doubt_sent(connection: duckdb.DuckDBPyConnection, table: KnownTable) -> None:
    connection.execute(f"UPDATE {table.relation} SET content = NULL WHERE key IN (SELECT key FROM sent_rows)")


def _is_late(connection: duckdb.DuckDBPyConnection, package: SentPackage, file: SentFile) -> bool:
    later = connection.execute(
        "SELECT count(*) FROM confirmed.settled WHERE table_name = ? AND sequence > ?", [file.table, package.sequence]
    ).fetchall()
    return bool(later[0][0])


def _note(connection: duckdb.DuckDBPyConnection, package: SentPackage, file: SentFile) -> None:
    connection.execute(
        "DELETE FROM confirmed.settled WHERE sequence = ? AND file = ?", [package.sequence, file.path.name]
    )
    connection.execute(
        "INSERT INTO confirmed.settled VALUES (?, ?, ?, ?, ?)",
        [package.sequence, package.name, file.path.name, file.table, file.is_confirmed],
    )
    connection.execute(
        "INSERT INTO confirmed.region SELECT ? WHERE NOT EXISTS (FROM confirmed.region)", [package.prefix]
    )


def _forget_foreign(
    connection: duckdb.DuckDBPyConnection, table: KnownTable, file: SentFile, wanted: Table | None
) -> None:
    """Forgets the keys of a deletion that the portal refused for its format, as far as no key of its table can be such
    a key (other fields, plain values instead of hashes), if it has confirmed keys that are."""
    if wanted is None or not (file.is_delete and file.has_wrong_format):
        return
    key, fits = tuple(field.name for field in wanted.key), fits_sql("key", wanted.key)
    same = [one for one in _known_tables(connection) if one.name == table.name and one.key == key]
    confirmed = f"SELECT 1 FROM {same[0].relation} WHERE was_confirmed AND {fits} LIMIT 1" if same else None
    if confirmed is None or not connection.execute(confirmed).fetchall():
        return
    foreign = f"NOT ({fits})" if table.key == key else "TRUE"
    connection.execute(f"DELETE FROM {table.relation} WHERE key IN (SELECT key FROM sent_rows) AND {foreign}")


def _forget_dropped(
    connection: duckdb.DuckDBPyConnection, table: KnownTable, package: SentPackage, file: SentFile, wanted: Table | None
) -> None:
    """Forgets the keys of a deletion in a table that neither the specification nor the portal has any more. That the
    portal took other files of the package shows that it was the portal who said so, not a wrong address."""
    is_portals_answer = any(one.is_confirmed for one in package.files)
    if wanted is None and file.is_delete and file.has_no_table and is_portals_answer:
        connection.execute(f"DELETE FROM {table.relation} WHERE key IN (SELECT key FROM sent_rows)")


def _known_table(
    connection: duckdb.DuckDBPyConnection, package: SentPackage, file: SentFile, key: tuple[str, ...]
) -> KnownTable:
    """The rows of the file's table under these key fields; made when they are seen first."""
    for table in _known_tables(connection):
        if table.name == file.table and table.has_key(key):
            return table
    return _new_table(connection, file.table, key, package.tables[file.table].position)


def _new_table(connection: duckdb.DuckDBPyConnection, name: str, key: tuple[str, ...], place: int) -> KnownTable:
    numbers = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM confirmed.known_tables").fetchall()
    relation = _relation(numbers[0][0])
    connection.execute(
        f"CREATE TABLE {relation} (key VARCHAR NOT NULL, content UHUGEINT, was_confirmed BOOLEAN NOT NULL)"
    )
    connection.execute(
        "INSERT INTO confirmed.known_tables VALUES (?, ?, ?, ?)", [numbers[0][0], name, list(key), place]
    )
    return KnownTable(name, key, place, relation)


def _renamed(connection: duckdb.DuckDBPyConnection, table: KnownTable) -> list[KnownTable]:
    """The same table under as many key fields of other names: a row with the same values there is the same row."""
    known = _known_tables(connection)
    return [
        other
        for other in known
        if other.name == table.name and other.relation != table.relation and len(other.key) == len(table.key)
    ]


def _header(package: SentPackage, file: SentFile) -> tuple[str, ...]:
    """The field names of a sent file that is still there as it was sent."""
    try:
        if file.path.stat().st_size != file.bytes:
            raise BadInput(_changed(package, file))
        with file.path.open("rb") as stream:
            return tuple(stream.readline().decode().rstrip("\n").split(";"))
    except (OSError, UnicodeDecodeError):
        raise BadInput(_changed(package, file)) from None


def _changed(package: SentPackage, file: SentFile) -> str:
    return (
        f"Пакет {package.name}: файл {file.path.name} отправлен на портал, но его больше нет или он изменён, поэтому"
        " неизвестно, что есть на портале. Верните его из резервной копии или уберите всю папку пакета и отправьте"
        " полный пакет: portfolio export --full."
    )


# --- another specification ------------------------------------------------------------------------------------------


def _take_over_keys(connection: duckdb.DuckDBPyConnection, wanted: Table) -> None:
    """Gives keys the names and the order that a table of the specification has for them, if they are the same keys."""
    key = tuple(field.name for field in wanted.key)
    known = [table for table in _known_tables(connection) if table.name == wanted.name]
    same = next((table for table in known if table.has_key(key)), None)
    if same is not None and same.key != key:
        _order_keys(connection, same, key)
    for table in known:
        if table is not same and len(table.key) == len(key):
            with _transaction(connection):
                same = _rename_keys(connection, table, same, wanted)


def _order_keys(connection: duckdb.DuckDBPyConnection, table: KnownTable, key: tuple[str, ...]) -> None:
    with _transaction(connection):
        connection.execute(f"UPDATE {table.relation} SET key = {reordered_key_sql('key', table.key, key)}")
        _name_keys(connection, table, key)


def _rename_keys(
    connection: duckdb.DuckDBPyConnection, table: KnownTable, same: KnownTable | None, wanted: Table
) -> KnownTable | None:
    """Puts rows under key fields of other names to those of the specification (`same`, if there are any): what may
    be keys of the specification. Their content is in doubt, because it had other names. Gives what is `same` now."""
    fits = fits_sql("key", wanted.key)
    counts = connection.execute(f"SELECT count(*), count(*) FILTER ({fits}) FROM {table.relation}").fetchall()
    rows, fitting = counts[0]
    if not fitting:
        return same
    if same is None and fitting == rows:
        key = tuple(field.name for field in wanted.key)
        _name_keys(connection, table, key)
        return replace(table, key=key)
    if same is None:
        same = _new_table(connection, table.name, tuple(field.name for field in wanted.key), table.place)
    moving = f"SELECT key FROM {table.relation} WHERE {fits}"
    connection.execute(f"UPDATE {same.relation} SET content = NULL WHERE key IN ({moving})")
    connection.execute(
        f"INSERT INTO {same.relation} SELECT key, NULL, was_confirmed FROM {table.relation}"
        f" ANTI JOIN {same.relation} AS known USING (key) WHERE {fits}"
    )
    connection.execute(f"DELETE FROM {table.relation} WHERE {fits}")
    return same


def _name_keys(connection: duckdb.DuckDBPyConnection, table: KnownTable, key: tuple[str, ...]) -> None:
    connection.execute(
        "UPDATE confirmed.known_tables SET key_fields = ? WHERE table_name = ? AND key_fields = ?",
        [list(key), table.name, list(table.key)],
    )
