"""How a command ends (specification 5-operation.md)."""

from __future__ import annotations

from dataclasses import dataclass

PUBLISHED = 0
FAILED = 1
NOTHING_NEW = 3
STOPPED = 4
BAD_INPUT = 5
NOT_CONFIRMED = 6


@dataclass(frozen=True)
class Ending:
    """The exit status, and lines for the operator if something is to be said."""

    exit_status: int
    messages: tuple[str, ...] = ()
