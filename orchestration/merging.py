"""Merging deliveries into `raw/`, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from extracts.load import DeliveryReport, load_delivery

from orchestration import progress
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
