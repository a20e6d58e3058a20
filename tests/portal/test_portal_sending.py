"""A package goes to the portal in order, within bounds, once (specification 4-portal.md, «Sending»)."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from loader_stub.openapi import problems
from loader_stub.packages import DELTA, FULL, PREFIX, SPECIFICATION, specification, write_package
from loader_stub.sending import Sender
from loader_stub.server import running
from loader_stub.state import Fault, state_for
from portal_region import publish

import portal.sending.run
from extracts.errors import BadInput
from portal.package import write_package as export_package
from portal.sending.errors import SenderBusy
from portal.sending.journal import Journal
from portal.sending.lock import is_sending, sender_lock
from portal.sending.report import waiting
from portal.specification import load_specification

UPLOADS = [("dict_school", "upload"), ("dict_subject", "upload"), ("pupil", "upload"), ("pupil_mark", "upload")]


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[Sender]:
    """An empty folder of packages and an empty portal."""
    with running(state_for(specification(), PREFIX)) as stub:
        (tmp_path / "exports").mkdir(mode=0o700)
        yield Sender(tmp_path / "exports", stub)


def journal(sender: Sender, name: str) -> dict[str, dict[str, object]]:
    files: dict[str, dict[str, object]] = json.loads((sender.exports / name / "sending.json").read_text())["files"]
    return files


def test_a_full_package_of_a_region_is_taken_by_the_loader_as_a_whole(tmp_path: Path) -> None:
    package = export_package(
        publish(tmp_path / "published"),
        tmp_path / "exports",
        prefix="R59",
        created_at=datetime(2026, 10, 1, 2, 0, 5),  # noqa: DTZ001
        as_of=date(2026, 10, 1),
    )
    state = state_for(load_specification(), "R59")
    with running(state) as stub:
        sender = Sender(tmp_path / "exports", stub)
        sent = sender.send()
    assert sent.is_complete, [(request.table, request.description) for request in state.requests.values()]
    assert (sent.files, sent.rows) == (len(package.files), package.rows)
    assert {table: len(rows) for table, rows in state.tables.items()} == {
        file.table: file.rows for file in package.files
    }
    assert [request.data for request in state.requests.values()] == [
        (package.path / file.name).read_bytes() for file in sorted(package.files, key=lambda file: _rank(state, file))
    ]
    assert [problem for exchange in stub.exchanges for problem in problems(exchange)] == []


def _rank(state: object, file: object) -> int:
    return [request.table for request in state.requests.values()].index(file.table)  # type: ignore[attr-defined]


def test_each_file_goes_out_once_parents_first_and_the_journal_says_so(sender: Sender) -> None:
    folder = write_package(sender.exports, "2026-10-01-1", FULL)
    sent = sender.send()
    assert (sent.is_complete, sent.files, sent.rows) == (True, 4, 8)
    assert sender.stub.state.accepted() == UPLOADS
    _check_order(sender)
    assert {name: entry["state"] for name, entry in journal(sender, "2026-10-01-1").items()} == {
        f"{number:02d}_{table}_create.csv": "confirmed" for number, (table, _) in enumerate(UPLOADS, start=1)
    }
    ids = [entry["request_id"] for entry in journal(sender, "2026-10-01-1").values()]
    assert ids == list(sender.stub.state.requests)
    assert stat.S_IMODE((folder / "sending.json").stat().st_mode) == 0o600
    assert len(sender.lines) == 4
    assert all("подтверждён" in line for line in sender.lines)


def test_what_is_confirmed_is_never_sent_again(sender: Sender) -> None:
    write_package(sender.exports, "2026-10-01-1", FULL)
    sender.send()
    asked = len(sender.stub.exchanges)
    assert sender.send().is_complete
    assert len(sender.stub.exchanges) == asked


@pytest.mark.parametrize("told", [True, False])
def test_deletions_come_after_all_uploads_children_first(sender: Sender, told: bool) -> None:
    # Of a manifest that does not name the parents of tables the specification tells them.
    sender.specification = SPECIFICATION
    write_package(sender.exports, "2026-10-01-1", FULL)
    sender.send()
    write_package(sender.exports, "2026-10-02-1", DELTA, created_at="2026-10-02 02:00:05", kind="delta", parents=told)
    assert sender.send().is_complete
    accepted = sender.stub.state.accepted()[4:]
    assert accepted[-3:] == [("pupil_mark", "delete"), ("pupil", "delete"), ("dict_school", "delete")]
    assert sorted(accepted[:-3]) == sorted(
        [("dict_school", "upload"), ("pupil", "upload"), ("pupil_mark", "upload"), ("pupil_mark", "upload")]
    )
    _check_order(sender)
    assert set(sender.stub.state.tables["dict_school"]) == {("R59-3",)}
    assert set(sender.stub.state.tables["pupil_mark"]) == {("R59-a", "R59-7"), ("R59-a", "R59-8")}
    assert sender.stub.state.tables["pupil_mark"]["R59-a", "R59-7"][2] == "4.10"


def test_files_without_dependence_are_under_way_together(sender: Sender) -> None:
    write_package(sender.exports, "2026-10-01-1", FULL)
    sender.stub.state.plan("dict_school", Fault("hang"))
    sender.send()
    whats = [(event.what, event.table) for event in sender.stub.state.log]
    assert whats.index(("accepted", "dict_subject")) < whats.index(("done", "dict_school"))
    assert whats.index(("done", "dict_school")) < whats.index(("accepted", "pupil"))


def test_no_more_bytes_are_under_way_than_allowed(sender: Sender) -> None:
    folder = write_package(sender.exports, "2026-10-01-1", FULL)
    sizes = [(folder / name).stat().st_size for name in ("01_dict_school_create.csv", "02_dict_subject_create.csv")]
    sender.stub.state.plan("dict_school", Fault("hang"))
    assert sender.send(bytes_in_flight=sum(sizes) - 1).is_complete
    assert sender.stub.state.most_flying() == max(sender.stub.state.most_flying(), *sizes) < sum(sizes)
    whats = [(event.what, event.table) for event in sender.stub.state.log]
    assert whats.index(("done", "dict_school")) < whats.index(("accepted", "dict_subject"))


def test_a_file_above_the_bound_goes_alone(sender: Sender) -> None:
    write_package(sender.exports, "2026-10-01-1", FULL)
    assert sender.send(bytes_in_flight=1).is_complete
    assert sender.stub.state.accepted() == UPLOADS
    for before, after in pairwise(sender.stub.state.log):
        assert not (before.what == "accepted" and after.what == "accepted")


def test_requests_carry_the_token_and_agree_with_the_openapi_document(sender: Sender) -> None:
    write_package(sender.exports, "2026-10-01-1", FULL)
    sender.authorization = sender.stub.token = "Bearer abc.def"
    sender.stub.state.plan("pupil", Fault("http", 503), Fault("hang"))
    assert sender.send().is_complete
    assert {exchange.headers["Authorization"] for exchange in sender.stub.exchanges} == {"Bearer abc.def"}
    found = [problems(exchange) for exchange in sender.stub.exchanges]
    assert [one for one in found if one] == [["status 503"]]


def test_an_empty_package_needs_no_portal(sender: Sender) -> None:
    write_package(sender.exports, "2026-10-01-1", [])
    assert sender.send().is_complete
    assert sender.stub.exchanges == []


def test_only_the_newest_package_is_sent(sender: Sender) -> None:
    # The newest is the one that was made last, not the one of the latest date.
    write_package(sender.exports, "2026-10-09-1", FULL, created_at="2026-10-09 02:00:00")
    write_package(sender.exports, "2026-10-01-1", FULL[:1], created_at="2026-10-10 02:00:00")
    assert sender.send().package == "2026-10-01-1"
    assert sender.stub.state.accepted() == UPLOADS[:1]
    assert not (sender.exports / "2026-10-09-1" / "sending.json").exists()
    with pytest.raises(BadInput, match="устарел"):
        sender.send("2026-10-09-1")
    with pytest.raises(BadInput, match="нет"):
        sender.send("2026-11-11-1")


def test_requests_of_an_older_package_are_followed_to_their_end_first(sender: Sender) -> None:
    write_package(sender.exports, "2026-10-01-1", FULL)
    sender.stub.state.plan("dict_school", Fault("hang", polls=40))
    assert not sender.send(patience=5).is_complete
    write_package(sender.exports, "2026-10-02-1", FULL, created_at="2026-10-02 02:00:00")
    assert sender.send().is_complete
    assert journal(sender, "2026-10-01-1")["01_dict_school_create.csv"]["state"] == "confirmed"
    events = [(event.what, event.table) for event in sender.stub.state.log]
    second = [place for place, event in enumerate(events) if event == ("accepted", "dict_school")][1]
    assert events.index(("done", "dict_school")) < second
    # What the older package never sent is not sent: the newer one holds it.
    assert sender.stub.state.accepted().count(("pupil", "upload")) == 1


def test_a_request_of_an_older_package_that_does_not_end_holds_the_newer_one(sender: Sender) -> None:
    write_package(sender.exports, "2026-10-01-1", FULL)
    sender.stub.state.plan("dict_school", Fault("hang", polls=10**6))
    sender.send(patience=5)
    write_package(sender.exports, "2026-10-02-1", FULL, created_at="2026-10-02 02:00:00")
    sent = sender.send(patience=5)
    assert (sent.is_complete, sent.confirmed) == (False, 0)
    assert "2026-10-01-1" in (sent.trouble or "")
    assert not (sender.exports / "2026-10-02-1" / "sending.json").exists()


def test_requests_that_never_end_may_be_given_up(sender: Sender) -> None:
    write_package(sender.exports, "2026-10-01-1", FULL)
    sender.stub.state.plan("dict_school", Fault("hang", polls=10**6))
    sender.send(patience=5)
    write_package(sender.exports, "2026-10-02-1", FULL, created_at="2026-10-02 02:00:00")
    sender.stub.state.plan("dict_subject", Fault("hang", polls=10**6))
    assert not sender.send(abandon=True, patience=5).is_complete
    given_up = journal(sender, "2026-10-01-1")["01_dict_school_create.csv"]
    assert (given_up["state"], given_up["request_id"] is None) == ("failed", False)
    assert sum("оставлены без ответа" in line for line in sender.lines) == 1
    assert sender.send(abandon=True).is_complete, "what hangs in the newest package is given up as well, and sent again"


def test_a_package_made_meanwhile_stops_the_sending_of_the_old_one(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_package(sender.exports, "2026-10-01-1", FULL)
    note = Journal.note

    def and_export(self: Journal, file: str, entry: object) -> None:
        note(self, file, entry)  # type: ignore[arg-type]
        if not (sender.exports / "2026-10-02-1").exists():
            write_package(sender.exports, "2026-10-02-1", FULL, created_at="2026-10-02 02:00:00")

    monkeypatch.setattr(portal.sending.run.Journal, "note", and_export)
    sent = sender.send()
    assert "новый пакет" in (sent.trouble or "")
    assert [entry["state"] for entry in journal(sender, "2026-10-01-1").values()] == ["confirmed"]
    assert sender.send().is_complete


def test_a_package_made_while_an_older_one_ends_is_not_overtaken(sender: Sender) -> None:
    write_package(sender.exports, "2026-10-01-1", FULL)
    sender.stub.state.plan("dict_school", Fault("hang", polls=40))
    sender.send(patience=5)
    write_package(sender.exports, "2026-10-02-1", FULL, created_at="2026-10-02 02:00:00")
    before = len(sender.stub.state.accepted())

    def export(_number: int, stage: str) -> None:
        if stage == "answered" and not (sender.exports / "2026-10-03-1").exists():
            write_package(sender.exports, "2026-10-03-1", FULL, created_at="2026-10-03 02:00:00")

    sender.stub.on_request = export
    sent = sender.send()
    assert (sent.package, sent.confirmed) == ("2026-10-02-1", 0)
    assert "новый пакет" in (sent.trouble or "")
    assert len(sender.stub.state.accepted()) == before
    assert sender.send().package == "2026-10-03-1"


def test_a_delta_for_one_portal_is_not_sent_to_another(sender: Sender) -> None:
    first = write_package(sender.exports, "2026-10-01-1", FULL)
    sender.send()
    document = json.loads((first / "sending.json").read_text())
    (first / "sending.json").write_text(json.dumps(document | {"url": "https://portal.example.org"}))
    write_package(sender.exports, "2026-10-02-1", DELTA, created_at="2026-10-02 02:00:05", kind="delta")
    with pytest.raises(BadInput, match="--full"):
        sender.send()
    write_package(sender.exports, "2026-10-03-1", FULL, created_at="2026-10-03 02:00:05", kind="full")
    assert sender.send().is_complete


def test_a_tunnel_on_this_machine_may_have_another_port(sender: Sender) -> None:
    write_package(sender.exports, "2026-10-01-1", FULL)
    sender.stub.state.plan("dict_school", Fault("hang", polls=40))
    sender.send(patience=5)
    assert sender.send(url=f"http://localhost:{sender.stub.port}/").is_complete
    assert sender.stub.state.accepted() == UPLOADS


def test_two_senders_are_impossible(sender: Sender) -> None:
    write_package(sender.exports, "2026-10-01-1", FULL)
    with sender_lock(sender.exports):
        assert is_sending(sender.exports)
        with pytest.raises(SenderBusy):
            sender.send()
    assert not is_sending(sender.exports)
    assert sender.stub.exchanges == []
    assert stat.S_IMODE((sender.exports / ".sending.lock").stat().st_mode) == 0o600


@pytest.mark.parametrize("change", ["bytes", "length", "gone", "link"])
def test_a_file_that_is_not_the_manifest_s_is_not_sent(sender: Sender, change: str) -> None:
    folder = write_package(sender.exports, "2026-10-01-1", FULL)
    file = folder / "01_dict_school_create.csv"
    data = file.read_bytes()
    if change == "bytes":
        file.write_bytes(data.replace(b"R59-1", b"R59-9"))
    elif change == "length":
        file.write_bytes(data + b"\n")
    else:
        file.unlink()
    if change == "link":
        (folder / "elsewhere.csv").write_bytes(data)
        file.symlink_to(folder / "elsewhere.csv")
    sent = sender.send()
    assert (sent.is_complete, sent.confirmed) == (False, 1)
    assert sender.stub.state.accepted() == [("dict_subject", "upload")]
    told = [line for line in sender.lines if line.startswith("01_dict_school_create.csv")]
    assert len(told) == 1
    assert "manifest.json" in told[0] or "нет" in told[0]
    held = [line for line in sender.lines if "сначала" in line]
    assert [line.split(":")[0] for line in held] == ["03_pupil_create.csv", "04_pupil_mark_create.csv"]
    assert "01_dict_school_create.csv" not in journal(sender, "2026-10-01-1")


def test_damaged_manifests_and_journals_are_named(sender: Sender) -> None:
    with pytest.raises(BadInput, match="Пакетов"):
        sender.send()
    folder = write_package(sender.exports, "2026-10-01-1", FULL)
    (folder / "sending.json").write_text("{")
    with pytest.raises(BadInput, match=r"sending\.json повреждён"):
        sender.send()
    (folder / "sending.json").unlink()
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][0]["file"] = "../../secret.csv"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BadInput, match=r"manifest\.json повреждён"):
        sender.send()
    (folder / "manifest.json").unlink()
    with pytest.raises(BadInput, match="нет manifest"):
        sender.send()
    assert sender.stub.exchanges == []


def test_what_waits_is_counted(sender: Sender) -> None:
    assert waiting(sender.exports) is None
    write_package(sender.exports, "2026-10-01-1", FULL)
    sender.stub.state.plan("pupil", Fault("errors"))
    newest = waiting(sender.exports)
    assert newest is not None
    assert (newest.files, newest.confirmed, newest.failed) == (4, 0, 0)
    sender.send()
    newest = waiting(sender.exports)
    assert newest is not None
    assert (newest.package, newest.files, newest.confirmed, newest.failed) == ("2026-10-01-1", 4, 2, 1)


def test_the_journal_is_on_the_disk_before_the_portal_is_asked(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    write_package(sender.exports, "2026-10-01-1", FULL)
    synced: list[str] = []
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    seen: list[tuple[str, object]] = []

    def look(_number: int, stage: str) -> None:
        if stage == "received":
            states = {name: entry["state"] for name, entry in journal(sender, "2026-10-01-1").items()}
            seen.append((synced[-1], states))

    sender.stub.on_request = look
    sender.send()
    first, second, third = seen[:3]
    assert first == ("2026-10-01-1", {"01_dict_school_create.csv": "posting"})
    assert second[1] == {"01_dict_school_create.csv": "in_progress", "02_dict_subject_create.csv": "posting"}
    assert third[1] == {"01_dict_school_create.csv": "in_progress", "02_dict_subject_create.csv": "in_progress"}
    assert all(name == "2026-10-01-1" for name, _ in seen), "the folder is synced after the rename"


def _check_order(sender: Sender) -> None:
    """In the log of the stub no child is taken before its parents are done, no deletion before the uploads."""
    parents = {table.name: set(table.parents) for table in specification().tables}
    open_uploads: list[str] = []
    for event in sender.stub.state.log:
        if event.what == "accepted":
            assert not parents[event.table] & set(open_uploads)
            assert event.operation == "upload" or not open_uploads
        if event.operation == "upload":
            if event.what == "accepted":
                open_uploads.append(event.table)
            if event.what in ("done", "failed"):
                open_uploads.remove(event.table)
