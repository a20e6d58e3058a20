"""OpenID Connect: the code flow with PKCE through Authlib; what the provider answers is believed only when checked.

Does not belong here: what the claims mean (`claims.py`) and the pages that begin and end the flow (`routes.py`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskIntegration
from authlib.integrations.flask_client.apps import FlaskOAuth2App
from flask import Response, session
from joserfc.errors import JoseError

from extracts.hosts import is_loopback
from reports.dashboards.access.options import OidcOptions
from reports.dashboards.access.places import Places

NAME = "oidc"

#: Signatures by a key that only the provider has. Never `none`, never a shared secret, whatever the provider offers.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")

_KEPT = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "token_endpoint_auth_methods_supported")
_ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")

TIMEOUT_SECONDS = 10
#: Addresses and keys of the provider are asked for again after this time: a key that it has withdrawn is not believed.
KEPT_SECONDS = 600
LEEWAY_SECONDS = 30
#: Of the sixteen threads that serve the panels so many may wait for the provider.
WAITING = 4


class ProviderFailed(Exception):
    """The provider cannot be reached, or what it says cannot be used; the message is a code for the audit log."""


class NotProved(Exception):
    """Who it is has not been proved; the message is a code for the audit log."""


class Provider:
    """One provider; its addresses are asked for when the first one logs in, so a start needs no network."""

    def __init__(self, options: OidcOptions) -> None:
        self.options = options
        self._lock = threading.Lock()
        self._places = Places(WAITING)
        self._client: FlaskOAuth2App | None = None
        self._made = 0.0

    def begin(self, redirect_uri: str) -> Response:
        """Sends the browser to the provider. Errors: ProviderFailed, Busy."""
        with self._places.one():
            client = self._ready_client()
            # One flow a browser: an older one is given up, and the cookie stays small.
            for key in [key for key in session if key.startswith(f"_state_{NAME}_")]:
                del session[key]
            response: Response = client.authorize_redirect(redirect_uri)
            return response

    def finish(self) -> Mapping[str, Any]:
        """The claims of whoever came back with a code. Errors: NotProved, ProviderFailed, Busy."""
        with self._places.one():
            client = self._ready_client()
            try:
                token = client.authorize_access_token(
                    leeway=LEEWAY_SECONDS,
                    claims_options={
                        "iss": {"essential": True, "value": client.server_metadata["issuer"]},
                        # Authlib would be content with our name in `azp`.
                        "aud": {"essential": True, "value": self.options.client_id},
                        "sub": {"essential": True},
                        "exp": {"essential": True},
                        "nonce": {"essential": True},
                    },
                )
            except requests.RequestException:
                raise ProviderFailed("provider") from None
            except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
                raise NotProved(_code(error)) from None
            claims = token.get("userinfo")
            if not claims:  # an answer without an id_token: Authlib has nothing against it
                raise NotProved("token")
            return dict(claims)

    def _ready_client(self) -> FlaskOAuth2App:
        with self._lock:
            if self._client is None or time.monotonic() - self._made > KEPT_SECONDS:
                self._client, self._made = self._made_client(), time.monotonic()
            return self._client

    def _made_client(self) -> FlaskOAuth2App:
        options = self.options
        issuer = options.issuer.rstrip("/")
        client = FlaskOAuth2App(
            FlaskIntegration(NAME),
            name=NAME,
            client_id=options.client_id,
            client_secret=options.client_secret,
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": options.scopes,
                "code_challenge_method": "S256",
                "default_timeout": TIMEOUT_SECONDS,
                # Nobody is followed elsewhere with a code or a secret.
                "max_redirects": 0,
                # A proxy of the network must not stand between this machine and itself.
                "trust_env": not is_loopback(urlsplit(issuer).hostname or ""),
            },
        )
        try:
            metadata = client.load_server_metadata()
        except (requests.RequestException, ValueError, TypeError):
            raise ProviderFailed("provider") from None
        _check_metadata(metadata, issuer)
        return client


def _check_metadata(metadata: dict[str, Any], issuer: str) -> None:
    """Keeps what is needed of what the provider says of itself. Errors: ProviderFailed if it is another one."""
    if not isinstance(metadata.get("issuer"), str) or metadata["issuer"].rstrip("/") != issuer:
        raise ProviderFailed("issuer")
    if not all(_is_safe(metadata.get(name), issuer) for name in _ADDRESSES):
        raise ProviderFailed("addresses")
    offered = metadata.get("id_token_signing_alg_values_supported")
    algorithms = [one for one in ALGORITHMS if not isinstance(offered, list) or one in offered]
    if not algorithms:
        raise ProviderFailed("algorithms")
    kept = {name: metadata[name] for name in (*_KEPT, "_loaded_at") if name in metadata}
    metadata.clear()
    metadata.update(kept, id_token_signing_alg_values_supported=algorithms)


def _is_safe(address: Any, issuer: str) -> bool:
    """Whether a secret may go to an address: https, or plain where the provider is this machine."""
    try:
        parts = urlsplit(address)
        local = is_loopback(urlsplit(issuer).hostname or "") and is_loopback(parts.hostname or "")
    except (ValueError, TypeError, AttributeError):
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and local))


def _code(error: Exception) -> str:
    """Why a proof was refused, in a word: messages of the libraries may quote what came from outside."""
    if getattr(error, "error", None) == "mismatching_state":
        return "state"
    return "token" if isinstance(error, JoseError) else "answer"
