"""What can go wrong with a load, said in one line for the operator. Messages never hold a value from a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extracts.report import DeliveryReport


class BadInput(Exception):
    """Input that cannot be used at all: one message for each file or setting, each with its cure (exit status 5)."""

    def __init__(self, messages: str | Sequence[str]) -> None:
        self.messages: tuple[str, ...] = (messages,) if isinstance(messages, str) else tuple(messages)
        super().__init__("\n".join(self.messages))


class LoadStopped(Exception):
    """A check found the whole load untrustworthy: nothing is published (exit status 4).

    `report`: what the delivery held that the circuit breaker stopped.
    """

    def __init__(self, messages: str | Sequence[str], *, report: DeliveryReport | None = None) -> None:
        self.report = report
        self.messages: tuple[str, ...] = (messages,) if isinstance(messages, str) else tuple(messages)
        super().__init__("\n".join(self.messages))
