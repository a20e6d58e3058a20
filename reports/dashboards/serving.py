"""Serves the application with waitress until it is interrupted (5-operation.md, `portfolio dashboards`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from waitress.server import create_server  # type: ignore[import-untyped]

from extracts.errors import BadInput
from extracts.hosts import is_loopback
from reports.dashboards.app import make_app

HOST = "127.0.0.1"
PORT = 8050
THREADS = 8
OPEN = (
    "Внимание: входа по паролю у панелей ещё нет. Их откроет каждый, кто дойдёт до этого адреса по сети; показывают они"
    " только своды, без имён."
)


def serve(published: Path, *, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serves until Ctrl-C; `announce` is told where, port 0 takes a free one.

    Errors: BadInput if the port is taken or the address is not of this machine.
    """
    local = is_loopback(host)
    app = make_app(published, loopback=local)
    try:
        server = create_server(app.server, host=host, port=port, threads=THREADS, ident="portfolio")
    except (OSError, ValueError):
        raise BadInput(
            f"Адрес {host}:{port} занят или не этой машины. Выберите другой порт: portfolio dashboards --port 0"
        ) from None
    if not local:
        announce(OPEN)
    shown = f"[{host}]" if ":" in host else host
    announce(f"Панели: http://{shown}:{server.effective_port}/ (остановить — Ctrl-C)")
    try:
        server.run()
    finally:
        server.close()
