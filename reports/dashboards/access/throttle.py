"""Slows down whoever guesses at a name's password; names that nobody has are treated alike, so none is learnt."""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from reports.dashboards.access.users import name_key

FREE = 5
FIRST_WAIT, LONGEST_WAIT = 15, 15 * 60
FORGOTTEN_AFTER = 24 * 3600
MOST_NAMES = 10_000


@dataclass
class _Failures:
    count: int
    last: float


class Throttle:
    """Counts failures by name; after five a wait begins that doubles up to a quarter of an hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # Two books: inventing names must not push out the failures of a name that is somebody's.
        self._books: dict[bool, OrderedDict[bytes, _Failures]] = {True: OrderedDict(), False: OrderedDict()}

    def begin(self, name: str, *, known: bool) -> int:
        """Seconds to wait; 0 lets the attempt go on, which counts as a failure until `succeed` is called.

        Counted before the password is checked: attempts made all at once are as many as attempts made in a row.
        """
        now, book, key = self._clock(), self._books[known], _digest(name)
        with self._lock:
            failures = book.get(key)
            if failures is None or now - failures.last > FORGOTTEN_AFTER:
                failures = _Failures(0, now)
            left = failures.last + _wait(failures.count) - now if failures.count >= FREE else 0
            if left > 0:
                return math.ceil(left)
            book[key] = _Failures(failures.count + 1, now)
            book.move_to_end(key)
            while len(book) > MOST_NAMES:
                book.popitem(last=False)
            return 0

    def succeed(self, name: str) -> None:
        """Forgets the failures of a name."""
        with self._lock:
            for book in self._books.values():
                book.pop(_digest(name), None)


def _wait(count: int) -> float:
    return float(min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(count - FREE, 10)))


def _digest(name: str) -> bytes:
    # People type passwords into fields of names: what was typed is not kept.
    return hashlib.sha256(name_key(name).encode("utf-8", "surrogatepass")).digest()
