"""With what a landing zone is opened. S3 is not here: its libraries read AWS_* from the environment themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Access:
    """Of an SFTP zone: what the server knows the operator by, and the file by which we know the server.

    Without a password and a key file the SSH agent and the keys of `~/.ssh` are tried; without `known_hosts` the
    system's files are read. A server that is in none of them is refused.
    """

    password: str | None = field(default=None, repr=False)
    key_file: Path | None = None
    key_passphrase: str | None = field(default=None, repr=False)
    known_hosts: Path | None = None
