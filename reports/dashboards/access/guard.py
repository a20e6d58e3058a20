"""Stands before every request: which host was meant, who asks, and whether they may (5-operation.md).

Whatever is not named here as open needs a session where log-in is wanted: a page that is added later is closed.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, abort, g, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from reports.dashboards.access.bar import login_address
from reports.dashboards.access.journal import Journal
from reports.dashboards.access.options import Access
from reports.dashboards.access.sessions import Session, Sessions
from reports.dashboards.access.users import UserBook

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})

#: Endpoints of `routes.py` that somebody without a session needs.
OPEN = frozenset({"access.login", "access.try_password", "access.begin_oidc", "access.finish_oidc"})

#: Asked for by pages, not by people: an answer that leads elsewhere would be of no use.
_PARTS = ("/_", "/files/", "/access/")


_OF_PROXIES = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")

UNTOLD_PROXY = (
    "Перед панелями стоит другой сервер, а настройки о нём не знают. Назовите адрес, который набирают люди:"
    " dashboards.address (README.ru.md, «Вход в панели»)."
)


@dataclass(frozen=True)
class Guard:
    """What is known of who asks; `loopback`: whether the port is open for this machine only."""

    access: Access
    loopback: bool
    sessions: Sessions
    users: UserBook
    journal: Journal
    people_pages: bool

    @property
    def cookie(self) -> str:
        """The cookie of a session; behind https browsers let no other host or path set it."""
        return "__Host-portfolio_session" if self.access.is_https else "portfolio_session"

    @property
    def is_closed(self) -> bool:
        """Whether aggregates need a log-in too."""
        return self.access.is_wanted_everywhere(loopback=self.loopback)

    def protect(self, server: Flask) -> None:
        """Puts the guard before every request of the server; must be called before any other route can answer."""

        @server.before_request
        def check() -> Answer | None:
            self._refuse_other_hosts()
            g.people_pages = self.people_pages
            self._recognize()
            if self.is_closed and g.visitor is None and request.endpoint not in OPEN:
                return self._turned_away()
            return None

    def local_stamp(self, session: Session) -> str | None:
        """What the local record of whoever has a session is now."""
        book, key = self.users, session.identity.key
        user = book.named(key) if session.identity.local else book.subject(key)
        return user.stamp if user is not None else None

    def _refuse_other_hosts(self) -> None:
        host = request.host.lower()
        host = host if host.endswith("]") else host.rsplit(":", 1)[0]
        meant = {one for one in (self.access.host,) if one} | (LOOPBACK if self.loopback else frozenset())
        # Without an address a port that others reach has no name that could be checked.
        if meant and host not in meant:
            abort(400)
        # A proxy that calls this machine by a name of its own: others come through it, and nobody has said so.
        if self.loopback and self.access.address is None and any(name in request.headers for name in _OF_PROXIES):
            abort(Response(render_template("access/message.html", text=UNTOLD_PROXY), 403))

    def _recognize(self) -> None:
        token = request.cookies.get(self.cookie)
        session = self.sessions.find(token)
        if session is not None and self.local_stamp(session) != session.stamp:
            # Removed, or with another password, role or scope: whoever is in by the old ones is out.
            self.sessions.close(token)
            self.journal.ended(session.visitor)
            session = None
        g.session = session
        g.visitor = session.visitor if session is not None else None

    def _turned_away(self) -> Answer:
        self.journal.refusal("no_session")
        if request.method in {"GET", "HEAD"} and not request.path.startswith(_PARTS):
            return redirect(login_address(), 303)
        return Response(render_template("access/closed.html"), 401)
