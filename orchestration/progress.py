"""What a run says of itself while it runs: to whoever listens (the command), else to the log file."""

from __future__ import annotations

import logging
from typing import Protocol

logger = logging.getLogger("portfolio")


class Listener(Protocol):
    """Shows the progress of a run."""

    def say(self, text: str) -> None:
        """One line of what has been done."""

    def count(self, text: str, done: int, total: int) -> None:
        """How far a long step has come."""


class _Log:
    def say(self, text: str) -> None:
        logger.info("%s", text)

    def count(self, text: str, done: int, total: int) -> None:
        logger.debug("%s %s/%s", text, done, total)


#: One terminal, one listener.
_listener: list[Listener] = [_Log()]


def listen(listener: Listener) -> None:
    """From now on the listener is told."""
    _listener[0] = listener


def say(text: str) -> None:
    """Tells a line; ids, dates and counts only."""
    _listener[0].say(text)


def count(text: str, done: int, total: int) -> None:
    """Tells how far a long step has come."""
    _listener[0].count(text, done, total)
