"""The landing zone of the settings, on this machine or on another one: what waits in it, and one delivery at hand.

Secrets of a zone on another machine come from the environment only: for SFTP the variables below, for S3 those that
its libraries read themselves (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, …).
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from extracts.disk import remove
from extracts.landing import Delivery, find_deliveries, misnamed_folders
from extracts.remote_landing.access import Access
from extracts.remote_landing.address import Landing
from extracts.remote_landing.zone import RemoteDelivery
from orchestration import progress
from orchestration.home import Home

PASSWORD = "PORTFOLIO_LANDING_PASSWORD"  # noqa: S105
KEY_FILE = "PORTFOLIO_LANDING_KEY_FILE"
KEY_PASSPHRASE = "PORTFOLIO_LANDING_KEY_PASSPHRASE"  # noqa: S105
KNOWN_HOSTS = "PORTFOLIO_LANDING_KNOWN_HOSTS"

#: How many folders are named to the operator.
SHOWN_NAMES = 3

#: A delivery in a folder of this machine, or one that has to be fetched.
Waiting = Delivery | RemoteDelivery


def find_waiting(
    landing: Landing,
    *,
    merged: Collection[date] = frozenset(),
    only_looking: bool = False,
    sizes: bool = False,
) -> list[Waiting]:
    """The deliveries of the landing zone that are not merged, oldest first.

    only_looking: whoever asks will ask again, and wants a quick answer rather than more tries. sizes: of a zone on
    another machine, with the sizes of the files. Errors: BadInput if there is no such zone, LandingFailed if it does
    not answer.
    """
    if isinstance(landing, Path):
        return [delivery for delivery in find_deliveries(landing) if delivery.load_date not in merged]
    from extracts.remote_landing.session import ONCE, PATIENT, Session
    from extracts.remote_landing.zone import find_remote_deliveries

    with Session(landing, access(os.environ), attempts=ONCE if only_looking else PATIENT) as session:
        return [*find_remote_deliveries(session, passed_over=merged, sizes=sizes)]


def misnamed_lines(landing: Landing) -> list[str]:
    """What the operator is told of folders that will never be loaded; of a zone on this machine alone."""
    names = misnamed_folders(landing) if isinstance(landing, Path) else []
    if not names:
        return []
    shown = ", ".join(names[:SHOWN_NAMES]) + (f" и ещё {len(names) - SHOWN_NAMES}" if len(names) > SHOWN_NAMES else "")
    return [f"Не поставки: {shown} в {landing}. Папка поставки называется датой: ГГГГ-ММ-ДД, например 2026-11-10."]


def find_again(landing: Landing, days: Collection[date], *, only_looking: bool = False) -> list[Waiting]:
    """Those of these deliveries, merged ones, that still stand in the landing zone, with the sizes of their files.

    Errors: those of `find_waiting`.
    """
    there = {delivery.load_date for delivery in find_waiting(landing, only_looking=only_looking)}
    wanted = there.intersection(days)
    if not wanted:
        return []
    return find_waiting(landing, merged=there - wanted, only_looking=only_looking, sizes=True)


def file_sizes(delivery: Waiting) -> list[tuple[str, int]]:
    """Name and size of every file of a delivery (of a remote one as it was listed), for who waits until they rest."""
    if isinstance(delivery, RemoteDelivery):
        return [*delivery.sizes]
    files = sorted(path for path in delivery.path.rglob("*") if path.is_file())
    return [(str(file.relative_to(delivery.path)), file.stat().st_size) for file in files]


@contextmanager
def at_hand(delivery: Waiting, home: Home, without: Collection[str]) -> Iterator[Delivery]:
    """The delivery as a folder of this machine; a copy that was fetched for it is removed after the body.

    Errors: those of `fetch_delivery`.
    """
    if isinstance(delivery, Delivery):
        yield delivery
        return
    from extracts.remote_landing.fetching import fetch_delivery
    from extracts.remote_landing.session import Session

    try:
        with Session(delivery.zone, access(os.environ)) as session:
            fetched = fetch_delivery(session, delivery, _copies(home), without=without)
        progress.say(f"  получено из {delivery.address}: файлов {fetched.files}, байт {fetched.size}")
        yield fetched.delivery
    finally:
        remove_copies(home)


def remove_copies(home: Home) -> None:
    """Removes what a killed run has fetched; the caller is the one writer."""
    remove(_copies(home))


def access(environment: Mapping[str, str]) -> Access:
    """What the environment says of a zone's server."""
    return Access(
        password=environment.get(PASSWORD) or None,
        key_file=_path(environment.get(KEY_FILE)),
        key_passphrase=environment.get(KEY_PASSPHRASE) or None,
        known_hosts=_path(environment.get(KNOWN_HOSTS)),
    )


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser().absolute() if text else None


def _copies(home: Home) -> Path:
    return home.warehouse / "fetched"
