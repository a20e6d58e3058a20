"""Bringing one delivery here: file by file into a private folder, whole or not at all.

Nothing is taken up where an earlier run broke off: what it left is removed and fetched anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extracts.contract import dataset_names
from extracts.disk import PRIVATE_FILE, make_private_folder, printable, remove
from extracts.errors import BadInput
from extracts.landing import Delivery, dataset_of
from extracts.remote_landing.errors import Incomplete, LandingFailed
from extracts.remote_landing.session import Session
from extracts.remote_landing.zone import FILE, Entry, RemoteDelivery, delivery_entries

#: What is read and written at a time, and what is asked of S3 at a time.
CHUNK_BYTES = 2**20
BLOCK_BYTES = 8 * 2**20

#: What must stay free on the disk beside the copy.
SPARE_BYTES = 2**28

#: A delivery has a few dozen files; whoever lists more has mistaken the folder.
MAX_FILES = 10_000

_MAX_NAME_BYTES = 255
_SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class Fetched:
    """A delivery that now stands on this machine."""

    delivery: Delivery
    files: int
    size: int


def fetch_delivery(
    session: Session, remote: RemoteDelivery, folder: Path, *, without: Collection[str] = frozenset()
) -> Fetched:
    """Copies the delivery into `<folder>/<date>`, private to its owner; what was in `folder` is removed first.

    Of the datasets in `without` only the names come (as empty files), for the loader to pass over.
    Errors, with nothing left behind: BadInput for names and entries that no delivery may hold, or if the delivery
    changes meanwhile; LandingFailed if the network or the space on the disk does not suffice.
    """
    remove(folder)
    target = make_private_folder(folder / remote.load_date.isoformat())
    try:
        return _fetch(session, remote, target, {dataset_names().get(name, name) for name in without})
    except BaseException:
        remove(folder)
        raise


def _fetch(session: Session, remote: RemoteDelivery, target: Path, without: Collection[str]) -> Fetched:
    entries = session.patiently(lambda opened: delivery_entries(opened, remote))
    skipped = [entry for entry in entries if dataset_of(entry.name) in without]
    wanted = [entry for entry in entries if dataset_of(entry.name) not in without]
    _check(remote, wanted)
    size = sum(entry.size for entry in wanted)
    _check_space(remote, target, size)
    for entry in wanted:
        _fetch_file(session, remote, entries, entry, target / entry.name)
    if session.patiently(lambda opened: delivery_entries(opened, remote)) != entries:
        raise _changed(remote)
    for entry in skipped:
        if _is_plain(entry.name):
            (target / entry.name).touch(mode=PRIVATE_FILE)
    return Fetched(Delivery(remote.load_date, target), len(wanted), size)


def _fetch_file(session: Session, remote: RemoteDelivery, entries: Sequence[Entry], entry: Entry, target: Path) -> None:
    tries = 0

    def work(opened: Any) -> None:
        nonlocal tries
        tries += 1
        # Only a delivery that is still the same may be tried again: two versions of a file must never be mixed.
        if tries > 1 and delivery_entries(opened, remote) != entries:
            raise _changed(remote)
        _copy(opened, f"{remote.address.folder}/{entry.name}", target, entry.size)

    session.patiently(work)


def _copy(opened: Any, source: str, target: Path, size: int) -> None:
    """Streams the file to its end. Errors: Incomplete unless it is just as long as the listing said."""
    left = size
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as copy:
        try:
            with opened.open(source, "rb", block_size=BLOCK_BYTES) as stream:
                while left >= 0 and (chunk := stream.read(CHUNK_BYTES)):
                    left -= len(chunk)
                    copy.write(chunk)
        except FileNotFoundError:
            left = -1
    if left:
        name = printable(target.name)
        raise Incomplete(
            f"{target.parent.name}/{name}: файл приходит не той длины, что в зоне приёма. "
            "Проверьте, цел ли он там, и запустите снова. Опубликованное не изменено."
        )


def _check(remote: RemoteDelivery, entries: Sequence[Entry]) -> None:
    if remote.is_link:
        raise BadInput(
            f"Поставка {remote.load_date}: в зоне приёма это ссылка, а не папка. Положите саму папку с файлами."
        )
    if len(entries) > MAX_FILES:
        raise BadInput(
            f"Поставка {remote.load_date}: в папке больше {MAX_FILES} файлов. Оставьте в ней только файлы наборов."
        )
    problems = [problem for entry in entries if (problem := _problem(remote, entry))]
    if len(problems) > _SHOWN_PROBLEMS:
        problems = [*problems[:_SHOWN_PROBLEMS], f"Поставка {remote.load_date}: таких имён всего {len(problems)}."]
    if problems:
        raise BadInput(problems)


def _problem(remote: RemoteDelivery, entry: Entry) -> str | None:
    where = f"{remote.load_date}/{printable(entry.name)}"
    if not _is_plain(entry.name):
        return f"{where}: в имени файла недопустимые знаки, или оно слишком длинное. Переименуйте файл."
    if entry.kind != FILE:
        return f"{where}: это не обычный файл. Уберите его из поставки (файлы наборов лежат прямо в её папке)."
    return None


def _is_plain(name: str) -> bool:
    """Whether the name can stand in our folder and nowhere else, and means one file to the storage."""
    if not name.isprintable() or name in ("", ".", "..") or any(sign in name for sign in "/\\"):
        return False
    # s3fs would take the end of such a name for a version of another file.
    return "?versionId=" not in name and _length(name) <= _MAX_NAME_BYTES


def _length(name: str) -> int:
    return len(name.encode("utf-8", "replace"))


def _check_space(remote: RemoteDelivery, target: Path, size: int) -> None:
    free = shutil.disk_usage(target).free - SPARE_BYTES
    if size > free:
        raise LandingFailed(
            f"Поставка {remote.load_date} не помещается на диск: нужно {_megabytes(size)} МБ, свободно "
            f"{_megabytes(max(free, 0))} МБ (ещё {_megabytes(SPARE_BYTES)} МБ остаются в запасе). "
            "Освободите место в PORTFOLIO_HOME и запустите снова."
        )


def _megabytes(size: int) -> int:
    return -(-size // 2**20)


def _changed(remote: RemoteDelivery) -> BadInput:
    return BadInput(
        f"Поставка {remote.load_date} меняется во время приёма: её ещё пишут. Дождитесь конца и загрузите снова; "
        "пишите поставку под именем с «.part» и переименуйте, когда она готова."
    )
