"""What the audit log is told of log-ins (5-operation.md): each success, failure and log-out; refusals with a count.

Never a password, a token, or a name that nobody has: people type passwords into fields of names.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from reports.dashboards.access.bar import scope_words
from reports.dashboards.access.visitor import Visitor

ACTION = "dashboards_login"
QUIET_SECONDS = 60.0

#: Writes one line of the audit log: `record(action, **facts)`.
Record = Callable[..., None]


@dataclass
class _Counted:
    told: float
    times: int = 0


class Journal:
    """Whoever is refused may ask a thousand times a second: lines that name nobody come once a minute, counted."""

    def __init__(self, record: Record, clock: Callable[[], float] = time.monotonic) -> None:
        self._record, self._clock = record, clock
        self._lock = threading.Lock()
        self._counted: dict[tuple[tuple[str, str | None], ...], _Counted] = {}

    def success(self, visitor: Visitor, way: str) -> None:
        """Somebody is in."""
        facts = {"role": visitor.role.value, "scope": scope_words(visitor.scope), "subject": visitor.subject}
        self._record(ACTION, result="success", user=visitor.name, way=way, **facts)

    def failure(self, user: str | None, way: str, reason: str) -> None:
        """A try that was wrong; `user` only if there is one of that name. Tries by names of nobody are counted as
        refusals are: whoever makes up a new name each time never has to wait.
        """
        if user is None:
            self._count(result="failure", user=None, way=way, reason=reason)
        else:
            self._record(ACTION, result="failure", user=user, way=way, reason=reason)

    def stranger(self, user: str, subject: str) -> None:
        """A provider has proved who it is, and nobody has given them a role here; they may try all day: counted."""
        self._count(result="failure", user=user, way="oidc", reason="no_role", subject=subject)

    def logout(self, visitor: Visitor) -> None:
        """Somebody has left."""
        self._record(ACTION, result="logout", **_who(visitor))

    def ended(self, visitor: Visitor) -> None:
        """A session was ended because the user was removed or changed."""
        self._record(ACTION, result="ended", **_who(visitor))

    def refusal(self, reason: str, user: str | None = None) -> None:
        """Somebody was turned away before anything was checked."""
        self._count(result="refused", user=user, reason=reason)

    def _count(self, **facts: str | None) -> None:
        now, key = self._clock(), tuple(facts.items())
        with self._lock:
            counted = self._counted.setdefault(key, _Counted(told=-QUIET_SECONDS + now))
            counted.times += 1
            if now - counted.told < QUIET_SECONDS:
                return
            times, counted.times, counted.told = counted.times, 0, now
        try:
            self._record(ACTION, **facts, times=times)
        except Exception:
            with self._lock:
                counted.times += times
            raise

    def close(self) -> None:
        """Writes what has only been counted so far."""
        with self._lock:
            left = [(dict(key), one.times) for key, one in self._counted.items() if one.times]
            self._counted.clear()
        for facts, times in left:
            self._record(ACTION, **facts, times=times)


def _who(visitor: Visitor) -> dict[str, str]:
    return {"user": visitor.name} | ({"subject": visitor.subject} if visitor.subject else {})
