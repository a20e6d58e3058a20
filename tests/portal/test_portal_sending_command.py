"""`portfolio send`: exit statuses, what is said, what is noted, and a kill -9 at drawn points (4-portal.md)."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from loader_stub.packages import FULL, PREFIX, specification, write_package
from loader_stub.server import Stub, running
from loader_stub.state import Fault, state_for

from orchestration import cli

NAME = "2026-10-01-1"
PROGRAM = "from orchestration.cli import main; main()"


@dataclass(frozen=True)
class Ran:
    """What the command answered."""

    status: int
    out: str
    err: str


Portfolio = Callable[..., Ran]


@pytest.fixture
def stub() -> Iterator[Stub]:
    """An empty portal."""
    with running(state_for(specification(), PREFIX)) as one:
        yield one


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one package and nothing else."""
    write_package(tmp_path / "home" / "exports", NAME, FULL)
    return tmp_path / "home"


@pytest.fixture
def portfolio(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], home: Path) -> Iterator[Portfolio]:
    """The command, in this process."""
    for name in [name for name in os.environ if name.startswith("PORTFOLIO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PORTFOLIO_HOME", str(home))
    umask = os.umask(0o022)

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["portfolio", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capfd.readouterr()
        return Ran(int(ended.value.code or 0), shown.out, shown.err)

    yield run
    os.umask(umask)


def audit_lines(home: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (home / "audit" / "audit.jsonl").read_text().splitlines()]


def test_a_package_is_sent_and_the_status_says_so(home: Path, stub: Stub, portfolio: Portfolio) -> None:
    assert f"Ждёт отправки на портал: пакет {NAME}, подтверждено файлов 0 из 4" in portfolio("status").out
    ran = portfolio("send", "--to", stub.url)
    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == [
        f"{n:02d}_{t}_create.csv" for n, (t, _, _) in enumerate(FULL, 1)
    ]
    assert lines[-1] == f"Пакет {NAME}: портал подтвердил всё, файлов 4, строк 8"
    assert f"Ждёт отправки на портал: ничего, пакет {NAME} подтверждён" in portfolio("status").out
    begins, ends = audit_lines(home)
    assert (begins["what"], begins["stage"], begins["package"], begins["to"]) == ("send", "begins", NAME, stub.url)
    assert {key: ends[key] for key in ("what", "stage", "package", "files", "confirmed", "rows")} == {
        "what": "send",
        "stage": "ends",
        "package": NAME,
        "files": 4,
        "confirmed": 4,
        "rows": 8,
    }
    ran = portfolio("send", "--to", stub.url, "--package", NAME)
    assert ran.status == 0
    assert len(stub.state.accepted()) == 4


def test_what_is_not_confirmed_ends_with_six(home: Path, stub: Stub, portfolio: Portfolio) -> None:
    stub.state.plan("pupil", Fault("errors"))
    ran = portfolio("send", "--to", stub.url)
    assert ran.status == 6
    assert len(ran.err.splitlines()) == 1
    assert "подтверждено файлов 2 из 4" in ran.err
    assert "Секретов" not in ran.out + ran.err + (home / "audit" / "audit.jsonl").read_text()
    assert "подтверждено файлов 2 из 4, не принято 1" in portfolio("status").out
    assert audit_lines(home)[-1]["confirmed"] == 2
    assert portfolio("send", "--to", stub.url).status == 0


def test_a_dry_run_sends_nothing(home: Path, stub: Stub, portfolio: Portfolio) -> None:
    ran = portfolio("send", "--to", stub.url, "--dry-run")
    assert (ran.status, ran.err) == (0, "")
    assert stub.exchanges == []
    assert not (home / "audit").exists()
    first, *files = ran.out.splitlines()
    assert NAME in first
    assert [line.split(" — ")[1] for line in files] == ["будет отправлен"] * 4
    stub.state.plan("pupil", Fault("fail"))
    portfolio("send", "--to", stub.url)
    asked = len(stub.exchanges)
    (home / "exports" / NAME / "04_pupil_mark_create.csv").write_bytes(b"")
    words = [line.split(" — ")[1].split()[0] for line in portfolio("send", "--dry-run").out.splitlines()[1:]]
    assert words == ["уже", "уже", "будет", "не"]
    assert len(stub.exchanges) == asked


@pytest.mark.parametrize(
    "case",
    [
        (["send"], {}, "--to"),
        (["send", "--to", "portal.example.org"], {}, "Адрес портала"),
        (["send", "--to", "http://portal.example.org"], {}, "https"),
        (["send", "--to", "https://u:p@portal.example.org"], {}, "Адрес портала"),
        (["send", "--to", "http://127.0.0.1:9", "--package", "2026-10-02-1"], {}, "2026-10-02-1"),
        (["send", "--to", "http://127.0.0.1:9", "--package", "../x"], {}, "нет"),
        (["send", "--to", "http://127.0.0.1:9"], {"PORTFOLIO_DATAMART": "a/b"}, "PORTFOLIO_DATAMART"),
        (["send", "--to", "http://127.0.0.1:9"], {"PORTFOLIO_IN_FLIGHT_MB": "0"}, "PORTFOLIO_IN_FLIGHT_MB"),
        (["send", "--to", "http://127.0.0.1:9"], {"PORTFOLIO_PORTAL_TOKEN": "я"}, "PORTFOLIO_PORTAL_TOKEN"),
        (["send"], {"PORTFOLIO_PORTAL_URL": "https://x.example.org/?token=1"}, "PORTFOLIO_PORTAL_URL"),
        (["send", "--dry-run", "--to", "ftp://x"], {}, "Адрес портала"),
    ],
)
def test_bad_input_ends_with_five_and_one_line(
    home: Path, portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch, case: tuple[list[str], dict[str, str], str]
) -> None:
    arguments, environment, told = case
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ran = portfolio(*arguments)
    assert ran.status == 5
    assert told in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not (home / "exports" / NAME / "sending.json").exists()


def test_without_a_package_it_is_bad_input(
    tmp_path: Path, portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTFOLIO_HOME", str(tmp_path / "empty"))
    ran = portfolio("send", "--to", "http://127.0.0.1:9")
    assert ran.status == 5
    assert "portfolio export" in ran.err
    assert portfolio("send", "--dry-run").status == 5


def test_the_settings_name_the_portal_its_datamart_and_the_token(
    home: Path, stub: Stub, portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.datamart, stub.token = "school-59", "Token sec.ret"
    (home / "portfolio.toml").write_text(
        f'[portal]\nurl = "{stub.url}"\ndatamart = "school-59"\ntoken_env = "MY_TOKEN"\ntoken_prefix = "Token "\n'
    )
    ran = portfolio("send")
    assert ran.status == 6
    assert "HTTP 401" in ran.err
    assert len(stub.exchanges) == 1
    monkeypatch.setenv("MY_TOKEN", "sec.ret")
    ran = portfolio("send")
    assert ran.status == 0
    texts = [path.read_text() for path in (*home.rglob("*.json"), *home.rglob("*.jsonl"), *home.rglob("*.log"))]
    assert "sec.ret" not in ran.out + ran.err + "".join(texts)
    assert all(len(post.path.split("/tables/")) == 2 and "/school-59/" in post.path for post in stub.posts())


def test_a_proxy_and_netrc_of_the_machine_do_not_meddle(
    home: Path, stub: Stub, portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login robot password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert portfolio("send", "--to", stub.url).status == 0
    assert all("Authorization" not in exchange.headers for exchange in stub.exchanges)


def test_the_second_sender_says_so(home: Path, stub: Stub, portfolio: Portfolio) -> None:
    from portal.sending.lock import sender_lock

    with sender_lock(home / "exports"):
        ran = portfolio("send", "--to", stub.url)
        assert "Сейчас идёт отправка" in portfolio("status").out
    assert ran.status == 1
    assert len(ran.err.splitlines()) == 1
    assert stub.exchanges == []


def _kill_at(home: Path, stub: Stub, number: int, stage: str) -> bool:
    """Runs the command and kills it when the stub is at that point of that request; whether it came to that."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_")}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "send", "--to", stub.url],
        env=environment | {"PORTFOLIO_HOME": str(home)},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def strike(at: int, where: str) -> None:
        if (at, where) == (number, stage):
            process.send_signal(signal.SIGKILL)
            process.wait()

    stub.on_request = strike
    status = process.wait(60)
    stub.on_request = lambda _number, _stage: None
    return status == -signal.SIGKILL


def _survives(exports: Path, home: Path, number: int, stage: str) -> None:
    write_package(exports, NAME, FULL)
    with running(state_for(specification(), PREFIX)) as stub:
        stub.state.plan("dict_subject", Fault("hang", polls=2))
        killed = _kill_at(home, stub, number, stage)
        assert killed or stub.received < number or stage == "accepted"  # a question is never accepted
        assert not _kill_at(home, stub, 0, "")
    accepted = stub.state.accepted()
    states = json.loads((exports / NAME / "sending.json").read_text())["files"]
    assert {entry["state"] for entry in states.values()} == {"confirmed"}
    # A file goes out twice only if the kill fell between its POST and the note of its number.
    assert len(accepted) - len(set(accepted)) <= 1
    assert set(accepted) == {(table, "upload") for table, _, _ in FULL}
    assert {code for codes in stub.state.codes().values() for code in codes} <= {0, 1, 3}
    assert [len(stub.state.tables[table]) for table, _, _ in FULL] == [2, 2, 2, 2]


@pytest.mark.parametrize(("number", "stage"), [(1, "received"), (2, "accepted"), (3, "answered"), (8, "received")])
def test_a_killed_sending_goes_on(tmp_path: Path, number: int, stage: str) -> None:
    _survives(tmp_path / "home" / "exports", tmp_path / "home", number, stage)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(24))
def test_a_sending_killed_anywhere_goes_on(tmp_path: Path, seed: int) -> None:
    drawn = random.Random(seed)
    stage = drawn.choice(["received", "accepted", "answered"])
    _survives(tmp_path / "home" / "exports", tmp_path / "home", drawn.randint(1, 12), stage)
