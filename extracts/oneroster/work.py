"""What the loading of one export needs of the load that it is part of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from extracts.contract import Dataset, Mode
from extracts.disk import make_private_folder
from extracts.options import LoadOptions
from extracts.sql_text import literal
from extracts.typed_copy import FileJob, Outcome


@dataclass(frozen=True)
class ExportFile:
    """One file of the export and its name in the standard."""

    table: str
    extension: str
    path: Path


@dataclass(frozen=True)
class Work:
    """The delivery: `folder` is where its Parquet goes, `home` holds the merged ones; `read` reads one file.

    Whoever looks at what earlier deliveries say must tell: `notes` takes the name (history), `known_files` and
    `knows_calendar` (whether an earlier delivery brought the calendar itself) do so by themselves.
    """

    load_date: date
    home: Path
    folder: Path
    workspace: Path
    options: LoadOptions
    connection: duckdb.DuckDBPyConnection
    known_files: Callable[[str], Sequence[Path]]
    notes: Callable[[str], object]
    knows_calendar: Callable[[], bool]
    read: Callable[[FileJob, str], Outcome]

    def room(self, name: str) -> Path:
        """A folder for scratch files; what it holds as `rejects.csv` becomes part of the delivery's rejects."""
        return make_private_folder(self.workspace / f"oneroster-{name}")

    def job(
        self,
        dataset: Dataset,
        source: Path,
        target: Path,
        room: Path,
        *,
        names: Mapping[str, str] | None = None,
        mode: Mode = "snapshot",
    ) -> FileJob:
        """The job of typing one file by a contract, its columns under other `names`; of a snapshot the keys of rejected
        rows are kept."""
        options = replace(self.options, rename={dataset.name: names or {}}, modes={dataset.name: mode})
        return FileJob(
            dataset=dataset,
            source=source,
            load_date=self.load_date,
            first_row=1,
            target=target,
            workspace=room,
            options=options,
            connection=self.connection,
            known_files=self.known_files,
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.connection.execute(query).fetchall()

    def copy(self, query: str, target: Path, options: str = "FORMAT parquet, COMPRESSION zstd") -> int:
        """Writes the rows of a query into a file; gives their number."""
        ((count,),) = self.rows(f"COPY ({query}) TO {literal(str(target))} ({options})")
        return int(count)

    @contextmanager
    def joins(self) -> Iterator[None]:
        """Within it, DuckDB plans joins as it usually does: for typing alone most of its optimizers are off."""
        ((disabled,),) = self.rows("SELECT current_setting('disabled_optimizers')")
        self.connection.execute("SET disabled_optimizers = ''")
        try:
            yield
        finally:
            self.connection.execute(f"SET disabled_optimizers = {literal(disabled)}")
