"""Trying to get into the dashboards: without a session, with a forged one, by guessing, by somebody else's form."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import pytest
from dashboards_access_sample import CHEAP, PASSWORD, Site, cookie_of, form_token, log_in, make_site, user
from flask.testing import FlaskClient

from extracts.errors import BadInput
from reports.dashboards.access import passwords as hashing
from reports.dashboards.access.guard import OPEN
from reports.dashboards.access.journal import Journal
from reports.dashboards.access.next_page import next_page
from reports.dashboards.access.options import Access, OidcOptions
from reports.dashboards.access.passwords import WAITING, hash_password
from reports.dashboards.access.sessions import Identity, Sessions
from reports.dashboards.access.throttle import LONGEST_WAIT, Throttle
from reports.dashboards.access.users import User, add_user, list_users, read_users, remove_user, set_password
from reports.dashboards.access.visitor import Role, Scope, ScopeKind, Visitor
from reports.dashboards.app import NOT_DONE, make_app
from reports.dashboards.serving import OPEN as OPEN_TO_ALL
from reports.dashboards.serving import _warnings, made_server, serve

CALLBACK = {
    "output": "page.children",
    "outputs": {"id": "page", "property": "children"},
    "inputs": [
        {"id": "address", "property": "pathname", "value": "/"},
        {"id": "address", "property": "search", "value": ""},
    ],
    "changedPropIds": [],
}


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path)


def is_in(client: FlaskClient) -> bool:
    """Whether a page and an answer to a page are to be had."""
    page, answer = client.get("/averages"), client.post("/_dash-update-component", json=CALLBACK)
    assert (page.status_code == 200) == (answer.status_code == 200)
    assert page.status_code in {200, 303}
    assert answer.status_code in {200, 401}
    return page.status_code == 200


def test_nothing_but_the_way_in_is_open_without_a_session(site: Site) -> None:
    client, asked = site.client(), 0
    for rule in site.app.server.url_map.iter_rules():
        if rule.endpoint in OPEN:
            continue
        path = re.sub("<[^>]+>", "averages", rule.rule)
        for method in rule.methods or ():
            answer = client.open(path, method=method)
            assert answer.status_code in {303, 401}, (method, path)
            assert "/login" in answer.headers.get("Location", "/login")
            asked += 1
    assert asked > 20
    assert client.get("/files/averages/parts.csv").status_code == 401
    assert client.get("/averages?school=b1&subject=math").headers["Location"] == "/login?next=" + quote(
        "/averages?school=b1&subject=math", safe="/"
    )


def test_no_way_of_writing_a_path_goes_around_the_guard(site: Site) -> None:
    client = site.client()
    for path in (
        "/files/../../etc/passwd", "/files/%2e%2e/%2e%2e/people.csv", "/files/..%2f..%2fpeople/parts.csv",
        "/login/../people/", "/login/%2e%2e/people/", "//people/", "/login//..//people/", "/access/../files/a/b.csv",
        "/login%2f..%2fpeople%2f", "/_dash-component-suites/../people/", "/login;/people/", "/LOGIN/", "/people",
        ):  # fmt: skip
        assert client.get(path).status_code in {303, 401}, path
        assert client.post(path).status_code == 401, path


@pytest.mark.parametrize("path", ["/files/../../people.duckdb", "/files/%2e%2e/%2e%2e/x.csv", "/people/..%2f..%2fx"])
def test_a_path_leads_to_no_file_for_those_who_are_in_either(tmp_path: Path, path: str) -> None:
    site = make_site(tmp_path)
    (tmp_path / "people.duckdb").write_text("secret-of-the-file")
    (tmp_path / "x.csv").write_text("secret-of-the-file")
    assert "secret-of-the-file" not in site.inside("boss").get(path).get_data(as_text=True)


def test_the_right_password_opens_the_page_that_was_asked_for(site: Site) -> None:
    client = site.client()
    answer = log_in(client, "  PETROVA ", next="/averages?school=b1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/averages?school=b1")
    [cookie] = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith(site.guard.cookie)]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {*cookie.split("; ")}
    assert is_in(client)
    page = client.get("/").get_data(as_text=True)
    assert "petrova (качество данных, Город Б)" in page
    assert "/access/session.js" in page
    assert client.get("/access/session.js").status_code == 200
    assert client.get("/login?next=/dynamics").headers["Location"] == "/dynamics"
    [line] = [line for line in site.lines if line["result"] == "success"]
    assert (line["user"], line["way"], line["role"], line["scope"]) == ("petrova", "password", "quality", "Город Б")


def test_behind_https_cookies_travel_no_other_way_and_the_host_must_be_ours(tmp_path: Path) -> None:
    site = make_site(tmp_path, address="https://panels.example.ru")
    client = site.client()
    ours = {"base_url": "https://panels.example.ru/"}
    page = client.get("/login", **ours)
    assert "max-age" in page.headers["Strict-Transport-Security"]
    answer = client.post("/login", data={"name": "boss", "password": PASSWORD, "form_token": form_token(page)}, **ours)
    assert answer.status_code == 303
    for cookie in page.headers.getlist("Set-Cookie") + answer.headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-portfolio_"), cookie
        assert "; Secure" in cookie
    assert client.get("/", **ours).status_code == 200
    for host in ("evil.example", "panels.example.ru.evil.example", "127.0.0.1:8050", "localhost", ""):
        assert client.get("/login", headers={"Host": host}).status_code == 400, host
    assert site.client().get("/login", headers={"Host": "Panels.Example.ru:443"}).status_code == 200


@pytest.mark.parametrize(
    ("loopback", "options", "closed"),
    [
        (True, {}, False),
        (True, {"login": "always"}, True),
        (True, {"address": "https://panels.example.ru"}, True),
        (True, {"address": "http://localhost:8050"}, False),
        (False, {}, True),
        (False, {"login": "people"}, False),
        (False, {"address": "http://127.0.0.1:8050"}, True),
    ],
)
def test_when_aggregates_need_a_log_in(tmp_path: Path, loopback: bool, options: dict[str, str], closed: bool) -> None:
    site = make_site(tmp_path, loopback=loopback, **options)
    base = options.get("address", "http://localhost:8050")
    answer = site.client().get("/averages", base_url=base)
    assert answer.status_code == (303 if closed else 200)
    assert closed or "/login?next=/averages" in answer.get_data(as_text=True)
    assert ("/access/session.js" in answer.get_data(as_text=True)) is False
    # Pages that name children need one whatever the setting.
    assert site.client().get("/people/", base_url=base).status_code == 303


def test_a_methodologist_sees_no_names(site: Site) -> None:
    client = site.inside("metod")
    assert is_in(client)
    assert client.get("/people/").status_code == 403
    assert "/people/" not in client.get("/").get_data(as_text=True)
    refused = client.get("/people/").get_data(as_text=True)
    assert ('href="/people/"' in refused, 'href="/"' in refused) == (False, True), "led to where there is something"
    assert "/people/" in site.inside("petrova").get("/").get_data(as_text=True)


def test_pages_that_name_children_let_no_script_run(site: Site) -> None:
    policy = site.inside().get("/people/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "Via"])
def test_a_proxy_that_the_settings_do_not_know_opens_nothing(tmp_path: Path, header: str) -> None:
    site = make_site(tmp_path, loopback=True, login="auto")
    assert site.client().get("/averages").status_code == 200
    refused = site.client().get("/averages", headers={header: "203.0.113.7"})
    assert refused.status_code == 403
    assert "dashboards.address" in refused.get_data(as_text=True)
    known = make_site(tmp_path / "known", loopback=True, login="auto", address="http://localhost:8050")
    assert known.client().get("/averages", headers={header: "203.0.113.7"}).status_code == 200


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
def test_the_server_leaves_the_guard_what_it_knows_a_proxy_by(tmp_path: Path, header: str) -> None:
    site = make_site(tmp_path, loopback=True, login="auto")
    server = made_server(site.app.server, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        for headers, status in (({}, 200), ({header: "203.0.113.7"}, 403)):
            connection = HTTPConnection("127.0.0.1", server.effective_port, timeout=10)
            connection.request("GET", "/averages", headers=headers)
            assert connection.getresponse().status == status
            connection.close()
    finally:
        server.close()
        thread.join(10)


def test_a_forged_altered_or_foreign_cookie_opens_nothing(site: Site, tmp_path: Path) -> None:
    token = cookie_of(site.inside(), site)
    other = make_site(tmp_path / "other")
    form_cookie = site.client().get("/login").headers["Set-Cookie"].split("=", 1)[1].split(";")[0]
    for forged in (
        "", "x", token[:-1], token + "A", token.swapcase(), token[::-1], cookie_of(other.inside(), other), form_cookie,
        "petrova", "../" + token, token[:-1] + chr(ord(token[-1]) ^ 1), "\u00e9", f'"{token}x"',
    ):  # fmt: skip
        client = site.client()
        client.set_cookie(site.guard.cookie, forged)
        assert not is_in(client), forged
    thief = site.client()
    thief.set_cookie(site.guard.cookie, token)
    assert is_in(thief)  # so that the others were refused for what they are


def test_a_copied_cookie_is_of_no_use_after_log_out(site: Site) -> None:
    client = site.inside()
    token = cookie_of(client, site)
    assert client.get("/logout").status_code == 404  # a link or a picture logs nobody out
    assert is_in(client)
    answer = client.post("/logout", data={"form_token": form_token(client.get("/"))})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert not is_in(client)
    thief = site.client()
    thief.set_cookie(site.guard.cookie, token)
    assert not is_in(thief)
    assert "logout" in site.results()


@pytest.mark.parametrize("change", ["removed", "password", "role", "scope", "again", "broken", "no file"])
def test_whoever_is_removed_or_changed_is_out_at_the_next_request(site: Site, change: str) -> None:
    client, other = site.inside(), site.inside("boss")
    if change == "password":
        set_password(site.users, "petrova", user("petrova").password or "")
    elif change == "broken":
        site.users.write_text('{"version": 1, "users": [{}]}')
    elif change == "no file":
        site.users.unlink()
    else:
        remove_user(site.users, "petrova")
    if change == "role":
        add_user(site.users, user("petrova", Role.OPERATOR))
    if change == "scope":
        add_user(site.users, user("petrova", scope=Scope(ScopeKind.MUNICIPALITY, "Город А")))
    if change == "again":
        add_user(site.users, user("petrova"))
    assert not is_in(client)
    assert is_in(other) == (change not in {"broken", "no file"})
    assert "ended" in site.results()
    if change == "removed":
        assert log_in(client, "petrova").status_code == 403


def test_a_form_of_another_page_neither_logs_in_nor_out(site: Site) -> None:
    client = site.client()
    own = form_token(client.get("/login"))
    theirs = form_token(site.client().get("/login"))
    good = {"name": "petrova", "password": PASSWORD}
    for fields in (good, good | {"form_token": ""}, good | {"form_token": theirs}, good | {"form_token": own + "x"}):
        assert client.post("/login", data=fields).status_code == 403
        assert not is_in(client)
    for where in ("cross-site", "same-site"):
        answer = client.post("/login", data=good | {"form_token": own}, headers={"Sec-Fetch-Site": where})
        assert answer.status_code == 403
    assert client.post("/login", data=good | {"form_token": own}).status_code == 303
    leave = form_token(client.get("/"))
    for token, where in (("", "same-origin"), (own, "same-origin"), (leave, "cross-site")):
        answer = client.post("/logout", data={"form_token": token}, headers={"Sec-Fetch-Site": where})
        assert answer.status_code == 403
        assert is_in(client)
    assert {line["reason"] for line in site.lines if line["result"] == "refused"} == {"form", "no_session"}


def test_a_token_planted_before_the_log_in_is_not_the_one_after_it(site: Site) -> None:
    attacker = site.inside("metod")
    planted = cookie_of(attacker, site)
    victim = site.client()
    victim.set_cookie(site.guard.cookie, planted)
    # They are in as somebody else: the page of log-in is left by logging out, or the form is sent all the same.
    token = form_token(site.client().get("/login"))
    assert victim.post("/login", data={"name": "boss", "password": PASSWORD, "form_token": token}).status_code == 403
    victim = site.client()
    page = victim.get("/login")
    victim.set_cookie(site.guard.cookie, planted)
    fields = {"name": "boss", "password": PASSWORD, "form_token": form_token(page)}
    assert victim.post("/login", data=fields).status_code == 303
    assert cookie_of(victim, site) != planted
    assert "boss (оператор" in victim.get("/").get_data(as_text=True)
    assert not is_in(attacker)


def test_a_log_in_leads_to_no_other_server(site: Site) -> None:
    for asked in (
        "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "evil",
        "/\t/evil.example", "/\n/evil.example", " //evil.example", "/%0d%0aSet-Cookie: a=b\r\nX: y", "///evil.example",
        "http:evil.example", "/а", "/" + "a" * 5000, "", "?a=b",
        ):  # fmt: skip
        answer = log_in(site.client(), "petrova", next=asked)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/"), asked
        page = site.client().get("/login", query_string={"next": asked})
        assert 'name="next" value="/"' in page.get_data(as_text=True), asked


def test_pages_of_this_server_are_led_to() -> None:
    for path in ("/", "/averages", "/averages?municipality=%D0%AD&subject=math", "/people/students/a%2Fb?x=http://y"):
        assert next_page(path) == path


def test_guessing_is_slowed_down_and_says_the_same_of_a_name_that_nobody_has(site: Site) -> None:
    bodies = {}
    for name in ("petrova", "nobody"):
        client = site.client()
        answers = [log_in(client, name, f"guess number {number}") for number in range(6)]
        assert [one.status_code for one in answers] == [403] * 5 + [429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 15
        bodies[name] = [one.get_data(as_text=True).replace(form_token(client.get("/login")), "") for one in answers]
    assert bodies["petrova"] == bodies["nobody"]
    assert log_in(site.client(), "PETROVA").status_code == 429  # the right password, and in vain
    assert log_in(site.client(), "boss").status_code == 303
    told = {line.get("user") for line in site.lines if line["result"] in {"failure", "refused"}}
    assert told == {"petrova", None}


def test_waits_double_up_to_a_quarter_of_an_hour_and_success_forgets() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    assert [throttle.begin("a", known=True) for _ in range(5)] == [0] * 5
    waits = []
    for _ in range(9):
        waits.append(throttle.begin("A ", known=True))
        clock.now += waits[-1]
        assert throttle.begin("a", known=True) == 0
    assert waits == [15, 30, 60, 120, 240, 480, 900, 900, LONGEST_WAIT]
    throttle.succeed("a")
    assert throttle.begin("a", known=True) == 0
    for number in range(12_000):
        throttle.begin(f"invented {number}", known=False)
    assert len(throttle._books[False]) == 10_000
    for _ in range(4):
        throttle.begin("a", known=True)
    assert throttle.begin("a", known=True) > 0


def test_guesses_made_all_at_once_are_no_more_than_in_a_row() -> None:
    throttle, passed = Throttle(Clock()), []
    threads = [threading.Thread(target=lambda: passed.append(throttle.begin("a", known=True) == 0)) for _ in range(30)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sum(passed) == 5


def test_a_name_that_nobody_has_costs_the_same_work(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def check(stored: str, password: str) -> bool:
        checked.append(stored.split("$", maxsplit=1)[0])
        return False

    monkeypatch.setattr(hashing, "check_password_hash", check)
    add_user(site.users, user("outside"))
    for name in ("petrova", "nobody", ""):
        log_in(site.client(), name, "wrong password")
    assert checked == [CHEAP] * 3


def test_a_flood_of_log_ins_leaves_the_panels_to_others(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = site.inside()
    release, at_work = threading.Event(), threading.Semaphore(0)

    def slow(_stored: str, _password: str) -> bool:
        at_work.release()
        return not release.wait(10)

    monkeypatch.setattr(hashing, "check_password_hash", slow)
    clients = [site.client() for _ in range(WAITING + 2)]
    statuses: list[int] = []
    # Each by a name of its own: one name alone would soon have to wait.
    threads = [
        threading.Thread(target=lambda one=one, name=f"nobody {place}": statuses.append(log_in(one, name).status_code))
        for place, one in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    assert at_work.acquire(timeout=10)
    while len(statuses) < 2:
        assert is_in(inside)
    assert statuses == [503, 503]
    assert not at_work.acquire(blocking=False)  # one at a time
    release.set()
    for thread in threads:
        thread.join(10)
    assert sorted(statuses) == [403] * WAITING + [503] * 2


def test_a_session_ends_after_a_rest_and_after_the_longest_time() -> None:
    clock = Clock()
    sessions = Sessions(idle_seconds=60, longest_seconds=600, clock=clock)
    visitor = Visitor("a", Role.OPERATOR, Scope(ScopeKind.REGION))
    token = sessions.open(visitor, Identity(True, "a"), "stamp")
    assert len(token) >= 43
    assert token not in repr(sessions.__dict__)
    for _ in range(10):
        clock.now += 59
        assert sessions.find(token)
    clock.now += 11
    assert sessions.find(token) is None
    token = sessions.open(visitor, Identity(True, "a"), "stamp")
    clock.now += 61
    assert sessions.find(token) is None
    assert sessions.find(None) is sessions.find("") is None
    tokens = {sessions.open(visitor, Identity(True, "a"), "stamp") for _ in range(50)}
    assert len(tokens) == 50


def test_neither_a_password_nor_a_token_is_told_to_anybody(
    site: Site, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    client = site.client()
    log_in(client, "my-secret-password-in-the-name-field", "x")
    log_in(client, "petrova", "almost the password")
    log_in(client, "petrova")
    token = cookie_of(client, site)
    page = client.get("/").get_data(as_text=True)
    assert token not in page
    told = json.dumps(site.lines, ensure_ascii=False) + caplog.text + "".join(capfd.readouterr())
    for secret in (
        PASSWORD,
        "almost the password",
        "my-secret-password-in-the-name-field",
        token,
        form_token(client.get("/")),
    ):
        assert secret not in told
    stored = site.users.read_text("utf-8")
    assert PASSWORD not in stored
    assert [line.get("user") for line in site.lines if line["result"] == "failure"] == [None, "petrova"]
    assert (site.users.stat().st_mode & 0o777, site.users.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_refusals_are_counted_and_do_not_fill_the_audit_log() -> None:
    clock, lines = Clock(), []
    journal = Journal(lambda _action, **facts: lines.append((facts["reason"], facts["user"], facts["times"])), clock)
    for _ in range(1000):
        journal.refusal("no_session")
    journal.refusal("wait", "a")
    clock.now += 60
    journal.refusal("no_session")
    journal.refusal("no_session")
    journal.close()
    assert lines == [("no_session", None, 1), ("wait", "a", 1), ("no_session", None, 1000), ("no_session", None, 1)]


def test_tries_by_names_of_nobody_are_counted_and_those_of_users_told_one_by_one() -> None:
    clock = Clock()
    lines: list[dict[str, object]] = []
    broken = False

    def record(_action: str, **facts: object) -> None:
        if broken:
            raise OSError(28, "full")
        lines.append(facts)

    journal = Journal(record, clock)
    for _ in range(50):
        journal.failure(None, "password", "password")
    journal.failure("petrova", "password", "password")
    journal.failure("petrova", "password", "password")
    journal.failure(None, "oidc", "token")
    clock.now += 60
    broken = True
    with pytest.raises(OSError, match="full"):
        journal.failure(None, "password", "password")
    broken = False
    journal.close()
    of_nobody = {"result": "failure", "user": None, "way": "password", "reason": "password"}
    of_petrova = of_nobody | {"user": "petrova"}
    by_provider = of_nobody | {"way": "oidc", "reason": "token", "times": 1}
    assert lines == [of_nobody | {"times": 1}, of_petrova, of_petrova, by_provider, of_nobody | {"times": 50}]


def test_an_error_in_a_page_tells_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(search: str) -> str:
        raise ValueError("Иванов Иван", search)

    site.app.server.add_url_rule("/fails/<search>", view_func=fail)
    answer = site.inside().get("/fails/x")
    assert (answer.status_code, answer.get_data(as_text=True)) == (500, NOT_DONE)
    assert "Иванов" not in caplog.text
    assert "ValueError" in caplog.text


def test_sizes_of_what_is_sent_are_bounded(site: Site) -> None:
    client = site.client()
    form_token(client.get("/login"))
    assert client.post("/login", data={"name": "a" * 20_000}).status_code == 413
    assert site.inside().post("/_dash-update-component", json="x" * 2**20).status_code == 413


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("short", "не меньше 12"), ("a" * 300, "не больше"), ("aaaaaaaaaaaabb", "разных"), ("petrovaPETROVA", "имя"),
    ],
)  # fmt: skip
def test_a_weak_password_is_refused_and_not_quoted(password: str, told: str) -> None:
    with pytest.raises(BadInput, match=told) as caught:
        hash_password(password, name="petrova", method=CHEAP)
    assert password not in str(caught.value)


def test_a_password_is_the_same_however_its_letters_are_written(site: Site) -> None:
    password = hash_password("чайник\u0439 ёлка 12", name="ivan", method=CHEAP)
    add_user(site.users, User("ivan", Role.METHODOLOGIST, Scope(ScopeKind.REGION), password))
    assert log_in(site.client(), "ivan", "чайник\u0438\u0306 ёлка 12").status_code == 303


def test_names_are_told_apart_and_kept_as_they_were_given(tmp_path: Path) -> None:
    file = tmp_path / "access" / "users.json"
    add_user(file, user("Петрова"))
    for taken in ("петрова", "ПЕТРОВА"):
        with pytest.raises(BadInput, match="уже есть"):
            add_user(file, user(taken))
    for wrong in ("", " a", "a b", "<b>", "a\n", "-a", "a" * 65):
        with pytest.raises(BadInput, match="Имя для входа"):
            add_user(file, user(wrong))
    with pytest.raises(BadInput, match="нет"):
        remove_user(file, "Сидорова")
    assert [one.name for one in list_users(file)] == ["Петрова"]
    file.write_text("{")
    with pytest.raises(BadInput, match="не читается"):
        list_users(file)
    assert "scrypt" not in repr(user("a"))


def test_two_commands_at_once_lose_no_user(tmp_path: Path) -> None:
    file = tmp_path / "access" / "users.json"
    threads = [threading.Thread(target=add_user, args=(file, user(f"user{number}"))) for number in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(read_users(file)) == 12


def no_server(*_args: object, **_more: object) -> None:
    raise AssertionError("a port was opened")


@pytest.fixture
def _no_port(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("reports.dashboards.serving.create_server", no_server)
    yield


@pytest.mark.usefixtures("_no_port")
def test_panels_that_others_reach_do_not_start_without_anybody_who_could_log_in(tmp_path: Path) -> None:
    file = tmp_path / "access" / "users.json"
    for host, options in (
        ("0.0.0.0", {}),
        ("127.0.0.1", {"login": "always"}),
        ("127.0.0.1", {"address": "https://panels.example.ru"}),
    ):
        with pytest.raises(BadInput, match="portfolio users add") as caught:
            serve(tmp_path, host=host, port=0, announce=print, access=Access(users_file=file, **options))  # type: ignore[arg-type]
        assert "\n" not in str(caught.value)
    oidc = OidcOptions("https://id.example.ru", "portfolio")
    with pytest.raises(BadInput, match=r"dashboards\.address"):
        serve(tmp_path, host="0.0.0.0", port=0, announce=print, access=Access(oidc=oidc))
    add_user(file, user("petrova"))
    with pytest.raises(AssertionError, match="port was opened"):
        serve(tmp_path, host="0.0.0.0", port=0, announce=print, access=Access(users_file=file))
    behind = Access(login="people", address="https://panels.example.ru")
    assert _warnings(behind, loopback=True) == [OPEN_TO_ALL], "a proxy opens this machine's port to others"
    assert _warnings(Access(login="people"), loopback=True) == []
    file.write_text("[]")
    with pytest.raises(BadInput, match="не читается"):
        serve(tmp_path, host="127.0.0.1", port=0, announce=print, access=Access(users_file=file))


def test_without_users_the_page_of_log_in_says_who_makes_them(tmp_path: Path) -> None:
    client = make_app(tmp_path, access=Access(users_file=tmp_path / "access" / "users.json")).server.test_client()
    page = client.get("/login").get_data(as_text=True)
    assert "portfolio users add" in page
    assert 'type="password"' not in page
    (tmp_path / "access").mkdir()
    (tmp_path / "access" / "users.json").write_text("[]")
    assert "не читается" in client.get("/login").get_data(as_text=True)
