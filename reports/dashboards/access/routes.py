"""The pages that let people in and out: `/login`, `/login/oidc`, `/logout`. Plain HTML, no script."""

from __future__ import annotations

import hmac
import math
import secrets
from dataclasses import dataclass, replace

from flask import Blueprint, Flask, Response, g, redirect, render_template, request, send_file, session
from werkzeug.wrappers import Response as Answer

from reports.dashboards.access.claims import shown_name, visitor_by_claims
from reports.dashboards.access.guard import Guard
from reports.dashboards.access.next_page import next_page
from reports.dashboards.access.passwords import Passwords
from reports.dashboards.access.places import Busy
from reports.dashboards.access.provider import NotProved, Provider, ProviderFailed
from reports.dashboards.access.sessions import Identity, Session
from reports.dashboards.access.throttle import Throttle
from reports.dashboards.access.visitor import Visitor

#: Nobody types more than this into a form.
LARGEST_FORM = 16 * 1024

#: OpenID Connect lets no subject be longer: so much of it goes into the audit log.
LONGEST_SUBJECT = 255

_FORM, _NEXT = "form", "next"

WRONG = "Имя или пароль не подходят."
STALE = "Страница входа устарела. Войдите ещё раз."
WAIT = "Слишком много неудачных попыток с этим именем. Повторите через {minutes}."
BUSY = "Сейчас входят слишком многие. Повторите через несколько секунд."
NO_ACCESS = "Входа нет: попросите администратора панелей дать вам роль."
NOT_PROVED = "Вход не состоялся: начните его заново."
PROVIDER_FAILED = (
    "Сервер входа не отвечает так, как нужно. Повторите через минуту; если не поможет — скажите администратору."
)


@dataclass(frozen=True)
class Entrance:
    """What the pages of log-in need."""

    guard: Guard
    passwords: Passwords
    throttle: Throttle
    provider: Provider | None


def add_entrance(server: Flask, entrance: Entrance) -> None:
    """Adds the pages that let people in and out."""
    pages = Blueprint("access", __name__, template_folder="templates")
    guard = entrance.guard

    @pages.get("/login")
    def login() -> Answer:
        if g.visitor is not None:
            return redirect(next_page(request.args.get(_NEXT)), 303)
        return _login_page(entrance)

    @pages.post("/login")
    def try_password() -> Answer:
        request.max_content_length = LARGEST_FORM
        if not _is_own_form(session.get(_FORM)):
            guard.journal.refusal("form")
            return _login_page(entrance, STALE, 403)
        try:
            with entrance.passwords.places.one():
                return _tried(entrance, request.form.get("name", ""), request.form.get("password", ""))
        except Busy:
            guard.journal.refusal("busy")
            return _login_page(entrance, BUSY, 503, retry_after=3)

    @pages.get("/login/oidc")
    def begin_oidc() -> Answer:
        if entrance.provider is None:
            return _message("Такого входа здесь нет.", 404)
        try:
            leading = entrance.provider.begin(_way_back(guard))
        except Busy:
            guard.journal.refusal("busy")
            return _message(BUSY, 503)
        except ProviderFailed as reason:
            guard.journal.refusal(str(reason))
            return _message(PROVIDER_FAILED, 502)
        session[_NEXT] = next_page(request.args.get(_NEXT))
        leading.status_code = 303
        return leading

    @pages.get("/login/oidc/back")
    def finish_oidc() -> Answer:
        if entrance.provider is None:
            return _message("Такого входа здесь нет.", 404)
        return _finished(entrance, entrance.provider)

    @pages.post("/logout")
    def logout() -> Answer:
        request.max_content_length = LARGEST_FORM
        current = g.session
        if not isinstance(current, Session):
            return _left(guard)
        if not _is_own_form(current.form_token):
            guard.journal.refusal("form", current.visitor.name)
            return _message("Выход не состоялся: страница устарела. Обновите её и повторите.", 403)
        guard.sessions.close(request.cookies.get(guard.cookie))
        guard.journal.logout(current.visitor)
        return _left(guard)

    @pages.get("/access/session.js")
    def script() -> Answer:
        return send_file(f"{pages.root_path}/session.js", mimetype="text/javascript")

    server.register_blueprint(pages)


def _tried(entrance: Entrance, name: str, password: str) -> Answer:
    guard = entrance.guard
    user = guard.users.named(name)
    known = user.name if user is not None else None
    wait = entrance.throttle.begin(name, known=user is not None)
    if wait:
        guard.journal.refusal("wait", known)
        return _login_page(entrance, WAIT.format(minutes=_minutes(wait)), 429, retry_after=wait)
    if not entrance.passwords.is_right(user, password) or user is None:
        guard.journal.failure(known, "password", "password")
        return _login_page(entrance, WRONG, 403)
    entrance.throttle.succeed(name)
    visitor = Visitor(user.name, user.role, user.scope)
    return _let_in(guard, visitor, Identity(True, user.name), user.stamp, next_page(request.form.get(_NEXT)))


def _finished(entrance: Entrance, provider: Provider) -> Answer:
    journal = entrance.guard.journal
    try:
        claims = provider.finish()
    except Busy:
        journal.refusal("busy")
        return _message(BUSY, 503)
    except ProviderFailed as reason:
        journal.failure(None, "oidc", str(reason))
        return _message(PROVIDER_FAILED, 502)
    except NotProved as reason:
        journal.failure(None, "oidc", str(reason))
        return _message(NOT_PROVED, 403)
    subject, name = str(claims["sub"]), shown_name(claims, provider.options)
    user = entrance.guard.users.subject(subject)
    if user is not None:
        visitor: Visitor | None = Visitor(user.name, user.role, user.scope)
    else:
        if entrance.guard.users.named(name) is not None:
            name = f"{name} (OIDC)"  # not the local user of that name
        visitor = visitor_by_claims(name, claims, provider.options)
    if visitor is None:
        journal.stranger(name, subject[:LONGEST_SUBJECT])
        return _message(NO_ACCESS, 403)
    stamp = user.stamp if user is not None else None
    visitor = replace(visitor, subject=subject[:LONGEST_SUBJECT])
    return _let_in(entrance.guard, visitor, Identity(False, subject), stamp, next_page(session.get(_NEXT)))


def _let_in(guard: Guard, visitor: Visitor, identity: Identity, stamp: str | None, leading: str) -> Answer:
    # A token of its own for each log-in: one that somebody has planted before leads nowhere.
    guard.sessions.close(request.cookies.get(guard.cookie))
    session.clear()
    token = guard.sessions.open(visitor, identity, stamp)
    guard.journal.success(visitor, "password" if identity.local else "oidc")
    answer = redirect(leading, 303)
    answer.set_cookie(guard.cookie, token, secure=guard.access.is_https, httponly=True, samesite="Lax", path="/")
    return answer


def _left(guard: Guard) -> Answer:
    answer = redirect("/login" if guard.is_closed else "/", 303)
    answer.delete_cookie(guard.cookie, secure=guard.access.is_https, httponly=True, samesite="Lax", path="/")
    return answer


def _login_page(entrance: Entrance, trouble: str = "", status: int = 200, *, retry_after: int | None = None) -> Answer:
    token = session.get(_FORM)
    if not token:
        token = session[_FORM] = secrets.token_urlsafe(32)
    page = render_template(
        "access/login.html",
        trouble=trouble,
        form_token=token,
        next=next_page(request.values.get(_NEXT)),
        oidc=entrance.provider is not None,
        local=len(entrance.guard.users) > 0,
        broken=entrance.guard.users.is_broken,
    )
    answer = Response(page, status)
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def _message(text: str, status: int) -> Answer:
    return Response(render_template("access/message.html", text=text), status)


def _is_own_form(token: object) -> bool:
    """Whether a form was drawn by this server for this browser, and sent by a page of ours."""
    # Browsers send this header to https and to this machine; the forms' secret alone guards the rest.
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    sent = request.form.get("form_token", "")
    return isinstance(token, str) and hmac.compare_digest(token.encode(), sent.encode("utf-8", "surrogatepass"))


def _way_back(guard: Guard) -> str:
    base = guard.access.address or f"http://{request.host}"
    return f"{base.rstrip('/')}/login/oidc/back"


def _minutes(seconds: int) -> str:
    return f"{seconds} с" if seconds < 60 else f"{math.ceil(seconds / 60)} мин"  # noqa: PLR2004 - a minute
