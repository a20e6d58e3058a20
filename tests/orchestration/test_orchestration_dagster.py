"""What Dagster is told: blocking checks block, schedules and sensors wait, alerts say nothing personal."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import dagster as dg
import pytest
from conftest import FIRST, SECOND, Portfolio, deliver, home_of, state
from dagster._core.utils import make_new_run_id
from shared_project import share_project

from extracts.errors import LoadStopped
from extracts.landing import Delivery
from orchestration.dbt_runner import NodeResult
from orchestration.instance import STARTING_SECONDS, open_instance, unblock_queue
from orchestration.locking import writer_lock
from orchestration.settings import load_settings


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, str]]]:
    """What a webhook was told."""
    told: list[dict[str, str]] = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PORTFOLIO_WEBHOOK_URL", f"http://127.0.0.1:{server.server_port}/hook")
    yield told
    server.shutdown()
    server.server_close()


def last_run(home: Path) -> tuple[set[str], set[str]]:
    """The steps of the newest run that ended well, and those that were started at all."""
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        [run] = instance.get_runs(limit=1)
        statistics = instance.get_run_step_stats(run.run_id)
    done = {one.step_key for one in statistics if one.status and one.status.value == "SUCCESS"}
    started = {one.step_key for one in statistics if one.start_time}
    return done, started


def stopped(*_arguments: object, **_named: object) -> None:
    raise LoadStopped("marks: отклонено 500 строк из 600.")


def test_the_circuit_breaker_stops_dbt_publication_package_and_report(
    home: Path, region: Path, portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch, received: list[dict[str, str]]
) -> None:
    from orchestration import merging

    deliver(home, region, SECOND)
    monkeypatch.setattr(merging, "load_delivery", stopped)
    before = state(home)
    ran = portfolio(home, "load")
    assert ran.status == 4
    assert ran.err.splitlines() == ["marks: отклонено 500 строк из 600."]
    assert state(home) == before
    assert last_run(home) == (set(), {"raw_extracts"})
    [alert] = received
    assert alert["step"] == "raw_extracts"
    assert "500" in alert["text"]


def broken(results: list[NodeResult]) -> Callable[..., list[NodeResult]]:
    def build(*_arguments: object, **_named: object) -> list[NodeResult]:
        return results

    return build


def test_a_failing_dbt_test_stops_publication_package_and_report(
    home: Path, portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.assets import warehouse

    [check, *_] = sorted(warehouse.warehouse_models.check_specs, key=lambda spec: spec.name)
    failed = NodeResult(str(check.metadata[warehouse.UNIQUE_ID]), check.name, True, "fail", 7, 0.1)
    monkeypatch.setattr(warehouse, "run_models", broken([failed]))
    before = state(home)
    ran = portfolio(home, "load", "--as-of", "2026-11-08")
    assert ran.status == 4
    assert check.name in ran.err
    assert "нарушений 7" in ran.err
    assert state(home) == before
    done, started = last_run(home)
    assert started == {"warehouse_inputs", "warehouse_models"}
    assert done == {"warehouse_inputs"}


def test_a_model_that_cannot_be_built_is_1(home: Path, portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.assets import warehouse

    crashed = NodeResult("model.school_portfolio.attendance", "attendance", False, "error", None, 0.1, "Binder Error")
    monkeypatch.setattr(warehouse, "run_models", broken([crashed]))
    before = state(home)
    assert portfolio(home, "load", "--as-of", "2026-11-08").status == 1
    assert state(home) == before


def test_a_year_without_students_stops_the_run(tmp_path: Path, portfolio: Portfolio, parsed_project: Path) -> None:
    """The real check in the real job: calendars alone make no night."""
    home = tmp_path / "empty"
    delivery = home / "landing" / "2026-11-09"
    delivery.mkdir(parents=True)
    share_project(home, parsed_project)
    (delivery / "academic_years.csv").write_text(
        "academic_year_id;name;begin_date;end_date\n2026;2026/2027;2026-09-01;2027-05-31\n"
    )
    ran = portfolio(home, "load")
    assert ran.status == 4
    assert "enrollments" in ran.err
    assert not (home / "published").exists()
    done, started = last_run(home)
    assert "warehouse_models" in done
    assert not started & {"publication", "portal_package", "report_site"}


def test_every_model_and_blocking_test_is_known_to_dagster() -> None:
    from orchestration.assets.warehouse import warehouse_models
    from orchestration.definitions import defs

    keys = {key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()}
    assert {"raw/marks", "staging/stg_marks", "marts/student_averages", "publication", "portal_package"} <= keys
    assert all(spec.blocking for spec in warehouse_models.check_specs if "grain" in spec.name)
    assert {job.name for job in defs.resolve_all_job_defs()} >= {"nightly", "rebuild", "outputs", "export"}


def test_the_schedule_and_the_sensors_are_off() -> None:
    from orchestration.automation import every_night, new_deliveries, publish_what_was_merged

    assert every_night.cron_schedule == "0 2 * * *"
    assert every_night.execution_timezone == "Asia/Yekaterinburg"
    assert every_night.default_status is dg.DefaultScheduleStatus.STOPPED
    for sensor in (new_deliveries, publish_what_was_merged):
        assert sensor.default_status is dg.DefaultSensorStatus.STOPPED


def test_the_schedule_asks_for_the_newest_waiting_delivery(
    home: Path, region: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.automation import every_night

    monkeypatch.setenv("PORTFOLIO_HOME", str(home))
    with open_instance(home_of(home)) as instance:
        context = dg.build_schedule_context(instance=instance)
        assert isinstance(every_night(context), dg.SkipReason)
        deliver(home, region, SECOND)
        request = every_night(context)
        assert isinstance(request, dg.RunRequest)
        assert request.partition_key == str(SECOND)
        assert instance.get_dynamic_partitions("load_date") == [str(FIRST), str(SECOND)]


def test_a_delivery_rests_before_it_is_loaded(tmp_path: Path) -> None:
    from orchestration.automation import rested, watch

    deliveries = [Delivery(date(2026, 11, day), tmp_path / str(day)) for day in (9, 10)]
    for delivery in deliveries:
        delivery.path.mkdir()
        (delivery.path / "marks.csv").write_text("a")
    seen = watch(deliveries, {}, now=0)
    assert rested(deliveries, seen, now=299, rest_seconds=300) == []
    assert rested(deliveries, seen, now=300, rest_seconds=300) == deliveries
    (deliveries[0].path / "marks.csv").write_text("more")
    seen = watch(deliveries, seen, now=200)
    # A later delivery waits for an earlier one that still grows.
    assert rested(deliveries, seen, now=300, rest_seconds=300) == []
    assert rested(deliveries, watch(deliveries, seen, now=500), now=500, rest_seconds=300) == deliveries


def test_the_sensor_asks_once_for_each_state_of_a_delivery(
    home: Path, region: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.automation import new_deliveries

    monkeypatch.setenv("PORTFOLIO_HOME", str(home))
    monkeypatch.setenv("PORTFOLIO_SENSOR_REST_MINUTES", "0")
    deliver(home, region, SECOND)
    keys = []
    with dg.DagsterInstance.ephemeral() as instance:
        for change in (None, None, "mended"):
            if change:
                (home / "landing" / str(SECOND) / "subjects.csv").write_text(change)
            result = new_deliveries(dg.build_sensor_context(instance=instance))
            assert isinstance(result, dg.SensorResult)
            [request] = result.run_requests or []
            keys.append(request.run_key)
    assert keys[0] == keys[1] != keys[2]


def test_a_killed_run_does_not_block_the_queue(home: Path) -> None:
    with open_instance(home_of(home)) as instance:
        run = dg.DagsterRun(job_name="nightly", run_id=make_new_run_id(), status=dg.DagsterRunStatus.STARTED)
        instance.add_run(run)
        with writer_lock(home_of(home)):
            unblock_queue(instance, home_of(home), now=time.time() + 2 * STARTING_SECONDS)
        unblock_queue(instance, home_of(home), now=time.time())
        assert instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.STARTED
        unblock_queue(instance, home_of(home), now=time.time() + 2 * STARTING_SECONDS)
        assert instance.get_run_by_id(run.run_id).status is dg.DagsterRunStatus.FAILURE


def test_a_webhook_that_does_not_answer_fails_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.alerts import post, raise_alert

    monkeypatch.setenv("PORTFOLIO_HOME", str(tmp_path))
    monkeypatch.setenv("PORTFOLIO_WEBHOOK_URL", "http://127.0.0.1:9/closed")
    raise_alert(load_settings(), job="nightly", step="publication", run_id="r", text="t")
    assert not post("file:///etc/passwd", {})
