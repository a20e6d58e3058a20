"""The filters of a page: what may be chosen, and the view that a choice leads to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reports.dashboards.address import (
    CLASS,
    LEVEL,
    MAX_SUBJECTS,
    PERIOD,
    PICTURES,
    SCHOOL,
    SCOPE,
    SORT,
    SUBJECT,
    TOWN,
    YEAR,
    View,
)
from reports.dashboards.catalog import Catalog
from reports.dashboards.pages.directory import PageKind
from reports.text import clean_name

#: What a filter is called, and what an address says beside them.
LABELS = {
    YEAR: "Учебный год", TOWN: "Муниципалитет", SCHOOL: "Организация", LEVEL: "Параллель", CLASS: "Класс",
    SUBJECT: "Предмет", SCOPE: "За что", PERIOD: "Период", PICTURES: "Рисунки сохранять в", SORT: "Порядок строк",
}  # fmt: skip

SCOPE_OPTIONS = (("current", "Текущий период"), ("year", "Учебный год"))
PICTURE_OPTIONS = (("png", "PNG"), ("svg", "SVG"))

#: A choice of a wider place lets go of the narrower ones.
NARROWER = {
    YEAR: ("class_unit",),
    TOWN: ("organization", "level", "class_unit"),
    SCHOOL: ("level", "class_unit"),
    LEVEL: ("class_unit",),
}
FIELDS = {
    YEAR: "year", TOWN: "municipality", SCHOOL: "organization", LEVEL: "level", CLASS: "class_unit",
    SUBJECT: "subjects", SCOPE: "scope", PERIOD: "period", PICTURES: "pictures",
}  # fmt: skip

Options = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Filter:
    """A list to choose from; `required`: something is always chosen."""

    name: str
    options: Options
    value: str | list[str] | None
    required: bool = False
    many: bool = False

    @property
    def label(self) -> str:
        """What it is called."""
        return LABELS[self.name]


def filters_of(view: View, kind: PageKind, catalog: Catalog) -> list[Filter]:
    """The filters that a page shows, with what is chosen."""
    shown: list[Filter] = []
    if len(catalog.years) > 1:
        shown.append(Filter(YEAR, [*catalog.years.items()], view.year, required=True))
    shown += _places(view, catalog)
    if SUBJECT in kind.filters:
        chosen = [*view.subjects] if kind.many_subjects else view.subject
        shown.append(Filter(SUBJECT, [*catalog.subjects.items()], chosen, many=kind.many_subjects))
    if SCOPE in kind.filters:
        shown.append(Filter(SCOPE, SCOPE_OPTIONS, view.scope, required=True))
    if PERIOD in kind.filters:
        shown.append(Filter(PERIOD, [(name, clean_name(name)) for name in catalog.periods], view.period))
    shown.append(Filter(PICTURES, PICTURE_OPTIONS, view.pictures, required=True))
    return shown


def _places(view: View, catalog: Catalog) -> list[Filter]:
    towns = [(town, clean_name(town)) for town in catalog.municipalities]
    schools = [(key, one.name) for key, one in catalog.schools_of(view.municipality).items()]
    shown = [
        Filter(TOWN, towns, view.municipality),
        Filter(SCHOOL, schools, view.organization),
    ]
    if view.organization is None:
        return shown
    units = catalog.classes_of(view.organization, view.year)
    levels = sorted({one.level for one in units.values() if one.level is not None})
    classes = [(key, one.name) for key, one in units.items() if view.level is None or one.level == view.level]
    level = None if view.level is None else str(view.level)
    return [
        *shown,
        Filter(LEVEL, [(str(one), str(one)) for one in levels], level),
        Filter(CLASS, classes, view.class_unit),
    ]


def chosen_view(view: View, name: str, value: str | list[str] | None) -> View:
    """The view after one filter was set to a value; what the value means is checked when its address is read."""
    changes: dict[str, object] = dict.fromkeys(NARROWER.get(name, ()))
    if name == SUBJECT:
        values = value if isinstance(value, list) else [value] if value else []
        changes["subjects"] = tuple(values[:MAX_SUBJECTS])
    elif name in FIELDS:
        changes[FIELDS[name]] = value or None
    if name in (YEAR, SCOPE, PICTURES) and not value:
        return view
    if name in (YEAR, SCOPE):
        changes["order"] = None  # the tables may have other columns
    return replace(view, **changes)  # type: ignore[arg-type]
