"""Files of the site that stay as they are from night to night: taken over from the old folder instead of made anew.

A small file beside them says of what each was made (a digest) and what its bytes were: a file that somebody has edited
or lost is made anew. A file taken over keeps its inode where the file system has links.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

from reports.folder import write_private

STATE = ".made-of.json"


class Unchanged:
    """What the old site holds that may be taken over, and what the new one is made of; counts both kinds."""

    def __init__(self, old: Path, new: Path) -> None:
        self._old = old
        self._new = new
        self._known = _read(old / STATE)
        self._made: dict[str, tuple[str, str]] = {}
        self.taken = 0
        self.written = 0

    def take(self, name: str, made_of: str) -> bool:
        """Takes a file over if it is made of the same and nobody has touched it; False: it has to be made."""
        known, digest = self._known.get(name, ("", ""))
        source = self._old / name
        if known != made_of or source.is_symlink() or not source.is_file():
            return False
        if hashlib.sha256(source.read_bytes()).hexdigest() != digest:
            return False
        target = self._new / name
        try:
            os.link(source, target)
        except OSError:  # a file system without links
            shutil.copy2(source, target)
        target.chmod(0o600)
        self._made[name] = (made_of, digest)
        self.taken += 1
        return True

    def write(self, name: str, made_of: str, content: str | bytes) -> None:
        """Writes a new file and remembers what it was made of."""
        body = content.encode("utf-8") if isinstance(content, str) else content
        write_private(self._new / name, body)
        self._made[name] = (made_of, hashlib.sha256(body).hexdigest())
        self.written += 1

    def remember(self) -> None:
        """Writes down what the files of the new site were made of, for the next one."""
        write_private(self._new / STATE, json.dumps(self._made, sort_keys=True, separators=(",", ":")))


def _read(state: Path) -> dict[str, tuple[str, str]]:
    """What is written there; nothing if that cannot be read: then everything is made anew."""
    try:
        content = json.loads(state.read_text("utf-8"))
        return {str(name): (str(made_of), str(digest)) for name, (made_of, digest) in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
