"""One delivery of several sources and of people: it is there whole or not at all, and is what the sources hold."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest
from loopback_source import Answer, Serve, as_json, journal_marks, numbered
from postgres_server import Server
from pull_station import DAY, ENVIRONMENT, NEXT, THIRD, PullStation, http_source, local, table_source

from extracts.connectors import pull_log, pulling
from extracts.connectors.errors import SourceFailed
from extracts.connectors.options import TableDataset
from extracts.connectors.window import Window
from extracts.errors import BadInput

PAGES = [journal_marks(1, 3), journal_marks(3, 4)]
SUBJECTS = [{"subject_id": 12, "name": "Алгебра"}]


def subjects_source(serve: Serve, name: str = "lists") -> pulling.Source:
    return http_source(
        serve(numbered([SUBJECTS])).address, name, dataset="subjects", path="subjects", changes=False, token_env=None
    )


def test_both_kinds_of_sources_make_one_delivery_that_loads(
    serve: Serve, station: PullStation, postgres: Server
) -> None:
    with psycopg.connect(postgres.dsn, autocommit=True) as register:
        register.execute("DROP SCHEMA IF EXISTS region CASCADE; CREATE SCHEMA region")
        register.execute(
            "CREATE TABLE region.students AS SELECT n AS student_profile_id, 'p' || n AS person_id, "
            "'Тестов' AS last_name, timestamptz '2024-11-10 08:00+05' AS updated_at FROM generate_series(700, 706) n"
        )
    journal = http_source(serve(numbered(PAGES)).address)
    register_source = table_source(datasets=[TableDataset("students", table="region.students", cursor="updated_at")])
    environment = ENVIRONMENT | {"REGISTER_DSN": postgres.dsn}
    folder = station.pull(journal, register_source, subjects_source(serve), environment=environment)
    assert folder == station.landing / f"{DAY}"
    assert station.names() == [
        "marks.journal.page-000001.json",
        "marks.journal.page-000002.json",
        "students.register.part-000001.parquet",
        "subjects.lists.page-000001.json",
    ]
    report = station.load()
    loaded = {one.dataset: (one.rows_read, one.rows_loaded) for one in report.datasets}
    # Pages overlap: the mark that both hold is read twice, and is one row of the warehouse by its key.
    assert loaded == {"students": (7, 7), "subjects": (1, 1), "marks": (7, 7)}


def test_a_night_without_changes_loads(serve: Serve, station: PullStation) -> None:
    station.pull(http_source(serve(lambda asked: as_json([])).address), subjects_source(serve))
    report = station.load()
    assert {one.dataset: one.rows_read for one in report.datasets} == {"subjects": 1, "marks": 0}


def test_the_folder_waits_for_every_source(serve: Serve, station: PullStation) -> None:
    broken = http_source(serve(lambda asked: Answer(status=500)).address, attempts=1)
    lists = subjects_source(serve)
    plan = station.plan(broken, lists)
    pulling.pull_source(plan, "lists")
    with pytest.raises(SourceFailed):
        pulling.pull_source(plan, "journal")
    assert pulling.unfinished_sources(plan) == ["journal"]
    with pytest.raises(SourceFailed, match="journal/marks"):
        pulling.seal_delivery(plan)
    assert not (station.landing / f"{DAY}").exists()
    assert not (station.home / "warehouse" / "pulls.json").exists()


def test_files_that_people_put_in_are_left_alone_and_waited_for(serve: Serve, station: PullStation) -> None:
    plan = station.plan(subjects_source(serve), by_hand=("academic_years", "marks"))
    part = station.landing / f"{DAY}.part"
    part.mkdir()
    own = {"academic_years.csv": "academic_year_id", "subjects.csv": "subject_id;name\n13;Химия\n"}
    for name, text in own.items():
        (part / name).write_text(text, "utf-8")
    pulling.pull_source(plan, "lists")
    with pytest.raises(SourceFailed, match="кладут вручную: marks") as failed:
        pulling.seal_delivery(plan)
    assert f"--date {DAY}" in str(failed.value)
    (part / "marks.xlsx.filepart").write_bytes(b"PK")
    with pytest.raises(SourceFailed, match="ещё копируют"):
        pulling.seal_delivery(plan)
    (part / "marks.xlsx.filepart").rename(part / "marks.xlsx")
    pulling.seal_delivery(plan)
    assert station.names() == ["academic_years.csv", "marks.xlsx", "subjects.csv", "subjects.lists.page-000001.json"]
    assert (station.landing / f"{DAY}" / "subjects.csv").read_text("utf-8") == own["subjects.csv"]


def test_two_sources_of_one_dataset_do_not_disturb_each_other(serve: Serve, station: PullStation) -> None:
    first = http_source(serve(numbered(PAGES)).address, "north")
    second = http_source(serve(numbered([journal_marks(50, 2)])).address, "south")
    station.pull(first, second)
    assert station.names() == [
        "marks.north.page-000001.json",
        "marks.north.page-000002.json",
        "marks.south.page-000001.json",
    ]


def test_a_delivery_that_somebody_else_made_is_not_touched(serve: Serve, station: PullStation) -> None:
    folder = station.landing / f"{DAY}"
    folder.mkdir()
    (folder / "subjects.csv").write_text("subject_id;name\n")
    source = subjects_source(serve)
    plan = station.plan(source)
    for attempt in (pulling.is_pulled, pulling.seal_delivery, lambda plan: pulling.pull_source(plan, "lists")):
        with pytest.raises(BadInput, match="уже есть"):
            attempt(plan)
    assert [file.name for file in folder.iterdir()] == ["subjects.csv"]
    assert not (station.landing / f"{DAY}.part").exists()


def test_an_empty_folder_of_the_date_is_a_delivery_too(serve: Serve, station: PullStation) -> None:
    """A rename onto an empty folder would succeed."""
    plan = station.plan(subjects_source(serve))
    pulling.pull_source(plan, "lists")
    (station.landing / f"{DAY}").mkdir()
    with pytest.raises(BadInput, match="уже есть"):
        pulling.seal_delivery(plan)
    assert station.names(part=True) == ["subjects.lists.page-000001.json"]


def test_a_delivery_that_is_loaded_is_not_pulled_again(serve: Serve, station: PullStation) -> None:
    station.pull(subjects_source(serve))
    station.load()
    plan = station.plan(subjects_source(serve))
    assert pulling.is_pulled(plan)
    (station.landing / f"{DAY}").rename(station.landing / "archive")
    assert pulling.is_pulled(plan)
    (station.home / "warehouse" / "pulls.json").unlink()
    with pytest.raises(BadInput, match="уже загружена"):
        pulling.is_pulled(plan)


def test_a_kill_between_the_rename_and_the_note_is_made_up_for(serve: Serve, station: PullStation) -> None:
    station.pull(http_source(serve(numbered(PAGES)).address))
    log = station.home / "warehouse" / "pulls.json"
    noted = log.read_bytes()
    log.unlink()
    assert pulling.is_pulled(station.plan(http_source("http://127.0.0.1:9/")))
    assert log.read_bytes() == noted


def test_a_source_that_left_the_settings_leaves_no_half_behind(serve: Serve, station: PullStation) -> None:
    pages = iter([as_json(PAGES[0]), Answer(status=500)])
    broken = http_source(serve(lambda asked: next(pages)).address, attempts=1)
    with pytest.raises(SourceFailed):
        station.pull(broken)
    assert station.names(part=True) == ["marks.journal.page-000001.json"]
    station.pull(subjects_source(serve))
    assert station.names() == ["subjects.lists.page-000001.json"]


def test_a_note_that_is_damaged_costs_another_try_only(serve: Serve, station: PullStation) -> None:
    plan = station.plan(subjects_source(serve))
    pulling.pull_source(plan, "lists")
    (station.landing / f"{DAY}.part" / ".pull.json").write_text('{"lists": {"subjects": {"pages": 1}}}')
    assert pulling.unfinished_sources(plan) == ["lists"]
    pulling.pull_source(plan, "lists")
    pulling.seal_delivery(plan)
    assert station.names() == ["subjects.lists.page-000001.json"]


def test_days_that_have_not_come_and_zones_that_are_not_there(serve: Serve, station: PullStation) -> None:
    source = subjects_source(serve)
    with pytest.raises(BadInput, match="ещё не наступил"):
        pulling.check_pull(station.plan(source, day=DAY, now="2024-11-09T23:59:59"))
    pulling.check_pull(station.plan(source, day=DAY, now="2024-11-10T00:00:00"))
    station.landing.rename(station.landing.with_name("elsewhere"))
    with pytest.raises(BadInput, match="PORTFOLIO_LANDING"):
        pulling.check_pull(station.plan(source))
    with pytest.raises(BadInput, match="не настроены"):
        pulling.check_pull(station.plan())


HELD = {date(2024, 11, day) for day in range(1, 30)}


def windows(home: Path, *days: tuple[int, int | None, int]) -> None:
    """Deliveries of November: load date, first day and the day after the last."""
    for day, since, until in days:
        begin = local(f"2024-11-{since:02d}T00:00:00") if since else None
        window = Window(begin, local(f"2024-11-{until:02d}T00:00:00"))
        pull_log.record(home, date(2024, 11, day), {("journal", "marks"): window})


@pytest.mark.parametrize(
    ("thrown_away", "before", "reached"),
    [
        ((), 9, 9),
        ((8,), 9, 8),
        ((7,), 9, 7),
        ((6,), 9, None),
        ((), 8, 8),
        ((), 6, None),
        ((6, 7, 8), 9, None),
    ],
)
def test_only_what_is_held_without_a_gap_counts(
    tmp_path: Path, thrown_away: tuple[int, ...], before: int, reached: int | None
) -> None:
    windows(tmp_path, (8, 8, 9), (6, None, 7), (7, 7, 8))
    gone = {date(2024, 11, day) for day in thrown_away}
    found = pull_log.taken_until(
        tmp_path, "journal", "marks", before=date(2024, 11, before), holds=lambda day, _: day not in gone
    )
    assert found == (local(f"2024-11-{reached:02d}T00:00:00") if reached else None)


def test_what_is_forgotten_still_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull_log, "KEPT", 2)
    windows(tmp_path, (6, None, 7), (7, 7, 8), (8, 8, 9))
    lines = json.loads((tmp_path / "warehouse" / "pulls.json").read_text())["journal"]["marks"]
    assert list(lines) == ["2024-11-07", "2024-11-08"]
    found = pull_log.taken_until(tmp_path, "journal", "marks", before=THIRD, holds=lambda *_: True)
    assert found == local("2024-11-09T00:00:00")


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"a": 1}', '{"a": {"b": {"2024-11-10": "x"}}}', '{"a": {"b": {"2024-11-10": [null, 7]}}}']
)
def test_a_log_that_is_damaged_is_told_and_not_guessed(tmp_path: Path, content: str) -> None:
    (tmp_path / "warehouse").mkdir()
    (tmp_path / "warehouse" / "pulls.json").write_text(content)
    with pytest.raises(BadInput, match="повреждён"):
        pull_log.taken_until(tmp_path, "journal", "marks", before=DAY, holds=lambda *_: True)


def test_an_earlier_day_can_be_pulled_later(serve: Serve, station: PullStation) -> None:
    source = serve(numbered(PAGES))
    asked = http_source(source.address, overlap=timedelta(0))
    station.pull(asked, day=DAY)
    station.pull(asked, day=THIRD)
    source.asked.clear()
    station.pull(asked, day=NEXT)
    assert {(one.query["created_at_from"], one.query["created_at_to"]) for one in source.asked} == {
        ("11.11.2024", "11.11.2024")
    }
