"""One step of the corridor as a process of its own: its wall time and its peak memory, as the kernel counted them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MIB = 1024  # ru_maxrss is in KiB on Linux


@dataclass(frozen=True)
class Measured:
    """Wall seconds and peak memory (MiB) of one process."""

    seconds: float
    peak_mib: float


def measure(command: Sequence[str], environment: dict[str, str], log: Path) -> Measured:
    """Runs a command to its end. Raises RuntimeError if it failed; what it printed stands in the log."""
    with log.open("ab") as output:
        started = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: see {log}")
    return Measured(seconds, usage.ru_maxrss / MIB)


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of this project in this environment."""
    return [sys.executable, "-m", module, *arguments]
