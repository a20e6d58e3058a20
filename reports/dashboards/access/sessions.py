"""Who is logged in: kept by the server, in memory; a browser holds a random token and the server its digest only."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from reports.dashboards.access.visitor import Visitor

TOKEN_BYTES = 32
MOST_SESSIONS = 10_000


@dataclass(frozen=True)
class Identity:
    """By what somebody has proved who they are: a local name, or a subject of the provider."""

    local: bool
    key: str


@dataclass
class Session:
    """Somebody who has logged in; `stamp` is what their local record was then, None if they have none."""

    visitor: Visitor
    identity: Identity
    stamp: str | None
    started: float
    seen: float
    form_token: str = field(repr=False)


class Sessions:
    """Sessions end after a rest, after the longest time, by log-out, and with the process."""

    def __init__(
        self, *, idle_seconds: float, longest_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._idle, self._longest, self._clock = idle_seconds, longest_seconds, clock
        self._lock = threading.Lock()
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()

    def open(self, visitor: Visitor, identity: Identity, stamp: str | None) -> str:
        """Begins a session; gives its token, which is told to nobody but the browser."""
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock()
        session = Session(visitor, identity, stamp, now, now, secrets.token_urlsafe(TOKEN_BYTES))
        with self._lock:
            for key in [key for key, one in self._sessions.items() if not self._is_alive(one, now)]:
                del self._sessions[key]
            self._sessions[_digest(token)] = session
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return token

    def find(self, token: str | None) -> Session | None:
        """The session of a token, if it is alive; it rests anew from now on."""
        if not token:
            return None
        key, now = _digest(token), self._clock()
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                return None
            if not self._is_alive(session, now):
                del self._sessions[key]
                return None
            session.seen = now
            return session

    def close(self, token: str | None) -> None:
        """Ends a session, whoever still has its token."""
        with self._lock:
            self._sessions.pop(_digest(token or ""), None)

    def _is_alive(self, session: Session, now: float) -> bool:
        return now - session.seen <= self._idle and now - session.started <= self._longest


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
