"""HTTP calls to a loader: one attempt, and as many as it takes (specification 4-portal.md, «Sending»).

`httpx` carries them, `tenacity` repeats them: a portal that is busy or broken (429: Retry-After within a bound),
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
from pathlib import Path
from typing import BinaryIO, TypeVar

import httpx
import tenacity

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
        self._client = _open_client(portal, options, environment)

    def close(self) -> None:
        """Gives the connections back."""
        self._client.close()

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
            with self._client.stream(method, url, content=body, headers=headers) as response:
                self._check(response)
                return b"" if self._rules.is_final else self._read(response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = _failure_of(error)
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

    def _check(self, response: httpx.Response) -> None:
        status = response.status_code
        if status in self._rules.taken:
            return
        reason = f"портал ответил HTTP {status}"
        if status in self._rules.retried:
            raise PortalTroubled(reason, status=status, retry_after=_retry_after(response))
        if status in DENIED:
            raise AccessDenied(reason, status=status)
        raise PortalRefused(reason, status=status, description=self._refusal(response))

    def _refusal(self, response: httpx.Response) -> str | None:
        """The beginning of what the portal says of a refusal; that it refuses is known whatever becomes of it."""
        if not self._rules.is_final:
            return None
        try:
            block = next(response.iter_bytes(_BLOCK), b"")
        except httpx.HTTPError:
            return None
        text = block.decode("utf-8", "replace").strip()
        return "".join(character if character.isprintable() else " " for character in text) or None

    def _read(self, response: httpx.Response) -> bytes:
        content = bytearray()
        for block in response.iter_bytes(_BLOCK):
            content += block
            if len(content) > _MOST_BYTES:
                raise PortalTroubled("ответ портала слишком длинный")
            if self._clock.monotonic() > self._deadline:
                raise OutOfPatience
        return bytes(content)


def _open_client(portal: Portal, options: SendOptions, environment: Mapping[str, str]) -> httpx.Client:
    # An answer comes as it is: the bound on what is read of it is then one on what it unfolds to.
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "school-portfolio"}
    if portal.authorization is not None:
        headers["Authorization"] = portal.authorization
    return httpx.Client(
        headers=headers,
        timeout=httpx.Timeout(options.answer_timeout, connect=options.connect_timeout),
        # Proxies of the environment are for other machines.
        trust_env=not portal.is_loopback,
        # No redirect is followed: where the address is not https, no certificate will be looked at.
        verify=portal.base.startswith("https:") and _trusted(environment),
    )


def _trusted(environment: Mapping[str, str]) -> ssl.SSLContext | bool:
    """The certificates of the environment's file or folder. Errors: BadInput if it cannot be read."""
    named = next((environment[name] for name in _BUNDLES if environment.get(name)), None)
    if named is None:
        return True
    try:
        is_folder = Path(named).is_dir()
        return ssl.create_default_context(cafile=None if is_folder else named, capath=named if is_folder else None)
    except OSError:  # also what SSL says of a file without certificates
        pass
    raise BadInput(_NO_TRUST)


def _retry_after(response: httpx.Response) -> float | None:
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


def _failure_of(error: Exception) -> Exception:
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in _chain(error)):
        return BadInput(_NO_TRUST)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return BadInput("Адрес портала не годится для запроса: проверьте --to.")
    if isinstance(error, httpx.TimeoutException):
        return PortalTroubled("портал не ответил вовремя")
    return PortalTroubled("нет связи с порталом или она оборвалась")


_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_NO_TRUST = (
    "Сертификату портала нет доверия: проверьте адрес и часы машины или назовите файл удостоверяющего центра "
    "в переменной среды REQUESTS_CA_BUNDLE."
)


def _chain(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


def _log_trouble(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, PortalTroubled):
        logger.warning("%s: попытка %s, пауза %.1f с", error.reason, state.attempt_number, state.upcoming_sleep)
