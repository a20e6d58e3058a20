"""One writer (specification 5-operation.md): a lock that the system itself gives back when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.home import PRIVATE_FILE, Home, make_private_folder

ATTEMPTS = 4


class BusyError(Exception):
    """Another run holds the lock; the message says which (exit status 1)."""


# Locks that this process holds: a run that is started inside `portfolio load` steps into the lock of its caller.
_held: set[Path] = set()


@contextmanager
def writer_lock(home: Home) -> Iterator[None]:
    """Holds `warehouse/.lock` while the body runs.

    Re-entrant within one process. Errors: BusyError if another process holds it; nothing has been changed then.
    """
    path = home.lock_file.resolve()
    if path in _held:
        yield
        return
    make_private_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        _take(descriptor)
        _held.add(path)
        yield
    finally:
        _held.discard(path)
        os.close(descriptor)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Waits until this process alone holds the lock file at `path` (its folder exists), and holds it for the body."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def holder(home: Home) -> int | None:
    """The process id of the writer at work, None if there is none."""
    try:
        descriptor = os.open(home.lock_file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _written_pid(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> None:
    # `holder` looks by taking a shared lock for an instant: that alone must not turn a writer away.
    for attempt in range(ATTEMPTS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05 if attempt < ATTEMPTS - 1 else 0)
        else:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            return
    pid = _written_pid(descriptor)
    who = f"процесс {pid}" if pid else "другой процесс"
    raise BusyError(f"Уже идёт другой запуск ({who}): дождитесь его окончания. Ничего не изменено.")


def _written_pid(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).decode("ascii", "ignore").strip()
    return int(text) if text.isdigit() else None
