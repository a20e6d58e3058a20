"""What can go wrong on the way to the portal. Messages hold names of files, counts and codes, never a value."""

from __future__ import annotations


class SenderBusy(Exception):
    """Another process is sending; nothing has been done (exit status 1)."""


class SendingUnfinished(Exception):
    """Not everything is confirmed by the portal; the next sending goes on (exit status 6)."""

    def __init__(self, messages: tuple[str, ...]) -> None:
        self.messages = messages
        super().__init__("\n".join(messages))


class PortalRefused(Exception):
    """The portal will not take this request, however often it is repeated: `reason` says why, in Russian.

    `description` is what the portal says itself: it may quote a row and is for the journal alone.
    """

    def __init__(self, reason: str, *, status: int | None = None, description: str | None = None) -> None:
        self.reason = reason
        self.status = status
        self.description = description
        super().__init__(reason)


class AccessDenied(PortalRefused):
    """The portal refuses whoever asks (401, 403): every other request would fare the same."""


class PortalTroubled(Exception):
    """What may pass: no connection, a busy or broken portal, an answer that cannot be read."""

    def __init__(self, reason: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        self.reason = reason
        self.status = status
        self.retry_after = retry_after
        super().__init__(reason)


class OutOfPatience(Exception):
    """The time that one sending may take is over."""
