"""What starts runs when nobody types a command: the schedule and the sensors, off until switched on."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from extracts.errors import BadInput
from extracts.remote_landing.errors import LandingFailed
from orchestration import plan
from orchestration.alerts import raise_alert
from orchestration.exits import BAD_INPUT
from orchestration.instance import unblock_queue
from orchestration.jobs import nightly, outputs, rebuild, send
from orchestration.landing_zone import Waiting, file_sizes
from orchestration.partitions import ensure_partitions
from orchestration.plan import (
    Task,
    everything_merged_is_published,
    pending_deliveries,
    plan_deliveries,
    plan_night,
    plan_repair,
    state_of,
)
from orchestration.pull_runner import pull_job
from orchestration.pulling import last_ended_day
from orchestration.settings import load_settings
from orchestration.steps import exit_status_in, told_by
from portal.sending.lock import is_sending
from portal.sending.report import waiting as waiting_for_the_portal

_SETTINGS = load_settings()
SENSOR_SECONDS = 60


@dataclass(frozen=True)
class Watched:
    """What the sensor saw of one delivery: a fingerprint of its files' sizes, and since when it has been so."""

    sizes: str
    since: float


@dg.schedule(
    job=nightly,
    cron_schedule=f"0 {_SETTINGS.nightly_hour} * * *",
    execution_timezone=_SETTINGS.time_zone,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Каждую ночь: принять то, что ждёт, и опубликовать",
)
def every_night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Asks for one run that merges everything that waits; repairs after a killed run are the sensor's."""
    settings = load_settings()
    unblock_queue(context.instance, settings.home, now=time.time())
    try:
        tasks = [task for task in plan_night(settings) if task.load_date is not None]
    except (BadInput, LandingFailed) as error:
        # There is no run that could fail: a night that is lost this way must raise the alert by itself.
        raise_alert(settings, job=nightly.name, step="landing", run_id="", text=str(error))
        return dg.SkipReason(str(error))
    if not tasks:
        return dg.SkipReason("Новых поставок нет")
    ensure_partitions(context.instance, [task.load_date for task in tasks if task.load_date])
    return dg.RunRequest(partition_key=str(tasks[-1].load_date))


@dg.schedule(
    job=pull_job,
    cron_schedule=f"0 {_SETTINGS.connectors.hour} * * *",
    execution_timezone=_SETTINGS.time_zone,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Каждую ночь, до приёма поставок: запросить источники за прошедший день",
)
def pull_every_night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Asks for one pull of the day that has just ended."""
    settings = load_settings()
    unblock_queue(context.instance, settings.home, now=time.time())
    if not settings.connectors.sources:
        return dg.SkipReason("Источники не настроены")
    load_date = last_ended_day(settings, context.scheduled_execution_time)
    ensure_partitions(context.instance, [load_date])
    return dg.RunRequest(partition_key=load_date.isoformat())


@dg.schedule(
    job=send,
    cron_schedule="30 * * * *",
    execution_timezone=_SETTINGS.time_zone,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Каждый час: отправить на портал то, что он ещё не подтвердил",
)
def send_every_hour(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Asks for one sending if the newest package is not confirmed as a whole and nobody is sending."""
    settings = load_settings()
    unblock_queue(context.instance, settings.home, now=time.time())
    if settings.portal_url is None:
        return dg.SkipReason("Адрес портала не задан (portal.url)")
    if is_sending(settings.home.exports):
        return dg.SkipReason("Отправка уже идёт")
    newest = waiting_for_the_portal(settings.home.exports)
    if newest is None or newest.confirmed == newest.files:
        return dg.SkipReason("Отправлять нечего")
    return dg.RunRequest()


@dg.sensor(
    jobs=[nightly, rebuild, outputs],
    minimum_interval_seconds=SENSOR_SECONDS,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Новая поставка, размеры файлов которой не меняются несколько минут",
)
def new_deliveries(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Asks for a run when deliveries have rested; for repairs when there is nothing else to do."""
    settings = load_settings()
    unblock_queue(context.instance, settings.home, now=time.time())
    waiting = pending_deliveries(settings.landing, settings.home, only_looking=True, sizes=True)
    watched = watch(waiting, _from_cursor(context.cursor), time.time())
    ready = rested(waiting, watched, time.time(), settings.sensor_rest_minutes * 60)
    new = plan_deliveries([one.load_date for one in ready])
    tasks = new or ([] if waiting else plan_repair(settings, only_looking=True))
    ensure_partitions(context.instance, [task.load_date for task in tasks if task.load_date])
    return dg.SensorResult(
        run_requests=[_request(task, watched) for task in tasks],
        cursor=_to_cursor(watched),
        skip_reason=None if tasks else "Новых отстоявшихся поставок нет",
    )


@dg.run_failure_sensor(
    monitored_jobs=[nightly],
    request_job=rebuild,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Ночь не удалась, но часть поставок принята: опубликовать их",
)
def publish_what_was_merged(context: dg.RunFailureSensorContext) -> dg.RunRequest | dg.SkipReason:
    """Earlier deliveries of a call whose later one is bad are published without it (1-extracts.md)."""
    if everything_merged_is_published(load_settings().home):
        return dg.SkipReason("Все принятые поставки опубликованы")
    told = [told_by(event) for event in context.get_step_failure_events()]
    if BAD_INPUT not in [exit_status_in(metadata) for metadata in told if metadata]:
        return dg.SkipReason("Ночь остановлена не из-за нечитаемой поставки: публиковать нечего")
    return dg.RunRequest(run_key=context.dagster_run.run_id)


def watch(waiting: Sequence[Waiting], before: dict[str, Watched], now: float) -> dict[str, Watched]:
    """What is seen of each waiting delivery now; `since` stays as long as the sizes do."""
    seen: dict[str, Watched] = {}
    for delivery in waiting:
        key, sizes = delivery.load_date.isoformat(), _sizes(delivery)
        known = before.get(key)
        seen[key] = known if known and known.sizes == sizes else Watched(sizes, now)
    return seen


def rested(waiting: Sequence[Waiting], watched: dict[str, Watched], now: float, rest_seconds: int) -> list[Waiting]:
    """The deliveries that may be loaded: in order of date, up to the first that has not rested."""
    ready: list[Waiting] = []
    for delivery in waiting:
        if now - watched[delivery.load_date.isoformat()].since < rest_seconds:
            break
        ready.append(delivery)
    return ready


def _sizes(delivery: Waiting) -> str:
    digest = hashlib.sha256()
    for name, size in file_sizes(delivery):
        digest.update(f"{name}|{size}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:16]


def _request(task: Task, watched: dict[str, Watched]) -> dg.RunRequest:
    if task.load_date is None:
        # Asked for once for each state of the home: a rebuild that a check stops would be stopped again.
        return dg.RunRequest(job_name=task.job, run_key=f"{task.job}-{state_of(load_settings().home)}")
    day = task.load_date.isoformat()
    if day not in watched:  # a merged delivery, to be read again
        run_key = f"{task.job}-{day}-{state_of(load_settings().home)}"
        return dg.RunRequest(job_name=task.job, partition_key=day, run_key=run_key)
    # A delivery that failed is not asked for again until one of those that wait is mended.
    state = hashlib.sha256("".join(watched[one].sizes for one in sorted(watched) if one <= day).encode()).hexdigest()
    return dg.RunRequest(job_name=plan.NIGHTLY, partition_key=day, run_key=f"{day}-{state[:16]}")


def _from_cursor(cursor: str | None) -> dict[str, Watched]:
    return {day: Watched(sizes, since) for day, (sizes, since) in json.loads(cursor or "{}").items()}


def _to_cursor(watched: dict[str, Watched]) -> str:
    return json.dumps({day: [one.sizes, one.since] for day, one in watched.items()})
