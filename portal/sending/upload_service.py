"""The older upload service, v1: a file is loaded while it is sent, and the answer says how that ended.

    POST or DELETE {base}/api/edu-upload/v1/csv/{table}, body the file, Content-Type: application/octet-stream
    200 done; 400 something is wrong with the file; 408, 429 and 5xx are tried again; anything else is a refusal

There are no requests whose state could be asked for. A sending that breaks off before the answer leaves a file of which
nobody knows whether it was loaded: it goes out again, which does no harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from portal.sending.address import Portal
from portal.sending.calls import Calls, Rules
from portal.sending.client import RequestStatus
from portal.sending.options import Clock, SendOptions

#: Only 200 says that everything is done: another 2xx may mean that it will be, and nobody could ask.
RULES = Rules(
    "application/octet-stream",
    taken=frozenset({200}),
    retried=frozenset({408, 429, *range(500, 600)}),
    is_final=True,
)

_UNKNOWN = RequestStatus(5, "прежний запрос: у загрузки v1 состояния запросов нет")


class UploadServiceClient:
    """The upload service; the interface is `client.Client`."""

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

    def upload(self, table: str, operation: str, body: BinaryIO) -> None:
        """Sends a file; when this returns, it is loaded. Raises: as `client.Client`."""
        method = "DELETE" if operation == "delete" else "POST"
        url = self._portal.upload_service_url(table)
        self._calls.repeated(lambda: self._calls.ask(method, url, body))

    def status(self, request_id: str) -> RequestStatus:  # noqa: ARG002
        """A request that was begun with the loader v2: here nobody knows of it, so its file goes out again."""
        return _UNKNOWN
