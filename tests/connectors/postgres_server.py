"""A PostgreSQL of the tests' own: made in a temporary folder, on a unix socket and on loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "geheim-7261"
_PLACES = (*map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), "/usr/local/bin", "/usr/bin")


class NoServer(Exception):
    """Why there is no PostgreSQL for the tests."""


@dataclass(frozen=True)
class Server:
    """Where the server is: `dsn` over the socket, `remote_dsn` over loopback with a password."""

    dsn: str
    port: int

    def remote_dsn(self, *, password: str = PASSWORD, user: str = "postgres") -> str:
        """A connection string as a region has it."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/postgres"


@contextmanager
def running_server() -> Iterator[Server]:
    """Makes, starts and at the end removes a server. Errors: NoServer where there is none or none can be started."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="portfolio-pg-"))
    try:
        prefix = _other_user(folder)
        data, port = folder / "data", _free_port()
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        command = ["initdb", "-D", str(data), "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        _run([*prefix, str(programs / command[0]), *command[1:], "-A", "scram-sha-256", "--auth-local=trust",
              f"--pwfile={secret}"])  # fmt: skip
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c shared_buffers=16MB"
        control = [*prefix, str(programs / "pg_ctl"), "-D", str(data)]
        _run([*control, "-w", "-t", "60", "-l", str(folder / "log"), "-o", options, "start"])
        try:
            yield Server(dsn=f"host={folder} port={port} user=postgres dbname=postgres", port=port)
        finally:
            subprocess.run([*control, "-m", "immediate", "-w", "stop"], check=False, capture_output=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    for place in (*_PLACES, *os.environ.get("PATH", "").split(os.pathsep)):
        if all(Path(place, name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
            return Path(place)
    raise NoServer("no PostgreSQL server is installed (Debian: apt-get install postgresql)")


def _other_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: the words before a command that runs it as somebody else."""
    if os.geteuid() != 0:
        return []
    name = next((name for name in ("postgres", "nobody") if _exists(name)), None)
    setpriv = shutil.which("setpriv")
    if name is None or setpriv is None:
        raise NoServer("run as root, and there is no user or no setpriv to start PostgreSQL as somebody else")
    account = pwd.getpwnam(name)
    os.chown(folder, account.pw_uid, account.pw_gid)
    return [
        setpriv,
        f"--reuid={account.pw_uid}",
        f"--regid={account.pw_gid}",
        "--clear-groups",
        "env",
        f"HOME={folder}",
    ]


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: list[str]) -> None:
    # Not a pipe: the server that pg_ctl leaves behind would hold it open.
    with tempfile.TemporaryFile() as said:
        ended = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/")
        if ended.returncode != 0:
            said.seek(0)
            raise NoServer(f"PostgreSQL could not be started: {said.read().decode(errors='replace')[-400:]}")
