"""The older upload service (portal.upload = "v1"): done when it answers, the same journal, order and repetitions."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from loader_stub.openapi import problems
from loader_stub.packages import DELTA, FULL, PREFIX, specification, write_package
from loader_stub.sending import Sender
from loader_stub.server import running
from loader_stub.state import Fault, state_for

from portal.sending.address import open_portal

NAME = "2026-10-01-1"
FILES = ["01_dict_school_create.csv", "02_dict_subject_create.csv", "03_pupil_create.csv", "04_pupil_mark_create.csv"]
PATH = "/api/edu-upload/v1/csv/"


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[Sender]:
    """An older portal without rows and a full package that waits."""
    with running(state_for(specification(), PREFIX)) as stub:
        exports = tmp_path / "exports"
        write_package(exports, NAME, FULL)
        yield Sender(exports, stub)


def journal(sender: Sender, name: str = NAME) -> dict[str, dict[str, object]]:
    files: dict[str, dict[str, object]] = json.loads((sender.exports / name / "sending.json").read_text())["files"]
    return files


def sent(sender: Sender) -> list[tuple[str, str]]:
    return [(exchange.method, exchange.path.removeprefix(PATH)) for exchange in sender.stub.exchanges]


def test_a_full_package_and_a_delta_go_all_the_way(sender: Sender) -> None:
    sender.authorization = "Bearer abc"
    assert sender.send(upload="v1").is_complete
    assert sent(sender) == [("POST", table) for table, _, _ in FULL]
    assert {entry["state"] for entry in journal(sender).values()} == {"confirmed"}
    assert {(entry["request_id"], entry["code"]) for entry in journal(sender).values()} == {(None, None)}
    assert sender.time.slept == [], "there is nothing to ask for"
    sender.stub.exchanges.clear()
    write_package(sender.exports, "2026-10-02-1", DELTA, kind="delta", created_at="2026-10-02 02:00:05")
    assert sender.send(upload="v1").is_complete
    assert sent(sender) == [("DELETE" if operation == "delete" else "POST", table) for table, operation, _ in DELTA]
    assert set(sender.stub.state.tables["pupil"]) == {("R59-a",)}
    assert set(sender.stub.state.tables["dict_school"]) == {("R59-3",)}
    assert [problem for exchange in sender.stub.exchanges for problem in problems(exchange)] == []
    sender.stub.exchanges.clear()
    assert sender.send(upload="v1").is_complete
    assert sent(sender) == [], "what is confirmed is not sent again"


def test_a_file_that_is_refused_tells_why_in_the_journal_alone(sender: Sender) -> None:
    sender.stub.state.plan("pupil", Fault("errors"))
    result = sender.send(upload="v1")
    assert (result.is_complete, result.confirmed, result.trouble) == (False, 2, None)
    entry = journal(sender)[FILES[2]]
    assert (entry["state"], entry["description"]) == ("failed", "ошибка в строке 2: значение «Секретов»")
    assert FILES[3] not in journal(sender), "its parent failed"
    assert not any("Секретов" in line for line in sender.lines)
    assert any("HTTP 400" in line and "sending.json" in line for line in sender.lines)
    assert [path for _, path in sent(sender)].count("pupil") == 1, "a refusal is not tried again"
    assert sender.send(upload="v1").is_complete


def test_what_a_refusal_says_is_one_line_and_not_too_long(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"code": 7, "description": "а\nб\0" + "в" * 10_000}
    monkeypatch.setattr(sender.stub.state, "finish", lambda _id: said)
    assert not sender.send(upload="v1").is_complete
    description = journal(sender)[FILES[0]]["description"]
    assert isinstance(description, str)
    assert description.startswith("а б в")
    assert len(description) == 2000


@pytest.mark.parametrize("status", [408, 429, 500, 501, 503, 507])
def test_what_may_pass_is_tried_again(sender: Sender, status: int) -> None:
    sender.stub.state.plan("dict_school", *[Fault("http", status)] * 3)
    assert sender.send(upload="v1").is_complete
    assert [path for _, path in sent(sender)].count("dict_school") == 4
    assert len(sender.time.slept) == 3
    assert sender.time.slept[0] < 1.1 < sender.time.slept[2], "pauses grow"


def test_an_error_within_that_stays_ends_the_file_and_heals_with_the_next_sending(sender: Sender) -> None:
    sender.stub.state.plan("pupil", *[Fault("http", 500)] * 3)
    assert not sender.send(upload="v1", attempts=3).is_complete
    assert journal(sender)[FILES[2]]["state"] == "failed"
    assert sender.send(upload="v1", attempts=3).is_complete


@pytest.mark.parametrize("status", [201, 202, 204, 302, 404, 409, 413, 415])
def test_only_200_says_done_and_nothing_else_is_tried_again(sender: Sender, status: int) -> None:
    sender.stub.state.plan("dict_school", Fault("http", status))
    assert sender.send(upload="v1").confirmed == 1
    assert {name: entry["state"] for name, entry in journal(sender).items()} == {
        FILES[0]: "failed",
        FILES[1]: "confirmed",
    }
    assert [path for _, path in sent(sender)].count("dict_school") == 1


@pytest.mark.parametrize("status", [401, 403])
def test_no_access_ends_the_sending(sender: Sender, status: int) -> None:
    sender.stub.state.plan("dict_school", Fault("http", status))
    result = sender.send(upload="v1")
    assert "доступ закрыт" in (result.trouble or "")
    assert len(sender.stub.exchanges) == 1


@pytest.mark.parametrize("kind", ["break_early", "break_late"])
def test_a_connection_that_breaks_is_tried_again(sender: Sender, kind: str) -> None:
    sender.stub.state.plan("pupil", Fault(kind))  # type: ignore[arg-type]
    assert sender.send(upload="v1").is_complete
    assert {code for codes in sender.stub.state.codes().values() for code in codes} == {3}
    assert len(sender.stub.state.tables["pupil"]) == 2


def test_a_request_of_the_loader_v2_is_not_known_here_and_its_file_goes_out_again(sender: Sender) -> None:
    sender.stub.state.plan("dict_school", Fault("hang", polls=10**6))
    assert not sender.send(patience=60).is_complete
    assert journal(sender)[FILES[0]]["state"] == "in_progress"
    sender.stub.exchanges.clear()
    assert sender.send(upload="v1").is_complete
    assert ("POST", "dict_school") in sent(sender)
    assert all(exchange.path.startswith(PATH) for exchange in sender.stub.exchanges)


def test_a_prefix_of_the_address_stays() -> None:
    portal = open_portal("https://x.example.org/edu/", "portfolio", allow_http=False)
    assert portal.upload_service_url("pupil") == "https://x.example.org/edu/api/edu-upload/v1/csv/pupil"


@pytest.mark.parametrize("stage", ["received", "accepted"])
def test_a_sending_that_is_killed_during_a_post_goes_on(tmp_path: Path, stage: str) -> None:
    home = tmp_path / "home"
    write_package(home / "exports", NAME, FULL)
    (home / "portfolio.toml").write_text('[portal]\nupload = "v1"\n')
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_")}
    with running(state_for(specification(), PREFIX)) as stub:
        arguments = [sys.executable, "-c", "from orchestration.cli import main; main()", "send", "--to", stub.url]
        settings = {"env": environment | {"PORTFOLIO_HOME": str(home)}, "cwd": Path(__file__).parents[2]}
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, **settings)  # type: ignore[call-overload]

        def strike(number: int, at: str) -> None:
            if (number, at) == (2, stage):
                process.send_signal(signal.SIGKILL)
                process.wait()

        stub.on_request = strike
        assert process.wait(60) == -signal.SIGKILL
        stub.on_request = lambda _number, _stage: None
        files = json.loads((home / "exports" / NAME / "sending.json").read_text())["files"]
        assert {name: entry["state"] for name, entry in files.items()} == {FILES[0]: "confirmed", FILES[1]: "posting"}
        subprocess.run(arguments, stdout=subprocess.DEVNULL, check=True, **settings)  # type: ignore[call-overload]
    files = json.loads((home / "exports" / NAME / "sending.json").read_text())["files"]
    assert [entry["state"] for entry in files.values()] == ["confirmed"] * 4
    assert stub.state.accepted().count(("dict_school", "upload")) == 1
    assert [len(stub.state.tables[table]) for table, _, _ in FULL] == [2, 2, 2, 2]
