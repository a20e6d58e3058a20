"""In which order the rows of a published table lie, where its readers ask for a few of many.

DuckDB keeps the least and the largest value of every 120 000 rows, so what lies together is found without reading the
rest. A build leaves rows as its parallel work happened to finish; publication lays them (`publication.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: A table, and the columns that its readers filter by: the one that is given most often first.
READING_ORDER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "agg_averages": ("scope", "subject_id", "organization_id", "class_unit_id"),
        "agg_weeks": ("subject_id", "week_begin", "organization_id"),
        "agg_finals": ("period_name", "organization_id", "subject_id"),
        "agg_attendance": ("month_begin", "organization_id"),
        "agg_attendance_days": ("organization_id", "class_unit_id", "date"),
        "class_weekly_dynamics": ("organization_id", "subject_id", "class_unit_id", "week_begin"),
        "class_attendance": ("organization_id", "class_unit_id", "date"),
        "completeness_history": ("organization_id", "night"),
    }
)


def laid(table: str) -> str:
    """The end of a query that copies the table as its readers need it: ORDER BY, or nothing."""
    columns = READING_ORDER.get(table)
    return f"ORDER BY {', '.join(columns)}" if columns else ""
