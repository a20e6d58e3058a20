"""What stands in a landing zone on another machine: its deliveries, and the entries of one of them.

Names come from outside and may be hostile: here they are only read, by the rules of a local landing zone.
Does not belong here: bringing a delivery here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from extracts.landing import IGNORED_PREFIXES, folder_date
from extracts.remote_landing.address import LandingAddress

if TYPE_CHECKING:
    from extracts.remote_landing.session import Session

FILE = "file"
FOLDER = "directory"
LINK = "link"

#: What tells a file from another one of the same name and size, where the storage says it.
_VERSION_KEYS = ("ETag", "LastModified", "mtime", "created")


@dataclass(frozen=True)
class Entry:
    """One name in a folder: of a file its size, and what changes when it is written anew."""

    name: str
    kind: str
    size: int
    version: str


@dataclass(frozen=True)
class RemoteDelivery:
    """A delivery that waits in a landing zone; `sizes` of its files if they were asked for.

    One that is a link counts, so that it is not lost without a word: it is never followed, and refused when fetched.
    """

    load_date: date
    zone: LandingAddress
    is_link: bool = False
    sizes: tuple[tuple[str, int], ...] = ()

    @property
    def address(self) -> LandingAddress:
        """Where the delivery's files are."""
        return self.zone / self.load_date.isoformat()


def find_remote_deliveries(
    session: Session, *, passed_over: Collection[date] = frozenset(), sizes: bool = False
) -> list[RemoteDelivery]:
    """Every delivery of the zone, oldest first, but those passed over; what is no folder named by a date is ignored.

    Errors: BadInput if there is no such zone, or it may not be read; LandingFailed if it does not answer.
    """
    address = session.address
    entries = session.patiently(lambda opened: read_folder(opened, address.folder))
    found = [
        RemoteDelivery(day, address, entry.kind == LINK)
        for entry in entries
        if entry.kind in (FOLDER, LINK) and (day := folder_date(entry.name)) and day not in passed_over
    ]
    found.sort(key=lambda one: one.load_date)
    return [_with_sizes(session, one) for one in found] if sizes else found


def delivery_entries(opened: Any, delivery: RemoteDelivery) -> list[Entry]:
    """What the delivery holds, in order of name, but hidden names; nothing if it is gone, or a link."""
    if delivery.is_link:
        return []
    try:
        entries = read_folder(opened, delivery.address.folder)
    except FileNotFoundError:
        return []
    return sorted((entry for entry in entries if not is_ignored(entry.name)), key=lambda entry: entry.name)


def is_ignored(name: str) -> bool:
    """Whether the file is still being written, or is a mark of a file manager. A path is none of these."""
    return name.startswith(IGNORED_PREFIXES) and not set(name) & {"/", "\\"} and name not in (".", "..")


def read_folder(opened: Any, folder: str) -> list[Entry]:
    """The entries of a folder. A name that does not stand directly in it keeps its slashes, for others to refuse."""
    base = f"{folder.rstrip('/')}/"
    entries: list[Entry] = []
    for found in opened.ls(folder, detail=True):
        path = str(found["name"])
        if path == folder and found["type"] == FILE:
            raise NotADirectoryError
        size = int(found.get("size") or 0)
        # S3 has no folders: an empty object with the folder's name stands for one.
        if path == base and size == 0:
            continue
        version = "|".join(str(found.get(key, "")) for key in _VERSION_KEYS)
        entries.append(Entry(path.removeprefix(base), str(found["type"]), size, version))
    return entries


def _with_sizes(session: Session, delivery: RemoteDelivery) -> RemoteDelivery:
    entries = session.patiently(lambda opened: delivery_entries(opened, delivery))
    return replace(delivery, sizes=tuple((entry.name, entry.size) for entry in entries))
