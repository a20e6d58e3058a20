"""The partitions of the raw extracts: one for each load date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import dagster as dg

LOAD_DATES = dg.DynamicPartitionsDefinition(name="load_date")


def ensure_partitions(instance: dg.DagsterInstance, days: Iterable[date]) -> None:
    """Makes the load dates known to Dagster, in order of date."""
    wanted = {day.isoformat() for day in days}
    known = set(instance.get_dynamic_partitions("load_date"))
    missing = sorted(wanted - known)
    if missing:
        instance.add_dynamic_partitions("load_date", missing)
