"""Log-in by OpenID Connect against a real provider on loopback: the honest way, and each lie refused."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from dashboards_access_sample import REGION, TOWN, Site, make_site, user
from flask.testing import FlaskClient
from oidc_provider import CLIENT, SECRET, Claims, Provider, running_provider
from werkzeug.test import TestResponse

from reports.dashboards.access.claims import claim, read_scope, visitor_by_claims
from reports.dashboards.access.options import OidcOptions
from reports.dashboards.access.provider import WAITING, ProviderFailed
from reports.dashboards.access.provider import Provider as Client
from reports.dashboards.access.routes import NO_ACCESS, NOT_PROVED
from reports.dashboards.access.users import User, add_user, remove_user
from reports.dashboards.access.visitor import Role, Scope, ScopeKind

QUALITY = {"realm_access": {"roles": ["offline_access", "portfolio-quality", "municipality:Город Б"]}}


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    running.reset(preferred_username="ivanova", **QUALITY)
    return running


@pytest.fixture
def site(tmp_path: Path, provider: Provider) -> Site:
    return site_of(tmp_path, provider)


def site_of(folder: Path, provider: Provider, **claims: str | None) -> Site:
    by_claims = {"role_claim": "realm_access.roles", "scope_claim": "realm_access.roles", **claims}
    options = OidcOptions(provider.issuer, CLIENT, SECRET, **by_claims)  # type: ignore[arg-type]
    return make_site(folder, loopback=True, login="always", oidc=options)


def go(site: Site, provider: Provider, client: FlaskClient | None = None, asked: str = "/averages") -> TestResponse:
    """The whole way of a browser."""
    client = client or site.client()
    leading = client.get("/login/oidc", query_string={"next": asked})
    assert leading.status_code == 303
    return client.get(provider.log_in(leading.headers["Location"]))


def reasons(site: Site) -> list[str]:
    return [line["reason"] for line in site.lines if line["result"] == "failure"]


def test_the_provider_lets_in_with_a_role_and_a_scope(site: Site, provider: Provider) -> None:
    client = site.client()
    assert "/login/oidc?next=/averages" in client.get("/login?next=/averages").get_data(as_text=True)
    answer = go(site, provider, client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/averages")
    assert "ivanova (качество данных, Город Б)" in client.get("/").get_data(as_text=True)
    [line] = [line for line in site.lines if line["result"] == "success"]
    assert (line["user"], line["way"], line["subject"]) == ("ivanova", "oidc", "subject-1")
    # What the way needed is forgotten: nothing of it can be used again.
    assert client.get_cookie("portfolio_form", domain="localhost") is None


def _another_nonce(claims: Claims) -> None:
    claims["nonce"] = "another"


def _no_nonce(claims: Claims) -> None:
    del claims["nonce"]


def _another_audience(claims: Claims) -> None:
    claims.update(aud="another", azp=CLIENT)


def _two_audiences(claims: Claims) -> None:
    claims.update(aud=["another", CLIENT], azp="another")


def _no_audience(claims: Claims) -> None:
    del claims["aud"]


def _another_issuer(claims: Claims) -> None:
    claims["iss"] = "https://evil.example"


def _expired(claims: Claims) -> None:
    claims["exp"] = int(time.time()) - 120


def _no_end(claims: Claims) -> None:
    del claims["exp"]


def _of_the_future(claims: Claims) -> None:
    claims["nbf"] = int(time.time()) + 600


def _no_subject(claims: Claims) -> None:
    del claims["sub"]


def _empty_subject(claims: Claims) -> None:
    claims["sub"] = ""


def _list_of_subjects(claims: Claims) -> None:
    claims["sub"] = ["subject-1"]


LIES = [
    _another_nonce, _no_nonce, _another_audience, _two_audiences, _no_audience, _another_issuer, _expired, _no_end,
    _of_the_future, _no_subject, _empty_subject, _list_of_subjects,
]  # fmt: skip


def test_a_token_that_lies_lets_nobody_in(site: Site, provider: Provider) -> None:
    for spoil in LIES:
        provider.spoil = spoil
        client, before = site.client(), provider.exchanged
        answer = go(site, provider, client)
        assert (answer.status_code, NOT_PROVED in answer.get_data(as_text=True)) == (403, True), spoil.__name__
        assert provider.exchanged == before + 1
        assert client.get("/averages").status_code == 303
    assert {*reasons(site)} == {"token"}


def test_a_token_signed_by_anybody_else_lets_nobody_in(site: Site, provider: Provider) -> None:
    for sign in (
        provider.signed_by_another, provider.unsigned, provider.signed_by_the_public_key,
        provider.signed_by_the_secret, provider.altered, lambda _claims: "no.token.", lambda _claims: "",
    ):  # fmt: skip
        provider.sign = sign
        answer = go(site, provider)
        assert (answer.status_code, NOT_PROVED in answer.get_data(as_text=True)) == (403, True), sign
    assert "success" not in site.results()


def test_an_answer_that_was_not_asked_for_lets_nobody_in(site: Site, provider: Provider) -> None:
    client = site.client()
    back = provider.log_in(client.get("/login/oidc").headers["Location"])
    before = provider.exchanged
    assert site.client().get(back).status_code == 403  # another browser: nobody is logged in by a link
    for wrong in (
        back.replace("state=", "state=x"),
        back.split("&state")[0],
        "/login/oidc/back",
        back + "&error=denied",
    ):
        assert client.get(wrong).status_code == 403
    assert provider.exchanged == before
    again = provider.log_in(client.get("/login/oidc").headers["Location"])
    assert client.get(again).status_code == 303
    assert client.get(again).status_code == 403  # once only
    assert {*reasons(site)} == {"state", "answer"}


def test_a_code_of_somebody_else_is_of_no_use(site: Site, provider: Provider) -> None:
    """An attacker brings their own code to the victim's way: PKCE and the state belong to one browser."""
    attacker, victim = site.client(), site.client()
    code = parse_qs(urlsplit(provider.log_in(attacker.get("/login/oidc").headers["Location"])).query)["code"][0]
    state = parse_qs(urlsplit(victim.get("/login/oidc").headers["Location"]).query)["state"][0]
    answer = victim.get("/login/oidc/back", query_string={"code": code, "state": state})
    assert answer.status_code == 403
    assert "secret words" not in answer.get_data(as_text=True)


def test_an_answer_without_an_id_token_proves_nothing(site: Site, provider: Provider) -> None:
    provider.token_answer = {"access_token": "access", "token_type": "Bearer"}
    assert go(site, provider).status_code == 403


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "http://10.0.0.1/keys"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
    ],
)
def test_a_provider_that_is_another_or_unsafe_is_not_asked(provider: Provider, metadata: Claims) -> None:
    provider.metadata = metadata
    with pytest.raises(ProviderFailed):
        Client(OidcOptions(provider.issuer, CLIENT))._ready_client()


def test_nobody_is_followed_elsewhere(site: Site, provider: Provider) -> None:
    provider.metadata = {"jwks_uri": f"{provider.issuer}/elsewhere"}
    assert go(site, provider).status_code == 502
    assert "/elsewhere" in provider.asked


def test_a_provider_that_is_not_there_is_told_and_stops_no_local_user(tmp_path: Path) -> None:
    site = make_site(tmp_path, loopback=True, oidc=OidcOptions("http://127.0.0.1:1", CLIENT))
    assert site.client().get("/login/oidc").status_code == 502
    assert site.inside("boss").get("/averages").status_code == 200


def test_few_may_wait_for_the_provider(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    release, waiting = threading.Event(), threading.Semaphore(0)

    def slow(_self: object) -> None:
        waiting.release()
        release.wait(10)
        raise ProviderFailed("provider")

    monkeypatch.setattr(Client, "_ready_client", slow)
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(site.client().get("/login/oidc").status_code))
        for _ in range(WAITING)
    ]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert waiting.acquire(timeout=10)
    assert site.client().get("/login/oidc").status_code == 503
    release.set()
    for thread in threads:
        thread.join(10)
    assert statuses == [502] * WAITING


def test_a_local_record_of_the_subject_decides(tmp_path: Path, provider: Provider) -> None:
    site = site_of(tmp_path, provider, role_claim=None, scope_claim=None)
    client = site.client()
    answer = go(site, provider, client)
    assert (answer.status_code, NO_ACCESS in answer.get_data(as_text=True)) == (403, True)
    assert (reasons(site), client.get("/averages").status_code) == (["no_role"], 303)
    add_user(site.users, User("Иванова", Role.OPERATOR, Scope(ScopeKind.ORGANIZATION, "b1"), subject="subject-1"))
    assert go(site, provider, client).status_code == 303
    assert "Иванова (оператор, организация b1)" in client.get("/").get_data(as_text=True)
    remove_user(site.users, "Иванова")
    assert client.get("/averages").status_code == 303
    assert "ended" in site.results()


def test_a_record_made_later_ends_what_the_claims_had_opened(site: Site, provider: Provider) -> None:
    client = site.client()
    assert go(site, provider, client).status_code == 303
    add_user(site.users, User("Иванова", Role.METHODOLOGIST, REGION, subject="subject-1"))
    assert client.get("/averages").status_code == 303


def test_nobody_takes_the_name_of_a_local_user(site: Site, provider: Provider) -> None:
    provider.person["preferred_username"] = "BOSS"
    client = site.client()
    go(site, provider, client)
    assert "BOSS (OIDC) (качество" in client.get("/").get_data(as_text=True)
    add_user(site.users, user("other"))
    assert client.get("/averages").status_code == 200  # the local boss has nothing to do with it


@pytest.mark.parametrize(
    ("roles", "scopes", "expected"),
    [
        (["portfolio-quality"], "region", (Role.QUALITY, REGION)),
        ("portfolio-operator", ["municipality:Город Б", "x"], (Role.OPERATOR, TOWN)),
        (["portfolio-methodologist", "portfolio-quality"], ["region"], (Role.QUALITY, REGION)),
        (["portfolio-methodologist"], None, (Role.METHODOLOGIST, REGION)),
        (["portfolio-quality"], None, None),
        (["portfolio-quality"], [], None),
        (["portfolio-quality"], ["municipality:"], None),
        (["portfolio-quality"], ["region:Энск"], None),
        (["portfolio-quality"], ["region", "municipality:Город Б"], None),
        (["portfolio-methodologist"], ["region", "municipality:Город Б"], None),
        (["quality", "portfolio-root", 5, None], "region", None),
        ({"portfolio-quality": True}, "region", None),
        (None, "region", None),
    ],
)
def test_what_claims_make_of_somebody(roles: Any, scopes: Any, expected: tuple[Role, Scope] | None) -> None:
    options = OidcOptions("https://id.example", CLIENT, role_claim="a.roles", scope_claim="scope")
    made = visitor_by_claims("x", {"a": {"roles": roles}, "scope": scopes}, options)
    assert (None if made is None else (made.role, made.scope)) == expected


def test_claims_are_found_by_their_path_or_their_name() -> None:
    claims = {"a": {"b": {"c": 1}}, "https://x/roles": 2, "a.b": 3, "t": "text"}
    assert [claim(claims, path) for path in ("a.b.c", "https://x/roles", "a.b", "t.x", "a.z", "z")] == [
        1, 2, 3, None, None, None,
    ]  # fmt: skip
    assert read_scope("organization:1:2") == Scope(ScopeKind.ORGANIZATION, "1:2")


def test_nothing_secret_is_told(site: Site, provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    go(site, provider)
    provider.sign = provider.signed_by_another
    go(site, provider)
    provider.token_answer = {"error": "x", "error_description": "secret words"}
    go(site, provider)
    told = caplog.text + repr(site.lines) + repr(site.guard.access)
    for secret in (SECRET, "secret words", "eyJ", 'access"', "code_verifier"):
        assert secret not in told, secret
