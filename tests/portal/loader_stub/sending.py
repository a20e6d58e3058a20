"""A sending to the stub without waiting: time passes only where the sender sleeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loader_stub.server import Stub

from portal.sending.address import open_portal
from portal.sending.options import Clock, SendOptions
from portal.sending.sender import Sending, Sent, send_package


@dataclass
class FakeTime:
    """A clock that stands still but for sleeps; `slept` holds them."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Sender:
    """Sends the packages of a folder to a stub; `lines`: what the operator was told."""

    exports: Path
    stub: Stub
    authorization: str | None = None
    specification: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)
    time: FakeTime = field(default_factory=FakeTime)
    lines: list[str] = field(default_factory=list)

    def send(self, name: str | None = None, *, url: str | None = None, abandon: bool = False, **options: Any) -> Sent:
        """One sending, as `portfolio send` would do it."""
        portal = open_portal(
            url or self.stub.url, self.stub.datamart, allow_http=False, authorization=self.authorization
        )
        sending = Sending(
            exports=self.exports,
            portal=portal,
            options=SendOptions(**options),
            specification=self.specification,
            clock=Clock(self.time.monotonic, self.time.sleep),
            environment=self.environment,
            abandon=abandon,
            say=self.lines.append,
        )
        return send_package(sending, name)
