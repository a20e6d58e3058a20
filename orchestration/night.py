"""`portfolio load` and `portfolio export`: which runs a call needs, and what it exits with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from extracts.disk import restore_replaced
from extracts.errors import BadInput
from extracts.history import find_outdated
from extracts.raw import merged_deliveries
from orchestration import load_run, outputs, progress
from orchestration.exits import BAD_INPUT, NOTHING_NEW, PUBLISHED, Ending
from orchestration.landing_zone import find_waiting, misnamed_lines
from orchestration.locking import writer_lock
from orchestration.outdated import outdated_line
from orchestration.plan import (
    EXPORT,
    NIGHTLY,
    REBUILD,
    Task,
    everything_merged_is_published,
    pending_deliveries,
    plan_deliveries,
    plan_repair,
)
from orchestration.publication import in_force, remove_unfinished
from orchestration.settings import Settings

#: How many of the dates in the landing zone a message names.
NAMED_DATES = 10


@dataclass(frozen=True)
class LoadRequest:
    """What the operator asked of one load."""

    load_date: date | None = None
    as_of: date | None = None
    each_night: bool = False
    without: tuple[str, ...] = ()
    overrule: bool = False
    full: bool = False


def load(settings: Settings, request: LoadRequest) -> Ending:
    """Merges what waits, builds, checks, publishes, makes package and report (5-operation.md).

    Errors: BusyError if another run is at work; BadInput if there is no landing zone or not the delivery asked for.
    """
    with writer_lock(settings.home):
        remove_unfinished(settings.home)
        restore_replaced(settings.home.raw)
        tasks = _tasks(settings, request)
        if all(task.load_date is None for task in tasks):
            _tell_outdated(settings)
            for line in misnamed_lines(settings.landing):
                progress.say(line)
        if not tasks:
            return Ending(NOTHING_NEW)
        return _run(settings, tasks, request)


def export(settings: Settings, *, full: bool = False, as_of: date | None = None, overrule: bool = False) -> Ending:
    """Makes the package again from the publication in force, or from a kept one of another date.

    full: every row instead of what differs from what the portal has confirmed; overrule: also if the package deletes
    more than the limits allow.

    Errors: BusyError if another run is at work; BadInput without such a publication.
    """
    with writer_lock(settings.home):
        outputs.find_publication(settings.home, as_of)
        return _run(settings, [Task(EXPORT)], LoadRequest(as_of=as_of, overrule=overrule, full=full))


def _tasks(settings: Settings, request: LoadRequest) -> list[Task]:
    waiting = [delivery.load_date for delivery in pending_deliveries(settings.landing, settings.home)]
    if request.load_date is None:
        chosen = plan_deliveries(waiting, each_night=request.each_night)
    elif request.load_date in waiting:
        chosen = [Task(NIGHTLY, request.load_date)]
    elif request.load_date in merged_deliveries(settings.home.root):
        chosen = []
    else:
        raise BadInput(_no_such_delivery(settings, request.load_date))
    return chosen or plan_repair(settings, as_of=request.as_of)


def _tell_outdated(settings: Settings) -> None:
    """Of a call that receives nothing: which deliveries should be read again and cannot be. Receiving tells itself."""
    for day, names in find_outdated(settings.home.root).items():
        line = outdated_line(day, names)
        progress.say(line)
        load_run.tell_outdated(settings, day, line)


def _no_such_delivery(settings: Settings, wanted: date) -> str:
    days = sorted(delivery.load_date.isoformat() for delivery in find_waiting(settings.landing))
    there = ", ".join(days[-NAMED_DATES:]) if days else "поставок нет"
    more = f" (и ещё {len(days) - NAMED_DATES})" if len(days) > NAMED_DATES else ""
    return f"Поставки {wanted} нет: ожидалась папка {settings.landing / wanted.isoformat()}; там есть: {there}{more}."


def _run(settings: Settings, tasks: list[Task], request: LoadRequest) -> Ending:
    progress.say("Подготовка запуска")
    # Dagster and dbt take seconds to import: only a call that has something to do pays for them.
    from orchestration.runner import Choices, run_task

    choices = Choices(
        as_of=request.as_of,
        alone=request.load_date is not None,
        overrule=request.overrule,
        without=request.without,
        full=request.full,
    )
    for task in tasks:
        outcome = run_task(settings, task, choices)
        if outcome.exit_status == PUBLISHED:
            continue
        if outcome.exit_status == BAD_INPUT and not everything_merged_is_published(settings.home):
            # Earlier deliveries of the call are good: they are published without the bad one (1-extracts.md).
            earlier = run_task(settings, Task(REBUILD), choices)
            return Ending(outcome.exit_status, (*outcome.messages, *earlier.messages))
        return Ending(outcome.exit_status, outcome.messages)
    return Ending(PUBLISHED)


def places(settings: Settings) -> list[str]:
    """Where the published file, the package and the report are, for the last lines of a command."""
    publication = in_force(settings.home)
    if publication is None:
        return ["Ещё ничего не опубликовано."]
    noted = outputs.noted_outputs(settings.home)
    lines = [f"Опубликовано на {publication.as_of}: {settings.home.published}/{publication.portfolio.name}"]
    if noted.get("package"):
        lines.append(f"Пакет для портала: {settings.home.exports / noted['package']}")
    if noted.get("report_of"):
        lines.append(f"Отчёты (откройте в браузере): {outputs.first_page(settings.home)}")
    return lines
