"""What may be chosen in a filter: the places, subjects, years and periods of the publication, with their names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from reports.dashboards.names import told_apart
from reports.text import clean_name

#: The municipality of those organizations for which none was delivered.
NO_MUNICIPALITY = "не указан"

#: Beside a subject of colleges alone whose name schools use, too: college systems have subjects of their own.
COLLEGE = " (СПО)"

Rows = Callable[..., Sequence[Mapping[str, Any]]]
T = TypeVar("T")


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

    # Every page asks for these, and a region has ten thousand classes: put together once.

    @cached_property
    def levels(self) -> frozenset[str]:
        """Every parallel, as it stands in an address."""
        return frozenset(str(one.level) for one in self.classes.values() if one.level is not None)

    @cached_property
    def _class_ids(self) -> Mapping[str, Collection[str]]:
        return _grouped(self.classes, lambda one: one.year)

    @cached_property
    def _class_ids_of_schools(self) -> Mapping[str, Collection[str]]:
        return _grouped(self.classes, lambda one: one.organization_id)

    @cached_property
    def _schools_of_towns(self) -> Mapping[str, Collection[str]]:
        return _grouped(self.organizations, lambda one: one.municipality)

    def class_ids(self, year: str) -> Collection[str]:
        """The classes of a year."""
        return self._class_ids.get(year, {})

    def classes_of(self, organization_id: str, year: str) -> dict[str, ClassUnit]:
        """The classes of an organization in a year, in order."""
        ids = self._class_ids_of_schools.get(organization_id, {})
        return {key: self.classes[key] for key in ids if self.classes[key].year == year}

    def schools_of(self, municipality: str | None) -> dict[str, Organization]:
        """The organizations of a municipality in order; of None all of them."""
        ids = self.organizations if municipality is None else self._schools_of_towns.get(municipality, {})
        return {key: self.organizations[key] for key in ids}


def _grouped(named: Mapping[str, T], group_of: Callable[[T], str]) -> dict[str, dict[str, None]]:
    """Ids by group, in order and quick to look up."""
    groups: dict[str, dict[str, None]] = {}
    for key, one in named.items():
        groups.setdefault(group_of(one), {})[key] = None
    return groups


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
        "select s.subject_id, any_value(s.name) as name, bool_and(o.kind is not distinct from 'college') as of_colleges"
        " from marts.subjects as s inner join ("
        "  select distinct subject_id, organization_id from marts.agg_averages"
        " ) as a on s.subject_id = a.subject_id left join marts.organizations as o"
        " on a.organization_id = o.organization_id group by s.subject_id"
        " order by any_value(s.name) collate ru, s.subject_id"
    )
    periods = rows(
        "select period_name, count(*) as cells from marts.agg_finals group by period_name"
        " order by period_name = 'Год', period_name collate ru"
    )
    towns = {row["organization_id"]: f", {clean_name(row['municipality'])}" for row in organizations}
    schools = told_apart({row["organization_id"]: clean_name(row["name"]) for row in organizations}, towns)
    return Catalog(
        as_of=publication["as_of"],
        years={row["academic_year_id"]: clean_name(row["name"]) for row in years},
        municipalities=tuple(dict.fromkeys(row["municipality"] for row in organizations)),
        organizations={
            row["organization_id"]: Organization(schools[row["organization_id"]], row["municipality"])
            for row in organizations
        },
        classes={
            row["class_unit_id"]: ClassUnit(
                clean_name(row["name"]), row["organization_id"], row["class_level"], row["academic_year_id"]
            )
            for row in classes
        },
        subjects=told_apart(
            {row["subject_id"]: clean_name(row["name"]) for row in subjects},
            {row["subject_id"]: COLLEGE if row["of_colleges"] else "" for row in subjects},
        ),
        periods=tuple(row["period_name"] for row in periods),
    )
