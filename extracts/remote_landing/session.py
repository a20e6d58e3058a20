"""One conversation with the machine of a landing zone: reconnects, tries again, and tells errors in one Russian line.

What the libraries say of an error may hold keys or a server's own words: nothing of it is told but the error's kind,
and no error of theirs hangs on ours.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from extracts.errors import BadInput
from extracts.remote_landing.access import Access
from extracts.remote_landing.address import S3, SFTP, LandingAddress
from extracts.remote_landing.errors import Incomplete, LandingFailed

#: How often something is tried by a load, and by who only looks (`status`, the sensor that looks again in a minute).
PATIENT = 4
ONCE = 1

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 15.0

#: Of our own disk, not of the server.
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}

logger = logging.getLogger("portfolio")
Result = TypeVar("Result")


class Transport(Protocol):
    """What a module of one protocol offers."""

    def open_filesystem(self, address: LandingAddress, access: Access) -> Any:
        """fsspec's file system of the zone."""

    def close_filesystem(self, opened: Any) -> None:
        """Gives it back."""

    def is_passing(self, error: Exception) -> bool:
        """Whether another try may well succeed."""

    def misuse(self, error: Exception) -> str | None:
        """What the operator has to mend."""


class Session:
    """A landing zone, open for the body of a `with`; connected when something is first asked of it."""

    def __init__(self, address: LandingAddress, access: Access, *, attempts: int = PATIENT) -> None:
        self.address = address
        self._access = access
        self._attempts = attempts
        self._transport = _transport(address)
        self._opened: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._drop()

    def patiently(self, work: Callable[[Any], Result]) -> Result:
        """Calls the work with the file system, again if a passing error of the network breaks it.

        Errors: BadInput for what the operator has to mend, LandingFailed for what did not pass; those that the work
        raises itself go through, and so does an error of our own disk.
        """
        retrying = Retrying(
            stop=stop_after_attempt(self._attempts),
            wait=wait_exponential_jitter(
                multiplier=FIRST_WAIT_SECONDS, max=LONGEST_WAIT_SECONDS, jitter=FIRST_WAIT_SECONDS
            ),
            retry=retry_if_exception(self._is_passing),
            before_sleep=self._before_next,
            reraise=True,
        )
        try:
            result: Result = retrying(self._once, work)
        except (BadInput, LandingFailed):
            raise
        except Exception as error:
            if _is_of_our_disk(error):
                raise
            told = self._told(error)
        else:
            return result
        # Raised here, not above: raised while the library's error is handled it would carry that error along.
        raise told

    def _once(self, work: Callable[[Any], Result]) -> Result:
        if self._opened is None:
            self._opened = self._transport.open_filesystem(self.address, self._access)
        return work(self._opened)

    def _is_passing(self, error: BaseException) -> bool:
        if isinstance(error, BadInput | LandingFailed):
            return isinstance(error, Incomplete)
        return isinstance(error, Exception) and not _is_of_our_disk(error) and self._transport.is_passing(error)

    def _before_next(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        logger.warning("landing: attempt %s broke off (%s)", state.attempt_number, type(error).__name__)
        self._drop()

    def _drop(self) -> None:
        if self._opened is not None:
            opened, self._opened = self._opened, None
            # It may be broken already: that it does not close well changes nothing.
            with suppress(Exception):
                self._transport.close_filesystem(opened)

    def _told(self, error: Exception) -> Exception:
        where = f"Зона приёма {self.address}"
        if isinstance(error, FileNotFoundError):
            return BadInput(f"{where}: там ничего нет. {_HOW_TO_MAKE.get(self.address.scheme, 'Создайте папку.')}")
        if isinstance(error, NotADirectoryError):
            return BadInput(f"{where}: на месте папки стоит файл. Уберите его или укажите другую в PORTFOLIO_LANDING.")
        cure = self._transport.misuse(error)
        if cure:
            return BadInput(f"{where}: {cure}.")
        return LandingFailed(
            f"{where} недоступна, связи нет или она рвётся ({type(error).__name__}). Проверьте адрес, сеть и сервер "
            "и запустите снова. Опубликованное не изменено."
        )


_HOW_TO_MAKE = {
    S3: (
        "Проверьте корзину и путь в PORTFOLIO_LANDING. Новую зону заведите, положив пустой объект, имя которого — "
        "путь с «/» на конце."
    ),
    SFTP: "Создайте папку на сервере или укажите другую в PORTFOLIO_LANDING.",
}


class _Memory:
    def open_filesystem(self, address: LandingAddress, access: Access) -> Any:  # noqa: ARG002
        import fsspec

        return fsspec.filesystem("memory")

    def close_filesystem(self, opened: Any) -> None:
        pass

    def is_passing(self, error: Exception) -> bool:  # noqa: ARG002
        return False

    def misuse(self, error: Exception) -> str | None:  # noqa: ARG002
        return None


def _transport(address: LandingAddress) -> Transport:
    if address.scheme == S3:
        from extracts.remote_landing import s3

        return s3
    if address.scheme == SFTP:
        from extracts.remote_landing import sftp

        return sftp
    return _Memory()


def _is_of_our_disk(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in _DISK
