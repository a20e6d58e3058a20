"""The load report: counted by hand over nights that are published, stopped and refused; in it no value of any cell."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from load_report_story import (
    FIRST,
    FIRST_ORPHANS,
    FOURTH,
    PLANTED,
    SECOND,
    SECOND_ORPHANS,
    THIRD,
    Story,
    Told,
    call,
    copy,
    tell,
)

from extracts.contract import load_contract
from orchestration import load_run
from orchestration.settings import load_settings


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Story:
    """The four nights, told once."""
    return tell(tmp_path_factory.mktemp("story") / "home", parsed_project)


def dataset(report: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [one for one in report["datasets"] if one["dataset"] == name]
    return found  # type: ignore[no-any-return]


def orphans(report: dict[str, Any]) -> dict[tuple[str, str], tuple[int, int]]:
    return {(one["dataset"], one["column"]): (one["rows"], one["rows_of_this_load"]) for one in report["orphans"]}


def averages(story: Story, publication: str, student: str) -> list[tuple[Any, ...]]:
    file = story.home / "publications" / publication / "portfolio.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(
            "SELECT marks_count, average FROM marts.student_subject_averages"
            " WHERE student_profile_id = ? AND subject_id = 'zqzq-math' AND period_kind = 'year'",
            [student],
        ).fetchall()


def test_the_story_ends_as_it_should(story: Story) -> None:
    assert {name: told.status for name, told in story.calls.items()} == {
        "first": 0,
        "breaker": 4,
        "overruled": 4,
        "bad": 5,
        "export": 0,
        "status": 0,
    }


def test_every_orphan_is_counted(story: Story) -> None:
    found = orphans(story.calls["first"].reports[FIRST])
    assert found == {key: (count, count) for key, count in FIRST_ORPHANS.items()}
    assert averages(story, f"{FIRST}-1", "zqzq-late") == []


def test_orphans_enter_the_marts_when_the_missing_rows_arrive(story: Story) -> None:
    """Two marks of the late student: 4 and 5. What leads nowhere still came with the second night, not the third."""
    reports = story.calls["bad"].reports
    assert orphans(reports[SECOND]) == SECOND_ORPHANS
    assert orphans(reports[THIRD]) == {key: (rows, 0) for key, (rows, _) in SECOND_ORPHANS.items()}
    assert averages(story, f"{THIRD}-1", "zqzq-late") == [(2, 4.5)]


def test_the_operator_is_told_of_orphans_and_where_the_report_is(story: Story) -> None:
    told = story.calls["first"]
    assert "никуда не ведут" in told.out
    assert "marks.student_profile_id 2" in told.out
    assert f"Отчёт о загрузке: {story.home / 'reports' / 'loads' / FIRST}.txt" in told.out
    assert "столбцы вне договора не загружены: color" in told.out


def test_rows_files_and_the_load_before(story: Story) -> None:
    first, second = story.calls["first"].reports[FIRST], story.calls["bad"].reports[SECOND]
    assert (first["status"], first["exit_status"], first["publication"]) == ("published", 0, f"{FIRST}-1")
    assert (first["load_date"], first["as_of"]) == (FIRST, FIRST)
    marks = dataset(first, "marks")
    assert (marks["rows_read"], marks["rows_loaded"], marks["rows_rejected"]) == (12, 11, 1)
    assert (marks["repeated_keys"], marks["zero_marks"], marks["previous"]) == (1, 1, None)
    assert dataset(second, "marks")["previous"] == {"load_date": FIRST, "rows_loaded": 11}
    assert first["rows"] == {
        "read": sum(one["rows_read"] for one in first["datasets"]),
        "loaded": first["rows"]["read"] - 1,
        "rejected": 1,
    }
    [file] = [one for one in first["files"] if one["dataset"] == "marks"]
    path = story.home / "landing" / FIRST / "marks.csv"
    assert (file["file"], file["bytes"], file["rows_read"]) == ("marks.csv", path.stat().st_size, 12)
    assert (file["encoding"], file["delimiter"]) == ("utf-8", ";")
    assert file["seconds"] >= 0


def test_rejects_are_told_without_the_value(story: Story) -> None:
    rejects = story.calls["first"].reports[FIRST]["rejects"]
    assert (rejects["rows"], rejects["cells"], rejects["csv"]) == (1, 1, f"rejects/{FIRST}.csv")
    [group] = rejects["groups"]
    assert (group["dataset"], group["file"], group["column"]) == ("marks", "marks.csv", "weight")
    assert (group["count"], group["lines"], group["value"]) == (1, [10], "***")
    text = story.calls["first"].texts[FIRST]
    assert f"rejects/{FIRST}.csv" in text
    assert "столбец weight" in text


def test_drift_and_what_was_missing(story: Story) -> None:
    report = story.calls["first"].reports[FIRST]
    assert report["unknown_columns"] == [{"dataset": "marks", "file": "marks.csv", "columns": ["color"]}]
    absent = {one["dataset"]: one["columns"] for one in report["absent_columns"]}
    assert absent["lessons"] == ["begin_time", "end_time", "cancelled", "topic", "updated_at", "deleted_at"]
    assert "organizations" in absent
    assert "portal_applications" in report["missing"]
    assert "marks" not in report["missing"]


def test_merges_forms_and_disagreeing_marks(story: Story) -> None:
    first, second = story.calls["first"].reports[FIRST], story.calls["bad"].reports[SECOND]
    assert first["merges_ignored"] == {"unknown_target": 1, "cycle": 2}
    assert second["merges_ignored"] == {"unknown_target": 0, "cycle": 2}
    assert first["marks_in_disagreement"] == 1
    # One of the two marks is of a student who was not known on the first night.
    assert first["control_forms_unmatched"] == {
        "forms": 1,
        "marks": 1,
        "most_used": [{"control_form_id": "form-odd", "marks": 1}],
    }
    assert second["control_forms_unmatched"]["marks"] == 2


def test_every_step_has_its_seconds(story: Story) -> None:
    seconds = story.calls["first"].reports[FIRST]["seconds"]
    assert list(seconds) == ["receive", "build", "check", "publish", "export", "reports"]
    assert all(spent > 0 for spent in seconds.values())


def test_a_load_that_the_breaker_stopped_says_why_and_what_stays(story: Story) -> None:
    told = story.calls["breaker"]
    report = told.reports[THIRD]
    assert (report["status"], report["exit_status"], report["publication"]) == ("stopped", 4, None)
    assert report["messages"] == told.err.splitlines()
    assert "отклонено строк 150 из 150" in report["messages"][0]
    assert report["in_force"] == {"publication": f"{FIRST}-1", "as_of": FIRST}
    assert dataset(report, "marks")["rows_rejected"] == 150
    assert report["rejects"]["groups"][0]["count"] == 150
    assert report["rejects"]["groups"][0]["lines"] == [2, 3, 4, 5, 6]
    assert f"В силе прежняя публикация {FIRST}-1" in told.texts[THIRD]
    assert f"{THIRD}.txt" in told.out


def test_a_delivery_before_the_one_that_was_stopped_waits(story: Story) -> None:
    report = story.calls["breaker"].reports[SECOND]
    assert (report["status"], report["exit_status"], report["publication"]) == ("merged", 4, None)
    assert report["messages"] == [f"Следующая поставка, {THIRD}, не принята."]
    assert dataset(report, "marks")["rows_loaded"] == 1
    assert report["orphans"] is None


def test_a_load_that_a_check_stopped_says_so_and_that_it_was_overruled(story: Story) -> None:
    report = story.calls["overruled"].reports[THIRD]
    assert (report["status"], report["exit_status"], report["publication"]) == ("stopped", 4, None)
    assert "нарушений 7" in report["messages"][0]
    assert report["decisions"]["overrule"]
    assert "отклонено строк 150 из 150" in report["decisions"]["overruled"][0]
    assert report["orphans"] is None, "nothing was built"
    assert story.calls["overruled"].reports[SECOND]["status"] == "stopped"
    assert "--overrule" in story.calls["overruled"].texts[THIRD]
    lines = [json.loads(line) for line in (story.home / "audit" / "audit.jsonl").read_text("utf-8").splitlines()]
    loads = {line["load_date"]: line for line in lines if line["what"] == "load"}
    assert (loads[THIRD]["overrule"], loads[THIRD]["overruled_alarms"]) == (True, 1)
    assert "overrule" not in loads[FIRST]


def test_a_bad_file_is_told_and_the_delivery_before_it_is_published(story: Story) -> None:
    told = story.calls["bad"]
    report, before = told.reports[FOURTH], told.reports[THIRD]
    assert told.reports[SECOND]["publication"] == f"{THIRD}-1"
    assert (report["status"], report["exit_status"]) == ("bad_input", 5)
    assert "markz" in report["messages"][0]
    assert (before["status"], before["exit_status"], before["publication"]) == ("published", 0, f"{THIRD}-1")
    assert before["messages"] == []
    assert before["decisions"]["overruled"]
    # It was refused before the third night was published: what stays in force is told as it is now.
    assert report["in_force"] == {"publication": f"{THIRD}-1", "as_of": THIRD}


def test_a_later_load_leaves_the_reports_of_others_alone(story: Story) -> None:
    assert story.calls["bad"].reports[FIRST] == story.calls["first"].reports[FIRST]
    assert story.calls["export"].reports == story.calls["bad"].reports, "a package made again is no load"


def test_status_tells_of_the_last_report(story: Story) -> None:
    [line] = [line for line in story.calls["status"].out.splitlines() if "Последняя загрузка" in line]
    assert FOURTH in line
    assert "негодные входные данные" in line
    assert f"{FOURTH}.txt" in line


def test_no_value_stands_outside_the_data(story: Story) -> None:
    places = [story.home / place for place in ("reports/loads", "logs", "audit", "dagster", "warehouse/load_run.json")]
    files = [path for place in places for path in [place, *place.rglob("*")] if path.is_file()]
    assert any(path.suffix == ".txt" for path in files)
    for path in files:
        assert PLANTED not in path.read_bytes().decode("utf-8", "ignore"), path
    for told in story.calls.values():
        assert PLANTED not in told.out + told.err


def test_reports_are_private_and_survive_the_report_site(story: Story) -> None:
    loads = story.home / "reports" / "loads"
    assert (story.home / "reports" / "index.html").is_file()
    assert loads.stat().st_mode & 0o077 == 0
    names = {path.name for path in loads.iterdir()}
    assert names == {f"{day}.{kind}" for day in (FIRST, SECOND, THIRD, FOURTH) for kind in ("json", "txt")}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in loads.iterdir())


def test_the_text_is_short_and_russian(story: Story) -> None:
    for told in story.calls.values():
        for text in told.texts.values():
            assert len(text.splitlines()) < 70
            assert re.match("Отчёт о загрузке: поставка 2026-11-", text)
            assert not {"None", "null", "True", "False", "{"} & set(re.findall(r"\w+|\{", text))


def without_seconds(report: dict[str, Any]) -> dict[str, Any]:
    files = [{key: value for key, value in one.items() if key != "seconds"} for one in report["files"]]
    return {key: value for key, value in report.items() if key != "seconds"} | {"files": files}


@pytest.mark.parametrize("earlier", ["none", "of the try that the breaker stopped"])
def test_a_report_that_a_killed_run_did_not_write_is_made_from_what_was_merged(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: str
) -> None:
    """Killed after the delivery had become part of `raw/`: the run that repairs it tells the same of it."""
    home = copy(story, tmp_path / "home")
    report = home / "reports" / "loads" / f"{THIRD}.json"
    report.unlink()
    if earlier != "none":
        report.write_text(json.dumps(story.calls["breaker"].reports[THIRD]), "utf-8")
    monkeypatch.setenv("PORTFOLIO_HOME", str(home))
    load_run.step_done(load_settings(), "report_site", 1.0)
    again = json.loads(report.read_text("utf-8"))
    assert without_seconds(again) == without_seconds(story.calls["bad"].reports[THIRD])


def test_a_report_that_cannot_be_written_stops_no_load(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = copy(story, tmp_path / "home")
    (home / "warehouse" / "load_run.json").unlink()
    (home / "warehouse" / "load_run.json").mkdir()
    refused: Told = call(home, "load")
    assert refused.status == 5
    assert "Отчёт о загрузке не записан" in refused.out


#: Columns of ids that no dataset lists: persons are who they are, reasons and kinds of documents are of the source,
#: teachers are not delivered, and a schedule is what its periods say.
LISTED_NOWHERE = {
    ("students", "person_id"),
    ("representatives", "person_id"),
    ("identity_documents", "document_type_id"),
    ("marks", "teacher_id"),
    ("attendances", "absence_reason_id"),
    ("kug_periods", "periods_schedule_id"),
    ("attestation_periods", "attestation_periods_schedule_id"),
}


def test_every_foreign_key_of_the_contract_is_declared() -> None:
    contract = load_contract()
    columns = {(d.name, c.name) for d in contract.values() for c in d.columns if c.type == "id" and d.key != (c.name,)}
    declared = {(d.name, reference.column) for d in contract.values() for reference in d.references}
    assert columns - declared == LISTED_NOWHERE
    assert declared <= columns
    for one in contract.values():
        for reference in one.references:
            assert all(contract[target.dataset].has_column(target.column) for target in reference.targets)
