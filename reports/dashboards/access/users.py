"""Local users: one JSON file of log-in names, roles, scopes and hashes of passwords; for its owner only.

Does not belong here: how a password is hashed (`passwords.py`), who is logged in (`sessions.py`).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import re
import threading
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from extracts.disk import PRIVATE_FILE, make_private_folder, printable, settle, write_private
from extracts.errors import BadInput
from reports.dashboards.access.visitor import Role, Scope, ScopeKind

logger = logging.getLogger("portfolio")

FOLDER, FILE = "access", "users.json"
VERSION = 1

_NAME = re.compile(r"[A-Za-zА-Яа-яЁё0-9][A-Za-zА-Яа-яЁё0-9._@-]{0,63}")
_SUBJECT = re.compile(r"[!-~]{1,255}")

NAME_EXPECTED = "Имя для входа — до 64 букв, цифр и знаков «.», «_», «-», «@», первой стоит буква или цифра."
SUBJECT_EXPECTED = "--subject — идентификатор «sub» у провайдера: до 255 латинских букв, цифр и знаков, без пробелов."


class BrokenFile(Exception):
    """The file of users is there and is not one."""


@dataclass(frozen=True)
class User:
    """Somebody who may log in: by a password, or as the subject of an OpenID provider."""

    name: str
    role: Role
    scope: Scope
    password: str | None = field(default=None, repr=False)
    subject: str | None = None

    @property
    def stamp(self) -> str:
        """Changes with anything about the user: sessions that were opened before end."""
        return hashlib.sha256(json.dumps(_record(self), sort_keys=True).encode()).hexdigest()


def users_file(root: Path) -> Path:
    """Where the users of a region stand below PORTFOLIO_HOME."""
    return root / FOLDER / FILE


def name_key(name: str) -> str:
    """By what names are told apart: neither case nor the way of writing a letter makes another user."""
    return unicodedata.normalize("NFKC", name.strip()).casefold()


def read_users(file: Path) -> tuple[User, ...]:
    """The users of the file, none where there is no file. Errors: BrokenFile."""
    try:
        document = json.loads(file.read_text("utf-8"))
        if document["version"] != VERSION:
            raise BrokenFile
        users = tuple(_user(one) for one in document["users"])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError):
        raise BrokenFile from None
    if len({name_key(one.name) for one in users}) < len(users):
        raise BrokenFile
    return users


class UserBook:
    """The users as they stand in the file now: looked at for each request, read again when it has changed.

    A file that cannot be read is a file without users: nobody gets in, and whoever is in gets out.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._seen: tuple[int, ...] | None = None
        self._by_name: Mapping[str, User] = {}
        self._by_subject: Mapping[str, User] = {}
        self._broken = False

    @property
    def is_broken(self) -> bool:
        """Whether the file is there and is not one."""
        self._look()
        return self._broken

    def named(self, name: str) -> User | None:
        """The user of a log-in name, however it is written."""
        self._look()
        return self._by_name.get(name_key(name))

    def subject(self, subject: str) -> User | None:
        """The user of a subject of the provider."""
        self._look()
        return self._by_subject.get(subject)

    def __len__(self) -> int:
        self._look()
        return len(self._by_name)

    def _look(self) -> None:
        if self._file is None:
            return
        seen: tuple[int, ...] = ()
        with suppress(OSError):
            found = self._file.stat()
            seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        with self._lock:
            if seen != self._seen:
                self._read(self._file)
                self._seen = seen

    def _read(self, file: Path) -> None:
        self._broken = False
        try:
            users = read_users(file)
        except BrokenFile:
            self._broken = True
            logger.error("dashboards: the file of users cannot be read: nobody may log in by it")  # noqa: TRY400
            users = ()
        self._by_name = {name_key(one.name): one for one in users}
        self._by_subject = {one.subject: one for one in users if one.subject is not None}


def add_user(file: Path, user: User, *, check_only: bool = False) -> None:
    """Adds a user, or says only whether one could be added.

    Errors: BadInput if the name or the subject is wrong or taken, or the file is broken.
    """
    if not _NAME.fullmatch(user.name):
        raise BadInput(NAME_EXPECTED)
    if user.subject is not None and not _SUBJECT.fullmatch(user.subject):
        raise BadInput(SUBJECT_EXPECTED)
    with _changing(file) as users:
        if any(name_key(one.name) == name_key(user.name) for one in users):
            raise BadInput(
                f"Пользователь «{user.name}» уже есть. Новый пароль: portfolio users password; роль: remove, потом add."
            )
        if user.subject is not None and any(one.subject == user.subject for one in users):
            raise BadInput("Пользователь с таким --subject уже есть: portfolio users list")
        if not check_only:
            _write(file, (*users, user))


def user_with_password(file: Path, name: str) -> User:
    """The user of a name whose password is kept here. Errors: BadInput if there is none."""
    return _with_password(list_users(file), name)


def set_password(file: Path, name: str, password: str) -> User:
    """Gives a user another hash of a password; gives the user back. Errors: BadInput if there is none of the name."""
    with _changing(file) as users:
        user = _with_password(users, name)
        changed = replace(user, password=password)
        _write(file, tuple(changed if one.name == user.name else one for one in users))
        return changed


def remove_user(file: Path, name: str) -> User:
    """Removes a user, whose sessions end; gives the user back. Errors: BadInput if there is none of the name."""
    with _changing(file) as users:
        user = _named(users, name)
        _write(file, tuple(one for one in users if one is not user))
        return user


def list_users(file: Path) -> tuple[User, ...]:
    """The users in order of their names. Errors: BadInput if the file is broken."""
    try:
        return tuple(sorted(read_users(file), key=lambda one: name_key(one.name)))
    except BrokenFile:
        raise BadInput(
            f"Файл пользователей {file} не читается. Верните его из резервной копии или удалите и заведите"
            " пользователей заново: portfolio users add."
        ) from None


def _with_password(users: Sequence[User], name: str) -> User:
    user = _named(users, name)
    if user.subject is not None:
        raise BadInput(f"Пользователь «{user.name}» входит через провайдера (--subject): пароля здесь у него нет.")
    return user


def _named(users: Sequence[User], name: str) -> User:
    found = [one for one in users if name_key(one.name) == name_key(name)]
    if not found:
        raise BadInput(f"Пользователя «{printable(name)}» нет. Какие есть, показывает portfolio users list.")
    return found[0]


@contextmanager
def _changing(file: Path) -> Iterator[tuple[User, ...]]:
    """The users, while no other command changes them."""
    make_private_folder(file.parent)
    descriptor = os.open(file.with_name(f".{file.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield list_users(file)
    finally:
        os.close(descriptor)


def _write(file: Path, users: Sequence[User]) -> None:
    document = {"version": VERSION, "users": [_record(one) for one in users]}
    write_private(file, json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    settle(file.parent)


def _record(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "role": user.role.value,
        "scope": {"kind": user.scope.kind.value, "key": user.scope.key},
        "password": user.password,
        "subject": user.subject,
    }


def _user(record: Mapping[str, Any]) -> User:
    name, password, subject, key = record["name"], record["password"], record["subject"], record["scope"]["key"]
    texts = (name, key, *(one for one in (password, subject) if one is not None))
    if not all(isinstance(one, str) for one in texts) or not _NAME.fullmatch(name):
        raise ValueError
    scope = Scope(ScopeKind(record["scope"]["kind"]), key)
    if (scope.kind is ScopeKind.REGION) == bool(key):
        raise ValueError
    return User(name, Role(record["role"]), scope, password, subject)
