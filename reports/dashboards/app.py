"""The Dash application: the address is read, its view is made, a choice becomes an address (5-operation.md).

Nothing that it serves comes from or goes to another machine; nothing that it reads names a child.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from flask import Flask, Response, abort, request

from reports.dashboards import rendering
from reports.dashboards.address import View, search_of, view_of
from reports.dashboards.blocks import Block, Table
from reports.dashboards.downloads import TYPES, table_file
from reports.dashboards.filters import chosen_view
from reports.dashboards.pages.directory import PAGES
from reports.dashboards.store import NothingToShow, Reader, Store

logger = logging.getLogger("portfolio")

STYLES = Path(__file__).resolve().parent.parent / "assets" / "dashboards.css"
TITLE = "Школьное портфолио: панели"
TROUBLE = "Не получилось прочитать опубликованные данные. Обновите страницу; если не поможет — скажите администратору."
NO_PAGE = "Такой страницы нет. Начните с обзора: /"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_INDEX = """<!DOCTYPE html>
<html lang="ru">
<head>
{{%metas%}}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{%title%}}</title>
{{%favicon%}}
{{%css%}}
<style>{styles}</style>
</head>
<body>
{{%app_entry%}}
<footer>{{%config%}}{{%scripts%}}{{%renderer%}}</footer>
</body>
</html>"""


def make_app(published: Path, *, loopback: bool = True) -> Dash:
    """The application on the folder `published` (a link that may change at any time, or not be there yet).

    loopback: requests that name another host are refused: no web page can reach the server by a name of its own.
    """
    app = Dash(
        __name__,
        server=Flask(__name__),  # type: ignore[arg-type]
        assets_folder="no-assets",
        serve_locally=True,
        title=TITLE,
        update_title="",
        suppress_callback_exceptions=True,
        index_string=_INDEX.format(styles=STYLES.read_text("utf-8")),
        compress=False,
    )
    app.layout = html.Div([dcc.Location(id="address", refresh=False), html.Div(id="page")])
    store = Store(published)
    _serve_pages(app, store)
    _serve_files(app.server, store)
    _guard(app, loopback=loopback)
    return app


def _serve_pages(app: Dash, store: Store) -> None:
    @app.callback(Output("page", "children"), Input("address", "pathname"), Input("address", "search"))
    def show(pathname: str | None, search: str | None) -> list[Component]:
        return _page(store, (pathname or "/").strip("/"), search or "")

    @app.callback(
        Output("address", "search"),
        Input({"filter": ALL}, "value"),
        State("address", "pathname"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def choose(_values: Sequence[Any], pathname: str | None, search: str | None) -> Any:
        triggered = ctx.triggered_id
        if not isinstance(triggered, Mapping) or len(ctx.triggered) != 1:
            return no_update  # filters that were just drawn
        try:
            catalog = store.reader().catalog
        except NothingToShow:
            return no_update
        view = view_of((pathname or "/").strip("/"), search or "", catalog)
        chosen = search_of(chosen_view(view, str(triggered["filter"]), ctx.triggered[0]["value"]), catalog)
        return no_update if chosen == search_of(view, catalog) else chosen


def _page(store: Store, name: str, search: str) -> list[Component]:
    if name not in PAGES:
        return rendering.message(NO_PAGE)
    try:
        reader = store.reader()
        view = view_of(name, search, reader.catalog)
        return rendering.page(view, _blocks(reader, view), reader.catalog)
    except NothingToShow as reason:
        return rendering.message(str(reason))
    except duckdb.Error as error:
        logger.error("dashboards: %s", type(error).__name__)  # noqa: TRY400 - its message may quote a value
        return rendering.message(TROUBLE)


def _blocks(reader: Reader, view: View) -> list[Block]:
    return PAGES[view.page].blocks(reader, view)


def _serve_files(server: Flask, store: Store) -> None:
    @server.get("/files/<page>/<table>.<file_format>")
    def download(page: str, table: str, file_format: str) -> Response:
        name = "" if page == "overview" else page
        if name not in PAGES or file_format not in TYPES:
            abort(404)
        try:
            reader = store.reader()
            view = view_of(name, request.query_string.decode("ascii", "replace"), reader.catalog)
            blocks = _blocks(reader, view)
        except (NothingToShow, duckdb.Error):
            abort(503)
        found = [block for block in blocks if isinstance(block, Table) and block.name == table]
        if not found:
            abort(404)
        response = Response(table_file(found[0], file_format), content_type=TYPES[file_format])
        response.headers["Content-Disposition"] = f'attachment; filename="{page}-{found[0].name}.{file_format}"'
        return response


def _guard(app: Dash, *, loopback: bool) -> None:
    hashes = " ".join(f"'{value.strip(chr(39))}'" for value in app.csp_hashes())
    policy = "; ".join(
        f"{name} {value}{' ' + hashes if name == 'script-src' else ''}" for name, value in _POLICY.items()
    )

    server: Flask = app.server

    @server.before_request
    def refuse_other_names() -> None:
        host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
        if loopback and host not in LOOPBACK:
            abort(400)

    @server.after_request
    def add_headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        for name, value in _HEADERS.items():
            response.headers[name] = value
        if not request.path.startswith("/_dash-component-suites/"):
            response.headers["Cache-Control"] = "no-store"
        return response
