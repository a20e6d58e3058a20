"""`portfolio status`: what is loaded, what is published, what waits. It reads and changes nothing."""

from __future__ import annotations

import json
from typing import Any

from extracts.raw import merged_deliveries

from extracts.errors import BadInput
from orchestration import locking, outputs
from orchestration.home import Home
from orchestration.plan import everything_merged_is_published, pending_deliveries
from orchestration.publication import Publication, in_force
from orchestration.settings import Settings

#: How many of the last loads are shown.
SHOWN_LOADS = 5

#: How much of the end of the audit log is read for them.
AUDIT_TAIL_BYTES = 256 * 1024


def status_lines(settings: Settings) -> list[str]:
    """The lines of the status, in Russian."""
    home = settings.home
    return [
        f"Папка региона: {home.root}",
        *_writer(home),
        *_loads(home),
        *_published(home),
        *_waiting(settings),
        *_package(home),
    ]


def _writer(home: Home) -> list[str]:
    pid = locking.holder(home)
    return [f"Сейчас идёт запуск: процесс {pid}"] if pid else []


def _loads(home: Home) -> list[str]:
    merged = merged_deliveries(home.root)
    if not merged:
        return ["Загружено: ещё ничего"]
    lines = [f"Загружено поставок: {len(merged)}, последняя — {max(merged)}"]
    for load in _audited(home, "load")[-SHOWN_LOADS:]:
        facts = f"строк {load.get('rows_loaded', 0)}, отклонено {load.get('rows_rejected', 0)}"
        lines.append(f"  {load.get('load_date')}: {facts} (загружена {load.get('when')})")
    return lines


def _published(home: Home) -> list[str]:
    publication = in_force(home)
    if publication is None:
        return ["Опубликовано: ещё ничего"]
    lines = [
        f"Опубликовано: {publication.id}, данные на {publication.as_of}, сделано {publication.created_at},"
        f" строк {sum(publication.tables.values())}"
    ]
    return [*lines, *_behind(home, publication)]


def _behind(home: Home, publication: Publication) -> list[str]:
    if everything_merged_is_published(home):
        return []
    return [f"  Внимание: принято больше, чем опубликовано в {publication.id}; следующий запуск это исправит"]


def _waiting(settings: Settings) -> list[str]:
    try:
        waiting = pending_deliveries(settings.landing, settings.home)
    except BadInput as error:
        return list(error.messages)
    if not waiting:
        return [f"Ждёт загрузки: ничего ({settings.landing})"]
    days = ", ".join(delivery.load_date.isoformat() for delivery in waiting[:SHOWN_LOADS])
    more = f" и ещё {len(waiting) - SHOWN_LOADS}" if len(waiting) > SHOWN_LOADS else ""
    return [f"Ждёт загрузки: {len(waiting)} ({days}{more}) в {settings.landing}"]


def _package(home: Home) -> list[str]:
    noted = outputs.noted_outputs(home)
    if not noted.get("package"):
        return ["Пакет для портала: ещё не сделан"]
    behind = " (публикация новее: пакет сделает следующий запуск)" if outputs.unfinished(home) else ""
    return [f"Пакет для портала: {home.exports / noted['package']}{behind}"]


def _audited(home: Home, action: str) -> list[dict[str, Any]]:
    try:
        with home.audit_file.open("rb") as file:
            file.seek(max(home.audit_file.stat().st_size - AUDIT_TAIL_BYTES, 0))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [line for line in map(_parsed, lines) if line.get("what") == action]


def _parsed(line: str) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except ValueError:  # the tail may begin in the middle of a line
        return {}
    return document if isinstance(document, dict) else {}
