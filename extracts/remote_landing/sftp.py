"""SFTP: how a server is known and opened, and which of its errors pass and which are the operator's to mend.

fsspec's own file system accepts any host key; here a server must be in known_hosts.
"""

from __future__ import annotations

import logging
import stat
from itertools import islice
from pathlib import Path
from typing import Any

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from extracts.errors import BadInput
from extracts.remote_landing.access import Access
from extracts.remote_landing.address import LandingAddress

CONNECT_SECONDS = 10
READ_SECONDS = 30
SYSTEM_KNOWN_HOSTS = Path("/etc/ssh/ssh_known_hosts")

#: A folder that says it holds more is not listed to its end.
MAX_ENTRIES = 100_000

#: The most that OpenSSH gives in one answer; a server with less gives less. paramiko asks for 32 KiB.
REQUEST_BYTES = 255 * 1024

# paramiko tells of broken connections by itself: in the log file, never on the operator's terminal.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


class UnknownHost(paramiko.SSHException):  # type: ignore[misc]
    """The server is not in known_hosts; the message is the fingerprint that it showed."""


class _RefuseUnknown(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
    def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:  # noqa: ARG002
        raise UnknownHost(f"{key.get_name()} {key.fingerprint}")


class KnownHostsFileSystem(SFTPFileSystem):  # type: ignore[misc]
    """fsspec's SFTP file system with host keys that are checked, and with kinds of entries told apart."""

    cachable = False

    def _connect(self) -> None:
        settings = dict(self.ssh_kwargs)
        self.client = paramiko.SSHClient()
        self.client.set_missing_host_key_policy(_RefuseUnknown())
        _load_known_hosts(self.client, settings.pop("known_hosts", None))
        try:
            self.client.connect(self.host, **settings)
            self.ftp = self.client.open_sftp()
            self.ftp.get_channel().settimeout(READ_SECONDS)
        except BaseException:
            self.client.close()
            raise

    def ls(self, path: str, detail: bool = True, **kwargs: Any) -> list[Any]:  # noqa: ARG002
        """The entries of a folder. fsspec's own takes pipes and devices for files, and knows no bound."""
        if not stat.S_ISDIR(self.ftp.stat(path).st_mode or 0):
            raise NotADirectoryError(path)
        found = list(islice(self.ftp.listdir_iter(path), MAX_ENTRIES + 1))
        entries = [_entry(path, attributes) for attributes in found]
        return entries if detail else [entry["name"] for entry in entries]

    def _open(self, path: str, mode: str = "rb", block_size: int | None = None, **kwargs: Any) -> Any:
        stream = super()._open(path, mode, block_size, **kwargs)
        stream.MAX_REQUEST_SIZE = REQUEST_BYTES
        return stream


def _load_known_hosts(client: paramiko.SSHClient, named: Path | None) -> None:
    files = [named] if named else [SYSTEM_KNOWN_HOSTS, Path.home() / ".ssh" / "known_hosts"]
    for file in files:
        if file is not named and not file.exists():
            continue
        try:
            client.load_system_host_keys(str(file))
        except (OSError, UnicodeDecodeError, paramiko.hostkeys.InvalidHostKey):
            problem = f"Файл известных серверов не читается: {file}. Проверьте путь, права и строки в нём"
        else:
            continue
        raise BadInput(f"{problem} (другой файл называет PORTFOLIO_LANDING_KNOWN_HOSTS).")


def _entry(folder: str, attributes: Any) -> dict[str, Any]:
    mode = attributes.st_mode or 0
    kinds = {stat.S_IFDIR: "directory", stat.S_IFREG: "file", stat.S_IFLNK: "link"}
    return {
        "name": f"{folder.rstrip('/')}/{attributes.filename}",
        "size": attributes.st_size or 0,
        "type": kinds.get(stat.S_IFMT(mode), "other"),
        "mtime": attributes.st_mtime,
    }


def open_filesystem(address: LandingAddress, access: Access) -> Any:
    """The file system, connected. Errors: BadInput for a file of the access that cannot be read; paramiko's own."""
    is_named = access.password is not None or access.key_file is not None
    settings = {
        "port": address.port,
        "username": address.user,
        "password": access.password,
        "pkey": _private_key(access.key_file, access.key_passphrase) if access.key_file else None,
        "known_hosts": access.known_hosts,
    }
    return KnownHostsFileSystem(
        address.host.strip("[]"),
        **{name: value for name, value in settings.items() if value is not None},
        allow_agent=not is_named,
        look_for_keys=not is_named,
        timeout=CONNECT_SECONDS,
        banner_timeout=CONNECT_SECONDS,
        auth_timeout=CONNECT_SECONDS,
        channel_timeout=CONNECT_SECONDS,
        skip_instance_cache=True,
    )


def close_filesystem(opened: Any) -> None:
    """Ends the connection."""
    opened.client.close()


def is_passing(error: Exception) -> bool:
    """Whether another try may well succeed."""
    lasting = (
        paramiko.BadHostKeyException,
        paramiko.ssh_exception.IncompatiblePeer,
        UnknownHost,
        FileNotFoundError,
        PermissionError,
        NotADirectoryError,
    )
    if isinstance(error, lasting) or _is_account(error):
        return False
    return isinstance(error, paramiko.SSHException | EOFError | OSError)


def misuse(error: Exception) -> str | None:
    """What the operator has to mend, None if the error is not of that kind."""
    if isinstance(error, UnknownHost):
        return (
            f"ключ сервера не знаком ({error}). Сверьте отпечаток с администратором сервера и внесите ключ в "
            "known_hosts (ssh-keyscan; другой файл называет PORTFOLIO_LANDING_KNOWN_HOSTS)"
        )
    if isinstance(error, paramiko.BadHostKeyException):
        return (
            "ключ сервера не тот, что записан в known_hosts: сервер заменили, либо на его месте чужой. "
            "Выясните это у администратора сервера, прежде чем менять запись"
        )
    if _is_account(error):
        return (
            "сервер не принял учётную запись: проверьте имя в адресе и PORTFOLIO_LANDING_PASSWORD или "
            "PORTFOLIO_LANDING_KEY_FILE"
        )
    if isinstance(error, PermissionError):
        return "у учётной записи нет прав на чтение: попросите о них администратора сервера"
    if isinstance(error, UnicodeDecodeError):
        return "в папке есть имена не в кодировке UTF-8: переименуйте эти файлы"
    return None


def _private_key(file: Path, passphrase: str | None) -> Any:
    """Read here: what paramiko says of a key that it finds by itself depends on the kinds that it has tried."""
    try:
        return paramiko.PKey.from_path(file, passphrase.encode() if passphrase else None)
    except OSError:
        cure = "Проверьте путь и права."
    except (ValueError, TypeError, paramiko.SSHException, paramiko.pkey.UnknownKeyType):
        cure = "Нужен закрытый ключ OpenSSH; если он под паролем, задайте PORTFOLIO_LANDING_KEY_PASSPHRASE."
    raise BadInput(f"PORTFOLIO_LANDING_KEY_FILE: ключ не читается: {file}. {cure}")


def _is_account(error: Exception) -> bool:
    # Without a single key or password to try paramiko raises its most general error.
    return isinstance(error, paramiko.AuthenticationException) or "No authentication methods" in str(error)
