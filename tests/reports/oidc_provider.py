"""A small provider of OpenID Connect on loopback: discovery, keys, codes with PKCE, signed tokens. And wrong ones."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Response as Answer

CLIENT, SECRET = "portfolio", "secret-of-the-client"

Claims = dict[str, Any]


@dataclass
class Provider:
    """What the provider does; a test sets what it does wrong."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}))
    other_key: RSAKey = field(
        default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
    )
    person: Claims = field(default_factory=dict)
    spoil: Callable[[Claims], None] = lambda _claims: None
    sign: Callable[[Claims], str] | None = None
    metadata: Claims = field(default_factory=dict)
    token_answer: Claims | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    exchanged: int = 0
    asked: list[str] = field(default_factory=list)

    def reset(self, **person: Any) -> None:
        """An honest provider again, of somebody."""
        self.person, self.metadata, self.token_answer, self.sign = {"sub": "subject-1", **person}, {}, None, None
        self.spoil = lambda _claims: None
        self.codes.clear()

    def signed(self, claims: Claims) -> str:
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)

    def signed_by_another(self, claims: Claims) -> str:
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.other_key)

    def unsigned(self, claims: Claims) -> str:
        return f"{_part({'alg': 'none'})}.{_part(claims)}."

    def signed_by_the_public_key(self, claims: Claims) -> str:
        """The old trick: what everybody may know, taken for a shared secret."""
        return _shared({"alg": "HS256", "kid": "one"}, claims, self.key.as_pem(private=False))

    def signed_by_the_secret(self, claims: Claims) -> str:
        return _shared({"alg": "HS256"}, claims, SECRET.encode())

    def altered(self, claims: Claims) -> str:
        """Another payload under an honest signature."""
        head, _, signature = self.signed(claims).split(".")
        return f"{head}.{_part(claims | {'sub': 'boss'})}.{signature}"

    def log_in(self, address: str) -> str:
        """What a browser does at the provider's page: gives the address that it is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert address.startswith(f"{self.issuer}/authorize?")
        assert (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) == (CLIENT, "code", "S256")
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"


def _part(content: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def _shared(head: Claims, claims: Claims, key: bytes) -> str:
    signed = f"{_part(head)}.{_part(claims)}"
    signature = hmac.new(key, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _application(provider: Provider) -> Flask:
    server = Flask(__name__)

    @server.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        base = {
            "issuer": provider.issuer,
            "authorization_endpoint": f"{provider.issuer}/authorize",
            "token_endpoint": f"{provider.issuer}/token",
            "jwks_uri": f"{provider.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        return jsonify(base | provider.metadata)

    @server.get("/keys")
    def keys() -> Response:
        return jsonify({"keys": [provider.key.as_dict(private=False)]})

    @server.get("/elsewhere")
    def elsewhere() -> Answer:
        return redirect(f"{provider.issuer}/keys")

    @server.post("/token")
    def token() -> Response | tuple[Response, int]:
        asked = provider.codes.pop(request.form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(request.form["code_verifier"].encode()).digest())
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if (
            asked is None
            or asked["code_challenge"] != challenge.rstrip(b"=").decode()
            or asked["redirect_uri"] != request.form["redirect_uri"]
            or request.headers.get("Authorization") != f"Basic {basic}"
        ):
            return jsonify({"error": "invalid_grant", "error_description": "secret words"}), 400
        provider.exchanged += 1
        if provider.token_answer is not None:
            return jsonify(provider.token_answer)
        now = int(time.time())
        claims = {"iss": provider.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims |= provider.person
        provider.spoil(claims)
        signed = (provider.sign or provider.signed)(claims)
        return jsonify({"access_token": "access", "token_type": "Bearer", "id_token": signed})

    @server.before_request
    def note() -> None:
        provider.asked.append(request.path)

    return server


@contextmanager
def running_provider() -> Iterator[Provider]:
    """The provider at a free port of this machine."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, _application(provider), threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join(5)
