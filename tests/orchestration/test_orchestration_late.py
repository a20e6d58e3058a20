"""A delivery that comes after a later one which is made of it, through the command: what is said and published."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from conftest import SECOND, THIRD, Portfolio, home_of

from extracts.landing import Delivery
from extracts.load import load_delivery
from extracts.raw import delivery_digests
from orchestration.automation import new_deliveries
from orchestration.load_report import read_document
from orchestration.merging import merge_deliveries
from orchestration.plan import everything_merged_is_published, state_of
from orchestration.publication import unpublished_deliveries
from orchestration.settings import load_options, load_settings

GROUP = "late-group"
UNITS = "class_unit_id;organization_id;academic_year_id;class_level;name\nlate-class;{};{};5;5Я\n"


def a_late_class(home: Path) -> None:
    """A page of groups is merged before the class that it is of; a run was killed before it read the page again."""
    with duckdb.connect(str(home / "published" / "portfolio.duckdb"), read_only=True) as connection:
        [ids] = connection.execute("SELECT organization_id, academic_year_id FROM marts.class_units LIMIT 1").fetchall()
    page = [{"id": GROUP, "subject_id": "1", "class_unit_id": "late-class", "name": "Поздняя"}]
    put(home, THIRD, "groups.json", json.dumps(page))
    merge_deliveries(load_settings(), THIRD, overrule=True)
    put(home, SECOND, "class_units.csv", UNITS.format(*ids))
    load_delivery(Delivery(SECOND, home / "landing" / str(SECOND)), home=home, options=load_options(load_settings()))


def put(home: Path, day: date, name: str, content: str) -> None:
    folder = home / "landing" / str(day)
    folder.mkdir()
    (folder / name).write_text(content, "utf-8")


def loaded_groups(home: Path) -> int:
    """How many groups the load report of the page tells."""
    [dataset] = [one for one in read_document(home_of(home), THIRD)["datasets"] if one["dataset"] == "groups"]
    rows: int = dataset["rows_loaded"]
    return rows


def asked_for(home: Path) -> list[dg.RunRequest]:
    """What the sensor asks for."""
    with dg.DagsterInstance.ephemeral() as instance:
        result = new_deliveries(dg.build_sensor_context(instance=instance))
    assert isinstance(result, dg.SensorResult)
    assert home.is_dir()
    return [*(result.run_requests or [])]


def test_a_delivery_that_was_read_again_is_not_published_yet(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    report, facts = home.raw / str(SECOND) / "delivery.json", home.publications / f"{SECOND}-1" / "publication.json"
    for file in (report, facts):
        file.parent.mkdir(parents=True)
    report.write_text("first")
    home.published.symlink_to(facts.parent)
    of_before: dict[str, object] = {"deliveries": [str(SECOND)]}
    digests = {str(day): digest for day, digest in delivery_digests(tmp_path, [SECOND]).items()}
    seen = set()
    for content in ("first", "second"):
        report.write_text(content)
        seen.add(state_of(home))
        facts.write_text(json.dumps(of_before | {"digests": digests}))
        assert everything_merged_is_published(home) == (content == "first")
        assert unpublished_deliveries(home) == ([] if content == "first" else [SECOND])
        facts.write_text(json.dumps(of_before))
        assert everything_merged_is_published(home)
    assert len(seen) == 2  # the sensor asks again


def test_the_status_names_what_is_read_again_and_what_cannot_be(
    home: Path, portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTFOLIO_HOME", str(home))
    read_again, cannot = f"Следующий запуск перечитает: {THIRD}", f"Верните в зону приёма папку {THIRD}"
    before = portfolio(home, "status")
    assert read_again not in before.out
    assert cannot not in before.out
    a_late_class(home)
    told = portfolio(home, "status")
    assert read_again in told.out
    assert cannot not in told.out
    shutil.rmtree(home / "landing" / str(THIRD))
    told = portfolio(home, "status")
    assert read_again not in told.out
    assert cannot in told.out
    shutil.rmtree(home / "landing")
    assert portfolio(home, "status").status == 0


@pytest.mark.long
def test_a_load_that_only_reads_again_publishes(
    home: Path, tmp_path: Path, portfolio: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTFOLIO_HOME", str(home))
    a_late_class(home)
    [request] = asked_for(home)
    assert (request.job_name, request.partition_key) == ("nightly", str(THIRD))

    # The page is away: what is there of it is published, and every load says what is missing.
    shutil.move(home / "landing" / str(THIRD), tmp_path / "away")
    told = f"Верните в зону приёма папку {THIRD}"
    ran = portfolio(home, "load")
    assert (ran.status, loaded_groups(home)) == (0, 0)
    assert told in ran.out
    assert told in (home / "reports" / "loads" / f"{THIRD}.txt").read_text("utf-8")
    ran = portfolio(home, "load")
    assert ran.status == 3
    assert told in ran.out
    assert asked_for(home) == []

    shutil.move(tmp_path / "away", home / "landing" / str(THIRD))
    [again] = asked_for(home)
    assert again.run_key != request.run_key
    ran = portfolio(home, "load")
    assert (ran.status, loaded_groups(home)) == (0, 1)
    report = read_document(home_of(home), THIRD)
    assert (report["status"], report["publication"], report["rejects"]["rows"]) == ("published", f"{THIRD}-2", 0)
    assert "outdated" not in report
    with duckdb.connect(str(home / "warehouse" / "build.duckdb"), read_only=True) as connection:
        rows = connection.execute(f"SELECT count(*) FROM staging.stg_groups WHERE group_id = '{GROUP}'").fetchall()
    assert rows == [(1,)]
    assert portfolio(home, "load").status == 3
