"""Where the portal's loader is, and with what the sender shows who it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from extracts.disk import printable
from extracts.errors import BadInput
from extracts.hosts import is_loopback

_DATAMART = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: What a header can carry.
_TOKEN = re.compile(r"[!-~]+( [!-~]+)*")


@dataclass(frozen=True)
class Portal:
    """A loader, checked: `base` ends without a slash; `authorization` is the whole header, None for none."""

    base: str
    datamart: str
    authorization: str | None = field(default=None, repr=False)

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine (or behind a tunnel that begins here)."""
        return is_loopback(urlsplit(self.base).hostname or "")

    def upload_url(self, table: str, operation: str) -> str:
        """Where a file goes: creates and updates are uploads."""
        action = "delete" if operation == "delete" else "upload"
        return f"{self.base}/v2/datamarts/{quote(self.datamart, safe='')}/tables/{quote(table, safe='')}/{action}"

    def upload_service_url(self, table: str) -> str:
        """Where the older upload service takes a file; whether it is a deletion says the method."""
        return f"{self.base}/api/edu-upload/v1/csv/{quote(table, safe='')}"

    def status_url(self, request_id: str) -> str:
        """Where the state of a request is asked for."""
        return f"{self.base}/v2/requests/{quote(request_id, safe='')}/status"


def open_portal(url: str, datamart: str, *, allow_http: bool, authorization: str | None = None) -> Portal:
    """A portal from what the operator typed or set.

    Raises:
        BadInput: no http(s) address, an account, parameters or a fragment in it, plain http to another machine
            without `allow_http`, a name that cannot be a datamart's.
    """
    base = _checked_url(url)
    parts = urlsplit(base)
    if parts.scheme == "http" and not allow_http and not is_loopback(parts.hostname or ""):
        raise BadInput(
            "Адрес портала: нужен https://, в пакете персональные данные. Если сеть закрытая и https в ней нет, "
            "разрешите http в настройках: portal.allow_http = true."
        )
    if not _DATAMART.fullmatch(datamart):
        raise BadInput(
            f"Название витрины «{printable(datamart)}»: ожидаются латинские буквы, цифры, «_» и «-» (portal.datamart)."
        )
    return Portal(base, datamart, authorization)


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        plain = not (parts.username or parts.password or parts.query or parts.fragment or "@" in parts.netloc)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and plain and parts.port != 0
    except ValueError:  # a port that is no number, brackets that do not close
        good = False
    if not good or not re.fullmatch(r"[!-~]+", url) or "?" in url or "#" in url:
        # The address is not repeated: somebody may have put a password into it.
        raise BadInput("Адрес портала: ожидается https://сервер/путь без имени, пароля и параметров.")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path}".rstrip("/")


def authorization_from(environment: Mapping[str, str], variable: str, prefix: str) -> str | None:
    """The header with the token that an environment variable holds; None where it is empty or not set.

    Raises:
        BadInput: what stands there can be no header. The value is not repeated.
    """
    token = environment.get(variable, "").strip()
    if not token:
        return None
    if not _TOKEN.fullmatch(token):
        raise BadInput(f"Переменная среды {variable}: в токене ожидаются только латинские буквы, цифры и знаки.")
    return token if prefix and token.lower().startswith(prefix.lower()) else prefix + token


def same_portal(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two pairs of address and datamart mean one portal.

    On this machine neither the name nor the port counts: a tunnel gets another port each time.
    """
    return _identity(*one) == _identity(*other)


def _identity(url: str, datamart: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host):
        return ("loopback", parts.path.rstrip("/"), datamart)
    return (f"{parts.scheme}://{parts.netloc.lower()}", parts.path.rstrip("/"), datamart)
