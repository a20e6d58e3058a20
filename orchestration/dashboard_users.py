"""`portfolio users`: who may log in to the dashboards, kept in `<home>/access/users.json`; each change is audited.

A password comes from a hidden prompt or from standard input, never from an argument or the environment, where other
programs of the machine would see it.
"""

from __future__ import annotations

import getpass
import sys
from dataclasses import dataclass

from extracts.errors import BadInput
from orchestration import audit
from orchestration.settings import Settings
from reports.dashboards.access.bar import ROLES, scope_words
from reports.dashboards.access.passwords import hash_password
from reports.dashboards.access.users import (
    User,
    add_user,
    list_users,
    remove_user,
    set_password,
    user_with_password,
    users_file,
)
from reports.dashboards.access.visitor import Role, Scope, ScopeKind
from reports.dashboards.store import NothingToShow, Store

NO_TERMINAL = (
    "Пароль спрашивается на терминале, а его нет: подайте пароль на стандартный ввод с ключом --password-stdin."
)
NOT_THE_SAME = "Пароли не совпали; ничего не изменено."
NO_PASSWORD = "На стандартном вводе нет пароля: он должен стоять в первой строке, в кодировке UTF-8."  # noqa: S105


@dataclass(frozen=True)
class NewUser:
    """Who is to be added; without a municipality and an organization the scope is the region."""

    name: str
    role: str
    municipality: str | None = None
    organization: str | None = None
    subject: str | None = None
    from_stdin: bool = False


def add(settings: Settings, new: NewUser) -> list[str]:
    """Adds a user; gives what to tell. Errors: BadInput."""
    file = users_file(settings.home.root)
    scope, role = _scope(new), Role(new.role)
    # A name that will not do is told before a password is asked for.
    add_user(file, User(new.name, role, scope, subject=new.subject), check_only=True)
    password = None if new.subject is not None else hash_password(_password(new.from_stdin), name=new.name)
    add_user(file, User(new.name, role, scope, password, new.subject))
    audit.record(settings.home, "users", change="add", user=new.name, role=role.value, scope=scope_words(scope))
    return [f"Пользователь «{new.name}» заведён: {ROLES[role]}, {scope_words(scope)}.", *_doubts(settings, scope)]


def change_password(settings: Settings, name: str, *, from_stdin: bool) -> list[str]:
    """Gives a user another password; gives what to tell. Errors: BadInput."""
    file = users_file(settings.home.root)
    user = user_with_password(file, name)
    set_password(file, name, hash_password(_password(from_stdin), name=user.name))
    audit.record(settings.home, "users", change="password", user=user.name)
    return [f"Пароль пользователя «{user.name}» изменён; кто вошёл со старым, уже вышел."]


def remove(settings: Settings, name: str) -> list[str]:
    """Removes a user; gives what to tell. Errors: BadInput."""
    user = remove_user(users_file(settings.home.root), name)
    audit.record(settings.home, "users", change="remove", user=user.name)
    return [f"Пользователь «{user.name}» убран."]


def user_lines(settings: Settings) -> list[str]:
    """A line for each user. Errors: BadInput."""
    users = list_users(users_file(settings.home.root))
    return [_line(one) for one in users] or [
        "Пользователей ещё нет. Завести: portfolio users add ИМЯ --role methodologist"
    ]


def _line(user: User) -> str:
    way = "пароль" if user.subject is None else f"OpenID Connect, sub {user.subject}"
    return f"{user.name}: {ROLES[user.role]} ({user.role.value}), {scope_words(user.scope)}; {way}"


def _scope(new: NewUser) -> Scope:
    for kind, key in ((ScopeKind.MUNICIPALITY, new.municipality), (ScopeKind.ORGANIZATION, new.organization)):
        if key is not None:
            if not key.strip() or not key.isprintable():
                raise BadInput("Область пуста: после --municipality или --organization нужно название или код.")
            return Scope(kind, key.strip())
    return Scope(ScopeKind.REGION)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        try:
            line = sys.stdin.readline().rstrip("\r\n")
        except UnicodeDecodeError:
            line = ""
        if not line:
            raise BadInput(NO_PASSWORD)
        return line
    if not sys.stdin.isatty():
        raise BadInput(NO_TERMINAL)
    first = getpass.getpass("Пароль: ")
    if first != getpass.getpass("Ещё раз: "):
        raise BadInput(NOT_THE_SAME)
    return first


def _doubts(settings: Settings, scope: Scope) -> list[str]:
    """A name with a mistake gives nobody anything: it is told where a publication shows that there is no such place."""
    if scope.kind is ScopeKind.REGION:
        return []
    try:
        catalog = Store(settings.home.published).reader().catalog
    except NothingToShow:
        return []
    known = catalog.municipalities if scope.kind is ScopeKind.MUNICIPALITY else catalog.organizations
    if scope.key in known:
        return []
    return [f"Внимание: в опубликованном нет такой области ({scope_words(scope)}). Проверьте написание."]
