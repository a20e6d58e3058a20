"""What waits to be sent, for `portfolio status` and `portfolio send --dry-run`: it reads and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from portal.sending.journal import Entry, read_journal
from portal.sending.outbox import OutgoingFile, OutgoingPackage, find_packages
from portal.sending.package_file import NotThatFile, opened

_STATES = {
    "posting": "будет отправлен ещё раз: прошлая отправка прервалась",
    "in_progress": "уже у портала, будет запрошено состояние",
    "confirmed": "уже подтверждён",
    "failed": "будет отправлен ещё раз: в прошлый раз не принят",
}


@dataclass(frozen=True)
class Waiting:
    """How the newest package stands: files confirmed of all, and those that were not accepted."""

    package: str
    files: int
    confirmed: int
    failed: int


def waiting(exports: Path) -> Waiting | None:
    """How the newest package stands, None if there is no package. Errors: BadInput for damaged files."""
    packages = find_packages(exports)
    if not packages:
        return None
    newest = packages[-1]
    entries = _entries(newest)
    states = [entries[file.name].state for file in newest.files if file.name in entries]
    return Waiting(newest.name, len(newest.files), states.count("confirmed"), states.count("failed"))


def plan_lines(package: OutgoingPackage) -> list[str]:
    """A line for each file of a package, in order of sending: what a sending would do with it."""
    entries = _entries(package)
    return [_line(package, file, entries.get(file.name)) for file in package.files]


def _line(package: OutgoingPackage, file: OutgoingFile, entry: Entry | None) -> str:
    text = _STATES[entry.state] if entry else "будет отправлен"
    if entry is None or entry.state in ("posting", "failed"):
        try:
            with opened(package.folder, file):
                pass
        except NotThatFile as error:
            text = f"не будет отправлен: {error.reason}"
    return f"{file.name}: строк {file.rows}, байт {file.bytes} — {text}"


def _entries(package: OutgoingPackage) -> dict[str, Entry]:
    journal = read_journal(package.folder)
    return journal.files if journal else {}
