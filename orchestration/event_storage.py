"""Dagster's event log in SQLite, with connections that stay open.

Dagster's own storage opens and closes a connection for each of the hundreds of events of a night, and waits for the
disk each time. Nothing else is changed: the same files, read by the same UI.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import create_db_conn_string
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine

from orchestration.home import private_umask

BUSY_SECONDS = 60


class PooledSqliteEventLogStorage(SqliteEventLogStorage):
    """`SqliteEventLogStorage` with one pool of connections for each of its files."""

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> PooledSqliteEventLogStorage:
        """Called by Dagster with what dagster.yaml says; `base_dir` is below DAGSTER_HOME."""
        return cls(base_dir=str(Path(os.environ["DAGSTER_HOME"], config_value["base_dir"])), inst_data=inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> Engine:
        # Not in __init__: the parent's already connects.
        engines: dict[str, Engine] = self.__dict__.setdefault("_engines", {})
        if shard not in engines:
            url = create_db_conn_string(self._base_dir, shard)
            engines[shard] = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
            event.listen(engines[shard], "connect", _relax)
        if shard not in self._initialized_dbs:
            with private_umask():
                self._initdb(engines[shard])
            self._initialized_dbs.add(shard)
        return engines[shard]

    def dispose(self) -> None:
        """Closes the connections with the instance."""
        for engine in self.__dict__.pop("_engines", {}).values():
            engine.dispose()
        super().dispose()


def _relax(connection: Any, _record: Any) -> None:
    # With a write-ahead log a crash of the process loses nothing, one of the machine at most the last events.
    connection.execute("PRAGMA synchronous=NORMAL")
