"""`portfolio pull` as people and Dagster start it: exit statuses, messages, what stands in the books afterwards."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from loopback_source import Answer, LoopbackSource, Serve, as_json, journal_marks, numbered
from pull_station import DAY, TOKEN

from extracts.connectors.errors import SourceFailed
from extracts.errors import BadInput
from orchestration import cli, pulling
from orchestration.exits import BAD_INPUT, FAILED, NOTHING_NEW
from orchestration.failures import ending_of
from orchestration.home import Home
from orchestration.instance import open_instance
from orchestration.settings import load_settings

PAGES = [journal_marks(1, 3), journal_marks(4, 1)]

ONE = """
[connectors.{name}]
kind = "http"
base_url = "{address}"
token_env = "JOURNAL_TOKEN"
attempts = 1
[connectors.{name}.datasets.{dataset}]
path = "core/api/{dataset}"
"""


def configure(home: Path, *sources: tuple[str, LoopbackSource, str]) -> None:
    home.mkdir(exist_ok=True)
    text = "".join(ONE.format(name=name, address=source.address, dataset=dataset) for name, source, dataset in sources)
    (home / "portfolio.toml").write_text(text)


@dataclass(frozen=True)
class Ran:
    """What the command answered."""

    status: int
    out: str
    err: str


Portfolio = Callable[..., Ran]


@pytest.fixture
def portfolio(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Portfolio:
    """The command, in this process: `portfolio(home, "pull", ...)`."""

    def run(home: Path, *arguments: str) -> Ran:
        monkeypatch.setenv("PORTFOLIO_HOME", str(home))
        monkeypatch.setenv("JOURNAL_TOKEN", TOKEN)
        monkeypatch.setattr(sys, "argv", ["portfolio", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capfd.readouterr()
        return Ran(int(ended.value.code or 0), shown.out, shown.err)

    return run


def test_a_pull_and_its_repetition(serve: Serve, tmp_path: Path, portfolio: Portfolio) -> None:
    """Two sources, one of which breaks at first: nothing is there, then everything, then nothing new."""
    home = tmp_path / "home"
    broken = [True]
    marks = numbered(PAGES)
    journal = serve(lambda asked: Answer(status=500) if asked.query["page"] == "2" and broken[0] else marks(asked))
    lists = serve(numbered([[{"subject_id": 12, "name": "Алгебра"}]]))
    configure(home, ("journal", journal, "marks"), ("lists", lists, "subjects"))
    final = home / "landing" / f"{DAY}"

    failed = portfolio(home, "pull", "--date", f"{DAY}")
    assert failed.status == FAILED
    [message] = failed.err.splitlines()
    assert message.startswith("Источник journal, набор marks, страница 2: ")
    assert not final.exists()
    broken[0] = False
    journal.asked.clear()

    done = portfolio(home, "pull", "--date", f"{DAY}")
    assert (done.status, done.err) == (0, "")
    assert journal.pages_asked() == [2, 3]
    assert sorted(file.name for file in final.iterdir()) == [
        ".pull.json",
        "marks.journal.page-000001.json",
        "marks.journal.page-000002.json",
        "subjects.lists.page-000001.json",
    ]
    assert "journal — строк: marks 4" in done.out
    assert str(final) in done.out
    before = {file: file.read_bytes() for file in home.rglob("*") if file.is_file() and "landing" in str(file)}

    again = portfolio(home, "pull", "--date", f"{DAY}")
    assert again.status == NOTHING_NEW
    assert again.err.splitlines() == [f"Поставка {DAY} уже собрана. Ничего не изменено."]
    assert {file: file.read_bytes() for file in before} == before

    lines = [json.loads(line) for line in (home / "audit" / "audit.jsonl").read_text().splitlines()]
    assert [(line["what"], line["source"]) for line in lines if line["what"] == "pull"].count(("pull", "journal")) == 1
    with open_instance(Home(home)) as instance:
        runs = {run.status for run in instance.get_runs(dg.RunsFilter(job_name="pull"))}
        assert runs == {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE}
    written = b"".join(file.read_bytes() for file in home.rglob("*") if file.is_file())
    assert TOKEN.encode() not in written
    assert TOKEN not in failed.out + failed.err + done.out + again.out
    loose = [file for file in home.rglob("*") if file.name != "portfolio.toml" and file.stat().st_mode & 0o077]
    assert loose == []


def test_sources_by_name_and_the_rest_later(serve: Serve, tmp_path: Path, portfolio: Portfolio) -> None:
    home = tmp_path / "home"
    journal, lists = serve(numbered(PAGES)), serve(numbered([[{"subject_id": 12, "name": "Алгебра"}]]))
    configure(home, ("journal", journal, "marks"), ("lists", lists, "subjects"))
    first = portfolio(home, "pull", "journal", "--date", f"{DAY}")
    assert (first.status, first.err) == (0, "")
    assert "ждёт источников: lists" in first.out
    assert not (home / "landing" / f"{DAY}").exists()
    assert lists.asked == []
    journal.asked.clear()
    second = portfolio(home, "pull", "lists", "--date", f"{DAY}")
    assert (second.status, second.err) == (0, "")
    assert (home / "landing" / f"{DAY}").is_dir()
    assert journal.asked == []


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (pulling.PullRequest(DAY, ("nobody",)), "Источников nobody нет в настройках. Есть: journal"),
        (pulling.PullRequest(date(2999, 1, 1)), "ещё не наступил"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    serve: Serve, tmp_path: Path, request_: pulling.PullRequest, told: str
) -> None:
    configure(tmp_path, ("journal", serve(numbered(PAGES)), "marks"))
    with pytest.raises(BadInput, match=told):
        pulling.pull(load_settings({"PORTFOLIO_HOME": str(tmp_path)}), request_)


def test_without_sources_there_is_nothing_to_pull(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"\[connectors"):
        pulling.pull(load_settings({"PORTFOLIO_HOME": str(tmp_path)}), pulling.PullRequest())


def test_a_landing_zone_elsewhere_is_refused(serve: Serve, tmp_path: Path) -> None:
    configure(tmp_path, ("journal", serve(numbered(PAGES)), "marks"))
    settings = load_settings({"PORTFOLIO_HOME": str(tmp_path), "PORTFOLIO_LANDING": "s3://bucket/landing"})
    with pytest.raises(BadInput, match="PORTFOLIO_LANDING"):
        pulling.pull(settings, pulling.PullRequest(DAY))


def test_the_day_is_the_last_that_has_ended_in_the_region(tmp_path: Path) -> None:
    settings = load_settings({"PORTFOLIO_HOME": str(tmp_path)})
    for moment, day in (("2024-11-10T18:59:59", 9), ("2024-11-10T19:00:00", 10)):
        now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        assert pulling.last_ended_day(settings, now) == date(2024, 11, day)


def test_exit_statuses() -> None:
    assert ending_of(SourceFailed("нет связи")) == ending_of(SourceFailed(["нет связи"]))
    assert ending_of(SourceFailed("нет связи")).exit_status == FAILED
    assert ending_of(SourceFailed("нет связи")).messages == ("нет связи",)
    assert ending_of(BadInput("x")).exit_status == BAD_INPUT


def test_dagster_asks_every_night_when_it_is_told_to(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.automation import pull_every_night
    from orchestration.definitions import defs

    monkeypatch.setenv("PORTFOLIO_HOME", str(tmp_path))
    assert pull_every_night.default_status is dg.DefaultScheduleStatus.STOPPED
    assert pull_every_night.job_name == "pull"
    moment = datetime(2024, 11, 10, 20, tzinfo=UTC)  # one o'clock at night in the region
    with open_instance(Home(tmp_path)) as instance:
        context = dg.build_schedule_context(instance=instance, scheduled_execution_time=moment)
        assert isinstance(pull_every_night(context), dg.SkipReason)
        configure(tmp_path, ("journal", serve(numbered(PAGES)), "marks"))
        asked = pull_every_night(context)
        assert isinstance(asked, dg.RunRequest)
        assert asked.partition_key == f"{DAY}"
        assert instance.get_dynamic_partitions("load_date") == [f"{DAY}"]
    nightly = {key.path[0] for key in defs.resolve_job_def("nightly").asset_layer.executable_asset_keys}
    assert not {"landing", "source"} & nightly


def test_dagster_tries_again_what_may_pass_and_nothing_else(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.assets import connectors
    from orchestration.partitions import LOAD_DATES
    from orchestration.steps import WRITER, WarehouseWriter

    monkeypatch.setenv("PORTFOLIO_HOME", str(tmp_path))
    monkeypatch.setenv("JOURNAL_TOKEN", TOKEN)
    answers: list[Answer] = []
    source = serve(lambda asked: answers.pop(0) if answers else as_json([]))
    configure(tmp_path, ("journal", source, "marks"))
    [made, _delivery] = connectors.connector_assets(load_settings().connectors)
    assert made.op.retry_policy is not None
    monkeypatch.setattr(made.op, "_retry_policy", dg.RetryPolicy(max_retries=2, delay=0))
    for first, count, succeeds in (([Answer(status=500)], 2, True), ([Answer(status=404)] * 3, 1, False)):
        answers[:] = first
        source.asked.clear()
        with dg.DagsterInstance.ephemeral() as instance:
            day = DAY if succeeds else DAY - timedelta(days=1)
            instance.add_dynamic_partitions(str(LOAD_DATES.name), [f"{day}"])
            result = dg.materialize(
                [made],
                partition_key=f"{day}",
                instance=instance,
                resources={WRITER: WarehouseWriter()},
                raise_on_error=False,
            )
            assert result.success is succeeds
            told = str([event.message for event in result.all_events])
        assert len(source.asked) == count
        assert TOKEN not in told
