"""What a region decides about its sending, and the clock that it goes by."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Literal

#: Which of the loader's interfaces takes the files: «v2» or the older upload service «v1».
Upload = Literal["v2", "v1"]


@dataclass(frozen=True)
class SendOptions:
    """Bounds of one sending; sizes in bytes, times in seconds."""

    upload: Upload = "v2"
    bytes_in_flight: int = 500_000_000
    """Files that were sent and are not finished together; a file that is larger goes alone."""
    patience: float = 4 * 3600.0
    """How long one sending may take; then it ends and the next one goes on."""
    attempts: int = 8
    """How often one request is tried."""
    first_pause: float = 0.5
    longest_pause: float = 120.0
    """Between two attempts of a request; bounds Retry-After, too."""
    connect_timeout: float = 30.0
    answer_timeout: float = 300.0
    """How long the portal may be silent before it answers."""
    first_poll: float = 0.2
    longest_poll: float = 15.0
    """Between two questions for the status of a request."""
    resends: int = 3
    """How often a file is sent again in one sending because the portal lost its request."""


@dataclass(frozen=True)
class Clock:
    """Where time comes from: the sender reads no other clock."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    zone: tzinfo = field(default=UTC)

    def stamp(self) -> str:
        """Now in the region's time, ISO with the offset."""
        return datetime.now(self.zone).isoformat(timespec="seconds")
