"""What the operator is told when a page does not come: what (source, dataset, page), why, and how to mend it.

The texts of the library's errors are never told: they quote addresses, headers and bodies.
"""

from __future__ import annotations

from dlt.sources.helpers.requests import (
    ChunkedEncodingError,
    HTTPError,
    RequestException,
    Timeout,
    TooManyRedirects,
)
from dlt.sources.helpers.requests import ConnectionError as NoConnection
from requests.exceptions import ContentDecodingError, SSLError

from extracts.connectors.errors import SourceFailed
from extracts.connectors.http_session import PageTooLarge, WebPage, is_passing
from extracts.connectors.options import HttpSource
from extracts.errors import BadInput

UNAUTHORIZED = (401, 403)

_AGAIN = "Проверьте источник и сеть; повторный portfolio pull продолжит с этой страницы."

#: Kinds of errors that another attempt of the same pull may not meet, the narrower ones first.
_PASSING: tuple[tuple[type[Exception], str], ...] = (
    (Timeout, "источник не ответил вовремя"),
    (ChunkedEncodingError, "связь с источником оборвалась"),
    (NoConnection, "нет связи с источником или она оборвалась"),
    (ContentDecodingError, "сжатый ответ повреждён"),
    (StopIteration, "источник не отдал страницу"),
)


#: Kinds of errors that have to be mended in the settings or on this machine.
_LASTING: tuple[tuple[type[Exception], str], ...] = (
    (PageTooLarge, "страница больше {page_mb} МБ. Уменьшите page_size или увеличьте page_mb."),
    (WebPage, "вместо JSON пришла веб-страница. Проверьте base_url и path. {token}"),
    (TooManyRedirects, "слишком много перенаправлений. Проверьте base_url и path."),
    (
        SSLError,
        "сертификату источника нет доверия. Проверьте base_url и часы машины или назовите файл "
        "удостоверяющего центра в переменной среды REQUESTS_CA_BUNDLE.",
    ),
    (RecursionError, "JSON вложен слишком глубоко. Проверьте path."),
)


class Misplaced(Exception):
    """What came is no page of the dataset; the message says why, and the cure."""


def failure_of(error: Exception, source: HttpSource, where: str) -> BadInput | SourceFailed:
    """The error to raise instead: SourceFailed for what may pass, BadInput for what has to be mended here."""
    if isinstance(error, HTTPError) and error.response is not None:
        return _bad_status(error.response.status_code, source, where)
    lasting = _lasting(error, source)
    if lasting:
        return BadInput(f"{where}: {lasting}")
    why = next((text for kind, text in _PASSING if isinstance(error, kind)), None)
    if why is None and isinstance(error, ValueError):
        why = "ответ — не JSON или оборван"
    return SourceFailed(f"{where}: {why or f'источник не отдал страницу ({type(error).__name__})'}. {_AGAIN}")


def _lasting(error: Exception, source: HttpSource) -> str | None:
    if isinstance(error, Misplaced):
        return str(error)
    text = next((text for kind, text in _LASTING if isinstance(error, kind)), None)
    if text is not None:
        return text.format(page_mb=source.page_mb, token=_token_cure(source))
    if not isinstance(error, ValueError) or _is_about_json(error):
        return None
    if isinstance(error, RequestException):
        return "источник перенаправляет на адрес, по которому нельзя пойти. Проверьте base_url и path."
    return "ответ не такой, какого ждёт paging. Проверьте paging и path."


def _is_about_json(error: Exception) -> bool:
    return "JSON" in type(error).__name__


def _bad_status(status: int, source: HttpSource, where: str) -> BadInput | SourceFailed:
    if status in UNAUTHORIZED:
        return BadInput(f"{where}: источник отказал в доступе (HTTP {status}). {_token_cure(source)}")
    if is_passing(status):
        return SourceFailed(f"{where}: источник ответил ошибкой HTTP {status}. {_AGAIN}")
    return BadInput(f"{where}: источник не принимает запрос (HTTP {status}). Проверьте base_url, path и params.")


def _token_cure(source: HttpSource) -> str:
    if source.token_env:
        return f"Проверьте токен в переменной среды {source.token_env}."
    return "Если источнику нужен токен, назовите переменную среды с ним в token_env."
