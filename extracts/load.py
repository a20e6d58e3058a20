"""Loading one delivery: its files typed into raw Parquet, rejects, report, circuit breaker, the rename that merges.

Until the rename nothing has happened: a run that is killed, or stopped by a bad file or the breaker, leaves `raw/` as
it was, and the next run clears its leftovers away (specification 1-extracts.md, docs/architecture.md). A merged
delivery is read again in the same way, and changes places with what stood in `raw/`.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import duckdb

from extracts.breaker import find_alarms
from extracts.contract import Dataset, load_contract
from extracts.database import open_connection
from extracts.disk import (
    make_private_folder,
    put_in_place,
    remove,
    restore_replaced,
    settle_tree,
    sha256,
    write_private,
)
from extracts.errors import BadInput, LoadStopped
from extracts.history import CALENDAR, NOTHING, History, history_before
from extracts.landing import Delivery, SourceFile, list_files
from extracts.oneroster.export import Export, load_export
from extracts.oneroster.work import ExportFile, Work
from extracts.options import LoadOptions
from extracts.raw import merged_deliveries, raw_folder
from extracts.readers import READERS
from extracts.rejects import write_rejects
from extracts.report import (
    REPORT_NAME,
    DeliveryReport,
    FileReport,
    read_report,
    summarize_datasets,
)
from extracts.sql_text import file_literals
from extracts.typed_copy import FileJob, Outcome

__all__ = ["Delivery", "DeliveryReport", "LoadOptions", "load_delivery", "reload_delivery"]


def load_delivery(
    delivery: Delivery,
    *,
    home: Path,
    options: LoadOptions,
    overrule: bool = False,
    without: Collection[str] = frozenset(),
) -> DeliveryReport:
    """Merges a delivery into `<home>/raw/` and gives its report; rejects go to `<home>/rejects/<date>.csv`.

    `without` names datasets to pass over, `overrule` lets a load go on that the circuit breaker would stop.
    Errors, with nothing merged: BadInput with a line for each file that cannot be read (also if the delivery is merged
    already), LoadStopped with a line for each dataset that the breaker stops.
    """
    options.check()
    restore_replaced(home / "raw")
    if raw_folder(home, delivery.load_date).exists():
        raise BadInput(
            f"Поставка {delivery.load_date} уже загружена и больше не меняется. "
            "Исправленную положите под более поздней датой."
        )
    return _load(delivery, home, options, overrule=overrule, without=without)


def reload_delivery(delivery: Delivery, *, home: Path, options: LoadOptions, overrule: bool = False) -> DeliveryReport:
    """Reads a merged delivery again, because deliveries of earlier dates say other things now; gives the new report.

    What the operator decided when it was merged still holds: datasets passed over, a breaker overruled. `delivery` must
    hold what was read then (`landing.is_as_read`). Errors, with `raw/` as it was: those of `load_delivery`.
    """
    options.check()
    restore_replaced(home / "raw")
    before = read_report(raw_folder(home, delivery.load_date))
    return _load(
        delivery, home, options, overrule=overrule or bool(before.overruled), without=frozenset(before.without)
    )


def _load(
    delivery: Delivery, home: Path, options: LoadOptions, *, overrule: bool, without: Collection[str]
) -> DeliveryReport:
    files, messages = list_files(delivery, without)
    incoming = home / "warehouse" / "incoming"
    remove(incoming)  # of an earlier run that was killed
    folder = make_private_folder(incoming / delivery.load_date.isoformat())
    workspace = make_private_folder(incoming / "work")
    try:
        with open_connection(options, workspace / "spill") as connection:
            loading = _Loading(delivery, home, options, connection, folder, workspace)
            export, messages = loading.load_export(files, messages, without)
            reports = loading.load_files(files, messages, export)
            report = loading.report(reports, export, without)
        write_rejects(home, delivery.load_date, sorted(workspace.glob("*/rejects.csv")))
        report = _checked(report, home, options, overrule=overrule)
        write_private(folder / REPORT_NAME, report.to_json())
        remove(workspace)  # a run killed after the merge has no next load of this delivery that would clear it away
        # The one moment in which the delivery, as it was read now, becomes part of the warehouse.
        settle_tree(folder)
        put_in_place(folder, raw_folder(home, delivery.load_date))
    finally:
        remove(incoming)
    return report


@dataclass(frozen=True)
class _Loading:
    """One delivery on its way: where its Parquet goes and where its files may leave scratch."""

    delivery: Delivery
    home: Path
    options: LoadOptions
    connection: duckdb.DuckDBPyConnection
    folder: Path
    workspace: Path
    depends_on: dict[str, str] = field(default_factory=dict)

    def load_export(
        self, files: Sequence[SourceFile], messages: Sequence[str], without: Collection[str]
    ) -> tuple[Export, list[str]]:
        """Loads what came in a foreign shape; gives the messages, with those about it."""
        foreign = [ExportFile(file.dataset, file.extension, file.path) for file in files if file.is_foreign]
        if not foreign:
            return Export((), (), {}), list(messages)
        work = Work(
            load_date=self.delivery.load_date,
            home=self.home,
            folder=self.folder,
            workspace=self.workspace,
            options=self.options,
            connection=self.connection,
            known_files=self._known_files,
            notes=self._note,
            knows_calendar=lambda: self._note(CALENDAR) != NOTHING,
            read=_read,
        )
        canonical = {file.dataset for file in files if not file.is_foreign}
        try:
            return load_export(work, foreign, canonical=canonical, without=without), list(messages)
        except BadInput as error:
            return Export((), (), {}), [*messages, *error.messages]

    def load_files(self, files: Sequence[SourceFile], messages: Sequence[str], export: Export) -> list[FileReport]:
        """Loads every file of our own shape, datasets in the order of the contract, a dataset's files in order of name.

        Rows made of the export come before those of the same dataset's own files. Errors: BadInput with all messages,
        the given ones first.
        """
        reports = list(export.files)
        messages = list(messages)
        places = {name: place for place, name in enumerate(load_contract())}
        own = sorted((file for file in files if not file.is_foreign), key=lambda one: places[one.dataset])
        for number, file in enumerate(own, start=1):
            done = [report for report in reports if report.dataset == file.dataset]
            try:
                reports.append(self._load_file(file, number, done))
            except BadInput as error:
                messages.extend(error.messages)
        if messages:
            raise BadInput(messages)
        return reports

    def report(self, files: Sequence[FileReport], export: Export, without: Collection[str]) -> DeliveryReport:
        """Sums the files up."""
        contract = load_contract()
        found = {file.dataset for file in files}
        modes = {name: export.modes.get(name, self.options.mode(contract[name])) for name in found}
        years = {
            name: self._rows_by_year(contract[name], files)
            for name in found
            if contract[name].scope and modes[name] == "snapshot"
        }
        return DeliveryReport(
            load_date=self.delivery.load_date,
            files=tuple(files),
            datasets=summarize_datasets(files, modes, years),
            missing=tuple(name for name in contract if name not in found and name not in without),
            without=tuple(sorted(without)),
            sources=export.sources,
            depends_on=dict(sorted(self.depends_on.items())),
        )

    def _load_file(self, file: SourceFile, number: int, done: Sequence[FileReport]) -> FileReport:
        parquet = Path(file.dataset, f"{len(done) + 1:04d}.parquet")
        make_private_folder(self.folder / file.dataset)
        job = FileJob(
            dataset=load_contract()[file.dataset],
            source=file.path,
            load_date=self.delivery.load_date,
            first_row=sum(report.rows_read for report in done) + 1,
            target=self.folder / parquet,
            workspace=make_private_folder(self.workspace / f"{number:06d}"),
            options=self.options,
            connection=self.connection,
            known_files=self._known_files,
        )
        started = time.monotonic()
        with ThreadPoolExecutor(max_workers=1) as pool:
            digest = pool.submit(sha256, file.path)
            outcome = _read(job, file.extension)
        for scratch in job.workspace.iterdir():
            if scratch != job.rejects:
                remove(scratch)
        return FileReport(
            dataset=file.dataset,
            file=file.name,
            parquet=str(parquet),
            bytes=file.path.stat().st_size,
            sha256=digest.result(),
            encoding=outcome.encoding,
            delimiter=outcome.delimiter,
            rows_read=outcome.rows_read,
            rows_loaded=outcome.rows_loaded,
            rows_rejected=outcome.rows_read - outcome.rows_loaded,
            unknown_columns=outcome.match.unknown,
            absent_columns=outcome.match.absent,
            remarks=dict(outcome.remarks),
            seconds=round(time.monotonic() - started, 3),
        )

    @cached_property
    def _history(self) -> History:
        return history_before(self.home, self.delivery.load_date)

    def _note(self, name: str) -> str:
        """Notes that rows are made of what earlier deliveries say; gives the digest of that."""
        self.depends_on[name] = self._history.digest(name)
        return self.depends_on[name]

    def _known_files(self, dataset: str) -> list[Path]:
        self._note(dataset)
        earlier = (raw_folder(self.home, day) for day in merged_deliveries(self.home) if day < self.delivery.load_date)
        folders = [*earlier, self.folder]
        files = (file for folder in folders for file in sorted((folder / dataset).glob("[0-9]*.parquet")))
        return [file for file in files if not file.name.endswith(".rejected_keys.parquet")]

    def _rows_by_year(self, dataset: Dataset, files: Sequence[FileReport]) -> dict[str, int]:
        parts = file_literals(self.folder / file.parquet for file in files if file.dataset == dataset.name)
        query = f"SELECT {dataset.scope}, count(*) FROM read_parquet({parts}) GROUP BY ALL ORDER BY ALL"
        return dict(self.connection.execute(query).fetchall())


def _read(job: FileJob, extension: str) -> Outcome:
    try:
        return READERS[extension](job)
    except PermissionError:
        raise job.bad("файл не читается, не хватает прав") from None
    except duckdb.Error as error:
        # The text of most of DuckDB's errors quotes what it has read: only those that speak of the machine may go on.
        if isinstance(error, duckdb.OutOfMemoryException | duckdb.IOException):
            raise
        raise RuntimeError(f"{job.where}: DuckDB failed while typing the file ({type(error).__name__})") from None


def _checked(report: DeliveryReport, home: Path, options: LoadOptions, *, overrule: bool) -> DeliveryReport:
    """The report with the alarms that were overruled. Errors: LoadStopped if the breaker trips otherwise."""
    earlier = [day for day in merged_deliveries(home) if day < report.load_date]
    reports = [read_report(raw_folder(home, day)) for day in reversed(earlier)]
    alarms = find_alarms(report.load_date, report.datasets, reports, options)
    if alarms and not overrule:
        raise LoadStopped([f"{report.load_date}: {alarm}" for alarm in alarms], report=report)
    return replace(report, overruled=tuple(alarms))
