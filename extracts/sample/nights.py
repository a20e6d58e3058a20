"""The nights of a region: which moments each delivery speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from extracts.sample.sql_files import Value

LONG_AGO = datetime(1900, 1, 1)  # noqa: DTZ001 -- local time of the region, as in every delivery
#: A row is changed for the last time within these days of its lesson: later nights look no further back.
LONGEST_CHANGE = timedelta(days=40)


@dataclass(frozen=True)
class Night:
    """One delivery: everything that happened after `after` and up to the end of the load date."""

    load_date: date
    after: datetime
    is_first: bool

    @property
    def variables(self) -> dict[str, Value]:
        """What the scripts of the datasets read with getvariable()."""
        return {
            "load_date": self.load_date,
            "window_from": self.after,
            "window_to": end_of(self.load_date),
            "window_from_seconds": _seconds(self.after),
            "window_to_seconds": _seconds(end_of(self.load_date)),
            "scan_from": LONG_AGO.date() if self.is_first else self.load_date - LONGEST_CHANGE,
            "is_first_night": self.is_first,
        }


def make_nights(load_dates: list[date]) -> list[Night]:
    """The nights in order; the first one holds everything there was before it."""
    before = [LONG_AGO, *(end_of(day) for day in load_dates)]
    return [Night(day, after, day == load_dates[0]) for day, after in zip(load_dates, before, strict=False)]


def end_of(day: date) -> datetime:
    """The last second of the day."""
    return datetime.combine(day, time(23, 59, 59))


def _seconds(moment: datetime) -> int:
    """Seconds since 1970 by the region's clock."""
    return int((moment - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001 -- local time, as above
