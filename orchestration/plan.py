"""What there is to do: from what stands in the landing zone, in `raw/` and in the publication in force.

The same answer drives `portfolio load`, the schedule and the sensor. Nothing is remembered beside what can be seen, so
a killed run is repaired by whoever looks next.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from extracts.raw import delivery_digests, merged_deliveries
from extracts.remote_landing.address import Landing
from orchestration import outputs
from orchestration.build_state import circumstances
from orchestration.home import Home
from orchestration.landing_zone import Waiting, find_waiting
from orchestration.outdated import find_readable_again
from orchestration.publication import in_force, unpublished_deliveries
from orchestration.settings import Settings

#: Jobs of Dagster. NIGHTLY merges everything that waits up to its partition and does all the rest; REBUILD does all the
#: rest; OUTPUTS makes package and report from what is published; EXPORT the package alone. PULL asks the sources of the
#: settings and makes the delivery of its partition. SEND sends the newest package to the portal.
NIGHTLY = "nightly"
REBUILD = "rebuild"
OUTPUTS = "outputs"
EXPORT = "export"
PULL = "pull"
SEND = "send"


@dataclass(frozen=True)
class Task:
    """One run of a job; `load_date` is its partition where the job merges deliveries."""

    job: str
    load_date: date | None = None


def pending_deliveries(
    landing: Landing, home: Home, *, only_looking: bool = False, sizes: bool = False
) -> list[Waiting]:
    """Deliveries of the landing zone that are not merged yet, oldest first; the choices are those of `find_waiting`."""
    merged = set(merged_deliveries(home.root))
    return find_waiting(landing, merged=merged, only_looking=only_looking, sizes=sizes)


def everything_merged_is_published(home: Home) -> bool:
    """Whether the publication in force was made from all deliveries that are merged, as they are (or none is)."""
    merged = {day.isoformat() for day in merged_deliveries(home.root)}
    publication = in_force(home)
    return merged == (set(publication.deliveries) if publication else set()) and not unpublished_deliveries(home)


def plan_deliveries(days: list[date], *, each_night: bool = False) -> list[Task]:
    """One run that merges all of them, in order of date, and does the rest for the newest; or a run for each."""
    chosen = sorted(days) if each_night else sorted(days)[-1:]
    return [Task(NIGHTLY, day) for day in chosen]


def plan_repair(settings: Settings, *, as_of: date | None = None, only_looking: bool = False) -> list[Task]:
    """What a night without a new delivery has to do: finish what a killed run left, publish for another date, or
    publish anew what an earlier version of the program (or other settings) made: it lacks what is read now.

    Deliveries that must be read again are received like new ones. only_looking: see `find_readable_again`.
    """
    home = settings.home
    publication = in_force(home)
    again = find_readable_again(settings.landing, home, only_looking=only_looking)
    if again:
        return [Task(NIGHTLY, max(one.load_date for one in again))]
    if not everything_merged_is_published(home):
        return [Task(REBUILD)]
    if as_of is not None and publication is not None and publication.as_of != as_of:
        return [Task(REBUILD)]
    if publication is not None and publication.circumstances != circumstances(settings):
        return [Task(REBUILD)]
    return [Task(OUTPUTS)] if outputs.unfinished(home) else []


def plan_night(settings: Settings) -> list[Task]:
    """Everything that waits: new deliveries, else repairs, else nothing."""
    days = [delivery.load_date for delivery in pending_deliveries(settings.landing, settings.home)]
    return plan_deliveries(days) or plan_repair(settings)


def state_of(home: Home) -> str:
    """Changes with the merged deliveries, with what is read again of them, and with the publication in force."""
    publication = in_force(home)
    digests = delivery_digests(home.root, merged_deliveries(home.root))
    facts = [*(f"{day} {digest}" for day, digest in digests.items()), publication.id if publication else ""]
    return hashlib.sha256("|".join(facts).encode()).hexdigest()[:16]
