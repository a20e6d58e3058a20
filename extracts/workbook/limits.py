"""The bounds of the child: memory, time, and an end when its parent ends. Nothing here outlives the process."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from pathlib import Path

_MB = 1 << 20
_PR_SET_PDEATHSIG = 1

#: Processor seconds: to begin with, for each MB of a file that is still packed, and of what came out of it. A good
#: file takes a tenth of this; what takes more runs in circles.
_SECONDS = 20
_SECONDS_PER_PACKED_MB = 2
_SECONDS_PER_UNPACKED_MB = 1


def end_with_parent(parent: int) -> None:
    """Has the system end this process when the loader (process id `parent`) is gone, however it went."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit(1)


def bound_memory(megabytes: int) -> None:
    """Allows so much memory beyond what the process has mapped by now; leaves no core dump with values in it."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    wanted = pages * resource.getpagesize() + megabytes * _MB
    _lower(resource.RLIMIT_AS, wanted)
    _lower(resource.RLIMIT_CORE, 0)


def bound_time_by_packed(size: int) -> None:
    """Allows the time that checking an archive of so many bytes can take."""
    _lower(resource.RLIMIT_CPU, int(_SECONDS + _SECONDS_PER_PACKED_MB * size / _MB))


def bound_time_by_unpacked(size: int) -> None:
    """Allows, from now on, the time that reading so many bytes of XML can take."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + _SECONDS + _SECONDS_PER_UNPACKED_MB * size / _MB)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = seconds if hard == resource.RLIM_INFINITY else min(seconds, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _lower(which: int, wanted: int) -> None:
    """Sets the soft limit, which the process may raise again; never above what it was given."""
    _, hard = resource.getrlimit(which)
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(which, (soft, hard))
