"""Passwords: hashed by scrypt, so slow that guessing is dear, and so few at a time that guessing stops nobody else."""

from __future__ import annotations

import threading
import unicodedata

from werkzeug.security import check_password_hash, generate_password_hash

from extracts.errors import BadInput
from reports.dashboards.access.places import Places
from reports.dashboards.access.users import User, name_key

SHORTEST, LONGEST = 12, 256
FEWEST_CHARACTERS = 5

#: A letter may be typed as several characters that are one when they are stored.
LONGEST_TYPED = 4 * LONGEST

METHOD = "scrypt"

#: Of the sixteen threads that serve the panels so many may be logging in, and one of these computes.
WAITING = 8

TOO_SHORT = f"Пароль слишком короткий: нужно не меньше {SHORTEST} знаков (например, четыре случайных слова)."
TOO_LONG = f"Пароль слишком длинный: не больше {LONGEST} знаков."
TOO_PLAIN = (
    "Пароль слишком простой: в нём должно быть не меньше пяти разных знаков, и он не должен повторять имя для входа."
)


def hash_password(password: str, *, name: str, method: str = METHOD) -> str:
    """The hash of a new password. Errors: BadInput in Russian, which never quotes it."""
    plain = _normal(password)
    if len(plain) < SHORTEST:
        raise BadInput(TOO_SHORT)
    if len(plain) > LONGEST:
        raise BadInput(TOO_LONG)
    if len({*plain}) < FEWEST_CHARACTERS or not plain.casefold().replace(name_key(name), ""):
        raise BadInput(TOO_PLAIN)
    return generate_password_hash(plain, method=method)


class Passwords:
    """Checks passwords. For a user who is not there the same work is done as for one who is."""

    def __init__(self, method: str = METHOD) -> None:
        # No password has this hash, and looking for one takes as long as for any other.
        self._nobody = f"{method}$nobody$00"
        self.places = Places(WAITING)
        self._work = threading.Lock()

    def is_right(self, user: User | None, password: str) -> bool:
        """Whether the password is the user's."""
        known = user.password if user is not None else None
        with self._work:
            try:
                same = check_password_hash(known or self._nobody, _normal(password[:LONGEST_TYPED]))
            except ValueError:  # a hash of a kind that this version does not know
                same = False
        return same and known is not None


def _normal(password: str) -> str:
    # The same keys give «й» as one character or as two: it depends on the machine.
    return unicodedata.normalize("NFKC", password)
