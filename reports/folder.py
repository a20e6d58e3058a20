"""A folder that readers always see whole: built beside its place, then exchanged with what stood there."""

from __future__ import annotations

import ctypes
import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from extracts.errors import BadInput

MARKER = ".portfolio-report"
AT_FDCWD = -100
RENAME_EXCHANGE = 2


def write_private(path: Path, content: str | bytes) -> None:
    """Writes a new file that only its owner may read (0600), text as UTF-8 with `\\n`, whatever the umask says."""
    body = content.encode("utf-8") if isinstance(content, str) else content
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)


@contextmanager
def replaced_folder(target: Path, *, keep: Collection[str] = ()) -> Iterator[Path]:
    """Gives a new empty folder (0700) beside `target`; when the block ends well, it takes the place of `target`.

    keep: names of folders inside `target` that belong to somebody else; they are found in the new one, too. An
    exception leaves `target` as it was. Raises BadInput where `target` is a file or a folder with other contents: an
    output path that was mistyped must not cost anybody their documents.
    """
    place = target.resolve()
    _refuse_foreign(place, keep)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Left over from a build that was killed: there is one writer.
    for leftover in place.parent.glob(f".{glob.escape(place.name)}.tmp-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    built = Path(tempfile.mkdtemp(prefix=f".{place.name}.tmp-", dir=place.parent))
    try:
        write_private(built / MARKER, "")
        yield built
        for name in keep:
            _carry_over(place / name, built / name)
        _swap(built, place)
    finally:
        shutil.rmtree(built, ignore_errors=True)


def _refuse_foreign(place: Path, keep: Collection[str]) -> None:
    if not place.exists():
        return
    if not place.is_dir():
        raise BadInput(f"{place}: это файл, а не папка отчёта; укажите другое место")
    if any(entry.name not in keep for entry in place.iterdir()) and not (place / MARKER).exists():
        raise BadInput(f"{place}: в папке лежит что-то другое, не отчёт; укажите пустую или новую папку")


def _carry_over(folder: Path, target: Path) -> None:
    """The same files under both names: whoever writes one replaces it as a whole."""
    if folder.is_dir():
        shutil.copytree(folder, target, copy_function=_link)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copy2(source, target)


def _swap(built: Path, place: Path) -> None:
    """Puts `built` in the place of `place`; what stood there ends up under the name of `built`."""
    if not place.exists():
        built.rename(place)
        return
    if _exchange(built, place):
        return
    # No exchange here (not Linux, or a network file system): two renames, with nothing in place between them.
    aside = built.with_name(built.name + "-old")
    place.rename(aside)
    built.rename(place)
    aside.rename(built)


def _exchange(first: Path, second: Path) -> bool:
    """Exchanges two names in one step of the file system; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    return bool(renameat2(AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second), RENAME_EXCHANGE) == 0)
