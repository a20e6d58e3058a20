"""Sends the newest package to the portal (specification 4-portal.md, «Sending»).

Only the newest package is sent: it was made from everything that was known of the portal, older ones are superseded by
it. Requests of older packages that are still under way are followed to their end first, so that the portal does not
apply an old row after a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from extracts.disk import printable
from extracts.errors import BadInput
from portal.sending.address import Portal, same_portal
from portal.sending.client import Client, LoaderClient
from portal.sending.journal import Journal, read_journal
from portal.sending.lock import sender_lock
from portal.sending.options import Clock, SendOptions
from portal.sending.order import order_of
from portal.sending.outbox import OutgoingFile, OutgoingPackage, find_packages, package_folders
from portal.sending.run import Count, Run, Say
from portal.sending.upload_service import UploadServiceClient
from portal.specification import load_specification

#: What stands in the journal of a request that the operator gave up.
ABANDONED = "portfolio send --abandon: ответа не дождались"


@dataclass(frozen=True)
class Sent:
    """How a sending ended: counts of the package's files, confirmed now or before; `trouble`: why it broke off."""

    package: str
    files: int
    confirmed: int
    rows: int
    bytes: int
    trouble: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the portal has confirmed everything, and nothing older is under way."""
        return self.confirmed == self.files and self.trouble is None


@dataclass(frozen=True)
class Sending:
    """What a sending needs.

    specification: for packages whose manifest does not name the parents of tables. environment: where the file of
    trusted certificates may be named. abandon: requests that are under way are given up before anything is sent.
    """

    exports: Path
    portal: Portal
    options: SendOptions = field(default_factory=SendOptions)
    specification: Path | None = None
    clock: Clock = field(default_factory=Clock)
    environment: Mapping[str, str] = field(default_factory=dict)
    abandon: bool = False
    say: Say = lambda _text: None
    count: Count = lambda _text, _done, _total: None


def send_package(sending: Sending, name: str | None = None) -> Sent:
    """Sends what the portal has not confirmed of the newest package, and follows it to the end.

    name: the package that the caller means; only the newest can be meant.

    Raises:
        BadInput: no package, a superseded one, one of Avro files, a damaged manifest or journal, another portal than
            before.
        SenderBusy: another process is sending.
    """
    check_sendable(choose_package(sending.exports, name))
    with sender_lock(sending.exports):
        # Under the lock the newest one may be another than a moment ago.
        packages = find_packages(sending.exports)
        package = _choose(packages, name)
        check_sendable(package)
        older = packages[:-1]
        check_portal(package, older, sending.portal)
        if sending.abandon:
            _abandon(sending, packages)
        deadline = sending.clock.monotonic() + sending.options.patience
        client = _client(sending, deadline)
        try:
            trouble = _follow_older(sending, older, client, deadline)
            if trouble:
                return _nothing_sent(package, trouble)
            return _send(sending, package, {one.name for one in packages}, client, deadline)
        finally:
            client.close()


def _client(sending: Sending, deadline: float) -> Client:
    kind = UploadServiceClient if sending.options.upload == "v1" else LoaderClient
    return kind(sending.portal, sending.options, sending.clock, deadline=deadline, environment=sending.environment)


def choose_package(exports: Path, name: str | None) -> OutgoingPackage:
    """The newest package. Errors: BadInput if there is none, or if `name` is not its name."""
    return _choose(find_packages(exports), name)


def _choose(packages: list[OutgoingPackage], name: str | None) -> OutgoingPackage:
    if not packages:
        raise BadInput("Пакетов для портала нет: сначала выполните portfolio load или portfolio export.")
    newest = packages[-1]
    if name is None or name == newest.name:
        return newest
    if name in {package.name for package in packages}:
        raise BadInput(f"Пакет {name} устарел: после него сделан {newest.name}, отправляется только последний.")
    raise BadInput(f"Пакета {printable(name)} нет. Последний пакет: {newest.name}.")


def check_sendable(package: OutgoingPackage) -> None:
    """Avro files are for the core of the витрина, not for its loader. Errors: BadInput."""
    if package.is_avro:
        raise BadInput(
            f"Пакет {package.name} — файлы Avro для ядра витрины: загрузите их в Kafka средствами региона и выполните "
            f"portfolio send --package {package.name} --delivered. Загрузчику портала нужен пакет CSV (portal.format)."
        )


def check_portal(package: OutgoingPackage, older: list[OutgoingPackage], portal: Portal) -> None:
    """A delta is the difference from what one portal has: it makes no sense for another.

    Raises:
        BadInput: the package, or what it is the difference from, was sent elsewhere.
    """
    concerned = [package] if package.kind == "full" else [package, *reversed(older)]
    journal = next((one for one in map(_journal_of, concerned) if one is not None), None)
    if journal is None or _is_of(journal, portal):
        return
    raise BadInput(
        f"Пакет {package.name} продолжает отправку на другой портал ({printable(journal.url)}, витрина "
        f"{printable(journal.datamart)}). Проверьте адрес и portal.datamart; чтобы начать с новым порталом, сделайте "
        "полный пакет: portfolio export --full."
    )


def _is_of(journal: Journal, portal: Portal) -> bool:
    if not journal.url:  # delivered by the region's own means: only the datamart is known
        return journal.datamart == portal.datamart
    return same_portal((journal.url, journal.datamart), (portal.base, portal.datamart))


def _journal_of(package: OutgoingPackage) -> Journal | None:
    journal = read_journal(package.folder)
    return journal if journal is not None and journal.files else None


def _follow_older(sending: Sending, older: list[OutgoingPackage], client: Client, deadline: float) -> str | None:
    """Asks for requests of older packages until they end; why that did not come to an end, None if it did."""
    for package in older:
        journal = _journal_of(package)
        if journal is None or not _is_of(journal, sending.portal):
            continue
        files = [file for file in package.files if _is_under_way(journal, file)]
        if not files:
            continue
        sending.say(f"Пакет {package.name}: ожидание прежних запросов, файлов {len(files)}")
        run = _run(sending, replace(package, files=tuple(files)), journal, client, deadline, may_post=lambda: False)
        run.go()
        if run.trouble or any(_is_under_way(journal, file) for file in files):
            return f"портал ещё не закончил с прежним пакетом {package.name}" + (
                f" ({run.trouble})" if run.trouble else ""
            )
    return None


def _abandon(sending: Sending, packages: list[OutgoingPackage]) -> None:
    """Notes requests of this portal that are under way as failed: nobody knows what came of their rows, and they are
    sent again. For the operator whose portal lost them and says so to nobody.
    """
    for package in packages:
        journal = _journal_of(package)
        if journal is None or not _is_of(journal, sending.portal):
            continue
        given_up = {file.name: journal.files[file.name] for file in package.files if _is_under_way(journal, file)}
        if not given_up:
            continue
        at = sending.clock.stamp()
        journal.note_all(
            {name: replace(entry, state="failed", description=ABANDONED, at=at) for name, entry in given_up.items()}
        )
        sending.say(f"Пакет {package.name}: запросы оставлены без ответа, файлов {len(given_up)}")


def _is_under_way(journal: Journal, file: OutgoingFile) -> bool:
    entry = journal.files.get(file.name)
    return entry is not None and entry.state == "in_progress"


def _send(sending: Sending, package: OutgoingPackage, known: set[str], client: Client, deadline: float) -> Sent:
    """known: the packages that there were when this one was chosen as the newest."""
    journal = read_journal(package.folder) or Journal(package.folder, "", "", {})
    journal.url, journal.datamart = sending.portal.base, sending.portal.datamart

    def may_post() -> bool:
        # A newer package was made without knowing of what this one would still send.
        return known.issuperset(folder.name for folder in package_folders(sending.exports))

    run = _run(sending, package, journal, client, deadline, may_post=may_post)
    run.go()
    run.tell_held()
    confirmed = run.confirmed
    trouble = run.trouble
    if trouble is None and len(confirmed) < len(package.files) and not may_post():
        trouble = "тем временем сделан новый пакет, следующая отправка возьмёт его"
    return Sent(
        package.name,
        files=len(package.files),
        confirmed=len(confirmed),
        rows=sum(file.rows for file in confirmed),
        bytes=sum(file.bytes for file in confirmed),
        trouble=trouble,
    )


def _nothing_sent(package: OutgoingPackage, trouble: str) -> Sent:
    return Sent(package.name, files=len(package.files), confirmed=0, rows=0, bytes=0, trouble=trouble)


def _run(
    sending: Sending,
    package: OutgoingPackage,
    journal: Journal,
    client: Client,
    deadline: float,
    *,
    may_post: Callable[[], bool],
) -> Run:
    return Run(
        folder=package.folder,
        order=order_of(package.files, parents_of(package, sending.specification)),
        journal=journal,
        client=client,
        options=sending.options,
        clock=sending.clock,
        deadline=deadline,
        say=sending.say,
        count=sending.count,
        may_post=may_post,
    )


def parents_of(package: OutgoingPackage, specification: Path | None) -> Mapping[str, tuple[str, ...]]:
    """The tables that each table refers to: the manifest says so, else the specification."""
    if package.parents is not None:
        return package.parents
    return {table.name: table.parents for table in load_specification(specification).tables}
