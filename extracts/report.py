"""What a load did: counts and names, never a value. Kept as `delivery.json` beside the raw Parquet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from extracts.contract import Mode, load_contract

REPORT_NAME = "delivery.json"


@dataclass(frozen=True)
class FileReport:
    """One source file: `rows_read` = `rows_loaded` + `rows_rejected`; `parquet` is its path below the delivery.

    `remarks`: what else is to be told of its rows → their number. `seconds` it took is of this run alone: not kept.
    """

    dataset: str
    file: str
    parquet: str
    bytes: int
    sha256: str
    encoding: str | None
    delimiter: str | None
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    unknown_columns: tuple[str, ...]
    absent_columns: tuple[str, ...]
    remarks: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class SourceReport:
    """One file of a delivery in a foreign shape (`shape`: its name and version), of which rows of datasets are made.

    `rows_read` = `rows_loaded` + `rows_rejected` + `rows_passed_over`; `remarks`: why rows were passed over → their
    number. `table` is the file's name in its standard, `mode` whether it came whole (bulk) or as changes (delta),
    `parquet` where its rows are kept below the delivery; None: they are not. `seconds` of this run alone: not kept.
    """

    shape: str
    table: str
    file: str
    mode: Literal["bulk", "delta"] | None
    parquet: str | None
    bytes: int
    sha256: str
    encoding: str | None
    delimiter: str | None
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    rows_passed_over: int
    unknown_columns: tuple[str, ...]
    absent_columns: tuple[str, ...]
    remarks: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class DatasetReport:
    """One dataset of the delivery; `rows_by_year` only of a snapshot that speaks of academic years."""

    dataset: str
    mode: Mode
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    rows_by_year: Mapping[str, int] | None = None


@dataclass(frozen=True)
class DeliveryReport:
    """One delivery: its files, its datasets, those that it left out and those that the operator passed over.

    `overruled`: the alarms of the circuit breaker that the operator overruled. `sources`: the files in a foreign shape
    that `files` were made of. `depends_on`: what the rows were made of besides, name → digest of what the deliveries of
    earlier dates that were merged then said of it (history).
    """

    load_date: date
    files: tuple[FileReport, ...]
    datasets: tuple[DatasetReport, ...]
    missing: tuple[str, ...]
    without: tuple[str, ...]
    overruled: tuple[str, ...] = ()
    sources: tuple[SourceReport, ...] = ()
    depends_on: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows_read(self) -> int:
        """Rows of all datasets that were read: those that were loaded and those that were rejected."""
        return sum(dataset.rows_read for dataset in self.datasets)

    @property
    def rows_loaded(self) -> int:
        """Rows of all datasets that were loaded."""
        return sum(dataset.rows_loaded for dataset in self.datasets)

    @property
    def rows_rejected(self) -> int:
        """Rows of all datasets that were rejected."""
        return sum(dataset.rows_rejected for dataset in self.datasets)

    def to_json(self) -> str:
        """The report as JSON; equal deliveries give equal text."""
        document = asdict(self) | {"load_date": self.load_date.isoformat()}
        for file in (*document["files"], *document["sources"]):
            del file["seconds"]
        return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def summarize_datasets(
    files: Sequence[FileReport], modes: Mapping[str, Mode], years: Mapping[str, Mapping[str, int]]
) -> tuple[DatasetReport, ...]:
    """The datasets of the files in the order of the contract, each with the sums of its files."""
    found = {file.dataset for file in files}
    return tuple(
        DatasetReport(
            dataset=name,
            mode=modes[name],
            rows_read=sum(file.rows_read for file in files if file.dataset == name),
            rows_loaded=sum(file.rows_loaded for file in files if file.dataset == name),
            rows_rejected=sum(file.rows_rejected for file in files if file.dataset == name),
            rows_by_year=years.get(name),
        )
        for name in load_contract()
        if name in found
    )


def read_report(folder: Path) -> DeliveryReport:
    """The report of a merged delivery, from its folder in `raw/`."""
    document: dict[str, Any] = json.loads((folder / REPORT_NAME).read_text("utf-8"))
    files = map(_with_tuples, document["files"])
    sources = map(_with_tuples, document.get("sources", ()))
    return DeliveryReport(
        load_date=date.fromisoformat(document["load_date"]),
        files=tuple(FileReport(**file) for file in files),
        datasets=tuple(DatasetReport(**dataset) for dataset in document["datasets"]),
        missing=tuple(document["missing"]),
        without=tuple(document["without"]),
        overruled=tuple(document.get("overruled", ())),
        sources=tuple(SourceReport(**source) for source in sources),
        depends_on=document.get("depends_on", {}),
    )


def _with_tuples(file: dict[str, Any]) -> dict[str, Any]:
    return file | {name: tuple(file[name]) for name in ("unknown_columns", "absent_columns")}
