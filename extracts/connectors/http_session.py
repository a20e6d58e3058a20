"""How an HTTP source is asked: dlt's REST client and its retrying session, with bounds of our own.

dlt gives paging, the pauses (Retry-After, growing back-off) and the client; what it lacks is here. Its retry covers
sending a request only, while the body may still break off: the adapter below reads the whole body, within bounds of
size and time, before the answer counts as given, so that a page cut in the middle is asked for again as well. And a
redirect to another host gets neither the token nor any other header of the settings.

Importing this module costs most of a second: import it where an HTTP source is really asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from dlt.common.configuration.specs import RuntimeConfiguration
from dlt.sources.helpers.requests import (
    ChunkedEncodingError,
    Client,
    HTTPError,
    RequestException,
    Response,
    Timeout,
)
from dlt.sources.helpers.requests import ConnectionError as NoConnection
from dlt.sources.helpers.rest_client.auth import APIKeyAuth
from dlt.sources.helpers.rest_client.client import RESTClient
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests.exceptions import ContentDecodingError, SSLError

from extracts.connectors.options import HttpSource

#: Answers that may be better next time; every 5xx besides.
BUSY = (408, 425, 429)
ERRORS = 400
SERVER_ERRORS = 500

MAX_REDIRECTS = 5
BLOCK = 64 * 1024

#: Told of an attempt that came to nothing and is followed by another: what happened.
OnTrouble = Callable[[str], None]


class PageTooLarge(Exception):
    """The body of an answer is larger than the settings allow."""


class WebPage(Exception):
    """The answer is a page for people (a log-in form, say) instead of JSON."""


class _BoundedAdapter(HTTPAdapter):
    """Reads the body of each answer at once, within bounds; a body that breaks off is an error of the request."""

    def __init__(self, source: HttpSource) -> None:
        super().__init__(max_retries=0)
        self._most = source.page_mb * 2**20
        self._seconds = source.page_seconds

    def send(self, request: PreparedRequest, *arguments: Any, **options: Any) -> Response:
        """Sends the request and reads the answer. Errors: PageTooLarge, and what `requests` raises."""
        response = super().send(request, *arguments, **(options | {"stream": True}))
        late = threading.Event()
        # The library's timeout is for each piece that arrives: an answer that drips would never end.
        watch = threading.Timer(self._seconds, _give_up, [response, late])
        watch.daemon = True
        watch.start()
        try:
            body = self._read(response)
        except RequestException:
            response.close()
            if late.is_set():
                raise Timeout from None
            raise
        except BaseException:
            response.close()
            raise
        finally:
            watch.cancel()
        if late.is_set():
            raise Timeout
        response._content = body
        response._content_consumed = True
        return response

    def _read(self, response: Response) -> bytes:
        body = bytearray()
        for block in response.iter_content(BLOCK):
            body += block
            if len(body) > self._most:
                raise PageTooLarge
        return bytes(body)


def _give_up(response: Response, late: threading.Event) -> None:
    late.set()
    response.raw.shutdown()


def open_client(source: HttpSource, token: str | None, on_trouble: OnTrouble) -> RESTClient:
    """The client of a source. Nothing is asked yet."""
    auth = APIKeyAuth(name=source.token_header, api_key=source.token_prefix + token) if token else None
    return RESTClient(
        source.base_url,
        headers=dict(source.headers),
        auth=auth,
        session=_open_session(source, on_trouble),
        config=RuntimeConfiguration(dlthub_telemetry=False, http_show_error_body=False),
    )


def check_answer(response: Response, *_arguments: Any, **_options: Any) -> None:
    """A hook of `requests` for every answer. Errors: HTTPError for an error status, WebPage for what is not for us."""
    if response.status_code >= ERRORS:
        raise HTTPError(response=response)
    if not response.is_redirect and response.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise WebPage


def is_passing(status: int) -> bool:
    """Whether the same request may well succeed in a while."""
    return status in BUSY or status >= SERVER_ERRORS


def _open_session(source: HttpSource, on_trouble: OnTrouble) -> Any:
    # Every argument is given: what is left out, dlt would look up in its own settings files.
    client = Client(
        request_timeout=source.timeout_seconds,
        max_connections=1,
        raise_for_status=False,
        status_codes=(),
        exceptions=(),
        request_max_attempts=source.attempts,
        retry_condition=_worth_another_try(on_trouble),
        request_backoff_factor=1,
        request_max_retry_delay=source.longest_pause_seconds,
        respect_retry_after_header=True,
    )
    session: Any = client.session
    adapter = _BoundedAdapter(source)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.max_redirects = MAX_REDIRECTS
    _keep_secrets_at_home(session, [source.token_header, *source.headers])
    _retry_once_for_all_redirects(session)
    return session


def _worth_another_try(on_trouble: OnTrouble) -> Callable[[Response | None, BaseException | None], bool]:
    """The condition under which dlt tries again."""

    def condition(response: Response | None, exception: BaseException | None) -> bool:
        trouble = _trouble(response, exception)
        if trouble:
            on_trouble(trouble)
        return trouble is not None

    return condition


def _trouble(response: Response | None, exception: BaseException | None) -> str | None:
    """What went wrong and may pass, None if nothing of that kind did."""
    if isinstance(exception, HTTPError) and response is not None:
        return f"ответ HTTP {response.status_code}" if is_passing(response.status_code) else None
    if isinstance(exception, SSLError):
        return None
    if isinstance(exception, Timeout):
        return "источник не ответил вовремя"
    if isinstance(exception, NoConnection | ChunkedEncodingError | ContentDecodingError):
        return "нет связи или она оборвалась"
    if exception is not None or response is None or response.is_redirect:
        return None
    # An answer without a length that breaks off looks whole to the protocol: only its JSON tells.
    return None if _is_json(response) else "ответ — не JSON или оборван"


def _is_json(response: Response) -> bool:
    try:
        response.json()
    except (RequestException, ValueError):
        return False
    except RecursionError:  # whole, but nothing for us: another try gives the same
        return True
    return True


def _keep_secrets_at_home(session: Any, names: list[str]) -> None:
    """The library takes only `Authorization` away when a redirect leads to another host."""

    def rebuild_auth(request: Any, response: Any) -> None:
        if session.should_strip_auth(response.request.url, request.url):
            for name in (*names, "Authorization", "Cookie"):
                request.headers.pop(name, None)

    session.rebuild_auth = rebuild_auth


def _retry_once_for_all_redirects(session: Any) -> None:
    """The library sends each step of a redirect through `send` again, where its attempts would multiply."""
    retrying = session.send

    def send(request: Any, **options: Any) -> Any:
        if options.get("allow_redirects") is False:
            return type(session).send(session, request, **options)
        return retrying(request, **options)

    session.send = send
