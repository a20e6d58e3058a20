"""Whoever has logged in: a name, a role, and the part of the region that they may see names of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from flask import g


class Role(StrEnum):
    """What somebody does here; only the first two see names of children."""

    OPERATOR = "operator"
    QUALITY = "quality"
    METHODOLOGIST = "methodologist"


class ScopeKind(StrEnum):
    """How wide a scope is."""

    REGION = "region"
    MUNICIPALITY = "municipality"
    ORGANIZATION = "organization"


@dataclass(frozen=True)
class Scope:
    """The part of the region; `key` is the municipality's name or the organization's id, empty for the region."""

    kind: ScopeKind
    key: str = ""


@dataclass(frozen=True)
class Visitor:
    """Somebody who has logged in; `subject` is what a provider calls them, whose shown names may be alike."""

    name: str
    role: Role
    scope: Scope
    subject: str | None = None

    @property
    def sees_people(self) -> bool:
        """Whether pages that name children are open to them at all (within their scope)."""
        return self.role in {Role.OPERATOR, Role.QUALITY}


def current_visitor() -> Visitor | None:
    """Who asks; None without a session. Set for each request by the guard of `access`."""
    visitor = g.get("visitor")
    return visitor if isinstance(visitor, Visitor) else None
