"""`portfolio send`: the newest package goes to the portal and is followed to the end (4-portal.md, «Sending»).

The command and Dagster's asset call the same functions. The writer's lock is not taken: sending lasts hours and touches
no database. Two senders are impossible by a lock of their own.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from extracts.errors import BadInput
from orchestration import audit, progress
from orchestration.exits import PUBLISHED, Ending
from orchestration.home import private_umask
from orchestration.settings import Settings
from portal.sending.errors import SendingUnfinished

if TYPE_CHECKING:
    from portal.sending.address import Portal
    from portal.sending.sender import Sending, Sent


@dataclass(frozen=True)
class SendRequest:
    """What the operator asked for; without an address that of the settings, without a package the newest."""

    to: str | None = None
    package: str | None = None
    dry_run: bool = False
    delivered: bool = False
    """Nothing is sent: the operator has taken the package to the core of the витрина, and says so."""
    abandon: bool = False
    """Requests that are under way are given up first: the portal lost them and says so to nobody."""


def send(settings: Settings, request: SendRequest) -> Ending:
    """Sends the newest package, or says what would be sent.

    Errors: BadInput for a wrong address, setting or package; SenderBusy; SendingUnfinished (exit status 6) if not
    everything is confirmed.
    """
    if request.delivered:
        note_delivered(settings, request)
        return Ending(PUBLISHED)
    if request.dry_run:
        if request.abandon:
            raise BadInput("Ключ --dry-run ничего не меняет, вместе с --abandon его не бывает.")
        for line in _plan(settings, request):
            progress.say(line)
        return Ending(PUBLISHED)
    send_newest(settings, to=request.to, package=request.package, abandon=request.abandon)
    return Ending(PUBLISHED)


def send_newest(
    settings: Settings, *, to: str | None = None, package: str | None = None, abandon: bool = False
) -> Sent:
    """Sends what the portal has not confirmed of the newest package. Errors: as `send`."""
    # HTTP takes a while to import: `portfolio status` does not pay for it.
    from portal.sending.sender import check_sendable, choose_package, send_package

    portal = _portal(settings, to)
    newest = choose_package(settings.home.exports, package)
    check_sendable(newest)
    chosen = newest.name
    audit.record(settings.home, "send", stage="begins", package=chosen, to=portal.base, datamart=portal.datamart)
    sent: Sent | None = None
    try:
        with private_umask():
            sent = send_package(_sending(settings, portal, abandon=abandon), package)
    finally:
        audit.record(settings.home, "send", stage="ends", package=chosen, **_counts(sent))
    if not sent.is_complete:
        raise SendingUnfinished((_unfinished_line(sent),))
    progress.say(_complete_line(sent))
    return sent


def note_delivered(settings: Settings, request: SendRequest) -> None:
    """Notes a package of Avro files as confirmed. Errors: BadInput; SenderBusy."""
    from portal.sending.delivered import note_delivered as note
    from portal.sending.options import Clock

    if request.to or request.dry_run or request.abandon or not request.package:
        raise BadInput(
            "Ключ --delivered ничего не отправляет, ему нужно только название пакета: "
            "portfolio send --package ПАКЕТ --delivered."
        )
    with private_umask():
        told = note(
            settings.home.exports,
            request.package,
            datamart=settings.datamart,
            clock=Clock(zone=ZoneInfo(settings.time_zone)),
        )
    audit.record(settings.home, "send", stage="delivered", package=told.package, files=told.files, rows=told.rows)
    progress.say(f"Пакет {told.package}: отмечен загруженным, файлов {told.files}, строк {told.rows}")


def _counts(sent: Sent | None) -> dict[str, int]:
    if sent is None:
        return {}
    return {"files": sent.files, "confirmed": sent.confirmed, "rows": sent.rows, "bytes": sent.bytes}


def _plan(settings: Settings, request: SendRequest) -> list[str]:
    from portal.sending.report import plan_lines
    from portal.sending.sender import check_sendable, choose_package

    if request.to or settings.portal_url:
        _portal(settings, request.to)
    package = choose_package(settings.home.exports, request.package)
    check_sendable(package)
    lines = plan_lines(package)
    return [f"Пакет {package.name}, файлов {len(package.files)}. Ничего не отправлено.", *lines]


def _portal(settings: Settings, to: str | None) -> Portal:
    from portal.sending.address import authorization_from, open_portal

    url = to or settings.portal_url
    if not url:
        raise BadInput("Не сказано, куда отправлять: portfolio send --to АДРЕС или portal.url в настройках.")
    return open_portal(
        url,
        settings.datamart,
        allow_http=settings.allow_http,
        authorization=authorization_from(os.environ, settings.portal_token_env, settings.portal_token_prefix),
    )


def _sending(settings: Settings, portal: Portal, *, abandon: bool) -> Sending:
    from portal.sending.options import Clock, SendOptions
    from portal.sending.sender import Sending

    return Sending(
        exports=settings.home.exports,
        portal=portal,
        options=SendOptions(
            upload=settings.portal_upload,
            bytes_in_flight=settings.in_flight_mb * 10**6,
            patience=settings.patience_minutes * 60.0,
            attempts=settings.send_attempts,
            longest_pause=float(settings.longest_pause_seconds),
            answer_timeout=float(settings.answer_seconds),
        ),
        specification=settings.specification,
        clock=Clock(zone=ZoneInfo(settings.time_zone)),
        environment=os.environ,
        abandon=abandon,
        say=progress.say,
        count=progress.count,
    )


def _complete_line(sent: Sent) -> str:
    if not sent.files:
        return f"Пакет {sent.package} пуст: изменений нет, отправлять нечего"
    return f"Пакет {sent.package}: портал подтвердил всё, файлов {sent.files}, строк {sent.rows}"


def _unfinished_line(sent: Sent) -> str:
    why = f": {sent.trouble}" if sent.trouble else ""
    return (
        f"Пакет {sent.package}: подтверждено файлов {sent.confirmed} из {sent.files}{why}. "
        "Повторите portfolio send: подтверждённое второй раз не отправляется."
    )
