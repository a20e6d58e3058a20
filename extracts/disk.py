"""Files and folders that only their owner may read, and that survive a power cut.

Does not belong here: what stands in them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600

_ASIDE = ".replaced-"


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


def put_in_place(folder: Path, target: Path) -> None:
    """Renames a folder to its place. One that stands there is put aside and then removed.

    No system call that is to be had everywhere lets two folders change places: a run killed between the two renames
    leaves the old one aside, and whoever writes next calls `restore_replaced`.
    """
    make_private_folder(target.parent)
    try:
        if target.exists():
            target.rename(target.with_name(f"{_ASIDE}{target.name}"))
        folder.rename(target)
        settle(target.parent)
    finally:
        restore_replaced(target.parent)


def restore_replaced(parent: Path) -> None:
    """Puts back what a killed run has put aside in this folder, or removes it if its successor stands."""
    for aside in parent.glob(f"{_ASIDE}*"):
        target = aside.with_name(aside.name.removeprefix(_ASIDE))
        if target.exists():
            remove(aside)
        else:
            aside.rename(target)
            settle(parent)


def sha256(path: Path) -> str:
    """The digest of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def printable(name: str) -> str:
    """A name from outside as it may stand in a message: one line, no control characters, not too long."""
    longest = 120
    shown = "".join(character if character.isprintable() else "?" for character in name)
    return shown if len(shown) <= longest else f"{shown[:longest]}…"
