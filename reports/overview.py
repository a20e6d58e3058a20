"""The static form of the dashboards' overview, for those without the server: the region, and each municipality.

A page is made of the very blocks of the dashboards' page (`dashboards/pages/overview.py`), so its numbers, and what is
hidden of them, are the dashboards'. Links lead to the site's own pages where it has one of the place, else nowhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment

from reports import figures, text
from reports.dashboards.address import View, view_of
from reports.dashboards.blocks import PRIVACY_NOTE, Block, Cards, Cell, Picture, Table
from reports.dashboards.catalog import Catalog
from reports.dashboards.pages.overview import blocks
from reports.dashboards.store import FILE, Reader
from reports.folder import write_private

REGION_PAGE = "overview.html"
NOTHING = "Здесь пока нечего показать: нет ни средних баллов, ни посещаемости."


@dataclass(frozen=True)
class Overview:
    """What the dashboards show of the region (None) and of each municipality that its page leads to."""

    catalog: Catalog
    places: dict[str | None, list[Block]]


def read_overview(published: Path) -> Overview | None:
    """Asks the dashboards' questions of the publication in the folder `published`.

    None where nothing is published, or by a version of the program that made no aggregates, or about no year.
    """
    file = published / FILE
    if not file.is_file():
        return None
    reader = Reader(file)
    try:
        if not reader.has_aggregates() or not reader.catalog.years:
            return None
        region = view_of("", "", reader.catalog)
        places: dict[str | None, list[Block]] = {None: blocks(reader, region)}
        shown = {_view(cell, reader.catalog).municipality for cell in _linked(places[None])}
        for town in reader.catalog.municipalities:
            if town in shown:
                places[town] = blocks(reader, replace(region, municipality=town))
        return Overview(reader.catalog, places)
    finally:
        reader.close()


def write_overview(overview: Overview, environment: Environment, folder: Path, schools: Collection[str]) -> int:
    """Writes the pages into `folder` and gives their number; `schools` have a page of their own in it."""
    template = environment.get_template("overview.html")
    towns = [(town, text.overview_page_name(town)) for town in overview.places if town is not None]
    for town, found in overview.places.items():
        body = template.render(
            town=None if town is None else text.clean_name(town),
            year=next(iter(overview.catalog.years.values())),
            blocks=[_shown(block, overview, schools) for block in found],
            towns=[(text.clean_name(one), page, one == town) for one, page in towns],
            nothing=NOTHING,
            privacy=PRIVACY_NOTE,
        )
        write_private(folder / (REGION_PAGE if town is None else text.overview_page_name(town)), body)
    return len(overview.places)


def _shown(block: Block, overview: Overview, schools: Collection[str]) -> tuple[str, object]:
    """A block as the template takes it: its kind, and what the site's own parts are made of."""
    if isinstance(block, Cards):
        return "cards", block.facts
    if isinstance(block, Picture):
        return "picture", {
            "id": f"figure-{block.name}",
            "title": block.title,
            "note": block.note,
            "payload": figures.payload(block.figure["data"], block.figure["layout"]),
            "height": block.figure["layout"]["height"],
            "min_width": block.min_width,
        }
    if isinstance(block, Table):
        rows = tuple(tuple(_cell(cell, overview, schools) for cell in row) for row in block.rows)
        return "table", {"note": block.note, "table": figures.Table(block.title, block.head, rows, has_names=True)}
    return "note", block.text


def _cell(cell: Cell, overview: Overview, schools: Collection[str]) -> figures.Cell:
    sort = cell.number
    return figures.Cell(cell.text, sort=sort, href=_page(cell, overview, schools))


def _page(cell: Cell, overview: Overview, schools: Collection[str]) -> str | None:
    """The page of the site about what the cell leads to in the dashboards; None where there is none."""
    if cell.href is None:
        return None
    view = _view(cell, overview.catalog)
    if view.page or view.subjects or view.level is not None:
        return None
    if view.organization is not None:
        return text.school_page_name(view.organization) if view.organization in schools else None
    if view.municipality not in overview.places:
        return None
    return REGION_PAGE if view.municipality is None else text.overview_page_name(view.municipality)


def _view(cell: Cell, catalog: Catalog) -> View:
    address = urlsplit(cell.href or "")
    return view_of(address.path.strip("/"), address.query, catalog)


def _linked(found: Iterable[Block]) -> list[Cell]:
    tables = [block for block in found if isinstance(block, Table)]
    return [cell for table in tables for row in table.rows for cell in row if cell.href is not None]
