"""Tables of a PostgreSQL replica, as Parquet: `<dataset>.<source>.part-000001.parquet`.

All datasets of a source are read in one REPEATABLE READ, READ ONLY transaction: they fit together. Rows come through a
server-side cursor, a piece at a time. Why psycopg and not dlt's `sql_table`: that reads each table in a transaction of
its own, takes a query only through a callback of Python, keeps its position in a pipeline folder of its own, and writes
every row three times on its way.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pyarrow as pa
from psycopg import IsolationLevel, ServerCursor, sql

from extracts.connectors import arrow_columns, postgres_query
from extracts.connectors.arrow_columns import ArrowColumn
from extracts.connectors.delivery_folder import DeliveryFolder, Progress, begin
from extracts.connectors.errors import SourceFailed
from extracts.connectors.options import PostgresSource, TableDataset
from extracts.connectors.parquet_parts import ParquetParts
from extracts.connectors.postgres_failures import failure_of
from extracts.connectors.window import Window
from extracts.contract import load_contract
from extracts.disk import printable
from extracts.errors import BadInput
from extracts.matching import cure, match_columns

Say = Callable[[str], None]

#: The window of a dataset, from the database's own clock.
MakeWindow = Callable[[str, datetime], Window]

#: Rows fetched at a time: few to begin with, twice as many while they are small, half as many when they are not.
FIRST_ROWS = 50
MOST_ROWS = 20_000
FETCH_BYTES = 4 * 2**20

#: Clocks that disagree by more than that are told of.
AHEAD = timedelta(days=1)


def settings_of(source: PostgresSource, dataset: TableDataset) -> str:
    """A fingerprint of what decides over the rows."""
    facts = (source.time_zone, sorted(asdict(dataset).items()))
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def pull_source(
    source: PostgresSource,
    *,
    dsn: str,
    folder: DeliveryFolder,
    make_window: MakeWindow,
    rename: Mapping[str, Mapping[str, str]],
    zone: ZoneInfo,
    say: Say,
) -> dict[str, Progress]:
    """Takes every dataset of the source anew, in one transaction; gives what is in the folder then.

    rename: of the region's settings, dataset → the source's column → ours; a dataset's own wins. zone: of the region.
    Errors: SourceFailed if the database fails after all attempts; BadInput if the settings cannot be right.
    """
    for attempt in range(1, source.attempts + 1):
        pull = _Pull(source, dsn, folder, make_window, rename, zone, say)
        try:
            return pull.run()
        except psycopg.Error as error:  # its text may quote a value or the connection string
            failure = failure_of(error, source, pull.where)
        except UnicodeDecodeError:
            failure = BadInput(f"{pull.where}: текст в базе не в той кодировке, которую она называет.")
        if attempt == source.attempts or not isinstance(failure, SourceFailed):
            break
        pause = min(2**attempt, source.longest_pause_seconds)
        say(f"{pull.where}: нет ответа или связь оборвалась, повтор через {pause} с")
        time.sleep(pause)
    raise failure


@dataclass
class _Pull:
    """One attempt at a source."""

    source: PostgresSource
    dsn: str
    folder: DeliveryFolder
    make_window: MakeWindow
    rename: Mapping[str, Mapping[str, str]]
    zone: ZoneInfo
    say: Say
    where: str = ""

    def __repr__(self) -> str:
        """Without the connection string."""
        return f"_Pull({self.source.name})"

    def run(self) -> dict[str, Progress]:
        """Reads everything in one transaction. Errors: what psycopg raises; BadInput."""
        self.where = f"Источник {self.source.name}"
        with self._connect() as connection:
            self._prepare(connection)
            [(now,)] = connection.execute("SELECT transaction_timestamp()").fetchall()
            moment = datetime.fromisoformat(now)
            done: dict[str, Progress] = {}
            for name, dataset in self.source.datasets.items():
                self.where = f"Источник {self.source.name}, набор {name}"
                done[name] = self._pull_dataset(connection, dataset, moment)
        for name, progress in done.items():
            done[name] = self.folder.finish(self.source.name, name, progress)
        return done

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(
            self.dsn,
            connect_timeout=self.source.timeout_seconds,
            application_name="portfolio",
            client_encoding="UTF8",
            keepalives_idle=60,
        )
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        arrow_columns.take_text(connection.adapters)
        return connection

    def _prepare(self, connection: psycopg.Connection) -> None:
        settings = {
            "datestyle": "ISO, YMD",
            "timezone": "UTC",
            "statement_timeout": f"{self.source.statement_seconds}s",
            "lock_timeout": f"{self.source.timeout_seconds}s",
        }
        for name, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, false)", [name, value])

    def _pull_dataset(self, connection: psycopg.Connection, dataset: TableDataset, now: datetime) -> Progress:
        window = self.make_window(dataset.dataset, now)
        progress = begin(settings_of(self.source, dataset), window)
        self.folder.start(self.source.name, dataset.dataset, progress)
        types = self._shape(connection, dataset)
        columns = self._columns(dataset, list(types))
        cursor_type = self._cursor_type(dataset, types)
        query = postgres_query.rows(dataset, columns, window, cursor_type=cursor_type, zone=self._source_zone)
        parts = ParquetParts(
            lambda number: self.folder.table_part(self.source.name, dataset.dataset, number), self.source.part_rows
        )
        try:
            self._copy(connection, query, dataset, parts)
        finally:
            parts.abandon()
        if cursor_type:
            self._tell_ahead(connection, dataset, max(now, window.until), cursor_type)
        return replace(progress, pages=parts.parts, rows=parts.rows)

    def _shape(self, connection: psycopg.Connection, dataset: TableDataset) -> dict[str, str]:
        """The columns of the source and the names of their types."""
        with _ask(connection, postgres_query.shape(dataset)) as cursor:
            described = cursor.description or []
            names = [column.name for column in described]
            if len(set(names)) < len(names):
                raise BadInput(
                    f"{self.where}: два столбца с одним названием. Назовите столбцы в query по-разному (AS)."
                )
            return {column.name: _type_name(connection, column.type_code) for column in described}

    def _columns(self, dataset: TableDataset, names: list[str]) -> dict[str, str]:
        """Our columns and the source's, in the order of the contract; what is not ours is not even asked for."""
        ours = load_contract()[dataset.dataset]
        rename = {**self.rename.get(dataset.dataset, {}), **dataset.rename}
        absent = sorted(set(dataset.rename) - set(names))
        if absent:
            raise BadInput(f"{self.where}: в источнике нет столбцов из rename: {', '.join(map(printable, absent))}.")
        try:
            match = match_columns(ours, names, rename, where=self.where)
        except BadInput as error:
            told = [message.removesuffix(cure(dataset.dataset)).strip() for message in error.messages]
            raise BadInput([f"{message} Проверьте table, query и rename." for message in told]) from None
        if match.unknown:
            self.say(f"{self.where}: столбцы вне договора не взяты: {', '.join(match.unknown)}")
        places = sorted(match.places.items(), key=lambda item: item[1])
        return {ours: names[place] for ours, place in places}

    def _cursor_type(self, dataset: TableDataset, types: Mapping[str, str]) -> str | None:
        if dataset.cursor is None:
            return None
        found = types.get(dataset.cursor)
        if found is None:
            raise BadInput(
                f"{self.where}: в источнике нет столбца «{printable(dataset.cursor)}». Проверьте cursor: название "
                "пишется как в базе."
            )
        if found not in postgres_query.CURSOR_TYPES:
            expected = ", ".join(postgres_query.CURSOR_TYPES)
            raise BadInput(f"{self.where}: столбец cursor должен быть одного из типов: {expected}.")
        return found

    def _copy(
        self, connection: psycopg.Connection, query: sql.Composed, dataset: TableDataset, parts: ParquetParts
    ) -> None:
        ours = load_contract()[dataset.dataset]
        zone = self._source_zone if self._source_zone != self.zone else None
        endless = 0
        with _ask(connection, query) as cursor:
            columns = [
                arrow_columns.describe(column.name, ours, column, _type_name(connection, column.type_code), zone)
                for column in cursor.description or []
            ]
            for rows in _pieces(cursor, columns):
                parts.add(rows.batch)
                endless += rows.endless
        parts.close(pa.schema([pa.field(column.name, column.type) for column in columns]))
        if endless:
            self.say(f"{self.where}: бесконечных дат (infinity) записано пустыми: {endless}")

    def _tell_ahead(
        self, connection: psycopg.Connection, dataset: TableDataset, now: datetime, cursor_type: str
    ) -> None:
        query = postgres_query.count_ahead(dataset, now + AHEAD, cursor_type=cursor_type, zone=self._source_zone)
        with _ask(connection, query) as cursor:
            [(count,)] = cursor.fetchall()
        if int(str(count)):
            self.say(f"{self.where}: строк с датой изменения в будущем: {count}; они будут взяты, когда она настанет")

    @property
    def _source_zone(self) -> ZoneInfo:
        return ZoneInfo(self.source.time_zone) if self.source.time_zone else self.zone


@dataclass(frozen=True)
class _Piece:
    """Some rows of a result, and how many dates among them were endless."""

    batch: pa.RecordBatch
    endless: int


def _ask(connection: psycopg.Connection, query: sql.Composed) -> ServerCursor:
    """A cursor on the server: its query can be nothing but one SELECT, whatever stands in the settings."""
    cursor = ServerCursor(connection, "portfolio_pull")
    try:
        cursor.execute(query)
    except BaseException:
        cursor.close()
        raise
    return cursor


def _pieces(cursor: ServerCursor, columns: list[ArrowColumn]) -> Iterator[_Piece]:
    size = FIRST_ROWS
    while rows := cursor.fetchmany(size):
        made = [
            arrow_columns.make_array(column, values)
            for column, values in zip(columns, zip(*rows, strict=True), strict=True)
        ]
        batch = pa.RecordBatch.from_arrays([array for array, _ in made], names=[column.name for column in columns])
        endless = sum(count for _, count in made)
        yield _Piece(batch, endless)
        size = min(size * 2, MOST_ROWS) if batch.nbytes < FETCH_BYTES else max(size // 2, 1)


def _type_name(connection: psycopg.Connection, code: int) -> str:
    known = connection.adapters.types.get(code)
    return known.name if known else ""
