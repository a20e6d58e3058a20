"""A package that the region took to the core of the витрина by its own means: the operator says so.

The files of such a package are Avro (`portal/avro_writer.py`); nobody but the operator knows that they were loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from extracts.disk import printable
from extracts.errors import BadInput
from portal.sending.journal import Entry, Journal, read_journal
from portal.sending.lock import sender_lock
from portal.sending.options import Clock
from portal.sending.outbox import OutgoingPackage, find_packages
from portal.sending.package_file import NotThatFile, opened


@dataclass(frozen=True)
class Delivered:
    """What counts as confirmed now."""

    package: str
    files: int
    rows: int


def note_delivered(exports: Path, name: str, *, datamart: str, clock: Clock) -> Delivered:
    """Notes all files of a package as confirmed, all at once. Doing it again changes nothing.

    An older package may be told of as long as nothing is noted of a newer one: a package that was loaded and is not
    noted would leave rows on the portal that nobody deletes.

    Args:
        exports: the folder of the packages.
        name: the package; it must be named, because a newer one may have been made meanwhile.
        datamart: of the settings; the journal keeps it.
        clock: the time that is noted.

    Raises:
        BadInput: no such package, one that `portfolio send` sends, an older one out of turn, a file that is not the
            manifest's.
        SenderBusy: another process is sending.
    """
    _find(exports, name)  # there is a folder to lock
    with sender_lock(exports):
        package, newer = _find(exports, name)
        _check(package, newer)
        journal = read_journal(package.folder) or Journal(package.folder, "", datamart, {})
        known = {name for name, entry in journal.files.items() if entry.state == "confirmed"}
        entries = {file.name: Entry("confirmed", at=clock.stamp()) for file in package.files if file.name not in known}
        if entries:
            journal.note_all(entries)
        return Delivered(package.name, len(package.files), sum(file.rows for file in package.files))


def _find(exports: Path, name: str) -> tuple[OutgoingPackage, list[OutgoingPackage]]:
    packages = find_packages(exports)
    for place, package in enumerate(packages):
        if package.name == name:
            return package, packages[place + 1 :]
    raise BadInput(f"Пакета {printable(name)} нет: проверьте название папки в exports.")


def _check(package: OutgoingPackage, newer: list[OutgoingPackage]) -> None:
    if package.files and not package.is_avro:
        raise BadInput(
            f"Пакет {package.name} — CSV, его отправляет portfolio send. Ключ --delivered — для пакетов Avro, которые "
            "регион загрузил сам."
        )
    told = next((one for one in newer if (journal := read_journal(one.folder)) is not None and journal.files), None)
    if told is not None:
        raise BadInput(
            f"Пакет {package.name} старше пакета {told.name}, который уже отмечен. Что теперь на портале, неизвестно: "
            "сделайте полный пакет, portfolio export --full."
        )
    for file in package.files:
        try:
            with opened(package.folder, file):
                pass
        except NotThatFile as error:
            reason = error.reason
        else:
            continue
        raise BadInput(f"Пакет {package.name}, {file.name}: {reason}. Верните файл, каким он был, и повторите команду.")
