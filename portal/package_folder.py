"""The folder of a package: made aside, given its name when it is complete.

`exports/.tmp-…` becomes `exports/<as_of>-<number>/` by one rename, so whoever sees a package sees all of it. A run
that was killed leaves only a `.tmp-…` folder, which the next run removes (one writer at a time: 0-architecture.md).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

FOLDER_MODE = 0o700

#: The name of a package's folder.
PACKAGE_FOLDER = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})-([0-9]+)")

_TEMPORARY = ".tmp-"


@dataclass(frozen=True)
class PackageFolder:
    """A package in the making: where it is written, and the name and number it will have."""

    temporary: Path
    final: Path
    number: int


@contextmanager
def new_package_folder(exports: Path, as_of: date) -> Iterator[PackageFolder]:
    """A private folder that becomes `<as_of>-<next number>` when the block ends well, and is removed when it does not.

    The next number is one more than the greatest there is, so that the number of a package that was removed in the
    middle is never given twice.
    """
    exports.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    _remove_leftovers(exports)
    number = 1 + max(_numbers(exports, as_of), default=0)
    name = f"{as_of.isoformat()}-{number}"
    folder = PackageFolder(exports / f"{_TEMPORARY}{name}", exports / name, number)
    folder.temporary.mkdir(mode=FOLDER_MODE)
    try:
        yield folder
        _sync(folder.temporary)
        folder.temporary.rename(folder.final)
        _sync(exports)
    except BaseException:
        shutil.rmtree(folder.temporary, ignore_errors=True)
        raise


def _numbers(exports: Path, as_of: date) -> Iterator[int]:
    for entry in exports.iterdir():
        match = PACKAGE_FOLDER.fullmatch(entry.name)
        if match is not None and match[1] == as_of.isoformat():
            yield int(match[2])


def _remove_leftovers(exports: Path) -> None:
    for entry in exports.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(entry)


def _sync(folder: Path) -> None:
    """Makes names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
