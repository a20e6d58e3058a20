"""Names of places and subjects on a page, and links from a part to its own view."""

from __future__ import annotations

from dataclasses import replace

from reports.dashboards.address import View, address_of
from reports.dashboards.blocks import Cell
from reports.dashboards.catalog import Catalog
from reports.dashboards.questions import CLASS, LEVEL, MUNICIPALITY, ORGANIZATION, parts_of
from reports.text import NO_NAME, clean_name

REGION = "Регион"
NO_CLASS = "без класса"
ALL_SUBJECTS = "Все предметы"

#: What a place consists of, as the head of a column.
PART_TITLES = {MUNICIPALITY: "Муниципалитет", ORGANIZATION: "Организация", LEVEL: "Параллель", CLASS: "Класс", None: ""}


def place_name(view: View, catalog: Catalog) -> str:
    """The narrowest place of a view."""
    return way_names(view, catalog)[-1][0]


def way_names(view: View, catalog: Catalog) -> list[tuple[str, View]]:
    """The way from the region to the place: names, and the view of each."""
    wide = replace(view, municipality=None, organization=None, level=None, class_unit=None)
    way = [(REGION, wide)]
    if view.municipality is not None:
        wide = replace(wide, municipality=view.municipality)
        way.append((clean_name(view.municipality), wide))
    if view.organization is not None:
        wide = replace(wide, organization=view.organization)
        way.append((catalog.organizations[view.organization].name, wide))
    if view.level is not None:
        wide = replace(wide, level=view.level)
        way.append((f"{view.level} параллель", wide))
    if view.class_unit is not None:
        wide = replace(wide, class_unit=view.class_unit)
        way.append((catalog.classes[view.class_unit].name, wide))
    return way


def part_view(view: View, part: object) -> View | None:
    """The view of a part of the place; None where there is no such view (students without a class)."""
    step = parts_of(view)
    if part is None or step is None:
        return None
    if step == MUNICIPALITY:
        return replace(view, municipality=str(part))
    if step == ORGANIZATION:
        return replace(view, organization=str(part))
    if step == LEVEL:
        return replace(view, level=int(str(part)))
    return replace(view, class_unit=str(part))


def part_name(view: View, part: object, catalog: Catalog) -> str:
    """What a part is called."""
    step = parts_of(view)
    if part is None:
        return NO_CLASS
    if step == ORGANIZATION:
        organization = catalog.organizations.get(str(part))
        return organization.name if organization else NO_NAME
    if step == LEVEL:
        return f"{part} параллель"
    if step == CLASS:
        unit = catalog.classes.get(str(part))
        return unit.name if unit else NO_NAME
    return clean_name(str(part))


def part_cell(view: View, part: object, catalog: Catalog, *, is_hidden: bool) -> Cell:
    """The first cell of a part's row: its name, which leads to its view unless that is hidden."""
    target = None if is_hidden else part_view(view, part)
    return Cell(part_name(view, part, catalog), href=None if target is None else address_of(target, catalog))


def subject_name(subject_id: str | None, catalog: Catalog) -> str:
    """What a subject is called; without one all of them are meant."""
    return ALL_SUBJECTS if subject_id is None else catalog.subjects.get(subject_id, NO_NAME)
