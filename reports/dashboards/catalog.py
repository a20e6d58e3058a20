"""What may be chosen in a filter: the places, subjects, years and periods of the publication, with their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from reports.text import clean_name

#: The municipality of those organizations for which none was delivered.
NO_MUNICIPALITY = "не указан"

Rows = Callable[..., Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Organization:
    """An organization that may be chosen."""

    name: str
    municipality: str


@dataclass(frozen=True)
class ClassUnit:
    """A class that may be chosen."""

    name: str
    organization_id: str
    level: int | None
    year: str


@dataclass(frozen=True)
class Catalog:
    """Ids with names, in the order in which they are offered; `years` newest first."""

    as_of: date
    years: Mapping[str, str]
    municipalities: tuple[str, ...]
    organizations: Mapping[str, Organization]
    classes: Mapping[str, ClassUnit]
    subjects: Mapping[str, str]
    periods: tuple[str, ...]


def read_catalog(rows: Rows) -> Catalog:
    """Reads the catalog: only organizations, classes, subjects and years that the aggregates speak of."""
    [publication] = rows("select as_of from marts.publication")
    years = rows(
        "select y.academic_year_id, y.name from marts.academic_years as y"
        " where y.academic_year_id in (select academic_year_id from marts.agg_averages)"
        " order by y.begin_date desc, y.academic_year_id"
    )
    organizations = rows(
        "select o.organization_id, coalesce(o.short_name, o.name) as name, coalesce(o.municipality, ?) as municipality"
        " from marts.organizations as o"
        " where o.organization_id in (select organization_id from marts.agg_averages)"
        " order by municipality collate ru, name collate ru, o.organization_id",
        [NO_MUNICIPALITY],
    )
    classes = rows(
        "select class_unit_id, name, organization_id, class_level, academic_year_id from marts.class_units"
        " where class_unit_id in (select class_unit_id from marts.agg_averages)"
        " order by class_level, name collate ru, class_unit_id"
    )
    subjects = rows(
        "select s.subject_id, s.name from marts.subjects as s"
        " where s.subject_id in (select subject_id from marts.agg_averages) order by s.name collate ru, s.subject_id"
    )
    periods = rows(
        "select period_name, count(*) as cells from marts.agg_finals group by period_name"
        " order by period_name = 'Год', period_name collate ru"
    )
    return Catalog(
        as_of=publication["as_of"],
        years={row["academic_year_id"]: clean_name(row["name"]) for row in years},
        municipalities=tuple(dict.fromkeys(row["municipality"] for row in organizations)),
        organizations={
            row["organization_id"]: Organization(clean_name(row["name"]), row["municipality"]) for row in organizations
        },
        classes={
            row["class_unit_id"]: ClassUnit(
                clean_name(row["name"]), row["organization_id"], row["class_level"], row["academic_year_id"]
            )
            for row in classes
        },
        subjects={row["subject_id"]: clean_name(row["name"]) for row in subjects},
        periods=tuple(row["period_name"] for row in periods),
    )
