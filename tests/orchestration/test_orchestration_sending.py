"""The package of a real night goes to the portal: by the command, by Dagster's job, and by nothing else unasked."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from conftest import Portfolio

sys.path.append(str(Path(__file__).parents[1] / "portal"))

from loader_stub.openapi import problems
from loader_stub.server import Stub, running
from loader_stub.state import Fault, state_for

from portal.sending.lock import sender_lock
from portal.specification import load_specification

PREFIX = "REGION"


@pytest.fixture
def stub() -> Iterator[Stub]:
    """An empty portal with the tables of the project's specification."""
    with running(state_for(load_specification(), PREFIX)) as one:
        yield one


@pytest.fixture
def sent_home(first_night: Path, tmp_path: Path) -> Path:
    """A home with the package of the first night and what Dagster needs; the warehouse itself is not needed."""
    home = tmp_path / "home"
    for name in ("exports", "dagster"):
        shutil.copytree(first_night / name, home / name, symlinks=True)
    return home


def manifest(home: Path) -> dict[str, object]:
    [file] = (home / "exports").glob("*/manifest.json")
    document: dict[str, object] = json.loads(file.read_text())
    return document


def test_the_package_of_a_night_is_taken_as_a_whole(sent_home: Path, stub: Stub, portfolio: Portfolio) -> None:
    ran = portfolio(sent_home, "send", "--to", stub.url)
    refused = [(one.table, one.description) for one in stub.state.requests.values() if one.code != 3]
    assert (ran.status, ran.err, refused) == (0, "", [])
    files = manifest(sent_home)["files"]
    assert isinstance(files, list)
    assert {table: len(rows) for table, rows in stub.state.tables.items()} == {
        file["table"]: file["rows"] for file in files
    }
    assert [problem for exchange in stub.exchanges for problem in problems(exchange)] == []
    assert len(ran.out.splitlines()) == len(files) + 1
    assert portfolio(sent_home, "send", "--to", stub.url).status == 0
    assert len(stub.state.accepted()) == len(files)


@pytest.fixture
def run_job(sent_home: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dg.ExecuteInProcessResult]:
    """Runs the job `send` as Dagster would."""
    monkeypatch.setenv("PORTFOLIO_HOME", str(sent_home))
    monkeypatch.setenv("PORTFOLIO_PORTAL_URL", stub.url)

    def run() -> dg.ExecuteInProcessResult:
        from orchestration.definitions import defs

        with dg.instance_for_test() as instance:
            return defs.resolve_job_def("send").execute_in_process(instance=instance, raise_on_error=False)

    return run


def test_the_job_sends_the_newest_package(
    sent_home: Path, stub: Stub, run_job: Callable[[], dg.ExecuteInProcessResult]
) -> None:
    result = run_job()
    assert result.success
    [materialization] = result.asset_materializations_for_node("portal_sending")
    files = manifest(sent_home)["files"]
    assert isinstance(files, list)
    assert materialization.metadata["files"].value == len(files) == len(stub.state.accepted())


def test_a_job_that_is_not_confirmed_fails_with_status_six(
    stub: Stub, run_job: Callable[[], dg.ExecuteInProcessResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.steps import ending_told

    stub.state.plan("dict_organization", Fault("errors"))
    ending = ending_told(run_job().all_events)
    assert ending.exit_status == 6
    assert len(ending.messages) == 1
    assert "Секретов" not in ending.messages[0]
    monkeypatch.delenv("PORTFOLIO_PORTAL_URL")
    assert ending_told(run_job().all_events).exit_status == 5


def test_nothing_is_sent_unless_somebody_asks() -> None:
    from orchestration.definitions import defs

    for name in ("nightly", "rebuild", "outputs", "export"):
        assert "portal_sending" not in {node.name for node in defs.resolve_job_def(name).graph.nodes}
    assert defs.resolve_schedule_def("send_every_hour").default_status is dg.DefaultScheduleStatus.STOPPED


def test_the_schedule_asks_while_something_waits(
    sent_home: Path, stub: Stub, portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.automation import send_every_hour

    def ticked() -> object:
        with dg.instance_for_test() as instance:
            return send_every_hour(dg.build_schedule_context(instance=instance))

    monkeypatch.setenv("PORTFOLIO_HOME", str(sent_home))
    assert isinstance(ticked(), dg.SkipReason)
    monkeypatch.setenv("PORTFOLIO_PORTAL_URL", stub.url)
    assert isinstance(ticked(), dg.RunRequest)
    with sender_lock(sent_home / "exports"):
        assert isinstance(ticked(), dg.SkipReason)
    assert portfolio(sent_home, "send").status == 0
    assert isinstance(ticked(), dg.SkipReason)


def test_a_run_that_sends_is_not_taken_for_dead(sent_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.instance import STARTING_SECONDS, unblock_queue
    from orchestration.settings import find_home

    home = find_home({"PORTFOLIO_HOME": str(sent_home)})
    with dg.instance_for_test() as instance:
        run = dg.DagsterRun(job_name="send", status=dg.DagsterRunStatus.STARTED)
        instance.add_run(run)
        later = instance.get_run_records()[0].update_timestamp.timestamp() + STARTING_SECONDS + 1
        with sender_lock(home.exports):
            unblock_queue(instance, home, now=later)
        assert _status(instance, run) is dg.DagsterRunStatus.STARTED
        unblock_queue(instance, home, now=later)
        assert _status(instance, run) is dg.DagsterRunStatus.FAILURE


def _status(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status
