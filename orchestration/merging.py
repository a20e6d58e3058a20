"""Merging deliveries into `raw/`, oldest first."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date

from extracts.disk import printable
from extracts.load import DeliveryReport, load_delivery
from extracts.report import FileReport, SourceReport
from orchestration import audit, load_run, progress
from orchestration.home import private_umask
from orchestration.landing_zone import Waiting, at_hand
from orchestration.load_report import Decisions
from orchestration.plan import pending_deliveries
from orchestration.settings import Settings, load_options


def merge_deliveries(
    settings: Settings,
    up_to: date,
    *,
    alone: bool = False,
    overrule: bool = False,
    without: Sequence[str] = (),
) -> list[DeliveryReport]:
    """Merges every waiting delivery up to a date (or only the one of that date), in order of date.

    Gives the reports of those that it merged: none if all of them were merged before. Errors: BadInput if a delivery
    cannot be read, LoadStopped if the circuit breaker trips; earlier ones stay merged, later ones wait.
    """
    load_run.begin(settings)
    waiting = [one for one in pending_deliveries(settings.landing, settings.home) if one.load_date <= up_to]
    chosen = [one for one in waiting if one.load_date == up_to] if alone else waiting
    decisions = Decisions(overrule, tuple(without))
    return [_merge(settings, delivery, decisions) for delivery in chosen]


def _merge(settings: Settings, delivery: Waiting, decisions: Decisions) -> DeliveryReport:
    progress.say(f"{delivery.load_date}: приём поставки")
    started = time.monotonic()
    try:
        with private_umask(), at_hand(delivery, settings.home, decisions.without) as local:
            report = load_delivery(
                local,
                home=settings.home.root,
                options=load_options(settings),
                overrule=decisions.overrule,
                without=decisions.without,
            )
    except Exception as error:
        load_run.tell_refused(settings, delivery.load_date, error, decisions)
        raise
    load_run.tell_merged(settings, report, decisions, time.monotonic() - started)
    _record(settings, report, decisions)
    return report


def _record(settings: Settings, report: DeliveryReport, decisions: Decisions) -> None:
    audit.record(
        settings.home,
        "load",
        load_date=report.load_date.isoformat(),
        rows_loaded=report.rows_loaded,
        rows_rejected=report.rows_rejected,
        rows={dataset.dataset: dataset.rows_loaded for dataset in report.datasets},
        overrule=decisions.overrule or None,
        overruled_alarms=len(report.overruled) or None,
    )
    for line in report_lines(report):
        progress.say(line)


def report_lines(report: DeliveryReport) -> list[str]:
    """The load report as the operator reads it: counts, what was missing, columns that the contract does not know."""
    lines = [f"{report.load_date}: строк принято {report.rows_loaded}, отклонено {report.rows_rejected}"]
    rejected = [f"{one.dataset} {one.rows_rejected}" for one in report.datasets if one.rows_rejected]
    if rejected:
        lines.append(f"  отклонено: {', '.join(rejected)} (значения и причины — в rejects/)")
    if report.missing:
        lines.append(f"  не поступило: {', '.join(report.missing)}")
    if report.without:
        lines.append(f"  пропущено по --without: {', '.join(map(printable, report.without))}")
    files: list[FileReport | SourceReport] = [*report.files, *report.sources]
    for file in files:
        if file.unknown_columns:
            columns = ", ".join(map(printable, file.unknown_columns))
            lines.append(f"  {printable(file.file)}: столбцы вне договора не загружены: {columns}")
    return lines
