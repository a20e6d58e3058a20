"""Merging deliveries into `raw/`, oldest first; and reading those again that a late one of an earlier date outdates."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date

from extracts.disk import printable, restore_replaced
from extracts.errors import BadInput, LoadStopped
from extracts.history import History
from extracts.landing import is_as_read
from extracts.load import DeliveryReport, load_delivery, reload_delivery
from extracts.raw import merged_deliveries, raw_folder
from extracts.report import FileReport, SourceReport, read_report
from orchestration import audit, load_run, progress
from orchestration.home import private_umask
from orchestration.landing_zone import Waiting, at_hand, find_again
from orchestration.load_report import Decisions
from orchestration.outdated import has_its_sizes, outdated_line
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

    Merged ones of any date that an earlier one has outdated are read again, each before a later one is merged. Gives
    the reports of those that it merged or read again: none if there was nothing to do. Errors: BadInput if a delivery
    cannot be read, LoadStopped if the circuit breaker trips; earlier ones stay merged, later ones wait.
    """
    load_run.begin(settings)
    restore_replaced(settings.home.raw)
    waiting = [one for one in pending_deliveries(settings.landing, settings.home) if one.load_date <= up_to]
    chosen = [one for one in waiting if one.load_date == up_to] if alone else waiting
    decisions = Decisions(overrule, tuple(without))
    again = _ReadingAgain(settings, overrule=overrule)
    reports: list[DeliveryReport] = []
    try:
        for delivery in chosen:
            reports += again.read(before=delivery.load_date)
            reports.append(_merge(settings, delivery, decisions))
    except BadInput:
        again.read()  # what was merged before the bad one may have outdated others, and is published without it
        raise
    return reports + again.read()


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


class _ReadingAgain:
    """Reads outdated deliveries again, in order of date; of one that cannot be, it is told and its rows stay.

    Each call goes on where the one before ended: deliveries are merged in order of date, so what was looked at stays as
    it is, and a load of years of old deliveries looks at each of them once.
    """

    def __init__(self, settings: Settings, *, overrule: bool) -> None:
        """`overrule`: the circuit breaker is overruled for this load."""
        self._settings = settings
        self._overrule = overrule
        self._history = History()
        self._seen = date.min

    def read(self, before: date = date.max) -> list[DeliveryReport]:
        """Gives the new reports. Errors: LoadStopped if the circuit breaker trips; the old rows stay, then."""
        root = self._settings.home.root
        reports: list[DeliveryReport] = []
        for day in merged_deliveries(root):
            if not self._seen < day < before:
                continue
            report = read_report(raw_folder(root, day))
            names = self._history.changed(report)
            new = self._again(report, names) if names else None
            reports += [new] if new else []
            self._history.add(new or report)
            self._seen = day
        return reports

    def _again(self, report: DeliveryReport, names: Sequence[str]) -> DeliveryReport | None:
        settings, day = self._settings, report.load_date
        line = outdated_line(day, names)
        try:
            there = find_again(settings.landing, [day])
            new = self._reload(there[0], report) if there and has_its_sizes(there[0], report) else None
            if new:
                return new
        except BadInput as error:
            line = outdated_line(day, names, "; ".join(error.messages).removesuffix("."))
        progress.say(line)
        load_run.tell_outdated(settings, day, line)
        return None

    def _reload(self, delivery: Waiting, before: DeliveryReport) -> DeliveryReport | None:
        """The new report; None if the landing zone holds something else now."""
        settings = self._settings
        progress.say(f"{delivery.load_date}: поставка перечитывается, потому что после неё принята более ранняя")
        started = time.monotonic()
        decisions = Decisions(self._overrule or bool(before.overruled), before.without)
        try:
            with private_umask(), at_hand(delivery, settings.home, before.without) as local:
                if not is_as_read(local, before):
                    return None
                report = reload_delivery(
                    local, home=settings.home.root, options=load_options(settings), overrule=self._overrule
                )
        except LoadStopped as error:
            load_run.tell_refused(settings, delivery.load_date, error, decisions)
            raise
        load_run.tell_merged(settings, report, decisions, time.monotonic() - started)
        _record(settings, report, decisions, again=True)
        return report


def _record(settings: Settings, report: DeliveryReport, decisions: Decisions, *, again: bool = False) -> None:
    audit.record(
        settings.home,
        "load",
        load_date=report.load_date.isoformat(),
        rows_loaded=report.rows_loaded,
        rows_rejected=report.rows_rejected,
        rows={dataset.dataset: dataset.rows_loaded for dataset in report.datasets},
        overrule=decisions.overrule or None,
        overruled_alarms=len(report.overruled) or None,
        again=again or None,
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
