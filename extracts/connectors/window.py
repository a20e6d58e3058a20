"""Which stretch of time a pull asks a source for: from where the last one ended to the end of the load date.

Time goes on while a pull runs late: what changed after the load date is left to the next delivery, so that a delivery
made three days late is the state of its own day (as far as the source still knows it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Window:
    """From `since` (None: from the beginning) up to, not including, `until`; both know their time zone."""

    since: datetime | None
    until: datetime


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first moment after a day of the region."""
    return datetime.combine(day + timedelta(days=1), time.min, zone)


def make_window(
    load_date: date, zone: ZoneInfo, *, taken_until: datetime | None, overlap: timedelta, now: datetime
) -> Window:
    """The window of a load date; one that has not ended yet is asked for up to `now`."""
    since = taken_until - overlap if taken_until else None
    return Window(since=since, until=min(end_of_day(load_date, zone), now))
