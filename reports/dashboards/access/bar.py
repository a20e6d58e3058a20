"""The bar above every page: who is logged in, the pages that are open to them, the way out (or in)."""

from __future__ import annotations

from urllib.parse import quote

from flask import g, render_template, request

from reports.dashboards.access.sessions import Session
from reports.dashboards.access.visitor import Role, Scope, ScopeKind, Visitor, current_visitor

ROLES = {Role.OPERATOR: "оператор", Role.QUALITY: "качество данных", Role.METHODOLOGIST: "методист"}


def who_bar() -> str:
    """The bar as HTML (class `who`), for the request at work."""
    session = g.get("session")
    return render_template(
        "access/bar.html",
        visitor=current_visitor(),
        form_token=session.form_token if isinstance(session, Session) else "",
        described=_described(current_visitor()),
        people=g.get("people_pages", False),
        login=login_address(),
    )


def login_address() -> str:
    """The log-in page that leads back to the page asked for."""
    # Not full_path: it decodes, and an address of filters would come back as another one.
    query = request.query_string.decode("ascii", "replace")
    return f"/login?next={quote(quote(request.path, safe='/') + (f'?{query}' if query else ''), safe='/')}"


def scope_words(scope: Scope) -> str:
    """A scope in Russian."""
    if scope.kind is ScopeKind.REGION:
        return "весь регион"
    return scope.key if scope.kind is ScopeKind.MUNICIPALITY else f"организация {scope.key}"


def _described(visitor: Visitor | None) -> str:
    if visitor is None:
        return ""
    # Aggregates are the whole region's: a scope would only make a methodologist wonder.
    words = [ROLES[visitor.role], *([scope_words(visitor.scope)] if visitor.sees_people else [])]
    return ", ".join(words)
