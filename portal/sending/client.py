"""The loader's two calls: send a file, ask how its request stands (specification 4-portal.md, «Sending»).

408, 429, 500 and 502–504 are tried again; an answer that says yes names the request, whose state is asked for later.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from portal.sending.address import Portal
from portal.sending.calls import Calls, Rules
from portal.sending.errors import PortalRefused, PortalTroubled
from portal.sending.options import Clock, SendOptions

RULES = Rules("text/csv", taken=range(200, 300), retried=frozenset({408, 429, 500, 502, 503, 504}))

_UUID = re.compile(r"[0-9A-Fa-f]{8}-?([0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}")


@dataclass(frozen=True)
class RequestStatus:
    """How the portal says that a request stands."""

    code: int
    description: str


class Client(Protocol):
    """What the sender asks of a loader, whichever of its kinds it is."""

    def upload(self, table: str, operation: str, body: BinaryIO) -> str | None:
        """Sends a file, from its first byte at each attempt; the id of the request, None: it is done at once.

        Raises:
            PortalRefused, AccessDenied, PortalTroubled (after all attempts), OutOfPatience, BadInput (no trust in the
            certificate).
        """
        ...

    def status(self, request_id: str) -> RequestStatus:
        """How a request stands. Raises: as `upload`."""
        ...

    def close(self) -> None:
        """Gives the connections back."""
        ...


class LoaderClient:
    """The loader v2: a file is taken first and loaded later."""

    def __init__(
        self,
        portal: Portal,
        options: SendOptions,
        clock: Clock,
        *,
        deadline: float,
        environment: Mapping[str, str],
    ) -> None:
        self._portal = portal
        self._calls = Calls(portal, RULES, options, clock, deadline=deadline, environment=environment)

    def close(self) -> None:
        """Gives the connections back."""
        self._calls.close()

    def upload(self, table: str, operation: str, body: BinaryIO) -> str:
        """Sends a file; gives the id of the request. Raises: as `Client`."""
        url = self._portal.upload_url(table, operation)
        return self._calls.repeated(lambda: _request_id(self._calls.ask("POST", url, body)))

    def status(self, request_id: str) -> RequestStatus:
        """How a request stands. Raises: as `upload`."""
        url = self._portal.status_url(request_id)
        return self._calls.repeated(lambda: _status(self._calls.ask("GET", url)))


def _request_id(content: bytes) -> str:
    """The answer is a UUID: as JSON text, bare, or the only one among the fields of an object."""
    text = content.decode("utf-8", "replace").strip()
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = text
    values = list(document.values()) if isinstance(document, dict) else [document]
    ids = [value for value in values if isinstance(value, str) and _UUID.fullmatch(value)]
    if len(ids) == 1:
        return ids[0]
    # The file was taken: it must not be sent once more only because its number cannot be read.
    raise PortalRefused("портал принял файл, но не дал номер запроса")


def _status(content: bytes) -> RequestStatus:
    try:
        document = json.loads(content)
        code = document["code"]
        return RequestStatus(int(str(code)), str(document.get("description") or ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise PortalTroubled("ответ портала о состоянии запроса непонятен")
