"""Merged deliveries that must be read again, because one of an earlier date came after them (docs/architecture.md).

Which they are is seen from `raw/` alone (extracts.history); here it is asked whether the landing zone still has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from extracts.history import find_outdated
from extracts.landing import Delivery, is_as_read
from extracts.raw import raw_folder
from extracts.remote_landing.address import Landing
from extracts.report import DeliveryReport, FileReport, SourceReport, read_report
from orchestration.home import Home
from orchestration.landing_zone import Waiting, file_sizes, find_again

#: Why a delivery cannot be read again, where its files say nothing of it themselves.
OTHER_FILES = "в зоне приёма её нет или файлы там другие"


def find_readable_again(landing: Landing, home: Home, *, only_looking: bool = False) -> list[Waiting]:
    """Those outdated deliveries that still stand in the landing zone as they were read, oldest first.

    only_looking: by the sizes of their files alone; of a zone on another machine nothing else can be known.
    Errors: those of `find_waiting`.
    """
    outdated = find_outdated(home.root)
    found = find_again(landing, outdated, only_looking=only_looking) if outdated else []
    reports = {one.load_date: read_report(raw_folder(home.root, one.load_date)) for one in found}
    return [one for one in found if _is_there(one, reports[one.load_date], only_looking=only_looking)]


def has_its_sizes(delivery: Waiting, report: DeliveryReport) -> bool:
    """Whether every file that was read still stands there, as long as it was: a first look, before it is fetched."""
    there = dict(file_sizes(delivery))
    read: list[FileReport | SourceReport] = [*report.files, *report.sources]
    return all(there.get(file.file) == file.bytes for file in read)


def outdated_line(load_date: date, names: Sequence[str], why: str = OTHER_FILES) -> str:
    """What the operator is told of a delivery that cannot be read again: what, where, how to mend."""
    return (
        f"{load_date}: после этой поставки принята более ранняя, от которой зависят её строки ({', '.join(names)}), "
        f"а перечитать её нельзя: {why}. Пока остаются прежние строки. "
        f"Верните в зону приёма папку {load_date} с теми же файлами и запустите portfolio load снова."
    )


def _is_there(delivery: Waiting, report: DeliveryReport, *, only_looking: bool) -> bool:
    if not has_its_sizes(delivery, report):
        return False
    return only_looking or not isinstance(delivery, Delivery) or is_as_read(delivery, report)
