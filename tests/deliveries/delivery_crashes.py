"""Loads that end in the middle: in a process of their own, which is killed at a chosen touch of the disk.

Every file operation that Python is about to begin is a touch (it tells its audit hooks of them), so that each state in
which a killed run can leave a home between two of them can be had by its number, again and again. What a kill leaves in
the middle of a write of the engine's own is for the clock: test_deliveries_killed, the long form.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import sys
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

from delivery_builds import Station

#: kill: at once, nothing is put away. interrupt: Ctrl+C. no space: the disk refuses this one operation.
Ending = Literal["kill", "interrupt", "no space"]
ENDINGS: tuple[Ending, ...] = ("kill", "interrupt", "no space")

#: Longest time that one load of a test may take before something is wrong.
SECONDS = 300

_TOUCHES = frozenset({"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.symlink", "os.link"})

# A process is forked from a server that has imported the loader: a tenth of the time of starting Python for each.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["extracts.load"])


@dataclass(frozen=True)
class Crash:
    """Where a load ends: before the touch of this number, beginning with 1.

    at_merge: touches are counted from the rename on that merges the delivery; that is the first.
    """

    touch: int
    ending: Ending = "kill"
    at_merge: bool = False


def crash(station: Station, day: date, where: Crash) -> int | None:
    """Loads the delivery of the day and ends it there; gives the number of touches if it was through before."""
    receiver, sender = _context.Pipe(duplex=False)
    process = _context.Process(target=_load, args=(station, day, where, sender))
    process.start()
    sender.close()
    process.join(SECONDS)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError("a load of the test did not end")
    try:
        touches: int | None = receiver.recv()
    except EOFError:
        touches = None
    finally:
        receiver.close()
    return touches


def _load(station: Station, day: date, where: Crash, sender: Connection) -> None:
    # What the loader would tell on its way down is of no interest here.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    touches = _Touches(station.home, where)
    sys.addaudithook(touches)
    station.merge(day)
    touches.is_over = True
    sender.send(touches.count)
    sender.close()


class _Touches:
    """Counts the operations on files that are about to begin, and ends the process before one of them."""

    def __init__(self, home: Path, where: Crash) -> None:
        self.home = str(home)
        self.where = where
        self.count = 0
        self.is_over = False

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.is_over or not self._is_touch(event, arguments):
            return
        if self.where.at_merge and not self.count and not self._is_merge(event, arguments):
            return
        self.count += 1
        if self.count != self.where.touch:
            return
        self.is_over = True
        if self.where.ending == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.where.ending == "interrupt":
            raise KeyboardInterrupt
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _is_touch(self, event: str, arguments: tuple[object, ...]) -> bool:
        # Python opens files of its own; only those of the home count.
        return event in _TOUCHES or (event == "open" and str(arguments[0]).startswith(self.home))

    def _is_merge(self, event: str, arguments: tuple[object, ...]) -> bool:
        return event == "os.rename" and str(arguments[1]).startswith(f"{self.home}/raw/")
