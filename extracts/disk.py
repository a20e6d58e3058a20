"""Files and folders that only their owner may read, and that survive a power cut.

Does not belong here: what stands in them.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


def make_private_folder(path: Path) -> Path:
    """Makes the folder, and what is missing above it, readable by the owner alone; gives it back."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    return path


def remove(path: Path) -> None:
    """Removes a file or a whole folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_private(path: Path, content: str) -> None:
    """Writes a small text file at once: whoever reads it sees the old content or the new one."""
    temporary = path.with_name(f".{path.name}.part")
    temporary.touch(mode=PRIVATE_FILE)
    temporary.write_text(content, encoding="utf-8")
    settle(temporary)
    temporary.replace(path)


def settle(path: Path) -> None:
    """Sees to it that a file is private and that its bytes (or a folder's entries) are on the disk."""
    if not path.is_dir():
        path.chmod(PRIVATE_FILE)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def settle_tree(root: Path) -> None:
    """Settles everything below a folder, and then the folder."""
    for folder, _, files in os.walk(root, topdown=False):
        for file in files:
            settle(Path(folder, file))
        settle(Path(folder))


def printable(name: str) -> str:
    """A name from outside as it may stand in a message: one line, no control characters, not too long."""
    longest = 120
    shown = "".join(character if character.isprintable() else "?" for character in name)
    return shown if len(shown) <= longest else f"{shown[:longest]}…"
