"""Pages of an HTTP source: every way of paging, every way of breaking, and secrets that stay where they are."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from loopback_source import Answer, Asked, Give, Serve, as_json, journal_marks, numbered
from pull_station import DAY, NEXT, THIRD, TOKEN, PullStation, http_source

from extracts.connectors.errors import SourceFailed
from extracts.errors import BadInput

PAGES = [journal_marks(1, 3), journal_marks(4, 3), journal_marks(7, 2)]
ALL = [record["id"] for page in PAGES for record in page]


def ids(station: PullStation, **facts: Any) -> list[int]:
    return [record["id"] for record in station.records(**facts)]


def test_numbered_pages_come_as_they_are(serve: Serve, station: PullStation) -> None:
    source = serve(numbered(PAGES))
    station.pull(http_source(source.address, page_size=3))
    assert station.names() == [f"marks.journal.page-00000{number}.json" for number in (1, 2, 3)]
    for number, page in enumerate(PAGES, start=1):
        stored = (station.landing / f"{DAY}" / f"marks.journal.page-00000{number}.json").read_bytes()
        assert stored == as_json(page).body
    assert source.pages_asked() == [1, 2, 3, 4]
    assert {one.query["per_page"] for one in source.asked} == {"3"}
    assert {one.path for one in source.asked} == {"/core/api/marks"}
    assert {one.headers["authorization"] for one in source.asked} == {f"Bearer {TOKEN}"}
    assert not (station.landing / f"{DAY}.part").exists()


def test_files_and_folders_belong_to_their_owner_alone(serve: Serve, station: PullStation) -> None:
    station.pull(http_source(serve(numbered(PAGES)).address))
    assert (station.landing / f"{DAY}").stat().st_mode & 0o777 == 0o700
    files = [*(station.landing / f"{DAY}").iterdir(), station.home / "warehouse" / "pulls.json"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_a_source_that_gives_fewer_than_asked_loses_nothing(serve: Serve, station: PullStation) -> None:
    """By number and by offset: what decides is the empty page, not a short one."""
    rows = journal_marks(1, 10)

    def give(asked: Asked) -> Answer:
        start = int(asked.query["offset"])
        return as_json(rows[start : start + min(4, int(asked.query["limit"]))])

    station.pull(http_source(serve(give).address, paging="offset", page_size=6))
    assert ids(station) == list(range(1, 11))
    station.pull(http_source(serve(numbered(PAGES)).address, page_size=1000), day=NEXT)
    assert ids(station, day=NEXT) == ALL


def linked(kind: str) -> Give:
    def give(asked: Asked) -> Answer:
        number = int(asked.query.get("cursor", "0"))
        more = number + 1 < len(PAGES)
        if kind == "header_link":
            headers = {"Link": f'</core/api/marks?cursor={number + 1}>; rel="next"'} if more else {}
            return as_json(PAGES[number], headers=headers)
        link = f"http://{asked.headers['host']}/core/api/marks?cursor={number + 1}" if more else ""
        return as_json({"data": PAGES[number], "meta": {"next": link}})

    return give


@pytest.mark.parametrize("kind", ["body_link", "header_link"])
def test_links_to_the_next_page_are_followed(serve: Serve, station: PullStation, kind: str) -> None:
    source = serve(linked(kind))
    paths = {"data_path": "data", "next_path": "meta.next"} if kind == "body_link" else {}
    station.pull(http_source(source.address, paging=kind, **paths))
    assert [one.query.get("cursor") for one in source.asked] == [None, "1", "2"]
    assert len(station.names()) == 3
    assert {one.headers["authorization"] for one in source.asked} == {f"Bearer {TOKEN}"}


def test_a_dataset_of_one_page_is_asked_for_once(serve: Serve, station: PullStation) -> None:
    source = serve(lambda asked: as_json(PAGES[0]))
    station.pull(http_source(source.address, paging="none", changes=False, params={"school": "7", "kind": ["a", "b"]}))
    assert len(source.asked) == 1
    assert source.asked[0].query == {"school": "7", "kind": "b"}
    assert ids(station) == [1, 2, 3]


def test_a_night_without_changes_is_a_delivery_that_says_so(serve: Serve, station: PullStation) -> None:
    station.pull(http_source(serve(lambda asked: as_json([])).address))
    assert station.names() == ["marks.journal.page-000001.json"]
    assert station.records() == []


@pytest.mark.parametrize(
    ("date_format", "first", "second"),
    [
        ("DD.MM.YYYY", ("01.09.2024", "10.11.2024"), ("10.11.2024", "11.11.2024")),
        ("YYYY-MM-DD", ("2024-09-01", "2024-11-10"), ("2024-11-10", "2024-11-11")),
        (
            "YYYY-MM-DDTHH:MM:SS",
            ("2024-09-01T00:00:00", "2024-11-10T23:59:59"),
            ("2024-11-10T00:00:00", "2024-11-11T23:59:59"),
        ),
    ],
)
def test_only_what_is_new_is_asked_for(
    serve: Serve, station: PullStation, date_format: str, first: tuple[str, str], second: tuple[str, str]
) -> None:
    source = serve(numbered(PAGES))
    asked = http_source(source.address, date_format=date_format, first_date=date(2024, 9, 1))
    station.pull(asked)
    assert {(one.query["created_at_from"], one.query["created_at_to"]) for one in source.asked} == {first}
    source.asked.clear()
    station.pull(asked, day=NEXT)
    assert {(one.query["created_at_from"], one.query["created_at_to"]) for one in source.asked} == {second}


def test_the_overlap_and_the_names_of_parameters_are_settings(serve: Serve, station: PullStation) -> None:
    source = serve(numbered(PAGES))
    asked = http_source(source.address, from_param="since", to_param="till", overlap=timedelta(days=0))
    station.pull(asked)
    assert "since" not in source.asked[0].query
    source.asked.clear()
    station.pull(asked, day=THIRD)
    assert (source.asked[0].query["since"], source.asked[0].query["till"]) == ("11.11.2024", "12.11.2024")


def test_a_snapshot_is_asked_for_without_dates(serve: Serve, station: PullStation) -> None:
    source = serve(numbered([[{"id": 1, "name": "Алгебра"}]]))
    station.pull(http_source(source.address, dataset="subjects", path="subjects", changes=False))
    assert set(source.asked[0].query) == {"page", "per_page"}


def troubled(troubles: dict[int, list[Answer]], pages: list[list[Any]] = PAGES) -> Give:
    """Numbered pages, of which some go wrong a few times first."""
    waiting = {number: list(answers) for number, answers in troubles.items()}
    good = numbered(pages)

    def give(asked: Asked) -> Answer:
        queue = waiting.get(int(asked.query["page"]), [])
        return queue.pop(0) if queue else good(asked)

    return give


WHOLE = as_json(PAGES[1]).body


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(status=429, headers={"Retry-After": "0"}),
        Answer(status=500),
        Answer(b"<h1>busy</h1>", status=503),
        Answer(WHOLE, cut=100),
        Answer(WHOLE, cut=100, with_length=False),
        Answer(gzip.compress(WHOLE)[:60], headers={"Content-Encoding": "gzip"}, with_length=False),
        Answer(b""),
    ],
    ids=["429", "500", "503", "cut", "cut-without-length", "cut-gzip", "empty"],
)
def test_what_passes_is_waited_for(serve: Serve, station: PullStation, trouble: Answer) -> None:
    source = serve(troubled({2: [trouble]}))
    station.pull(http_source(source.address))
    assert ids(station) == ALL
    assert source.pages_asked() == [1, 2, 2, 3, 4]
    assert any("страница 2" in line for line in station.said)


def test_retry_after_is_kept_within_the_limit(serve: Serve, station: PullStation) -> None:
    source = serve(troubled({1: [Answer(status=429, headers={"Retry-After": "1"})]}))
    began = time.monotonic()
    station.pull(http_source(source.address, longest_pause_seconds=5))
    assert 0.9 < time.monotonic() - began < 4
    source = serve(troubled({1: [Answer(status=429, headers={"Retry-After": "3600"})]}))
    began = time.monotonic()
    station.pull(http_source(source.address, longest_pause_seconds=1), day=NEXT)
    assert 0.9 < time.monotonic() - began < 4


@pytest.mark.parametrize(
    ("answer", "told", "times"),
    [
        (Answer(status=502), "HTTP 502", 3),
        (Answer(WHOLE, cut=50), "оборвалась", 3),
        (Answer(b'[{"id": 1}'), "не JSON", 3),
    ],
    ids=["502", "cut", "half"],
)
def test_what_does_not_pass_is_told_in_one_line(
    serve: Serve, station: PullStation, answer: Answer, told: str, times: int
) -> None:
    source = serve(troubled({2: [answer] * 9}))
    with pytest.raises(SourceFailed) as failed:
        station.pull(http_source(source.address))
    [message] = failed.value.messages
    assert message.startswith("Источник journal, набор marks, страница 2: ")
    assert told in message
    assert "\n" not in message
    assert source.pages_asked() == [1, *[2] * times]
    assert station.names(part=True) == ["marks.journal.page-000001.json"]
    assert not (station.landing / f"{DAY}").exists()
    assert not (station.home / "warehouse" / "pulls.json").exists()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(status=401), "JOURNAL_TOKEN"),
        (Answer(status=403), "JOURNAL_TOKEN"),
        (Answer(status=404), "HTTP 404"),
        (Answer(b"\n<!DOCTYPE html><p>login"), "веб-страница"),
        (as_json({"rows": []}), "data_path"),
        (Answer(b"[" * 100_000 + b"]" * 100_000), "вложен"),
        (Answer(status=302, headers={"Location": "file:///etc/passwd"}), "перенаправляет"),
    ],
    ids=["401", "403", "404", "html", "object", "deep", "file"],
)
def test_what_has_to_be_mended_is_asked_for_once(serve: Serve, station: PullStation, answer: Answer, told: str) -> None:
    source = serve(lambda asked: answer)
    with pytest.raises(BadInput) as failed:
        station.pull(http_source(source.address))
    [message] = failed.value.messages
    assert message.startswith("Источник journal, набор marks, страница 1: ")
    assert told in message
    assert len(source.asked) == 1


def test_nobody_there(station: PullStation) -> None:
    with pytest.raises(SourceFailed, match="нет связи"):
        station.pull(http_source("http://127.0.0.1:9/", attempts=2))


def test_a_source_that_falls_silent(serve: Serve, station: PullStation) -> None:
    held = threading.Event()

    def give(asked: Asked) -> Answer:
        held.wait(20)
        return as_json([])

    with pytest.raises(SourceFailed, match="вовремя"):
        station.pull(http_source(serve(give).address, timeout_seconds=1, attempts=1))
    held.set()


@pytest.mark.parametrize("with_length", [True, False])
def test_a_page_that_drips_is_not_waited_for_without_end(serve: Serve, station: PullStation, with_length: bool) -> None:
    class Slow(bytes):
        def __getitem__(self, _key: Any) -> bytes:
            time.sleep(0.05)
            return b" "

    drops = Answer(Slow(b" "), repeat=400, with_length=with_length)
    began = time.monotonic()
    with pytest.raises(SourceFailed, match="вовремя"):
        station.pull(http_source(serve(lambda asked: drops).address, page_seconds=1, attempts=1))
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("encoding", ["plain", "gzip"])
def test_a_huge_page_is_refused_before_it_fills_the_memory(serve: Serve, station: PullStation, encoding: str) -> None:
    import resource

    block = b'{"x": "' + b" " * 2**20 + b'"},'
    huge = (
        Answer(block, repeat=300)
        if encoding == "plain"
        else Answer(gzip.compress(b" " * 300 * 2**20, 1), headers={"Content-Encoding": "gzip"})
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadInput, match="page_mb"):
        station.pull(http_source(serve(lambda asked: huge).address, page_mb=4))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024
    assert station.names(part=True) == []


def test_too_many_pages_and_pages_that_repeat_are_told(serve: Serve, station: PullStation) -> None:
    endless = serve(lambda asked: as_json(journal_marks(int(asked.query["page"]), 1)))
    with pytest.raises(BadInput, match="max_pages"):
        station.pull(http_source(endless.address, max_pages=4))
    assert len(endless.asked) == 4
    same = serve(lambda asked: as_json(PAGES[0]))
    with pytest.raises(BadInput, match="повторяет"):
        station.pull(http_source(same.address), day=NEXT)
    assert len(same.asked) == 2


def test_links_in_a_circle_are_told(serve: Serve, station: PullStation) -> None:
    source = serve(lambda asked: as_json({"next": "/core/api/marks?cursor=1"}))
    with pytest.raises(BadInput, match="по кругу"):
        station.pull(http_source(source.address, paging="body_link"))
    assert len(source.asked) == 2


def test_a_pull_that_broke_goes_on_where_it_broke(serve: Serve, station: PullStation) -> None:
    source = serve(troubled({3: [Answer(status=500)] * 3}))
    asked = http_source(source.address)
    with pytest.raises(SourceFailed):
        station.pull(asked)
    source.asked.clear()
    station.pull(asked)
    assert source.pages_asked() == [3, 4]
    assert ids(station) == ALL


def test_a_pull_of_links_goes_on_where_it_broke(serve: Serve, station: PullStation) -> None:
    good, broken = linked("body_link"), [True]
    source = serve(lambda asked: Answer(status=500) if "2" in asked.query.values() and broken[0] else good(asked))
    asked = http_source(source.address, paging="body_link", next_path="meta.next")
    with pytest.raises(SourceFailed):
        station.pull(asked)
    broken[0] = False
    source.asked.clear()
    station.pull(asked)
    assert [one.query for one in source.asked] == [{"cursor": "2"}]
    assert len(station.names()) == 3


def test_a_pull_goes_on_with_the_stretch_of_time_that_it_began_with(serve: Serve, station: PullStation) -> None:
    source = serve(troubled({2: [Answer(status=500)] * 3}))
    asked = http_source(source.address)
    with pytest.raises(SourceFailed):
        station.pull(asked, now="2024-11-10T20:00:00")
    station.pull(asked, now="2024-11-12T09:00:00")
    assert {one.query["created_at_to"] for one in source.asked} == {"10.11.2024"}
    log = json.loads((station.home / "warehouse" / "pulls.json").read_text())
    assert log["journal"]["marks"]["2024-11-10"] == [None, "2024-11-10T20:00:00+05:00"]


def test_other_settings_begin_anew(serve: Serve, station: PullStation) -> None:
    source = serve(troubled({2: [Answer(status=500)] * 3}))
    with pytest.raises(SourceFailed):
        station.pull(http_source(source.address))
    source.asked.clear()
    station.pull(http_source(source.address, params={"school": "7"}))
    assert source.pages_asked() == [1, 2, 3, 4]
    assert ids(station) == ALL


def test_pages_that_somebody_took_away_are_asked_for_again(serve: Serve, station: PullStation) -> None:
    source = serve(troubled({3: [Answer(status=500)] * 3}))
    with pytest.raises(SourceFailed):
        station.pull(http_source(source.address))
    (station.landing / f"{DAY}.part" / "marks.journal.page-000001.json").unlink()
    station.pull(http_source(source.address))
    assert ids(station) == ALL


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from pull_station import PullStation, http_source
station = PullStation.__new__(PullStation)
root = Path(sys.argv[2])
station.landing, station.home, station.said = root / "landing", root / "home", []
station.pull(http_source(sys.argv[3]))
"""


def test_a_pull_that_was_killed_goes_on_at_its_next_page(serve: Serve, station: PullStation, tmp_path: Path) -> None:
    held = threading.Event()
    reached = threading.Event()
    good = numbered(PAGES)

    def give(asked: Asked) -> Answer:
        if asked.query["page"] == "3" and not held.is_set():
            reached.set()
            held.wait(30)
        return good(asked)

    source = serve(give)
    arguments = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(tmp_path), source.address]
    process = subprocess.Popen(arguments, cwd=Path(__file__).parents[2])
    assert reached.wait(30)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    held.set()
    assert station.names(part=True) == [f"marks.journal.page-00000{number}.json" for number in (1, 2)]
    source.asked.clear()
    station.pull(http_source(source.address))
    assert source.pages_asked() == [3, 4]
    assert ids(station) == ALL


def test_a_page_that_was_stored_but_not_noted_is_harmless(serve: Serve, station: PullStation) -> None:
    """A kill between the two: the page is asked for again, and may be empty by now."""
    source = serve(troubled({3: [Answer(status=500)] * 3}, PAGES[:2]))
    with pytest.raises(SourceFailed):
        station.pull(http_source(source.address))
    stale = station.landing / f"{DAY}.part" / "marks.journal.page-000003.json"
    stale.write_bytes(as_json(PAGES[2]).body)
    stale.with_name(f".{stale.name}.part").write_bytes(b"[")
    station.pull(http_source(source.address))
    assert ids(station) == ALL[:6]
    assert len(station.names()) == 2


def test_a_redirect_to_another_host_carries_no_secret(serve: Serve, station: PullStation) -> None:
    """Another port is another host. The token's header has a name of its own here, which the library does not know."""
    elsewhere = serve(numbered(PAGES))

    def away(asked: Asked) -> Answer:
        query = "&".join(f"{name}={value}" for name, value in asked.query.items())
        return Answer(status=302, headers={"Location": f"{elsewhere.address}x?{query}", "Set-Cookie": "session=1"})

    source = serve(away)
    facts = {"token_header": "Auth-Token", "token_prefix": "", "headers": {"Profile-Type": "agent"}}
    station.pull(http_source(source.address, **facts))
    assert ids(station) == ALL
    assert all(one.headers["auth-token"] == TOKEN for one in source.asked)
    assert all(one.headers["profile-type"] == "agent" for one in source.asked)
    assert elsewhere.asked
    for one in elsewhere.asked:
        assert not {"auth-token", "authorization", "profile-type"} & set(one.headers)
        assert TOKEN not in str(one)


def test_a_redirect_on_the_same_host_keeps_the_token(serve: Serve, station: PullStation) -> None:
    good = numbered(PAGES)

    def give(asked: Asked) -> Answer:
        if asked.path == "/v2":
            return good(asked)
        return Answer(status=307, headers={"Location": f"/v2?page={asked.query['page']}"})

    source = serve(give)
    station.pull(http_source(source.address))
    assert {one.headers["authorization"] for one in source.asked} == {f"Bearer {TOKEN}"}


def test_redirects_do_not_multiply_the_attempts(serve: Serve, station: PullStation) -> None:
    source = serve(
        lambda asked: Answer(status=500) if asked.path == "/v2" else Answer(status=302, headers={"Location": "/v2"})
    )
    with pytest.raises(SourceFailed):
        station.pull(http_source(source.address, attempts=2))
    assert [one.path for one in source.asked] == ["/core/api/marks", "/v2"] * 2


def test_redirects_without_end_are_told(serve: Serve, station: PullStation) -> None:
    source = serve(lambda asked: Answer(status=302, headers={"Location": "/core/api/marks"}))
    with pytest.raises(BadInput, match="перенаправлений"):
        station.pull(http_source(source.address))
    assert len(source.asked) < 10


def test_a_next_link_to_another_host_is_refused(serve: Serve, station: PullStation) -> None:
    elsewhere = serve(numbered(PAGES))
    source = serve(lambda asked: as_json({"next": f"{elsewhere.address}core/api/marks?page=2"}))
    with pytest.raises(BadInput, match="другой сервер"):
        station.pull(http_source(source.address, paging="body_link"))
    assert elsewhere.asked == []


@pytest.mark.parametrize("link", [["x"], {"href": "/x"}, 7, "http://[", "ftp://127.0.0.1/x"])
def test_a_next_link_that_is_none_is_told(serve: Serve, station: PullStation, link: Any) -> None:
    source = serve(lambda asked: as_json({"next": link}))
    with pytest.raises(BadInput):
        station.pull(http_source(source.address, paging="body_link"))


def test_the_token_stands_nowhere(
    serve: Serve, station: PullStation, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not in a file, a log, a message or a representation; also where the source repeats it."""
    caplog.set_level("DEBUG")
    echo = serve(lambda asked: as_json({"next": f"/core/api/marks?token={TOKEN}"}))
    with pytest.raises(BadInput, match="повторяет токен") as failed:
        station.pull(http_source(echo.address, paging="body_link"))
    assert TOKEN not in str(failed.value)
    (station.landing / f"{DAY}.part" / "marks.journal.page-000001.json").unlink()
    for answer in (Answer(status=401, body=TOKEN.encode()), Answer(status=500), Answer(b"{")):
        source = serve(lambda asked, answer=answer: answer)
        with pytest.raises((BadInput, SourceFailed)) as failed:
            station.pull(http_source(source.address, attempts=1))
        assert TOKEN not in str(failed.value)
        assert failed.value.__cause__ is None
        assert failed.value.__context__ is None
    station.pull(http_source(serve(numbered(PAGES)).address))
    assert TOKEN not in repr(station.plan(http_source("http://127.0.0.1:9/")))
    assert TOKEN.encode() not in station.everything_written()
    assert TOKEN not in caplog.text
    assert TOKEN not in "".join(capfd.readouterr())
    assert TOKEN not in "".join(station.said)


@pytest.mark.parametrize("token", ["", "   ", "две\nстроки", "a\nb", "ключ"])
def test_a_token_that_cannot_be_one_is_told_without_it(serve: Serve, station: PullStation, token: str) -> None:
    source = serve(numbered(PAGES))
    with pytest.raises(BadInput, match="JOURNAL_TOKEN") as failed:
        station.pull(http_source(source.address), environment={"JOURNAL_TOKEN": token})
    assert not token.strip() or token not in str(failed.value)
    assert source.asked == []


def test_a_source_without_a_token_is_asked_without_one(serve: Serve, station: PullStation) -> None:
    source = serve(numbered(PAGES))
    station.pull(http_source(source.address, token_env=None), environment={})
    assert "authorization" not in source.asked[0].headers


ALONE = """
import os, socket, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from pull_station import PullStation, http_source
assert "dlt" not in sys.modules
to = set()
connect = socket.socket.connect
def note(self, address):
    to.add(address)
    return connect(self, address)
socket.socket.connect = note
station = PullStation.__new__(PullStation)
root = Path(sys.argv[2])
station.landing, station.home, station.said = root / "landing", root / "home", []
station.pull(http_source(sys.argv[3]))
assert "dlt" in sys.modules
print(sorted(f"{host}:{port}" for host, port in to))
"""


def test_dlt_talks_to_nobody_else_and_leaves_nothing_behind(serve: Serve, station: PullStation, tmp_path: Path) -> None:
    source = serve(numbered(PAGES))
    house, folder = tmp_path / "house", tmp_path / "work"
    house.mkdir()
    folder.mkdir()
    root = str(Path(__file__).parents[2])
    ended = subprocess.run(
        [sys.executable, "-c", ALONE, str(Path(__file__).parent), str(tmp_path), source.address],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(house), "PYTHONPATH": root},
    )
    assert ended.stdout.strip() == str([source.address.removeprefix("http://").strip("/")])
    assert ended.stderr == ""
    assert list(house.iterdir()) == list(folder.iterdir()) == []
    assert ids(station) == ALL
