"""Typing of one value of a delivery by the contract (1-extracts.md); raises ValueError where it cannot be typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_RUSSIAN_DATE = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})(.*)", re.DOTALL)
_BOOLEANS = {"true": True, "1": True, "да": True, "false": False, "0": False, "нет": False}
_SEXES = {"male": "male", "м": "male", "female": "female", "ж": "female"}


def type_value(value: object, type_: str, zone: str) -> Any:
    """The value as the contract's type, None where it is empty; `zone` is the region's, for times with an offset."""
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        return None
    return _TYPERS[type_](value, zone)


def _text(value: object, _zone: str) -> str:
    return str(value)


def _date(value: object, zone: str) -> date:
    return _datetime(value, zone).date()


def _datetime(value: object, zone: str) -> datetime:
    if isinstance(value, datetime):
        return _local(value, zone)
    if isinstance(value, date):
        return datetime.combine(value, time.min)
    return _moment(str(value), zone)


@lru_cache(maxsize=200_000)
def _moment(text: str, zone: str) -> datetime:
    match = _RUSSIAN_DATE.fullmatch(text)
    iso = f"{match[3]}-{match[2]}-{match[1]}{match[4]}" if match else text
    return _local(datetime.fromisoformat(iso), zone)


def _local(moment: datetime, zone: str) -> datetime:
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _boolean(value: object, _zone: str) -> bool:
    if isinstance(value, bool):
        return value
    try:
        return _BOOLEANS[str(value).lower()]
    except KeyError:
        raise ValueError("not a boolean") from None


def _decimal(value: object, _zone: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


def _integer(value: object, zone: str) -> int:
    number = _decimal(value, zone)
    if number != number.to_integral_value():
        raise ValueError("not a whole number")
    return int(number)


def _sex(value: object, _zone: str) -> str:
    try:
        return _SEXES[str(value).lower()]
    except KeyError:
        raise ValueError("not a sex") from None


_TYPERS: dict[str, Callable[[object, str], Any]] = {
    "id": _text,
    "text": _text,
    "date": _date,
    "datetime": _datetime,
    "boolean": _boolean,
    "decimal": _decimal,
    "integer": _integer,
    "sex": _sex,
}
