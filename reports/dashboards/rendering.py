"""Blocks and filters as Dash components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from reports.dashboards.address import View, address_of, search_of
from reports.dashboards.blocks import PRIVACY_NOTE, Block, Cards, Cell, Picture, Table
from reports.dashboards.catalog import Catalog
from reports.dashboards.drawing import config
from reports.dashboards.filters import Filter, filters_of
from reports.dashboards.pages.directory import PAGES
from reports.dashboards.places import way_names
from reports.text import long_date

LABELS = {
    "select_all": "Выбрать все",
    "deselect_all": "Снять выбор",
    "selected_count": "выбрано: {num_selected}",
    "search": "Найти",
    "clear_search": "Очистить",
    "clear_selection": "Снять выбор",
    "no_options_found": "Ничего не найдено",
}
UNKNOWN = "Часть фильтров адреса этой публикации неизвестна и пропущена."


def page(view: View, blocks: Sequence[Block], catalog: Catalog) -> list[Component]:
    """A whole page: pages, the way to the place, filters, blocks."""
    kind = PAGES[view.page]
    return [
        html.Header(
            [
                html.P(["Школьное портфолио региона. Данные на ", long_date(catalog.as_of)], className="as-of"),
                html.Nav([_page_link(view, name, catalog) for name in PAGES], **_named("Страницы")),
            ]
        ),
        html.Main(
            [
                html.H1(kind.title),
                _way(view, catalog),
                html.Div([_filter(one) for one in filters_of(view, kind, catalog)], className="filters"),
                *([html.P(UNKNOWN, className="notice")] if view.unknown else []),
                *(_block(block, view, catalog) for block in blocks),
                html.P(PRIVACY_NOTE, className="note"),
            ]
        ),
    ]


def message(text: str) -> list[Component]:
    """A page that only says what to do."""
    return [html.Main([html.H1("Сводные панели"), html.P(text, className="notice")])]


def _page_link(view: View, name: str, catalog: Catalog) -> Component:
    kind = PAGES[name]
    here: dict[str, Any] = {"aria-current": "page"} if name == view.page else {}
    link = dcc.Link(kind.title, href=f"/{name}{search_of(view, catalog)}")
    return html.Span(link, className="page-link here" if here else "page-link", **here)


def _named(label: str) -> dict[str, Any]:
    """What a part of the page is called for those who hear it."""
    return {"aria-label": label}


def _way(view: View, catalog: Catalog) -> Component:
    parts: list[Component | str] = []
    way = way_names(view, catalog)
    for name, wide in way[:-1]:
        parts += [dcc.Link(name, href=address_of(wide, catalog)), " › "]
    return html.P([*parts, html.Strong(way[-1][0])], className="way", id="way")


def _filter(one: Filter) -> Component:
    options = [{"label": label, "value": value} for value, label in one.options]
    dropdown = dcc.Dropdown(
        id={"filter": one.name},
        options=options,
        value=one.value,
        multi=one.many,
        clearable=not one.required,
        placeholder="Все",
        labels=LABELS,  # type: ignore[arg-type]
        searchable=len(options) > 8,  # noqa: PLR2004 - more than fit without scrolling
    )
    return html.Div([html.Span(one.label, className="filter-label"), dropdown], className="filter")


def _block(block: Block, view: View, catalog: Catalog) -> Component:
    if isinstance(block, Cards):
        return html.Dl([html.Div([html.Dt(what), html.Dd(value)]) for what, value in block.facts], className="cards")
    if isinstance(block, Picture):
        return _picture(block, view)
    if isinstance(block, Table):
        return _table(block, view, catalog)
    return html.P(block.text, className="notice")


def _picture(block: Picture, view: View) -> Component:
    graph = dcc.Graph(
        id=f"figure-{block.name}",
        figure=dict(block.figure),
        config=config(view.pictures, block.name),  # type: ignore[arg-type]
        style={"height": f"{block.figure['layout']['height']}px", "minWidth": f"{block.min_width}px"},
        responsive=True,
    )
    note = [html.P(block.note, className="note")] if block.note else []
    drawn = html.Div(graph, className="scroll figure", tabIndex="0") if block.min_width else graph
    return html.Section([html.H2(block.title), *note, drawn])


def _table(block: Table, view: View, catalog: Catalog) -> Component:
    head = html.Thead(html.Tr([html.Th(title, scope="col") for title in block.head]))
    body = html.Tbody([html.Tr([_cell(cell, place) for place, cell in enumerate(row)]) for row in block.rows])
    files = [
        html.A(name.upper(), href=_file_address(view, block, name, catalog), className="file")
        for name in ("xlsx", "csv")
    ]
    return html.Section(
        [
            html.H2(block.title),
            html.P(["Скачать таблицу: ", files[0], " ", files[1]], className="note"),
            html.Div(html.Table([head, body]), className="scroll", tabIndex="0"),
        ],
        id=f"table-{block.name}",
    )


def _cell(cell: Cell, place: int) -> Component:
    content = cell.text if cell.href is None else dcc.Link(cell.text, href=cell.href)
    if place == 0:
        return html.Th(content, scope="row")
    return html.Td(content, className="text" if isinstance(cell.value, str) else None)


def _file_address(view: View, table: Table, file_format: str, catalog: Catalog) -> str:
    return f"/files/{view.page or 'overview'}/{quote(table.name)}.{file_format}{search_of(view, catalog)}"
