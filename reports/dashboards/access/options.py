"""What a region decides about log-in: given by the caller, who alone reads settings and the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from extracts.hosts import is_loopback

#: auto: everything, unless only this machine reaches the panels; always: everything; people: pages with names only.
Login = Literal["auto", "always", "people"]

OIDC_SCOPES = "openid profile"
OIDC_NAME_CLAIM = "preferred_username"


@dataclass(frozen=True)
class OidcOptions:
    """A provider of OpenID Connect. Claims are named by dotted paths; without a secret the client is a public one."""

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    scopes: str = OIDC_SCOPES
    name_claim: str = OIDC_NAME_CLAIM
    role_claim: str | None = None
    scope_claim: str | None = None


@dataclass(frozen=True)
class Access:
    """How one logs in; `address`: the one that people type, where a proxy stands before the panels."""

    users_file: Path | None = None
    login: Login = "auto"
    address: str | None = None
    idle_minutes: int = 60
    session_hours: int = 10
    oidc: OidcOptions | None = None

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the panels by https: cookies then travel no other way."""
        return self.address is not None and self.address.startswith("https://")

    @property
    def host(self) -> str | None:
        """The host of `address`, as it stands in the header Host (without a port)."""
        parts = urlsplit(self.address or "")
        name = (parts.hostname or "").lower()
        return (f"[{name}]" if ":" in name else name) or None

    @property
    def is_local(self) -> bool:
        """Whether no other machine is told to come here, through a proxy."""
        return self.host is None or is_loopback(self.host.strip("[]"))

    def is_wanted_everywhere(self, *, loopback: bool) -> bool:
        """Whether aggregates need a log-in too.

        loopback: whether the port is open for this machine only. A proxy before it opens it to others: an address of
        another host says that there is one.
        """
        if self.login == "auto":
            return not (loopback and self.is_local)
        return self.login == "always"
