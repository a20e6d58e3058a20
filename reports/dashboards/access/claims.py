"""What the provider says of somebody, as a visitor: roles and a scope by the claims that the region has named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from extracts.disk import printable
from reports.dashboards.access.options import OidcOptions
from reports.dashboards.access.visitor import Role, Scope, ScopeKind, Visitor

ROLE_PREFIX = "portfolio-"
LONGEST_NAME = 64

REGION = Scope(ScopeKind.REGION)


def claim(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of a dotted path (`realm_access.roles`); a claim whose own name has dots is found too."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for step in path.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return None
        found = found[step]
    return found


def shown_name(claims: Mapping[str, Any], options: OidcOptions) -> str:
    """What somebody is called in the bar and in the audit log; the subject where no name is told."""
    named = claim(claims, options.name_claim)
    name = named.strip() if isinstance(named, str) else ""
    return printable(name or str(claims["sub"]))[:LONGEST_NAME]


def visitor_by_claims(name: str, claims: Mapping[str, Any], options: OidcOptions) -> Visitor | None:
    """The visitor that the claims make; None without a role of ours, or without a scope where names are seen.

    Of several roles the widest counts. Two scopes are a mistake somewhere: neither counts.
    """
    told = {*_words(claims, options.role_claim)}
    role = next((one for one in Role if f"{ROLE_PREFIX}{one}" in told), None)
    if role is None:
        return None
    scopes = {scope for word in _words(claims, options.scope_claim) if (scope := read_scope(word)) is not None}
    if len(scopes) == 1:
        return Visitor(name, role, scopes.pop())
    # Aggregates are the whole region's for everybody: a methodologist needs no scope.
    return Visitor(name, role, REGION) if role is Role.METHODOLOGIST and not scopes else None


def read_scope(word: str) -> Scope | None:
    """A scope as it is written in a claim: `region`, `municipality:Энск`, `organization:123`."""
    kind, _, key = word.partition(":")
    if kind not in {*ScopeKind} or (kind == ScopeKind.REGION) == bool(key.strip()):
        return None
    return Scope(ScopeKind(kind), key.strip())


def _words(claims: Mapping[str, Any], path: str | None) -> Sequence[str]:
    found = claim(claims, path) if path else None
    if isinstance(found, str):
        return [found]
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
