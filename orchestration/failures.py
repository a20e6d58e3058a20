"""What is told of an error: the operator's line, the exit status, a traceback that quotes nothing.

The message of an unexpected exception may hold a value of a file (the database quotes what it could not convert), so it
is never told; of most kinds only the name of the class and the place in the program are.
"""

from __future__ import annotations

import errno
import logging
import sqlite3
import traceback
from collections.abc import Iterator
from typing import Any

import duckdb

from extracts.connectors.errors import SourceFailed
from extracts.errors import BadInput, LoadStopped
from extracts.remote_landing.errors import LandingFailed
from orchestration.dbt_runner import DbtError
from orchestration.exits import BAD_INPUT, FAILED, NOT_CONFIRMED, STOPPED, Ending
from orchestration.locking import BusyError
from portal.sending.errors import SenderBusy, SendingUnfinished

logger = logging.getLogger("portfolio")


def ending_of(error: BaseException) -> Ending:
    """The exit status (5-operation.md) and what may be said of the error."""
    if isinstance(error, BadInput):
        return Ending(BAD_INPUT, error.messages)
    if isinstance(error, LoadStopped):
        return Ending(STOPPED, error.messages)
    if isinstance(error, SourceFailed):
        return Ending(FAILED, error.messages)
    if isinstance(error, SendingUnfinished):
        return Ending(NOT_CONFIRMED, error.messages)
    if isinstance(error, BusyError | SenderBusy | DbtError | LandingFailed):
        return Ending(FAILED, (str(error),))
    return Ending(FAILED, (_unexpected(error),))


def log_traceback(error: BaseException) -> None:
    """Writes where the error came from into the log file: places and classes, no messages."""
    logger.error("%s", safe_traceback(error))


def safe_traceback(error: BaseException) -> str:
    """The traceback of an error and of what caused it, without any message and without lines of source."""
    lines: list[str] = []
    for current in _chain(error):
        lines.append(_class_name(current))
        lines.extend(
            f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(current.__traceback__)
        )
    return "\n".join(lines)


class SafeFormatter(logging.Formatter):
    """Formats a log record without the message of an exception that it carries."""

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """The traceback without messages."""
        return safe_traceback(ei[1])


def _unexpected(error: BaseException) -> str:
    if any(_is_disk_full(one) for one in _chain(error)):
        return (
            "Диск не принимает данные, скорее всего нет места: освободите место в PORTFOLIO_HOME и запустите снова."
            " Опубликованное не изменено."
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return "Не хватило памяти: увеличьте resources.memory_limit в настройках или освободите место на диске."
    if isinstance(error, OSError) and error.strerror:
        place = f": {error.filename}" if isinstance(error.filename, str) else ""
        return f"Ошибка файловой системы{place}: {error.strerror}."
    return f"Непредвиденная ошибка ({_class_name(error)}); подробности — в журнале logs/portfolio.log."


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _is_disk_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return True
    # Neither engine gives a number: these words stand in their own text, no value does.
    if isinstance(error, sqlite3.OperationalError):
        return any(words in str(error) for words in ("disk is full", "disk I/O error"))
    return isinstance(error, duckdb.IOException) and "No space left on device" in str(error)


def _class_name(error: BaseException) -> str:
    return type(error).__name__
