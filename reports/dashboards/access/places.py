"""So few at a time: what takes long (a hash, an answer of another server) must not take all threads of the panels."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Busy(Exception):
    """Too many are logging in at this moment."""


class Places:
    """A number of places, of which each is somebody's for a while."""

    def __init__(self, number: int) -> None:
        self._free = threading.BoundedSemaphore(number)

    @contextmanager
    def one(self) -> Iterator[None]:
        """A place. Errors: Busy at once if there is none."""
        if not self._free.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            self._free.release()
