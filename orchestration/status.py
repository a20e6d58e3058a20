"""`portfolio status`: what is loaded, what is published, what waits. It reads and changes nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from extracts.errors import BadInput
from extracts.history import find_outdated
from extracts.raw import merged_deliveries, raw_folder
from extracts.remote_landing.errors import LandingFailed
from extracts.report import read_report
from orchestration import load_run, locking, outputs
from orchestration.database import open_database
from orchestration.home import Home
from orchestration.landing_zone import misnamed_lines
from orchestration.load_report import text_file
from orchestration.load_report_text import STATUS_TITLES
from orchestration.outdated import find_readable_again, outdated_line
from orchestration.plan import everything_merged_is_published, pending_deliveries
from orchestration.publication import Publication, in_force
from orchestration.settings import Settings
from portal.sending.lock import is_sending
from portal.sending.report import waiting

#: Severities of 3-quality.md, the gravest first.
SEVERITIES = {"blocker": "препятствий", "section": "по разделам", "advice": "советов"}

#: How many of the last loads are shown.
SHOWN_LOADS = 5


def status_lines(settings: Settings) -> list[str]:
    """The lines of the status, in Russian."""
    home = settings.home
    return [
        f"Папка региона: {home.root}",
        *_writer(home),
        *_loads(home),
        *_last_report(home),
        *_published(home),
        *_findings(settings),
        *_waiting(settings),
        *misnamed_lines(settings.landing),
        *_outdated(settings),
        *_package(home),
        *_sending(home),
    ]


def _writer(home: Home) -> list[str]:
    pid = locking.holder(home)
    return [f"Сейчас идёт запуск: процесс {pid}"] if pid else []


def _loads(home: Home) -> list[str]:
    merged = merged_deliveries(home.root)
    if not merged:
        return ["Загружено: ещё ничего"]
    lines = [f"Загружено поставок: {len(merged)}, последняя — {max(merged)}"]
    for day in merged[-SHOWN_LOADS:]:
        report = read_report(raw_folder(home.root, day))
        lines.append(f"  {day}: строк принято {report.rows_loaded}, отклонено {report.rows_rejected}")
    return lines


def _last_report(home: Home) -> list[str]:
    newest = load_run.newest_report(home)
    if newest is None:
        return []
    day, document = newest
    return [f"Последняя загрузка — поставка {day}: {STATUS_TITLES[document['status']]}; {text_file(home, day)}"]


def _published(home: Home) -> list[str]:
    publication = in_force(home)
    if publication is None:
        return ["Опубликовано: ещё ничего"]
    lines = [
        f"Опубликовано: {publication.id}, данные на {publication.as_of}, сделано {publication.created_at},"
        f" строк {sum(publication.tables.values())}"
    ]
    return [*lines, *_behind(home, publication)]


def _findings(settings: Settings) -> list[str]:
    publication = in_force(settings.home)
    if publication is None or "findings" not in publication.tables:
        return []
    with open_database(publication.portfolio, settings, read_only=True) as connection:
        rows = connection.execute(
            "SELECT severity, count(*) FROM marts.findings WHERE closed_on IS NULL GROUP BY severity"
        ).fetchall()
    counts = dict(rows)
    shown = ", ".join(f"{title} {counts.get(severity, 0)}" for severity, title in SEVERITIES.items())
    return [f"Открытых замечаний: {sum(counts.values())} ({shown})"]


def _behind(home: Home, publication: Publication) -> list[str]:
    if everything_merged_is_published(home):
        return []
    return [f"  Внимание: принято больше, чем опубликовано в {publication.id}; следующий запуск это исправит"]


def _waiting(settings: Settings) -> list[str]:
    try:
        waiting = pending_deliveries(settings.landing, settings.home, only_looking=True)
    except BadInput as error:
        return list(error.messages)
    except LandingFailed as error:
        return [str(error)]
    if not waiting:
        return [f"Ждёт загрузки: ничего ({settings.landing})"]
    days = ", ".join(delivery.load_date.isoformat() for delivery in waiting[:SHOWN_LOADS])
    more = f" и ещё {len(waiting) - SHOWN_LOADS}" if len(waiting) > SHOWN_LOADS else ""
    return [f"Ждёт загрузки: {len(waiting)} ({days}{more}) в {settings.landing}"]


def _outdated(settings: Settings) -> list[str]:
    """Merged deliveries that depend on an earlier one which came after them: who reads them again, or what to do."""
    outdated = find_outdated(settings.home.root)
    if not outdated:
        return []
    try:
        again = {one.load_date for one in find_readable_again(settings.landing, settings.home, only_looking=True)}
    except (BadInput, LandingFailed):
        return []  # what is wrong with the landing zone has just been told
    told = [f"  Внимание: {outdated_line(day, names)}" for day, names in outdated.items() if day not in again]
    more = [f"  и ещё таких поставок: {len(told) - SHOWN_LOADS}"] if len(told) > SHOWN_LOADS else []
    return [*_read_again(again), *told[:SHOWN_LOADS], *more]


def _read_again(days: Collection[date]) -> list[str]:
    if not days:
        return []
    shown = ", ".join(day.isoformat() for day in sorted(days)[:SHOWN_LOADS])
    more = f" и ещё {len(days) - SHOWN_LOADS}" if len(days) > SHOWN_LOADS else ""
    # Here the sizes of files are looked at alone.
    return [f"Следующий запуск перечитает: {shown}{more} (после них принята более ранняя), если их файлы те же"]


def _package(home: Home) -> list[str]:
    noted = outputs.noted_outputs(home)
    if not noted.get("package"):
        return ["Пакет для портала: ещё не сделан"]
    behind = " (публикация новее: пакет сделает следующий запуск)" if outputs.unfinished(home) else ""
    return [f"Пакет для портала: {home.exports / noted['package']}{behind}"]


def _sending(home: Home) -> list[str]:
    try:
        newest = waiting(home.exports)
    except BadInput as error:
        return list(error.messages)
    if newest is None:
        return []
    now = ["Сейчас идёт отправка на портал"] if is_sending(home.exports) else []
    if newest.confirmed == newest.files:
        empty = " (пакет пуст: изменений нет)" if not newest.files else ""
        return [*now, f"Ждёт отправки на портал: ничего, пакет {newest.package} подтверждён{empty}"]
    failed = f", не принято {newest.failed}" if newest.failed else ""
    counts = f"подтверждено файлов {newest.confirmed} из {newest.files}{failed}"
    return [*now, f"Ждёт отправки на портал: пакет {newest.package}, {counts}"]
