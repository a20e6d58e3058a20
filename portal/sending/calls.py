"""HTTP calls to a loader: one attempt, and as many as it takes (specification 4-portal.md, «Sending»).

`requests` carries them, `tenacity` repeats them: a portal that is busy or broken (429: Retry-After within a bound),
broken connections and answers that cannot be read are tried again with growing pauses; any other answer is not.

Nothing that comes from a library's error or from an answer reaches a message: it could quote an address or a row.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO, TypeVar

import requests
import tenacity
from requests.auth import AuthBase
from requests.exceptions import RequestException

from extracts.errors import BadInput
from portal.sending.address import Portal
from portal.sending.errors import AccessDenied, OutOfPatience, PortalRefused, PortalTroubled
from portal.sending.options import Clock, SendOptions

logger = logging.getLogger("portfolio")

Answer = TypeVar("Answer")

DENIED = frozenset({401, 403})

_MOST_BYTES = 64 * 1024
_BLOCK = 8 * 1024


@dataclass(frozen=True)
class Rules:
    """What the answers of a loader mean: `taken` says yes, `retried` may pass, anything else is a refusal.

    content_type: of the files that are sent. is_final: the status alone says how the file ended, so that of a body
    only that of a refusal is read.
    """

    content_type: str
    taken: Container[int]
    retried: Container[int]
    is_final: bool = False


class _Token(AuthBase):
    """The header of the settings, or none at all: without this the library would look into ~/.netrc."""

    def __init__(self, authorization: str | None) -> None:
        self._authorization = authorization

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._authorization is not None:
            request.headers["Authorization"] = self._authorization
        return request


class Calls:
    """Speaks with one loader. Every call ends before `deadline` (of the clock) or raises OutOfPatience."""

    def __init__(
        self,
        portal: Portal,
        rules: Rules,
        options: SendOptions,
        clock: Clock,
        *,
        deadline: float,
        environment: Mapping[str, str],
    ) -> None:
        self._rules = rules
        self._options = options
        self._clock = clock
        self._deadline = deadline
        self._session = _open_session(portal, environment)

    def close(self) -> None:
        """Gives the connections back."""
        self._session.close()

    def ask(self, method: str, url: str, body: BinaryIO | None = None) -> bytes:
        """One attempt, a file from its first byte: the body of an answer that says yes.

        Raises:
            PortalRefused, AccessDenied, PortalTroubled, OutOfPatience, BadInput (no trust in the certificate).
        """
        headers = {}
        if body is not None:
            body.seek(0)
            headers["Content-Type"] = self._rules.content_type
        try:
            response = self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=(self._options.connect_timeout, self._options.answer_timeout),
                allow_redirects=False,
                stream=True,
            )
            with response:
                self._check(response)
                return b"" if self._rules.is_final else self._read(response)
        except RequestException as error:
            failure = _failure_of(error)
        except OSError:  # a certificate file of the environment that is not there
            failure = BadInput(_NO_TRUST)
        raise failure

    def repeated(self, ask: Callable[[], Answer]) -> Answer:
        """What `ask` gives, tried again while the portal is in trouble. Raises: what `ask` raises, OutOfPatience."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(PortalTroubled),
            stop=self._is_enough,
            wait=self._pause,
            sleep=self._clock.sleep,
            before_sleep=_log_trouble,
            reraise=True,
        )
        try:
            return retrying(ask)
        except PortalTroubled as error:
            trouble = error
        if retrying.statistics["attempt_number"] < self._options.attempts:
            raise OutOfPatience
        raise trouble

    def _is_enough(self, state: tenacity.RetryCallState) -> bool:
        late = self._clock.monotonic() + state.upcoming_sleep > self._deadline
        return late or state.attempt_number >= self._options.attempts

    def _pause(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, PortalTroubled) else None
        grown = tenacity.wait_exponential_jitter(
            multiplier=self._options.first_pause, max=self._options.longest_pause, jitter=self._options.first_pause
        )(state)
        return min(max(grown, asked or 0.0), self._options.longest_pause)

    def _check(self, response: requests.Response) -> None:
        status = response.status_code
        if status in self._rules.taken:
            return
        reason = f"портал ответил HTTP {status}"
        if status in self._rules.retried:
            raise PortalTroubled(reason, status=status, retry_after=_retry_after(response))
        if status in DENIED:
            raise AccessDenied(reason, status=status)
        raise PortalRefused(reason, status=status, description=self._refusal(response))

    def _refusal(self, response: requests.Response) -> str | None:
        """The beginning of what the portal says of a refusal; that it refuses is known whatever becomes of it."""
        if not self._rules.is_final:
            return None
        try:
            block = next(response.iter_content(_BLOCK), b"")
        except RequestException:
            return None
        text = block.decode("utf-8", "replace").strip()
        return "".join(character if character.isprintable() else " " for character in text) or None

    def _read(self, response: requests.Response) -> bytes:
        content = bytearray()
        for block in response.iter_content(_BLOCK):
            content += block
            if len(content) > _MOST_BYTES:
                raise PortalTroubled("ответ портала слишком длинный")
            if self._clock.monotonic() > self._deadline:
                raise OutOfPatience
        return bytes(content)


def _open_session(portal: Portal, environment: Mapping[str, str]) -> requests.Session:
    session = requests.Session()
    session.auth = _Token(portal.authorization)
    session.headers.update({"Accept": "application/json", "User-Agent": "school-portfolio"})
    # Proxies of the environment are for other machines. REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE the library reads itself.
    session.trust_env = not portal.is_loopback
    bundles = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    session.verify = next((environment[name] for name in bundles if environment.get(name)), True)
    return session


def _retry_after(response: requests.Response) -> float | None:
    """Seconds that the portal asks to wait, None if it does not (or not so that it can be understood)."""
    asked = response.headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked[:9])
    until, now = _moment(asked), _moment(response.headers.get("Date", ""))
    if until is None:
        return None
    return max((until - (now or datetime.now(UTC))).total_seconds(), 0.0)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _failure_of(error: RequestException) -> Exception:
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in _chain(error)):
        return BadInput(_NO_TRUST)
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
        return BadInput("Адрес портала или токен не годятся для запроса: проверьте --to и переменную среды с токеном.")
    if isinstance(error, requests.Timeout):
        return PortalTroubled("портал не ответил вовремя")
    return PortalTroubled("нет связи с порталом или она оборвалась")


_NO_TRUST = (
    "Сертификату портала нет доверия: проверьте адрес и часы машины или назовите файл удостоверяющего центра "
    "в переменной среды REQUESTS_CA_BUNDLE."
)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        current = waiting.pop()
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]


def _log_trouble(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, PortalTroubled):
        logger.warning("%s: попытка %s, пауза %.1f с", error.reason, state.attempt_number, state.upcoming_sleep)
