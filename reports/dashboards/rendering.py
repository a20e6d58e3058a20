"""Blocks and filters as Dash components."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from reports.dashboards.about import file_name
from reports.dashboards.address import View, address_of, search_of
from reports.dashboards.blocks import NOTHING_HERE, PRIVACY_NOTE, Block, Cards, Cell, Note, Picture, Table
from reports.dashboards.catalog import Catalog
from reports.dashboards.drawing import config
from reports.dashboards.filters import LABELS as FILTERS
from reports.dashboards.filters import Filter, filters_of
from reports.dashboards.pages.directory import PAGES
from reports.dashboards.places import way_names
from reports.dashboards.sorting import next_order
from reports.dashboards.wire import plain
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
SITE = "Школьное портфолио"
CONTENT = "content"
SKIP = "К содержанию"
IN_TABLE = "Те же числа стоят в таблице под ним."
HOW_TO_ORDER = "Заголовок столбца упорядочивает строки."
UNKNOWN = "В этой публикации нет того, что названо в ссылке ({}): показано то, что осталось."
BEGINNING = "Начать с обзора"


def page(view: View, blocks: Sequence[Block], catalog: Catalog) -> list[Component]:
    """A whole page: pages, the way to the place, filters, blocks."""
    kind = PAGES[view.page]
    place = way_names(view, catalog)[-1][0]
    unknown = filter_words(view.unknown)
    heading: dict[str, Any] = {"data-title": f"{kind.title}: {place} — {SITE}"}
    return [
        html.Header(
            [
                html.A(SKIP, href=f"#{CONTENT}", className="skip"),
                html.P([f"{SITE} региона. Данные на ", long_date(catalog.as_of)], className="as-of"),
                html.Nav([_page_link(view, name, catalog) for name in PAGES], **_named("Страницы")),
            ]
        ),
        html.Main(
            [
                html.H1(kind.title, tabIndex="-1", **heading),
                _way(view, catalog),
                html.Div(
                    [_filter(one) for one in filters_of(view, kind, catalog)],
                    className="filters",
                    role="group",
                    **_named("Фильтры"),
                ),
                *([html.P(UNKNOWN.format(unknown), className="notice")] if unknown else []),
                *(_block(block, view, catalog) for block in blocks or (Note(NOTHING_HERE),)),
                html.P(PRIVACY_NOTE, className="note"),
            ],
            id=CONTENT,
            tabIndex="-1",
        ),
    ]


def message(text: str, *, beginning: bool = False) -> list[Component]:
    """A page that only says what to do; with `beginning` it leads to the first page."""
    way_on: list[str | Component] = [" ", dcc.Link(BEGINNING, href="/")] if beginning else []
    return [html.Main([html.H1("Сводные панели"), html.P([text, *way_on], className="notice")])]


def filter_words(names: Sequence[str], *, but: Collection[str] = ()) -> str:
    """Filters of an address as a reader calls them."""
    return ", ".join(FILTERS[name].lower() for name in names if name not in but)


def _page_link(view: View, name: str, catalog: Catalog) -> Component:
    """Another page of the same place; the order of this page's tables is left behind."""
    kind = PAGES[name]
    address = f"/{name}{search_of(replace(view, order=None), catalog)}"
    if name == view.page:
        here: dict[str, Any] = {"aria-current": "page"}
        return html.Span(html.A(kind.title, href=address, **here), className="page-link here")
    return html.Span(dcc.Link(kind.title, href=address), className="page-link")


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
        maxHeight=360,
    )
    label = html.Span(one.label, id=f"filter-label-{one.name}", className="filter-label")
    return html.Div([label, dropdown], className="filter")


def _block(block: Block, view: View, catalog: Catalog) -> Component:
    if isinstance(block, Cards):
        return html.Dl([html.Div([html.Dt(what), html.Dd(value)]) for what, value in block.facts], className="cards")
    if isinstance(block, Picture):
        return _picture(block, view, catalog)
    if isinstance(block, Table):
        return _table(block, view, catalog)
    return html.P(block.text, className="notice")


def _picture(block: Picture, view: View, catalog: Catalog) -> Component:
    graph = dcc.Graph(
        id=f"figure-{block.name}",
        figure=dict(block.figure),
        config=config(view.pictures, file_name(view, block.title, catalog)),  # type: ignore[arg-type]
        style={"height": f"{block.figure['layout']['height']}px", "minWidth": f"{block.min_width}px"},
        responsive=True,
    )
    note = [html.P(block.note, className="note")] if block.note else []
    heard = f"Рисунок «{block.title}». {IN_TABLE if block.table else ''}"
    figure = html.Figure(graph, **_named(heard.strip()))
    drawn = html.Div(figure, className="scroll figure", tabIndex="0") if block.min_width else figure
    return html.Section([html.H2(block.title), *note, drawn], id=f"drawn-{block.name}")


def _table(block: Table, view: View, catalog: Catalog) -> Component:
    texts = _texts(block)
    head = html.Thead(html.Tr([_head(block, place, view, catalog, texts) for place in range(len(block.head))]))
    rows = [[_cell(cell, place, texts) for place, cell in enumerate(row)] for row in block.rows]
    body = html.Tbody([plain("Tr", children=cells) for cells in rows])
    files = [
        html.A(name.upper(), href=_file_address(view, block, name, catalog), className="file")
        for name in ("xlsx", "csv")
    ]
    note = [html.P(block.note, className="note")] if block.note else []
    parts: list[Component] = [
        *note,
        html.P(["Скачать таблицу: ", files[0], " ", files[1], f". {HOW_TO_ORDER}"], className="note"),
        html.Div(html.Table([head, body], **_named(block.title)), className="scroll", tabIndex="0"),
    ]
    if not block.is_folded:
        return html.Section([html.H2(block.title), *parts], id=f"table-{block.name}")
    in_order = view.order is not None and view.order.table == block.name
    summary = html.Summary(html.H2(f"{block.title} — таблица"))
    return html.Section(html.Details([summary, *parts], open=in_order), id=f"table-{block.name}")


def _head(block: Table, place: int, view: View, catalog: Catalog, texts: Collection[int]) -> Component:
    """The head of a column: a link to the same view in the order of the column."""
    order = view.order if view.order and (view.order.table, view.order.column) == (block.name, place) else None
    asked = replace(view, order=next_order(block, place, view.order))
    link = dcc.Link(block.head[place], href=address_of(asked, catalog), className="order")
    looks = "text" if place in texts else ""
    if order is None:
        return html.Th(link, scope="col", className=looks or None)
    stands: dict[str, Any] = {"aria-sort": "descending" if order.descending else "ascending"}
    return html.Th(link, scope="col", className=f"{looks} {'down' if order.descending else 'up'}".strip(), **stands)


def _texts(block: Table) -> set[int]:
    """The columns that hold texts, not numbers."""
    return {
        place
        for row in block.rows
        for place, cell in enumerate(row)
        if isinstance(cell.value, str) and not cell.is_hidden
    }


def _cell(cell: Cell, place: int, texts: Collection[int]) -> Any:
    content = cell.text if cell.href is None else dcc.Link(cell.text, href=cell.href)
    if place == 0:
        return plain("Th", children=content, scope="row")
    looks = ["text"] if place in texts else []
    looks += ["hidden"] if cell.is_hidden else []
    return plain("Td", children=content, **({"className": " ".join(looks)} if looks else {}))


def _file_address(view: View, table: Table, file_format: str, catalog: Catalog) -> str:
    return f"/files/{view.page or 'overview'}/{quote(table.name)}.{file_format}{search_of(view, catalog)}"
