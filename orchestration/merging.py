"""Merging deliveries into `raw/`, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from extracts.disk import printable
from extracts.load import DeliveryReport, load_delivery
from orchestration import audit, progress
from orchestration.home import private_umask
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
    waiting = [one for one in pending_deliveries(settings.landing, settings.home) if one.load_date <= up_to]
    chosen = [one for one in waiting if one.load_date == up_to] if alone else waiting
    reports = []
    for delivery in chosen:
        progress.say(f"{delivery.load_date}: приём поставки")
        with private_umask():
            report = load_delivery(
                delivery,
                home=settings.home.root,
                options=load_options(settings),
                overrule=overrule,
                without=tuple(without),
            )
        _record(settings, report)
        reports.append(report)
    return reports


def _record(settings: Settings, report: DeliveryReport) -> None:
    audit.record(
        settings.home,
        "load",
        load_date=report.load_date.isoformat(),
        rows_loaded=report.rows_loaded,
        rows_rejected=report.rows_rejected,
        rows={dataset.dataset: dataset.rows_loaded for dataset in report.datasets},
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
    for file in report.files:
        if file.unknown_columns:
            columns = ", ".join(map(printable, file.unknown_columns))
            lines.append(f"  {printable(file.file)}: столбцы вне договора не загружены: {columns}")
    return lines
