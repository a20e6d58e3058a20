"""One sender at a time: a lock that the system itself gives back when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extracts.disk import PRIVATE_FILE
from portal.sending.errors import SenderBusy

LOCK_FILE = ".sending.lock"

_PAUSES = (0.05, 0.05, 0.05, 0)


@contextmanager
def sender_lock(exports: Path) -> Iterator[None]:
    """Holds `exports/.sending.lock` while the body runs (the folder exists).

    Raises:
        SenderBusy: another process holds it.
    """
    descriptor = os.open(exports / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        _take(descriptor)
        yield
    finally:
        os.close(descriptor)


def is_sending(exports: Path) -> bool:
    """Whether some process is sending now."""
    try:
        descriptor = os.open(exports / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> None:
    # `is_sending` looks by taking a shared lock for an instant: that alone must not turn a sender away.
    for pause in _PAUSES:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(pause)
        else:
            return
    raise SenderBusy("Отправка на портал уже идёт: дождитесь её окончания. Ничего не отправлено.")
