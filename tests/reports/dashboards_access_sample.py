"""Dashboards that need a log-in: users with cheap hashes, a browser that fills in forms, the audit log."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from reports.dashboards.access.guard import Guard
from reports.dashboards.access.options import Access
from reports.dashboards.access.users import User, add_user
from reports.dashboards.access.visitor import Role, Scope, ScopeKind
from reports.dashboards.app import Panels, make_app
from reports.dashboards.people.source import PeopleSource

#: As slow as a hash of the tests may be: one of production takes a twentieth of a second.
CHEAP = "scrypt:128:1:1"
PASSWORD = "лошадь батарея скрепка"

REGION = Scope(ScopeKind.REGION)
TOWN = Scope(ScopeKind.MUNICIPALITY, "Город Б")


@dataclass
class Site:
    """An application, its file of users, and what was written to the audit log."""

    app: Panels
    users: Path
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def guard(self) -> Guard:
        guard = self.app.server.extensions["portfolio"]
        assert isinstance(guard, Guard)
        return guard

    def client(self) -> FlaskClient:
        """A browser of its own."""
        return self.app.server.test_client()

    def inside(self, name: str = "petrova") -> FlaskClient:
        """A browser that has logged in."""
        client = self.client()
        assert log_in(client, name).status_code == 303
        return client

    def results(self) -> list[str]:
        """What became of each log-in."""
        return [line["result"] for line in self.lines if line["action"] == "dashboards_login"]


def user(name: str, role: Role = Role.QUALITY, scope: Scope = TOWN, password: str = PASSWORD) -> User:
    return User(name, role, scope, generate_password_hash(password, method=CHEAP))


def make_site(folder: Path, *, loopback: bool = False, published: Path | None = None, **options: Any) -> Site:
    """Panels that others can reach, with a user of each role."""
    users = folder / "access" / "users.json"
    add_user(users, user("petrova"))
    add_user(users, user("boss", Role.OPERATOR, REGION))
    add_user(users, user("metod", Role.METHODOLOGIST, REGION))
    lines: list[dict[str, Any]] = []
    folder_published = published or folder / "published"
    app = make_app(
        folder_published,
        loopback=loopback,
        access=Access(users_file=users, **options),
        people=PeopleSource(published=folder_published, prefix="T"),
        record=lambda action, **facts: lines.append({"action": action, **facts}),
        hashing=CHEAP,
    )
    return Site(app, users, lines)


def form_token(page: TestResponse) -> str:
    """The secret of the form on a page."""
    found = re.search(r'name="form_token" value="([^"]+)"', page.get_data(as_text=True))
    assert found
    return found.group(1)


def log_in(client: FlaskClient, name: str, password: str = PASSWORD, **fields: str) -> TestResponse:
    """Fills in the form; `fields` replace what a browser would send."""
    token = form_token(client.get("/login"))
    return client.post("/login", data={"name": name, "password": password, "form_token": token, **fields})


def cookie_of(client: FlaskClient, site: Site) -> str:
    """The session's token, as a thief would copy it."""
    cookie = client.get_cookie(site.guard.cookie, domain="localhost")
    assert cookie is not None
    return cookie.value
