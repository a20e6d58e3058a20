"""What a setting may hold: one parser for each kind of value, for a TOML value and for the text of a variable alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from extracts.hosts import is_loopback
from extracts.remote_landing.address import AddressError, Landing, parse_address

#: Turns what stands in the file (or in a variable) into the setting's value, or raises ExpectedError.
Parser = Callable[[Any], Any]


class ExpectedError(Exception):
    """The value is of the wrong type or out of range; the message says (in Russian) what was expected."""


def text(pattern: str, expected: str) -> Parser:
    """A string that matches the pattern as a whole."""

    def parse(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ExpectedError(expected)
        return value

    return parse


def whole(minimum: int, maximum: int) -> Parser:
    """A whole number between two limits."""

    def parse(value: Any) -> int:
        number = int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value) else value
        if isinstance(number, bool) or not isinstance(number, int) or not minimum <= number <= maximum:
            raise ExpectedError(f"целое число от {minimum} до {maximum}")
        return number

    return parse


def fraction(value: Any) -> float:
    """A number from 0 to 1."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ExpectedError("число от 0 до 1, например 0.51")
    return float(value)


def boolean(value: Any) -> bool:
    """Yes or no."""
    words = {"true": True, "1": True, "false": False, "0": False}
    if isinstance(value, str):
        value = words.get(value.lower())
    if not isinstance(value, bool):
        raise ExpectedError("true или false")
    return value


def time_zone(value: Any) -> str:
    """A name of the IANA time zone database."""
    expected = "название часового пояса, например «Asia/Yekaterinburg»"
    if not isinstance(value, str) or not value:
        raise ExpectedError(expected)
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):  # unknown, malformed, a folder of the database
        raise ExpectedError(expected) from None
    return value


def path(value: Any) -> Path:
    """A path; a relative one starts at the working directory."""
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ExpectedError("путь к папке или файлу")
    return Path(value).expanduser().absolute()


def landing(value: Any) -> Landing:
    """A path, or the address of a landing zone on another machine; an address never holds a secret."""
    if not isinstance(value, str) or "://" not in value:
        return path(value)
    try:
        return parse_address(value.strip())
    except AddressError as error:
        expected = str(error)
    raise ExpectedError(expected)


def field_names(value: Any) -> tuple[str, ...]:
    """A list of names of fields, in a variable with commas between them; a name that stands twice counts once."""
    names = [name.strip() for name in value.split(",")] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(
        isinstance(name, str) and re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names
    ):
        raise ExpectedError('список названий полей, например ["snils", "document_number"]')
    return tuple(dict.fromkeys(names))


def table_of_texts(value: Any) -> dict[str, str]:
    """A table of the file whose values are strings."""
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise ExpectedError('таблица вида «название = "текст"» (только в файле настроек)')
    return value


def table_of_tables(value: Any) -> dict[str, dict[str, str]]:
    """A table of the file whose values are tables of strings."""
    if not isinstance(value, dict):
        raise ExpectedError('таблица таблиц вида «"столбец источника" = "столбец договора"» для каждого набора')
    return {name: table_of_texts(one) for name, one in value.items()}


def web_address(value: Any) -> str:
    """An http(s) address that holds no secret: without an account, parameters or a fragment."""
    expected = "адрес вида https://сервер/путь без имени, пароля и параметров"
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        plain = not (parts.username or parts.password or parts.query or parts.fragment or "@" in parts.netloc)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and plain and parts.port != 0
    except ValueError:  # a port that is no number, brackets that do not close
        good = False
    if not good or not re.fullmatch(r"[!-~]+", value):
        raise ExpectedError(expected)
    return str(value)


def secure_address(value: Any) -> str:
    """An address that passwords may travel to: https, or http to this machine."""
    address = web_address(value)
    parts = urlsplit(address)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ExpectedError("адрес с https:// (http:// — только на этой машине, для пробы)")
    return address


def site_address(value: Any) -> str:
    """The address of a whole server, as people type it."""
    address = secure_address(value).rstrip("/")
    if urlsplit(address).path:
        raise ExpectedError("адрес сервера без пути, например «https://panels.example.ru»")
    return address


def openid_scopes(value: Any) -> str:
    """What is asked of a provider of OpenID Connect: words, one of them «openid»."""
    words = value.split() if isinstance(value, str) else []
    if "openid" not in words or not all(re.fullmatch(r"[!#-\[\]-~]{1,128}", word) for word in words):
        raise ExpectedError("слова через пробел, среди них «openid», например «openid profile»")
    return " ".join(words)


#: The name of a claim, or the path to it.
claim_path = text(r"[!-~]{1,255}", "название утверждения или путь к нему через точку, например «realm_access.roles»")


#: Headers that carry secrets: these are for `token_env`.
_SECRET_HEADERS = re.compile(r"(?i).*(authorization|cookie|token|secret|password|api-?key).*")


def plain_headers(value: Any) -> dict[str, str]:
    """Headers of a request that are no secret."""
    headers = table_of_texts(value)
    for name, content in headers.items():
        if _SECRET_HEADERS.fullmatch(name):
            raise ExpectedError("только открытые заголовки: токену место в переменной среды, её называет token_env")
        if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", name) or not re.fullmatch(r"[!-~]([ -~]*[!-~])?", content):
            raise ExpectedError("заголовки из латинских букв, цифр и знаков")
    return headers
