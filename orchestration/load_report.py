"""The load report of a delivery: `reports/loads/<load date>.json`, and `.txt` for people (specification 1-extracts.md).

Written as soon as a delivery is merged or refused, and again when its run has published or was stopped; a later try of
the same date overwrites it. It holds counts, dates, names of datasets, files and columns, and ids of control forms:
never another value of a row. Durations (`seconds`) apart, the same loads give the same reports.

Does not belong here: the Russian text (load_report_text), what a step is and how it ended (load_run).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from extracts.contract import load_contract
from extracts.disk import printable
from extracts.observing import Observations, observe
from extracts.raw import merged_deliveries, raw_folder
from extracts.reject_summary import MASKED, RejectGroup, summarize_rejects
from extracts.rejects import rejects_file
from extracts.report import DatasetReport, DeliveryReport, FileReport, SourceReport, read_report
from orchestration.database import open_database
from orchestration.home import Home, read_json, write_text
from orchestration.load_report_text import report_text
from orchestration.settings import Settings

#: What became of the delivery: `merged` waits for a publication.
MERGED, PUBLISHED, STOPPED, BAD_INPUT, FAILED = "merged", "published", "stopped", "bad_input", "failed"

#: How many kinds of rejects are told one by one, the most frequent first.
TOLD_GROUPS = 200

Document = dict[str, Any]


@dataclass(frozen=True)
class Decisions:
    """What the operator decided for the load of a delivery."""

    overrule: bool = False
    without: tuple[str, ...] = ()


def json_file(home: Home, load_date: date) -> Path:
    """Where the report of a delivery stands."""
    return home.load_reports / f"{load_date}.json"


def text_file(home: Home, load_date: date) -> Path:
    """Where its text stands."""
    return home.load_reports / f"{load_date}.txt"


def read_document(home: Home, load_date: date) -> Document:
    """The report as it was written last; empty if there is none."""
    return read_json(json_file(home, load_date))


def write_document(home: Home, load_date: date, *sections: Mapping[str, Any]) -> None:
    """Writes both files from sections that are put together; keys of a later one win."""
    document: Document = {"load_date": load_date.isoformat()}
    for section in sections:
        document |= section
    write_text(json_file(home, load_date), json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    write_text(text_file(home, load_date), report_text(document))


def delivery_section(
    settings: Settings, report: DeliveryReport, decisions: Decisions, *, merged: bool, seconds: float | None = None
) -> Document:
    """What stands in the delivery itself: files, datasets, rejects, drift, what is missing; `seconds` of receiving it.

    merged: whether it stands in `raw/`, so that its rows can be looked at.
    """
    observed = _observe(settings, report) if merged else Observations()
    groups = summarize_rejects(rejects_file(settings.home.root, report.load_date))
    previous = _previous_rows(settings.home, report)
    return {
        "decisions": {
            "overrule": decisions.overrule,
            "overruled": list(report.overruled),
            "without": [printable(name) for name in report.without],
        },
        "rows": {"read": report.rows_read, "loaded": report.rows_loaded, "rejected": report.rows_rejected},
        "datasets": [_dataset(dataset, report, observed, previous) for dataset in report.datasets],
        "files": [_file(file) for file in report.files],
        # Files in a foreign shape (OneRoster), of which the files above were made.
        "sources": [_file(source) for source in report.sources],
        "rejects": _rejects(report, groups),
        "unknown_columns": _columns(report, "unknown_columns"),
        "absent_columns": _columns(report, "absent_columns"),
        "missing": list(report.missing),
        "seconds": {"receive": seconds},
    }


def refused_section(decisions: Decisions) -> Document:
    """The same of a delivery that could not be read: only what the operator decided is known."""
    return {
        "decisions": {
            "overrule": decisions.overrule,
            "overruled": [],
            "without": [printable(name) for name in decisions.without],
        }
    }


def _observe(settings: Settings, report: DeliveryReport) -> Observations:
    with open_database(Path(":memory:"), settings) as connection:
        return observe(connection, raw_folder(settings.home.root, report.load_date), report)


def _dataset(
    dataset: DatasetReport,
    report: DeliveryReport,
    observed: Observations,
    previous: Mapping[str, tuple[date, int]],
) -> Document:
    before = previous.get(dataset.dataset)
    return {
        "dataset": dataset.dataset,
        "title": load_contract()[dataset.dataset].title,
        "mode": dataset.mode,
        "files": sum(file.dataset == dataset.dataset for file in report.files),
        "rows_read": dataset.rows_read,
        "rows_loaded": dataset.rows_loaded,
        "rows_rejected": dataset.rows_rejected,
        "repeated_keys": observed.repeated_keys.get(dataset.dataset, 0),
        "zero_marks": observed.zero_marks.get(dataset.dataset, 0),
        "previous": {"load_date": before[0].isoformat(), "rows_loaded": before[1]} if before else None,
    }


def _file(file: FileReport | SourceReport) -> Document:
    told = asdict(file)
    for internal in ("parquet", "sha256", "unknown_columns", "absent_columns"):
        del told[internal]
    return told | {"file": printable(file.file), "remarks": dict(sorted(file.remarks.items()))}


def _rejects(report: DeliveryReport, groups: Collection[RejectGroup]) -> Document:
    told = sorted(groups, key=lambda one: -one.count)[:TOLD_GROUPS]
    return {
        "rows": report.rows_rejected,
        "cells": sum(group.count for group in groups),
        "csv": f"rejects/{report.load_date}.csv",
        "groups": [asdict(group) | {"file": printable(group.file), "value": MASKED} for group in told],
        "groups_left_off": len(groups) - len(told),
    }


def _columns(report: DeliveryReport, which: str) -> list[Document]:
    named = [(file.dataset, file) for file in report.files] + [(source.table, source) for source in report.sources]
    return [
        {"dataset": name, "file": printable(file.file), "columns": [printable(column) for column in columns]}
        for name, file in named
        if (columns := getattr(file, which))
    ]


def _previous_rows(home: Home, report: DeliveryReport) -> dict[str, tuple[date, int]]:
    """Of each dataset of the delivery: the newest earlier delivery that held it, and its rows."""
    wanted = {dataset.dataset for dataset in report.datasets}
    found: dict[str, tuple[date, int]] = {}
    for day in reversed([day for day in merged_deliveries(home.root) if day < report.load_date]):
        if wanted <= found.keys():
            break
        for dataset in read_report(raw_folder(home.root, day)).datasets:
            found.setdefault(dataset.dataset, (day, dataset.rows_loaded))
    return found
