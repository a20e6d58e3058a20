"""What deliveries of earlier dates say that a later one's rows are made of, as digests (docs/architecture.md).

A page may leave its organization to the classes that are known, and a OneRoster delta says only what has changed: of
such a delivery the report notes what it looked at (`depends_on`). A delivery of an earlier date that is merged later
changes what there is to look at, and with that the digest: so the state on disk tells which deliveries must be read
again. A digest is made of reports alone, and of a delivery that itself depends on earlier ones it holds on what.

Does not belong here: reading a delivery again (load), and which of them still stands in the landing zone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from extracts.raw import merged_deliveries, raw_folder
from extracts.report import DeliveryReport, read_report

#: Whether the calendar itself has come, not what an export lets guess of it: that alone is asked.
CALENDAR = "kug_periods/own"
_CALENDAR_DATASET = "kug_periods"

#: The digest of what no delivery has said anything about.
NOTHING = ""


def table_of_export(shape: str, table: str) -> str:
    """The name, in `depends_on`, of a table of an export in a foreign shape; of a dataset it is the dataset's own."""
    return f"{shape}/{table}"


class History:
    """The deliveries up to a date, added one by one in order of date."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self._digests: dict[str, str] = {}

    def add(self, report: DeliveryReport) -> None:
        """The next delivery, as it stands in `raw/`."""
        for dataset in dict.fromkeys(file.dataset for file in report.files):
            said = [(file.parquet, file.sha256, file.rows_loaded) for file in report.files if file.dataset == dataset]
            self._append(dataset, report, said)
        for name in dict.fromkeys(table_of_export(one.shape.split()[0], one.table) for one in report.sources):
            self._add_table(name, report)
        if _has_calendar(report):
            self._digests[CALENDAR] = CALENDAR

    def digest(self, name: str) -> str:
        """Changes with what is known of a dataset, or of a table of an export; NOTHING if nothing is."""
        return self._digests.get(name, NOTHING)

    def changed(self, report: DeliveryReport) -> tuple[str, ...]:
        """What the next delivery looked at that says something else now; empty: its rows are what they should be."""
        return tuple(name for name, digest in report.depends_on.items() if digest != self.digest(name))

    def _add_table(self, name: str, report: DeliveryReport) -> None:
        kept = [
            one for one in report.sources if one.parquet and table_of_export(one.shape.split()[0], one.table) == name
        ]
        if not kept:
            return
        if any(one.mode == "bulk" for one in kept):
            self._digests.pop(name, None)  # a whole table stands for all that came before it
        self._append(name, report, [(str(one.parquet), one.sha256, one.rows_loaded) for one in kept])

    def _append(self, name: str, report: DeliveryReport, said: Sequence[tuple[str, str, int]]) -> None:
        facts = [self.digest(name), report.load_date.isoformat(), said, sorted(report.depends_on.items())]
        self._digests[name] = hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def history_before(home: Path, load_date: date) -> History:
    """What the merged deliveries before a date say."""
    history = History()
    for day in merged_deliveries(home):
        if day < load_date:
            history.add(read_report(raw_folder(home, day)))
    return history


def find_outdated(home: Path) -> dict[date, tuple[str, ...]]:
    """The merged deliveries that looked at what earlier ones say otherwise now, oldest first, and at what.

    Reading one of them again may make later ones outdated that are not among these.
    """
    history = History()
    outdated: dict[date, tuple[str, ...]] = {}
    for day in merged_deliveries(home):
        report = read_report(raw_folder(home, day))
        if changed := history.changed(report):
            outdated[day] = changed
        history.add(report)
    return outdated


def _has_calendar(report: DeliveryReport) -> bool:
    derived = {source.file for source in report.sources}
    return any(
        file.dataset == _CALENDAR_DATASET and file.rows_loaded and file.file not in derived for file in report.files
    )
