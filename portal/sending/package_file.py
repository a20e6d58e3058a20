"""The file that is sent is the file of the manifest, byte for byte."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from portal.sending.outbox import OutgoingFile


class NotThatFile(Exception):
    """What stands in the folder is not what the manifest describes; `reason` says why, in Russian."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@contextmanager
def opened(folder: Path, file: OutgoingFile) -> Iterator[BinaryIO]:
    """The file, open at its first byte; its size and SHA-256 have been compared with the manifest.

    The bytes that were hashed are those that are sent: whoever puts another file in its place comes too late.

    Raises:
        NotThatFile: it is missing, or another one.
    """
    try:
        # Never through a link: a package holds files of its own.
        descriptor = os.open(folder / file.name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        raise NotThatFile("файла нет или он не читается") from None
    with os.fdopen(descriptor, "rb") as stream:
        if os.fstat(descriptor).st_size != file.bytes:
            raise NotThatFile("размер не тот, что в manifest.json")
        if hashlib.file_digest(stream, "sha256").hexdigest() != file.sha256:
            raise NotThatFile("SHA-256 не та, что в manifest.json")
        stream.seek(0)
        yield stream
