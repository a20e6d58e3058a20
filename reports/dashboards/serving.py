"""Serves the application with waitress until it is interrupted (5-operation.md, `portfolio dashboards`)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from waitress.server import create_server  # type: ignore[import-untyped]

from extracts.errors import BadInput
from extracts.hosts import is_loopback
from reports.dashboards.access.guard import Guard
from reports.dashboards.access.journal import Record
from reports.dashboards.access.options import Access
from reports.dashboards.access.users import list_users
from reports.dashboards.app import LARGEST_REQUEST, make_app
from reports.dashboards.people.source import PeopleSource

HOST = "127.0.0.1"
PORT = 8050
#: Most of them wait: for a password to be hashed, for a provider, for a browser that reads slowly.
THREADS = 16
#: A browser keeps half a dozen connections open, for as long as it may: enough for hundreds of readers.
CONNECTIONS = 2_000
IDLE_SECONDS = 30

OPEN = "Внимание: dashboards.login = «people»: своды без имён откроет без входа каждый, кто дойдёт до адреса по сети."
NOT_SECURE = (
    "Внимание: dashboards.address не задан, пароли и страницы идут по сети открыто. Поставьте перед панелями сервер с"
    " https и назовите его адрес в настройках (README.ru.md, «Вход в панели»)."
)
NOBODY = (
    "В панели нужно входить (они видны не только с этой машины или так задано в dashboards.login), а входить некому:"
    " заведите пользователя (portfolio users add ИМЯ --role methodologist), или настройте вход через OpenID Connect"
    ' (dashboards.oidc_issuer), или откройте своды всем: dashboards.login = "people".'
)
NO_WAY_BACK = "Для входа через OpenID Connect не с этой машины задайте dashboards.address — адрес панелей, https://…"


def serve(
    published: Path,
    *,
    host: str,
    port: int,
    announce: Callable[[str], None],
    access: Access | None = None,
    people: PeopleSource | None = None,
    record: Record = lambda _action, **_facts: None,
) -> None:
    """Serves until Ctrl-C; `announce` is told where, port 0 takes a free one.

    access, people, record: as `make_app` takes them. Errors: BadInput if the port is taken, the address is not of this
    machine, the file of users is broken, or others could reach the panels and nobody could log in.
    """
    # A queue of a few requests is an everyday thing, which nobody needs to read of on the terminal.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    local, access = is_loopback(host), access or Access()
    _check(access, loopback=local)
    app = make_app(published, loopback=local, access=access, people=people, record=record)
    server = made_server(app.server, host, port)
    for warning in _warnings(access, loopback=local):
        announce(warning)
    shown = f"[{host}]" if ":" in host else host
    announce(f"Панели: {access.address or f'http://{shown}:{server.effective_port}'}/ (остановить — Ctrl-C)")
    try:
        server.run()
    finally:
        server.close()
        guard = app.server.extensions["portfolio"]
        if isinstance(guard, Guard):
            guard.journal.close()


def made_server(application: Flask, host: str, port: int) -> Any:
    """The server, not running yet. Errors: BadInput if the port is taken, or the address is not of this machine."""
    try:
        return create_server(
            application,
            host=host,
            port=port,
            threads=THREADS,
            ident="portfolio",
            max_request_body_size=LARGEST_REQUEST,
            connection_limit=CONNECTIONS,
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=IDLE_SECONDS // 3,
            # Waitress would take away what the guard knows an untold proxy by. Nobody believes what stands there.
            clear_untrusted_proxy_headers=False,
            # `select` knows no more than 1 024 descriptors.
            asyncore_use_poll=True,
        )
    except (OSError, ValueError):
        way_on = "Выберите другой порт: portfolio dashboards --port 0" if port else "Назовите адрес этой машины: --host"
        raise BadInput(f"Адрес {host}:{port} занят или не этой машины. {way_on}") from None


def _check(access: Access, *, loopback: bool) -> None:
    users = list_users(access.users_file) if access.users_file is not None else ()
    if access.is_wanted_everywhere(loopback=loopback) and not users and access.oidc is None:
        raise BadInput(NOBODY)
    if access.oidc is not None and access.address is None and not loopback:
        raise BadInput(NO_WAY_BACK)


def _warnings(access: Access, *, loopback: bool) -> list[str]:
    if loopback and access.is_local:
        return []
    return [
        *([OPEN] if not access.is_wanted_everywhere(loopback=loopback) else []),
        *([NOT_SECURE] if not access.is_https else []),
    ]
