"""The Dash application: the address is read, its view is made, a choice becomes an address (5-operation.md).

Nothing that it serves comes from or goes to another machine; nothing that it reads names a child. Who may ask is
decided before any of it runs (`access/`); pages that name children are no part of Dash (`people/`).
"""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from flask import Flask, Response, abort, request
from orjson import Fragment
from werkzeug.exceptions import HTTPException

from reports.dashboards import rendering
from reports.dashboards.about import facts_about, file_name
from reports.dashboards.access.bar import who_bar
from reports.dashboards.access.guard import Guard
from reports.dashboards.access.journal import Journal, Record
from reports.dashboards.access.options import Access
from reports.dashboards.access.passwords import METHOD, Passwords
from reports.dashboards.access.provider import Provider
from reports.dashboards.access.routes import Entrance, add_entrance
from reports.dashboards.access.sessions import Sessions
from reports.dashboards.access.throttle import Throttle
from reports.dashboards.access.users import UserBook
from reports.dashboards.address import PICTURES, SORT, View, search_of, view_of
from reports.dashboards.blocks import Block, Table
from reports.dashboards.browser import keep_in_browser
from reports.dashboards.downloads import TYPES, table_file
from reports.dashboards.filters import chosen_view
from reports.dashboards.pages.directory import PAGES
from reports.dashboards.people.routes import add_people_pages
from reports.dashboards.people.source import PeopleSource
from reports.dashboards.store import NothingToShow, Reader, Store
from reports.dashboards.wire import written

logger = logging.getLogger("portfolio")

STYLES = Path(__file__).resolve().parent.parent / "assets" / "dashboards.css"
TITLE = "Школьное портфолио: панели"
TROUBLE = "Не получилось прочитать опубликованные данные. Обновите страницу; если не поможет — скажите администратору."
NO_PAGE = "Такой страницы нет."
NO_SUCH_VIEW = "В этой публикации нет того, что названо в ссылке ({}). Откройте страницу и скачайте таблицу с неё."
NOT_DONE = "Не получилось. Обновите страницу; если не поможет — скажите администратору."

TEXT = "text/plain; charset=utf-8"
REFUSED = {
    400: "Запрос не понят. Откройте панели по их адресу.",
    404: "Такой страницы или таблицы нет. Начните с первой страницы панелей.",
    405: "Так эту страницу не открыть. Начните с первой страницы панелей.",
    413: "Слишком большой запрос.",
    503: "Сейчас показать нечего: данные ещё не опубликованы или меняются. Повторите через минуту.",
}

#: What Dash calls the address of any page of its own.
_ANY_PAGE = "/<path:path>"

#: No form and no choice of filters is larger.
LARGEST_REQUEST = 2**20

_WHO = "<!--who-->"
_EXPIRY_SCRIPT = '<script src="/access/session.js"></script>'

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
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
{who}
{{%app_entry%}}
<footer>{{%config%}}{{%scripts%}}{{%renderer%}}</footer>
</body>
</html>"""


class Panels(Dash):
    """Dash, with what the server alone knows drawn above its pages: who is logged in."""

    ends_sessions = False

    def interpolate_index(self, *args: Any, **parts: Any) -> str:
        """The page that Dash then fills."""
        page: str = super().interpolate_index(*args, **parts)  # type: ignore[no-untyped-call]
        return page.replace(_WHO, f"{who_bar()}{_EXPIRY_SCRIPT if self.ends_sessions else ''}")


def make_app(
    published: Path,
    *,
    loopback: bool = True,
    access: Access | None = None,
    people: PeopleSource | None = None,
    record: Record = lambda _action, **_facts: None,
    hashing: str = METHOD,
) -> Panels:
    """The application on the folder `published` (a link that may change at any time, or not be there yet).

    loopback: only this machine reaches the port; requests that name another host are refused: no web page can reach
    the server by a name of its own. access: how one logs in. people: what the pages that name children read; without it
    there are none. record: writes a line of the audit log. hashing: how passwords of the users file are hashed.
    """
    app = Panels(
        __name__,
        server=Flask(__name__, static_folder=None),  # type: ignore[arg-type]
        assets_folder="no-assets",
        serve_locally=True,
        title=TITLE,
        update_title="",
        suppress_callback_exceptions=True,
        index_string=_INDEX.format(styles=STYLES.read_text("utf-8"), who=_WHO),
        compress=False,
    )
    app.layout = html.Div([dcc.Location(id="address", refresh=False), html.Div(id="page")])
    _let_in(app, access or Access(), loopback=loopback, people=people, record=record, hashing=hashing)
    store = Store(published)
    _serve_pages(app, store)
    keep_in_browser(app)
    _serve_files(app.server, store)
    if people is not None:
        add_people_pages(app.server, people, record)
    _answer_safely(app, https=access is not None and access.is_https)
    return app


def _let_in(
    app: Panels, access: Access, *, loopback: bool, people: PeopleSource | None, record: Record, hashing: str
) -> None:
    server: Flask = app.server
    # For the moment between a form, or the way to the provider, and its answer: a session itself is kept by the server.
    server.secret_key = secrets.token_bytes(32)
    server.config.update(
        SESSION_COOKIE_NAME="__Host-portfolio_form" if access.is_https else "portfolio_form",
        SESSION_COOKIE_SECURE=access.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
    )
    sessions = Sessions(idle_seconds=access.idle_minutes * 60, longest_seconds=access.session_hours * 3600)
    guard = Guard(access, loopback, sessions, UserBook(access.users_file), Journal(record), people is not None)
    provider = Provider(access.oidc) if access.oidc is not None else None
    app.ends_sessions = guard.is_closed
    guard.protect(server)
    add_entrance(server, Entrance(guard, Passwords(hashing), Throttle(), provider))
    server.extensions["portfolio"] = guard


def _serve_pages(app: Dash, store: Store) -> None:
    @app.callback(Output("page", "children"), Input("address", "pathname"), Input("address", "search"))
    def show(pathname: str | None, search: str | None) -> Fragment:
        return Fragment(_page(store, (pathname or "/").strip("/"), search or ""))

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


def _page(store: Store, name: str, search: str) -> bytes:
    if name not in PAGES:
        return written(rendering.message(NO_PAGE, beginning=True))
    try:
        reader = store.reader()
        view = view_of(name, search, reader.catalog)
        return reader.page(
            (view, view.unknown),
            lambda: written(rendering.page(view, _blocks(reader, view), reader.catalog)),
        )
    except NothingToShow as reason:
        return written(rendering.message(str(reason)))
    except duckdb.Error as error:
        logger.error("dashboards: %s", type(error).__name__)  # noqa: TRY400 - its message may quote a value
        return written(rendering.message(TROUBLE))


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
            # A page says so and shows what is wider; a file would be taken for what was asked.
            if unknown := rendering.filter_words(view.unknown, but=(SORT, PICTURES)):
                return Response(NO_SUCH_VIEW.format(unknown), 404, content_type=TEXT)
            blocks = _blocks(reader, view)
        except (NothingToShow, duckdb.Error):
            abort(503)
        found = [block for block in blocks if isinstance(block, Table) and block.name == table]
        if not found:
            abort(404)
        about = facts_about(view, found[0].title, reader.catalog)
        response = Response(table_file(found[0], file_format, about), content_type=TYPES[file_format])
        told = quote(f"{file_name(view, found[0].title, reader.catalog)}.{file_format}")
        plain = f"{page}-{found[0].name}.{file_format}"
        response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{told}"
        return response


def _in_russian(error: HTTPException) -> HTTPException | Response:
    """A refusal of the server's own, in words; one that brings an answer with it, or leads elsewhere, stays."""
    if error.response is not None or error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    refused = Response(REFUSED.get(error.code, NOT_DONE), error.code, content_type=TEXT)
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            refused.headers[name] = value
    return refused


def _answer_safely(app: Dash, *, https: bool) -> None:
    """Headers that let nothing out or in, and answers to what goes wrong that quote nothing."""
    hashes = " ".join(f"'{value.strip(chr(39))}'" for value in app.csp_hashes())
    policy = "; ".join(
        f"{name} {value}{' ' + hashes if name == 'script-src' else ''}" for name, value in _POLICY.items()
    )
    server: Flask = app.server

    @server.errorhandler(Exception)
    def tell_nothing(error: Exception) -> Response | HTTPException:
        if isinstance(error, HTTPException):
            return _in_russian(error)
        # Messages of databases quote values: the class and the places are enough to find it.
        places = " < ".join(
            f"{one.name}:{one.lineno}" for one in reversed(traceback.extract_tb(error.__traceback__)[-8:])
        )
        logger.error("dashboards: %s at %s", type(error).__name__, places)
        return Response(NOT_DONE, 500, content_type=TEXT)

    @server.after_request
    def add_headers(response: Response) -> Response:
        # The text of a page that there is not comes with the application, as that of every page.
        is_page = request.endpoint == _ANY_PAGE and response.status_code == HTTPStatus.OK
        if is_page and request.path.strip("/") not in PAGES:
            response.status_code = HTTPStatus.NOT_FOUND
        # Pages that name children bring a stricter one.
        response.headers.setdefault("Content-Security-Policy", policy)
        for name, value in _HEADERS.items():
            response.headers[name] = value
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if not request.path.startswith("/_dash-component-suites/"):
            response.headers["Cache-Control"] = "no-store"
        return response
