"""`portfolio pull`: the sources of the settings are asked for one load date, and their delivery is put together.

The command and Dagster's assets call the same functions. Does not belong here: how a source is asked.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from extracts.connectors import pulling
from extracts.connectors.pulling import Pull, Taken
from extracts.errors import BadInput
from orchestration import audit, progress
from orchestration.exits import NOTHING_NEW, Ending
from orchestration.home import private_umask
from orchestration.locking import writer_lock
from orchestration.settings import Settings


@dataclass(frozen=True)
class PullRequest:
    """What the operator asked for; without a date the last day that has ended, without names every source."""

    load_date: date | None = None
    names: tuple[str, ...] = ()


def pull(settings: Settings, request: PullRequest) -> Ending:
    """Asks the sources and, when all of them are done, makes the delivery. Exit statuses: docs/connectors.md.

    Errors: BusyError if another run is at work; BadInput if a name, the date or the settings cannot be meant.
    """
    unknown = sorted(set(request.names) - set(settings.connectors.sources))
    wanted = prepare(settings, request.load_date or last_ended_day(settings, datetime.now(UTC)))
    if unknown:
        raise BadInput(
            f"Источников {', '.join(unknown)} нет в настройках. Есть: {', '.join(settings.connectors.sources)}."
        )
    with writer_lock(settings.home):
        if pulling.is_pulled(wanted):
            return Ending(NOTHING_NEW, (f"Поставка {wanted.load_date} уже собрана. Ничего не изменено.",))
        return _run(settings, wanted.load_date, request.names)


def prepare(settings: Settings, load_date: date) -> Pull:
    """A pull of a load date as the settings say. Errors: BadInput if no delivery can come of it."""
    if not isinstance(settings.landing, Path):
        raise BadInput(
            "Источники собирают поставку в папке этой машины, а PORTFOLIO_LANDING указывает на другую. "
            "Укажите в PORTFOLIO_LANDING папку."
        )
    wanted = Pull(
        connectors=settings.connectors,
        landing=settings.landing,
        home=settings.home.root,
        load_date=load_date,
        now=datetime.now(UTC),
        zone=ZoneInfo(settings.time_zone),
        environment=os.environ,
        rename=settings.rename,
        say=progress.say,
    )
    pulling.check_pull(wanted)
    return wanted


def last_ended_day(settings: Settings, now: datetime) -> date:
    """The newest load date whose state is final: yesterday in the region."""
    return now.astimezone(ZoneInfo(settings.time_zone)).date() - timedelta(days=1)


def pull_one(settings: Settings, load_date: date, name: str) -> Taken:
    """Asks one source. Does nothing if the delivery has been made. Errors: see `pulling.pull_source`, `is_pulled`."""
    wanted = prepare(settings, load_date)
    if pulling.is_pulled(wanted):
        return Taken({}, 0)
    progress.say(f"{load_date}: запрос к источнику {name}")
    with private_umask():
        taken = pulling.pull_source(wanted, name)
    audit.record(settings.home, "pull", load_date=load_date.isoformat(), source=name, rows=taken.rows)
    rows = ", ".join(f"{dataset} {count}" for dataset, count in taken.rows.items())
    progress.say(f"{load_date}: источник {name} — строк: {rows}")
    return taken


def make_delivery(settings: Settings, load_date: date) -> Path | None:
    """Makes the delivery if every source is done, gives its folder; None if it waits for some.

    Errors: see `pulling.seal_delivery`, `is_pulled`.
    """
    wanted = prepare(settings, load_date)
    if pulling.is_pulled(wanted):
        return wanted.folder.final
    waits_for = pulling.unfinished_sources(wanted)
    if waits_for:
        progress.say(f"{load_date}: поставка собрана не вся, ждёт источников: {', '.join(waits_for)}")
        return None
    with private_umask():
        folder = pulling.seal_delivery(wanted)
    progress.say(f"{load_date}: поставка готова: {folder}. Загрузить её: portfolio load")
    return folder


def _run(settings: Settings, load_date: date, names: Sequence[str]) -> Ending:
    progress.say("Подготовка запуска")
    # Dagster takes seconds to import: only a call that has something to do pays for it.
    from orchestration.pull_runner import run_pull

    return run_pull(settings, load_date, names)
