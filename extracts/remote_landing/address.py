"""Where a landing zone is: a local path, or an address of fsspec's kind that holds no secret."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

S3 = "s3"
SFTP = "sftp"
#: A zone within this process: for tests.
MEMORY = "memory"

_MARK = "://"
_LOCAL_HOSTS = ("", "localhost")
_HOST = r"(?P<host>[\w.-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{1,5}))?"
_BUCKET = r"(?P<host>[A-Za-z0-9][A-Za-z0-9._-]{1,254})"
_MAX_PORT = 65535

_EXPECTED = "адрес вида s3://корзина/папка или sftp://пользователь@сервер/папка либо путь к папке"
_NO_SECRETS = (
    "адрес без пароля и ключей: для S3 они стоят в переменных среды AWS_ACCESS_KEY_ID и AWS_SECRET_ACCESS_KEY, "
    "для SFTP — в PORTFOLIO_LANDING_PASSWORD или PORTFOLIO_LANDING_KEY_FILE"
)


class AddressError(ValueError):
    """The text is no address of a landing zone; the message (Russian, without the text) says what was expected."""


@dataclass(frozen=True)
class LandingAddress:
    """A landing zone that has to be fetched from. `host` is the server or the bucket, `path` begins with `/` or is ''.

    The path of an SFTP address is the server's; `/~/folder` is below the user's own folder there.
    """

    scheme: str
    host: str
    path: str
    user: str | None = None
    port: int | None = None

    def __str__(self) -> str:
        """The address as messages give it: there is nothing secret in it."""
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}{_MARK}{user}{self.host}{port}{self.path}"

    def __truediv__(self, name: str) -> LandingAddress:
        """The address of what stands in the zone under this name."""
        return replace(self, path=f"{self.path}/{name}")

    @property
    def folder(self) -> str:
        """The path by which the file system of fsspec knows the zone."""
        if self.scheme == S3:
            return f"{self.host}{self.path}"
        if self.path.startswith("/~"):
            return self.path.removeprefix("/~").lstrip("/") or "."
        return self.path or "/"


#: Where deliveries are put: a folder of this machine or a zone to be fetched from.
Landing = Path | LandingAddress


def parse_address(text: str) -> Landing:
    """The landing zone that an address (`scheme://…`) names; `file:///folder` is a local path.

    Errors: AddressError if it is of no known kind, is mangled, or carries a password.
    """
    scheme, _, rest = text.partition(_MARK)
    scheme = scheme.lower()
    if scheme not in (S3, SFTP, MEMORY, "file"):
        raise AddressError(_EXPECTED)
    authority, _, path = rest.partition("/")
    user, has_user, place = authority.rpartition("@")
    if "@" in path or ":" in unquote(user) or (has_user and scheme != SFTP):
        raise AddressError(_NO_SECRETS)
    if not text.isprintable() or any(sign in rest for sign in "\\?#"):
        raise AddressError("адрес без знаков «?», «#», «\\» и управляющих")
    if scheme == MEMORY:
        return LandingAddress(MEMORY, "", _checked_path(rest))
    if scheme == "file":
        return _local(place, _checked_path(path))
    host, port = _place(scheme, place)
    return LandingAddress(scheme, host, _checked_path(path), _user(user) if has_user else None, port)


def _checked_path(path: str) -> str:
    parts = [part for part in path.split("/") if part]
    if any(part in (".", "..") for part in parts):
        raise AddressError("адрес без «.» и «..» на месте папки")
    return "".join(f"/{part}" for part in parts)


def _local(host: str, path: str) -> Path:
    if host not in _LOCAL_HOSTS or not path:
        raise AddressError("адрес папки этой машины: file:///путь/к/папке")
    return Path(path)


def _place(scheme: str, text: str) -> tuple[str, int | None]:
    found = re.fullmatch(_BUCKET if scheme == S3 else _HOST, text)
    if found is None and scheme == S3:
        raise AddressError("адрес вида s3://корзина/папка (сам сервер S3 называет переменная среды AWS_ENDPOINT_URL)")
    if found is None:
        raise AddressError("адрес вида sftp://пользователь@сервер:порт/папка")
    port = found.groupdict().get("port")
    if port is not None and not 0 < int(port) <= _MAX_PORT:
        raise AddressError(f"порт от 1 до {_MAX_PORT}")
    return found["host"], int(port) if port else None


def _user(text: str) -> str:
    user = unquote(text)
    if not user or not user.isprintable():
        raise AddressError("имя пользователя перед «@»")
    return user
