"""Deliveries whose rows are made of what earlier ones say, and homes that receive them in any order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from extract_station import Station
from oneroster_exports import EXPORT_12, manifest, table

from orchestration.merging import merge_deliveries
from orchestration.settings import Settings, load_settings

FIRST, SECOND, THIRD = (date(2026, 10, day) for day in (1, 2, 3))

#: Day → name of a file → what stands in it.
Deliveries = Mapping[date, Mapping[str, str]]


def _page(*records: Mapping[str, Any]) -> str:
    return json.dumps(records)


_UNITS = "class_unit_id;organization_id;academic_year_id;class_level;name"
_PERIOD = {"id": 71, "name": "1 четверть", "begin_date": "01.09.2026", "end_date": "25.10.2026"}

#: Groups of classes that came before, then a schedule that those groups follow: what the first day says goes through
#: both.
PAGES: Deliveries = {
    FIRST: {
        "organizations.csv": "organization_id;name;kind;municipality\n40;А;school;М\n41;Б;school;М\n",
        "class_units.csv": f"{_UNITS}\n1;40;14;5;5А\n2;41;14;6;6Б\n",
    },
    SECOND: {
        "class_units.csv": f"{_UNITS}\n2;40;14;6;6Б\n",
        "groups.json": _page(
            {"id": 11, "subject_id": 1, "class_unit_id": 1, "name": "а", "attestation_periods_schedule_id": 7},
            {"id": 12, "subject_id": 1, "class_unit_id": 2, "name": "б", "attestation_periods_schedule_id": 8},
        ),
        "marks.csv": "mark_id;student_profile_id;group_id;subject_id;date;name\n"
        "m1;s1;11;1;2026-09-01;5\nm2;s1;;1;x;5\n",
    },
    THIRD: {
        "attestation_periods.json": _page(
            {"id": 7, "periods": [_PERIOD]}, {"id": 8, "periods": [_PERIOD | {"id": 81}]}
        ),
    },
}

#: What comes late is neither the first nor the last that is known of the classes.
BETWEEN: Deliveries = {
    FIRST: {"class_units.csv": f"{_UNITS}\n1;40;14;5;5А\n"},
    SECOND: {"class_units.csv": f"{_UNITS}\n2;41;14;6;6Б\n"},
    THIRD: {"groups.json": PAGES[SECOND]["groups.json"]},
}

_NOON = "{}T07:00:00Z"
_CLASS = "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classType,schoolSourcedId,termSourcedIds"
_USER = "sourcedId,status,dateLastModified,givenName,familyName"
_ROLE = "sourcedId,status,dateLastModified,userSourcedId,role,orgSourcedId"
_RESULT = "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate"


def _delta(day: date, **tables: str) -> dict[str, str]:
    files = {f"{name}.csv": content for name, content in tables.items()}
    return files | {"manifest.csv": manifest("1.2", **dict.fromkeys(tables, "delta"))}


#: A whole export, and two nights of changes that stand on it and on each other.
ONEROSTER: Deliveries = {
    FIRST: {f"{name}.csv": content for name, content in EXPORT_12.items()}
    | {"manifest.csv": manifest("1.2", **dict.fromkeys(EXPORT_12, "bulk"))},
    SECOND: _delta(
        SECOND,
        users=table(_USER, f"n,active,{_NOON.format(SECOND)},Нина,Новая", f"a,active,{_NOON.format(SECOND)},Ада,Иная"),
        roles=table(_ROLE, f"rn,active,{_NOON.format(SECOND)},n,student,sch"),
        classes=table(_CLASS, f'h9,active,{_NOON.format(SECOND)},История,"09",his,scheduled,sch,"q1,q2"'),
    ),
    THIRD: _delta(
        THIRD,
        results=table(
            _RESULT,
            f"x1,active,{_NOON.format(THIRD)},l1,a,fully graded,5,2026-09-07",
            f"x9,active,{_NOON.format(THIRD)},l1,n,fully graded,5.5,2026-09-07",
            f"x8,active,{_NOON.format(THIRD)},l1,n,fully graded,4,2026-09-07",
        ),
        demographics=table(
            "sourcedId,status,dateLastModified,birthDate,sex", f"n,active,{_NOON.format(THIRD)},2011-03-04,female"
        ),
    ),
}

#: A real calendar before an export, which then derives none from its sessions.
CALENDAR: Deliveries = {
    FIRST: {
        "kug_periods.csv": "kug_period_id;periods_schedule_id;organization_id;academic_year_id;kind;name;begin_date;"
        "end_date\nk1;y;sch;y;study;1 четверть;2026-09-01;2026-10-25\n"
    },
    SECOND: ONEROSTER[FIRST],
}


@dataclass(frozen=True)
class Late:
    """A home that receives the deliveries in the order of its tests' choice."""

    station: Station
    deliveries: Deliveries

    @property
    def settings(self) -> Settings:
        """As the environment would give them."""
        home, landing = self.station.home, self.station.landing
        return load_settings({"PORTFOLIO_HOME": str(home), "PORTFOLIO_LANDING": str(landing)})

    def deliver(self, *days: date) -> None:
        """Puts deliveries into the landing zone."""
        for day in days:
            for name, content in self.deliveries[day].items():
                self.station.put(name, content, day)

    def merge(self) -> list[date]:
        """Receives what waits; gives the days that were merged or read again, in their order."""
        return [report.load_date for report in merge_deliveries(self.settings, date.max)]

    def kept(self) -> dict[str, bytes]:
        """Everything in `raw/` and `rejects/`, byte for byte."""
        folders = [self.station.home / "raw", self.station.home / "rejects"]
        files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.station.home)): path.read_bytes() for path in files}


def late(root: Path, deliveries: Deliveries, *orders: Sequence[date]) -> Late:
    """A home to which the deliveries came in these lots, each merged before the next came."""
    found = Late(Station(root), deliveries)
    for days in orders:
        found.deliver(*days)
        found.merge()
    return found
