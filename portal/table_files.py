"""The files of a package, table by table: what is sent of each, and in which order (4-portal.md, «A package»).

Of a table that the portal has nothing of, every row is a create, and the rows stream from the marts into the file. Of
any other table they are joined with what the portal has (`row_sql.RowQuery.changes_sql`), in one pass: creates, updates
and deletions come out sorted. `--full` takes the same way with every wanted row as a create.

Creates and updates are numbered as they are written, parents before children. Deletions are written under names of
their own and numbered at the end, in reverse order; before all of them those of tables that the specification no longer
has, because nothing that it has can refer to them.

A table whose key fields changed has rows under its old keys, which no row that is wanted can be compared with: all of
them are deleted, by the old key fields, and every row goes out again. Key fields that only changed their names are the
same keys (`key_names.py`): no deletion of an old key takes away the row that has just been sent with the same values.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

import duckdb

from extracts.disk import settle
from portal.avro_writer import AvroTarget, FileFormat, write_avro
from portal.confirmed import Confirmed, KnownTable
from portal.delete_guard import Deletions
from portal.hashed_values import HashedValues
from portal.line_writer import WrittenFile, WrittenTable, write_lines
from portal.manifest import HeldBack, LinesFile, PackageFile, TableRows
from portal.model import Specification
from portal.operations import CREATE, DELETE, IS_THERE, MAY_BE_THERE, NAMES, UPDATE
from portal.package_folder import FOLDER_MODE, PackageFolder
from portal.row_sql import REASONS, RowQuery
from portal.source_sql import MartColumns, Scope
from portal.table_query import TableQueries

#: Where the CSV files of an Avro package stand: they are not sent.
LINES_FOLDER = ".lines"

#: Rows in memory at a time. Bigger batches are no faster.
_BATCH_ROWS = 50_000


@dataclass(frozen=True)
class _DeleteFile:
    """A delete file that has no number yet."""

    table: str
    written: WrittenFile


@dataclass
class TableFiles:
    """The files of one package in the making: what its tables share, and what has been written so far."""

    connection: duckdb.DuckDBPyConnection
    hashes: HashedValues
    specification: Specification
    marts: MartColumns
    scope: Scope
    prefix: str
    created_at: datetime
    folder: PackageFolder
    confirmed: Confirmed
    resend: bool
    datamart: str
    file_format: FileFormat = "csv"
    files: list[PackageFile] = field(default_factory=list)
    tables: list[TableRows] = field(default_factory=list)
    held_back: list[HeldBack] = field(default_factory=list)
    deletions: list[Deletions] = field(default_factory=list)
    _delete_files: list[_DeleteFile] = field(default_factory=list)

    def write(self) -> None:
        """Writes the files of all tables; afterwards `files`, `tables`, `held_back` and `deletions` tell of them."""
        queries = TableQueries(
            self.connection, self.specification, self.marts, self.scope, self.prefix, self.created_at
        )
        for table in self.specification.tables:
            query = queries.query(table)
            if query.values_to_hash_sql is not None:
                self.hashes.remember(query.values_to_hash_sql)
            queries.keep_keys(query)
            self._write_table(query)
        names = {table.name for table in self.specification.tables}
        for name in dict.fromkeys(known.name for known in self.confirmed.tables):
            if name not in names:
                self._write_gone_table(name)
        # Last comes what was written first; tables of an older specification were written last.
        for file in reversed(self._delete_files):
            self._number(file.table, DELETE, file.written)
        if self.file_format == "avro" and self.files:
            settle(self.folder.temporary / LINES_FOLDER)

    def _write_table(self, query: RowQuery) -> None:
        table = query.table
        key = tuple(field.name for field in table.key)
        known = self._known(table.name)
        current = next((one for one in known if one.has_key(key)), None)
        older = [one for one in known if one is not current]
        if current is None:
            written, unchanged = self._write_all(query), 0
        else:
            written, unchanged = self._write_changes(query, current)
        for operation in (CREATE, UPDATE):
            if operation in written.files:
                self._number(table.name, operation, written.files[operation])
        gone = [self._delete_all(one) for one in older]
        deletes = sum(one.rows(DELETE) for one in (written, *gone))
        # Numbered in reverse: rows under old keys go before rows under new ones.
        self._keep_deletes(table.name, written)
        for one in gone:
            self._keep_deletes(table.name, one)
        self._note_deletions(table.name, known, [written, *gone])
        held = [self._held_back(query, number, rows) for number, rows in sorted(written.held.items())]
        self.held_back += held
        self.tables.append(
            TableRows(
                table.name,
                written.rows(CREATE) + written.rows(UPDATE) + deletes,
                sum(written.held.values()),
                unchanged,
                key,
                tuple(dict.fromkeys(table.parents)),
                tuple(field.name for field in table.fields if field.hashed),
            )
        )

    def _write_all(self, query: RowQuery) -> WrittenTable:
        """Every row as a create; of a key that stands twice only one row goes out."""
        written = self._stream(query.table.name, query.lines_sql(), query.header, query.header)
        if written.has_equal_keys:
            written = self._stream(query.table.name, query.lines_sql(distinct=True), query.header, query.header)
        return written

    def _write_changes(self, query: RowQuery, known: KnownTable) -> tuple[WrittenTable, int]:
        """What differs from what the portal has, and how many rows do not."""
        rows = self.connection.execute(query.rows_sql()).fetchall()[0][0]
        written = self._stream_changes(query, known, distinct=False)
        unchanged = rows - _told(written)
        if written.has_equal_keys or (not self.resend and _has_double(known, written, unchanged)):
            written = self._stream_changes(query, known, distinct=True)
            unchanged = rows - _told(written)
        return written, unchanged

    def _stream_changes(self, query: RowQuery, known: KnownTable, *, distinct: bool) -> WrittenTable:
        sql = query.changes_sql(known.relation, resend=self.resend, distinct=distinct)
        return self._stream(query.table.name, sql, query.header, ";".join(known.key))

    def _delete_all(self, known: KnownTable) -> WrittenTable:
        sql = (
            f"SELECT concat(chr(10), key) AS line, CAST(0 AS UBIGINT) AS key_hash, 0 AS held, {DELETE} AS operation, "
            f"CASE WHEN was_confirmed THEN {IS_THERE} ELSE {MAY_BE_THERE} END AS known "
            f"FROM {known.relation} ORDER BY key"
        )
        return self._stream(known.relation, sql, "", ";".join(known.key))

    def _write_gone_table(self, name: str) -> None:
        """Deletes every row of a table that the specification no longer has."""
        known = self._known(name)
        if not known:
            return
        written = [self._delete_all(one) for one in known]
        for one in written:
            self._keep_deletes(name, one)
        self._note_deletions(name, known, written)
        self.tables.append(TableRows(name, sum(one.rows(DELETE) for one in written), 0, 0, known[0].key, ()))

    def _known(self, name: str) -> list[KnownTable]:
        """What the portal may have of a table, by kind of key."""
        return [known for known in self.confirmed.tables if known.name == name and known.rows]

    def _stream(self, name: str, sql: str, header: str, key_header: str) -> WrittenTable:
        targets = {
            operation: (self.folder.temporary / f".{name}-{word}", key_header if operation == DELETE else header)
            for operation, word in NAMES.items()
        }
        for path, _ in targets.values():  # of a first try that met equal keys
            path.unlink(missing_ok=True)
        result = self.connection.execute(sql)
        with result.to_arrow_reader(_BATCH_ROWS) as reader:
            return write_lines(targets, reader)

    def _number(self, table: str, operation: int, written: WrittenFile) -> None:
        """Gives a file the name that says its place."""
        order = len(self.files) + 1
        name = f"{order:02d}_{table}_{NAMES[operation]}"
        if self.file_format == "avro":
            self.files.append(self._avro_file(order, name, table, operation, written))
            return
        written.path.rename(written.path.with_name(f"{name}.csv"))
        self.files.append(_package_file(order, f"{name}.csv", table, operation, written))

    def _avro_file(self, order: int, name: str, table: str, operation: int, written: WrittenFile) -> PackageFile:
        """The rows as Avro; as CSV they are kept aside, because settling reads them."""
        folder = written.path.parent / LINES_FOLDER
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
        lines = replace(written, path=written.path.rename(folder / f"{name}.csv"))
        target = AvroTarget(
            path=written.path.with_name(f"{name}.avro"),
            name=table,
            table=next((one for one in self.specification.tables if one.name == table), None),
            datamart=self.datamart,
            is_delete=operation == DELETE,
        )
        kept = LinesFile(f"{LINES_FOLDER}/{name}.csv", lines.size, lines.sha256)
        avro = write_avro(self.connection, lines, target)
        return replace(_package_file(order, target.path.name, table, operation, avro), lines=kept)

    def _keep_deletes(self, table: str, written: WrittenTable) -> None:
        if DELETE in written.files:
            self._delete_files.append(_DeleteFile(table, written.files[DELETE]))

    def _note_deletions(self, table: str, known: list[KnownTable], written: list[WrittenTable]) -> None:
        deleted = sum(one.confirmed_deletes for one in written)
        if deleted:
            self.deletions.append(Deletions(table, deleted, sum(one.confirmed for one in known)))

    def _held_back(self, query: RowQuery, number: int, rows: int) -> HeldBack:
        hold = query.holds[number - 1]
        return HeldBack(query.table.name, hold.field, hold.reason, REASONS[hold.reason], rows)


def _package_file(order: int, name: str, table: str, operation: int, written: WrittenFile) -> PackageFile:
    return PackageFile(order, name, table, NAMES[operation], written.rows, written.size, written.sha256)


def _told(written: WrittenTable) -> int:
    """Rows of the marts that came out of the comparison: the others are as the portal has them."""
    return written.rows(CREATE) + written.rows(UPDATE) + sum(written.held.values())


def _has_double(known: KnownTable, written: WrittenTable, unchanged: int) -> bool:
    """Whether two rows of the marts met the same row of the portal: then more met one than were there to be met."""
    met = unchanged + written.rows(UPDATE) + written.known_creates
    return met > known.rows - written.rows(DELETE)
