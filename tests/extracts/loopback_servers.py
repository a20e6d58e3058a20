"""Real servers on the loopback for the tests of a landing zone on another machine, and a line to them that breaks."""

from __future__ import annotations

import os
import socket
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import paramiko

LOOPBACK = "127.0.0.1"


class Line:
    """A TCP line to a port of this machine: it can break in the middle, or call somebody when so much has passed."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self._passed = 0
        self._breaks = 0
        self._after = 0
        self._then: Callable[[], None] | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def break_after(self, count: int, *, times: int) -> None:
        """Cuts a connection when so many bytes have come from the server, so many times."""
        self._passed, self._after, self._breaks = 0, count, times

    def call_after(self, count: int, then: Callable[[], None]) -> None:
        """Calls once when so many bytes have come from the server."""
        self._passed, self._after, self._then = 0, count, then

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                server = socket.create_connection((LOOPBACK, self._target))
            except OSError:
                client.close()
                continue
            for source, sink, watched in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pump, args=(source, sink, watched), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, watched: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if watched and self._watch(len(data)):
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _watch(self, count: int) -> bool:
        self._passed += count
        if self._passed < self._after:
            return False
        if self._then is not None:
            then, self._then = self._then, None
            then()
        if self._breaks > 0:
            self._breaks -= 1
            self._passed = 0
            return True
        return False


class SftpServer:
    """An SFTP server of one folder and one account. `forged` entries are listed beside those that are there,
    or instead of one of the same name."""

    def __init__(self, root: Path, *, user: str, password: str) -> None:
        self.root = root
        self.user = user
        self.password = password
        self.host_key = paramiko.ECDSAKey.generate()
        self.client_key: paramiko.PKey | None = None
        self.forged: dict[str, list[paramiko.SFTPAttributes]] = {}
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._transports: list[paramiko.Transport] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def known_hosts_line(self, port: int | None = None) -> str:
        """What stands in known_hosts for this server, at its own port or at a line's."""
        return f"[{LOOPBACK}]:{port or self.port} {self.host_key.get_name()} {self.host_key.get_base64()}\n"

    @property
    def open_connections(self) -> int:
        return sum(transport.is_active() for transport in self._transports)

    def close(self) -> None:
        self._listener.close()
        for transport in self._transports:
            transport.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(client)
            transport.add_server_key(self.host_key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, self)
            self._transports.append(transport)
            with suppress(paramiko.SSHException, EOFError):
                transport.start_server(server=_Door(self))


class _Door(paramiko.ServerInterface):
    def __init__(self, server: SftpServer) -> None:
        self._server = server

    def get_allowed_auths(self, username: str) -> str:
        return "password,publickey"

    def check_auth_password(self, username: str, password: str) -> int:
        good = (username, password) == (self._server.user, self._server.password)
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        good = username == self._server.user and key == self._server.client_key
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Files(paramiko.SFTPServerInterface):
    def __init__(self, door: _Door, server: SftpServer) -> None:
        super().__init__(door)
        self._server = server

    def _path(self, path: str) -> Path:
        return self._server.root / path.lstrip("/")

    def list_folder(self, path: str) -> Any:
        try:
            found = [_attributes(entry, os.lstat(entry)) for entry in self._path(path).iterdir()]
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        forged = self._server.forged.get(path.rstrip("/").rpartition("/")[2], [])
        instead = {entry.filename for entry in forged}
        return [*(entry for entry in found if entry.filename not in instead), *forged]

    def stat(self, path: str) -> Any:
        return self._stat(path, follow=True)

    def lstat(self, path: str) -> Any:
        return self._stat(path, follow=False)

    def _stat(self, path: str, *, follow: bool) -> Any:
        try:
            return _attributes(self._path(path), self._path(path).stat(follow_symlinks=follow))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    def open(self, path: str, flags: int, attr: Any) -> Any:
        try:
            stream = self._path(path).open("rb")
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        handle = paramiko.SFTPHandle(flags)
        handle.filename = path
        handle.readfile = stream
        return handle


def _attributes(path: Path, found: os.stat_result) -> paramiko.SFTPAttributes:
    return paramiko.SFTPAttributes.from_stat(found, path.name)


def forged_file(name: str, size: int = 1, mode: int = stat.S_IFREG | 0o600) -> paramiko.SFTPAttributes:
    """An entry that a hostile server lists."""
    attributes = paramiko.SFTPAttributes()
    attributes.filename = name
    attributes.st_size, attributes.st_mode = size, mode
    attributes.st_uid = attributes.st_gid = 0
    attributes.st_atime = attributes.st_mtime = 0
    return attributes
