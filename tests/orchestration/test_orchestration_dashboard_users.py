"""`portfolio users` and what the settings say of log-in: one clear line for each mistake, and no password anywhere."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from werkzeug.security import check_password_hash

from extracts.errors import BadInput
from orchestration.cli import app
from orchestration.dashboards import access_of, serve_dashboards
from orchestration.settings import load_settings
from reports.dashboards.access.users import users_file

PASSWORD = "correct horse battery staple"


class Command:
    """`portfolio users …` in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *words: str, typed: str = "") -> tuple[int, str]:
        environment = {"PORTFOLIO_HOME": str(self.home), "PORTFOLIO_SETTINGS": None}
        done = CliRunner().invoke(app, ["users", *words], input=typed, env=environment)
        return done.exit_code, done.output

    def stored(self) -> list[dict[str, Any]]:
        users: list[dict[str, Any]] = json.loads(users_file(self.home).read_text("utf-8"))["users"]
        return users

    def audited(self) -> str:
        return (self.home / "audit" / "audit.jsonl").read_text("utf-8")


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.chdir(tmp_path)
    return Command(tmp_path / "home")


def test_users_are_added_listed_changed_and_removed(users: Command) -> None:
    assert users("list")[1].startswith("Пользователей ещё нет")
    add = ("add", "Петрова", "--role", "quality", "--municipality", "Энск", "--password-stdin")
    assert users(*add, typed=f"{PASSWORD}\n") == (0, "Пользователь «Петрова» заведён: качество данных, Энск.\n")
    assert users("add", "sidorov", "--role", "operator", "--subject", "f:1:sidorov")[0] == 0
    [petrova, sidorov] = users.stored()
    assert check_password_hash(petrova["password"], PASSWORD)
    assert petrova["password"].startswith("scrypt:32768:8:1$")
    assert (petrova["scope"], sidorov["scope"]) == (
        {"kind": "municipality", "key": "Энск"},
        {"kind": "region", "key": ""},
    )
    assert (sidorov["password"], sidorov["subject"]) == (None, "f:1:sidorov")
    assert users("list")[1].splitlines() == [
        "sidorov: оператор (operator), весь регион; OpenID Connect, sub f:1:sidorov",
        "Петрова: качество данных (quality), Энск; пароль",
    ]
    assert users("password", "ПЕТРОВА", "--password-stdin", typed="another long password\r\n")[0] == 0
    [_, petrova] = users.stored()
    assert check_password_hash(petrova["password"], "another long password")
    assert users("remove", "петрова") == (0, "Пользователь «Петрова» убран.\n")
    assert [one["name"] for one in users.stored()] == ["sidorov"]
    changes = [json.loads(line) for line in users.audited().splitlines()]
    assert [(one["what"], one["change"], one["user"]) for one in changes] == [
        ("users", "add", "Петрова"),
        ("users", "add", "sidorov"),
        ("users", "password", "Петрова"),
        ("users", "remove", "Петрова"),
    ]
    file = users_file(users.home)
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    for secret in (PASSWORD, "another long password", "scrypt"):
        assert secret not in users.audited()


@pytest.mark.parametrize(
    ("words", "typed", "told"),
    [
        (("add", "a", "--role", "quality", "--password-stdin"), "short\n", "не меньше 12"),
        (("add", "a", "--role", "quality", "--password-stdin"), "", "нет пароля"),
        (("add", "a", "--role", "quality"), f"{PASSWORD}\n{PASSWORD}\n", "--password-stdin"),
        (("add", "a b", "--role", "quality", "--password-stdin"), PASSWORD, "Имя для входа"),
        (("add", "a", "--role", "quality", "--organization", " ", "--password-stdin"), PASSWORD, "Область пуста"),
        (("add", "a", "--role", "quality", "--subject", "a b"), "", "--subject"),
        (("password", "nobody", "--password-stdin"), PASSWORD, "Пользователя «nobody» нет"),
        (("remove", "nobody"), "", "portfolio users list"),
    ],
)
def test_a_mistake_is_one_clear_line(users: Command, words: tuple[str, ...], typed: str, told: str) -> None:
    status, output = users(*words, typed=typed)
    assert (status, output.count("\n")) == (5, 1)
    assert told in output
    assert PASSWORD not in output
    assert "short" not in output
    assert not users_file(users.home).exists()


@pytest.mark.parametrize(
    "words",
    [
        ("add", "a", "--role", "boss"),
        ("add", "a"),
        ("add", "a", "--role", "quality", "--municipality", "Энск", "--organization", "1"),
        ("add", "a", "--role", "quality", "--subject", "s", "--password-stdin"),
        ("add", "a", "--role", "quality", "--password", PASSWORD),
    ],
)
def test_a_wrong_use_adds_nobody(users: Command, words: tuple[str, ...]) -> None:
    assert users(*words)[0] == 2
    assert not users_file(users.home).exists()


def settings_of(home: Path, text: str) -> Any:
    home.mkdir(parents=True, exist_ok=True)
    (home / "portfolio.toml").write_text(f"[dashboards]\n{text}", "utf-8")
    return load_settings({"PORTFOLIO_HOME": str(home)})


@pytest.mark.parametrize(
    "line",
    [
        'login = "never"',
        'address = "http://panels.example.ru"',
        'address = "https://panels.example.ru/path"',
        'address = "panels.example.ru"',
        "idle_minutes = 0",
        "session_hours = 1000",
        'oidc_issuer = "http://id.example.ru"',
        'oidc_issuer = "https://id.example.ru/?a=b"',
        'oidc_client_id = "a b"',
        'oidc_secret_env = "the secret itself!"',
        'oidc_scopes = "profile"',
        'oidc_role_claim = ""',
    ],
)
def test_a_wrong_setting_of_log_in_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadInput) as caught:
        settings_of(tmp_path, line)
    [message] = caught.value.messages
    assert f"dashboards.{line.split(maxsplit=1)[0]}" in message
    assert "secret itself" not in message
    assert re.search("[а-я]{4}", message)


def test_settings_of_a_provider_go_together_and_the_secret_is_in_the_environment(tmp_path: Path) -> None:
    issuer, client = 'oidc_issuer = "https://id.example.ru/realms/r"', 'oidc_client_id = "portfolio"'
    for text, told in (
        (issuer, "oidc_client_id"),
        (client, "oidc_issuer"),
        (f'{issuer}\n{client}\noidc_scope_claim = "s"', "oidc_role_claim"),
        (f'{issuer}\n{client}\noidc_secret_env = "THE_SECRET"', "THE_SECRET"),
    ):
        with pytest.raises(BadInput, match=told):
            access_of(settings_of(tmp_path, text), {})
    settings = settings_of(tmp_path, f'{issuer}\n{client}\noidc_secret_env = "THE_SECRET"\naddress = "https://p.ru/"')
    access = access_of(settings, {"THE_SECRET": "hidden-value"})
    assert access.oidc is not None
    assert (access.address, access.host, access.is_https) == ("https://p.ru", "p.ru", True)
    assert access.oidc.client_secret == "hidden-value"
    assert "hidden-value" not in repr(access)
    assert access_of(settings_of(tmp_path, ""), {}).oidc is None


def test_panels_for_others_without_anybody_to_log_in_end_with_bad_input(
    users: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.dashboards.log_to_file", lambda _home: None)
    environment = {"PORTFOLIO_HOME": str(users.home)}
    done = CliRunner().invoke(app, ["dashboards", "--host", "0.0.0.0", "--port", "0"], env=environment)
    assert (done.exit_code, done.output.count("\n")) == (5, 1)
    assert "portfolio users add" in done.output


def test_a_service_manager_stops_the_panels_as_ctrl_c_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def serving(*_places: object, **_options: object) -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            told.append("what was only counted is written")

    monkeypatch.setattr("orchestration.dashboards.log_to_file", lambda _home: None)
    monkeypatch.setattr("orchestration.dashboards.serve", serving)
    # Not the usual handler: a signal that is not caught would end the tests.
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt):
            serve_dashboards(settings_of(tmp_path, ""), host="127.0.0.1", port=0, announce=told.append)
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
    assert told == ["what was only counted is written"]
