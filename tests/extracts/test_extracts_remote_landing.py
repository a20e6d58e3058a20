"""A landing zone on another machine: real S3-compatible and SFTP servers on the loopback, and lines that break."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import fsspec
import paramiko
import pytest
from extract_station import mark_rows, marks
from loopback_servers import LOOPBACK, Line, SftpServer, forged_file

from extracts.errors import BadInput
from extracts.landing import Delivery
from extracts.load import LoadOptions, load_delivery
from extracts.remote_landing import fetching, session
from extracts.remote_landing.access import Access
from extracts.remote_landing.address import AddressError, LandingAddress, parse_address
from extracts.remote_landing.errors import LandingFailed
from extracts.remote_landing.fetching import Fetched, fetch_delivery
from extracts.remote_landing.session import ONCE, PATIENT, Session
from extracts.remote_landing.zone import RemoteDelivery, find_remote_deliveries

FIRST, SECOND = date(2026, 10, 1), date(2026, 10, 2)
USER, PASSWORD, SECRET = "loader", "pa-ss-word-of-sftp", "secret-key-of-s3"

#: More than one block of S3 and many packets of SFTP.
LONG = b"".join(b"%09d\n" % number for number in range(300_000))


@dataclass
class Zone:
    """A landing zone, the line to it, and a hand that writes into it past the line."""

    address: LandingAddress
    access: Access
    put: Callable[[str, bytes], None]
    remove: Callable[[str], None]
    line: Line | None = None

    def deliver(self, day: date = FIRST, **files: bytes) -> None:
        for name, content in files.items():
            self.put(f"{day}/{name}.csv", content)

    def session(self, attempts: int = PATIENT) -> Session:
        return Session(self.address, self.access, attempts=attempts)

    def found(self, **choices: Any) -> list[RemoteDelivery]:
        with self.session() as opened:
            return find_remote_deliveries(opened, **choices)

    def fetch(self, folder: Path, day: date = FIRST, **choices: Any) -> Fetched:
        with self.session() as opened:
            [delivery] = [one for one in find_remote_deliveries(opened) if one.load_date == day]
            return fetch_delivery(opened, delivery, folder, **choices)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No connection leaves the machine, nobody's own settings are read, and nobody waits between two tries."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        assert self.family == socket.AF_UNIX or address[0] in (LOOPBACK, "::1"), address
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_here)
    monkeypatch.setattr(session, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(fetching, "BLOCK_BYTES", 2**20)
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith(("AWS_", "FSSPEC_", "PORTFOLIO_", "SSH_AUTH_SOCK")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="module")
def s3_port() -> Iterator[int]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address=LOOPBACK, port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()[1]
    server.stop()


@pytest.fixture
def s3(s3_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Zone]:
    import boto3

    line = Line(s3_port)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-id-of-s3")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{LOOPBACK}:{line.port}")
    client = boto3.client("s3", endpoint_url=f"http://{LOOPBACK}:{s3_port}")
    bucket = f"landing-{time.time_ns()}"
    client.create_bucket(Bucket=bucket)
    yield Zone(
        LandingAddress("s3", bucket, "/region/in"),
        Access(),
        lambda name, content: client.put_object(Bucket=bucket, Key=f"region/in/{name}", Body=content),
        lambda name: client.delete_object(Bucket=bucket, Key=f"region/in/{name}"),
        line,
    )
    line.close()


@pytest.fixture
def sftp_server(tmp_path: Path) -> Iterator[SftpServer]:
    (tmp_path / "server" / "in").mkdir(parents=True)
    server = SftpServer(tmp_path / "server", user=USER, password=PASSWORD)
    yield server
    server.close()


@pytest.fixture
def sftp(sftp_server: SftpServer, tmp_path: Path) -> Iterator[Zone]:
    line = Line(sftp_server.port)
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(sftp_server.known_hosts_line(line.port))
    root = sftp_server.root / "in"
    seconds = count(1_790_000_000)

    def put(name: str, content: bytes) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
        moment = next(seconds)  # SFTP knows whole seconds only, and no test waits for one
        os.utime(root / name, (moment, moment))

    yield Zone(
        LandingAddress("sftp", LOOPBACK, "/in", USER, line.port),
        Access(password=PASSWORD, known_hosts=known_hosts),
        put,
        lambda name: (root / name).unlink(),
        line,
    )
    line.close()


@pytest.fixture
def memory() -> Iterator[Zone]:
    store = fsspec.filesystem("memory")
    yield Zone(
        LandingAddress("memory", "", "/in"),
        Access(),
        lambda name, content: store.pipe_file(f"/in/{name}", content),
        lambda name: store.rm_file(f"/in/{name}"),
    )
    store.store.clear()
    store.pseudo_dirs[:] = [""]


@pytest.fixture(params=["s3", "sftp", "memory"])
def zone(request: pytest.FixtureRequest) -> Zone:
    found: Zone = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["s3", "sftp"])
def far(request: pytest.FixtureRequest) -> Zone:
    """A zone behind a line that can break."""
    found: Zone = request.getfixturevalue(request.param)
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_rules_of_names_are_those_of_a_local_landing_zone(zone: Zone) -> None:
    zone.deliver(SECOND, marks=b"2")
    zone.deliver(FIRST, marks=b"1", students=b"11")
    for name in ("2026-10-03.part", ".2026-10-04", "2026-02-30", "20261005", "notes", "~$x"):
        zone.put(f"{name}/marks.csv", b"1")
    zone.put("2026-10-06", b"a file, not a folder")
    assert [one.load_date for one in zone.found()] == [FIRST, SECOND]
    assert [one.load_date for one in zone.found(passed_over={FIRST})] == [SECOND]
    assert zone.found(sizes=True)[0].sizes == (("marks.csv", 1), ("students.csv", 2))


def test_a_delivery_comes_whole_private_and_without_hidden_files(zone: Zone, tmp_path: Path) -> None:
    zone.deliver(students=b"", marks=LONG)
    for name in (".DS_Store", "~$marks.xlsx", ".marks.csv.part"):
        zone.put(f"{FIRST}/{name}", b"x")
    folder = tmp_path / "warehouse" / "fetched"
    (folder / "2026-09-30").mkdir(parents=True)
    (folder / "2026-09-30" / "left.csv").write_text("of a killed run")
    fetched = zone.fetch(folder)
    assert fetched == Fetched(Delivery(FIRST, folder / str(FIRST)), 2, len(LONG))
    assert contents(folder) == {f"{FIRST}/marks.csv": LONG, f"{FIRST}/students.csv": b""}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*.csv")} == {0o600}
    assert stat.S_IMODE((folder / str(FIRST)).stat().st_mode) == 0o700


def test_names_that_a_pattern_or_an_address_would_take_apart_are_names(zone: Zone, tmp_path: Path) -> None:
    names = ["marks.[1]*.csv", "marks.a#b.csv", "marks.a?b.csv", "marks.a b%20c.csv", "marks.привет.csv"]
    for number, name in enumerate(names):
        zone.put(f"{FIRST}/{name}", b"x" * number)
    zone.fetch(tmp_path / "to")
    assert contents(tmp_path / "to" / str(FIRST)) == {name: b"x" * number for number, name in enumerate(names)}


def test_an_empty_delivery_and_a_nested_folder_are_told_as_of_a_local_one(zone: Zone, tmp_path: Path) -> None:
    zone.deliver(marks=b"1")
    zone.put(f"{FIRST}/lessons.csv/inner.csv", b"1")
    with pytest.raises(BadInput, match=r"2026-10-01/lessons\.csv: это не обычный файл"):
        zone.fetch(tmp_path / "to")
    assert not (tmp_path / "to").exists()
    fetched = zone.fetch(tmp_path / "to", without=["lessons"])
    assert contents(fetched.delivery.path)["marks.csv"] == b"1"


def test_a_dataset_passed_over_is_not_fetched_but_known_to_the_loader(zone: Zone, tmp_path: Path) -> None:
    zone.deliver(marks=marks(*mark_rows(3)).encode(), students=LONG)
    zone.put(f"{FIRST}/markz.1.csv", b"unknown dataset")
    fetched = zone.fetch(tmp_path / "to", without=["students", "markz"])
    assert (fetched.files, contents(fetched.delivery.path)["students.csv"]) == (1, b"")
    options = LoadOptions(memory_limit="500MB", threads=2)
    report = load_delivery(fetched.delivery, home=tmp_path / "home", options=options, without=["students", "markz"])
    assert (report.rows_loaded, report.without) == (3, ("markz", "students"))


def test_a_zone_that_is_not_there_or_is_a_file_is_bad_input(zone: Zone) -> None:
    zone.put("file", b"x")
    for name, said in (("nowhere", "там ничего нет"), ("file", "стоит файл")):
        other = Zone(zone.address / name, zone.access, zone.put, zone.remove)
        with pytest.raises(BadInput, match=said) as caught:
            other.found()
        assert str(other.address) in caught.value.messages[0]


def test_a_zone_without_deliveries_is_empty_not_missing(s3: Zone, sftp: Zone, memory: Zone) -> None:
    assert sftp.found() == []
    s3.put("", b"")  # the empty object that stands for the folder
    assert s3.found() == []
    fsspec.filesystem("memory").mkdir("/in")
    assert memory.found() == []


def test_the_empty_object_that_stands_for_a_delivery_is_no_file(s3: Zone, tmp_path: Path) -> None:
    s3.put(f"{FIRST}/", b"")
    assert s3.fetch(tmp_path / "to").files == 0
    s3.deliver(marks=b"1")
    assert contents(s3.fetch(tmp_path / "to").delivery.path) == {"marks.csv": b"1"}


def test_an_empty_bucket_is_empty_and_a_missing_one_is_bad_input(s3: Zone) -> None:
    bucket = LandingAddress("s3", s3.address.host, "")
    assert Zone(bucket, s3.access, s3.put, s3.remove).found() == []
    with pytest.raises(BadInput, match="там ничего нет"):
        Zone(LandingAddress("s3", "no-such-bucket", ""), s3.access, s3.put, s3.remove).found()


def test_a_line_that_breaks_once_in_the_middle_of_a_file_loses_nothing(far: Zone, tmp_path: Path) -> None:
    assert far.line
    far.deliver(marks=LONG, students=b"1")
    far.line.break_after(len(LONG) // 2, times=1)
    far.fetch(tmp_path / "to")
    assert far.line.connections > 1
    assert contents(tmp_path / "to") == {f"{FIRST}/marks.csv": LONG, f"{FIRST}/students.csv": b"1"}


@pytest.mark.long
def test_a_line_that_always_breaks_is_given_up_with_one_line_and_leaves_nothing(far: Zone, tmp_path: Path) -> None:
    assert far.line
    far.deliver(marks=LONG)
    far.line.break_after(len(LONG) // 2, times=10_000)
    with pytest.raises(LandingFailed, match="связи нет или она рвётся") as caught:
        far.fetch(tmp_path / "to")
    assert_one_clean_line(caught.value)
    assert far.line.connections <= 5 * PATIENT
    assert not (tmp_path / "to").exists()


def test_a_server_that_does_not_answer_is_failed_not_bad_input(far: Zone) -> None:
    assert far.line
    far.line.break_after(0, times=10_000)
    for attempts in (ONCE, PATIENT):
        before = far.line.connections
        with far.session(attempts) as opened, pytest.raises(LandingFailed) as caught:
            find_remote_deliveries(opened)
        assert_one_clean_line(caught.value)
        assert attempts <= far.line.connections - before <= 4 * attempts


def assert_one_clean_line(error: Exception) -> None:
    """Nothing secret is told, and no error of a library hangs on ours."""
    text = f"{error} {error!r}"
    assert "\n" not in text
    assert not any(secret in text for secret in (PASSWORD, SECRET, "key-id-of-s3"))
    assert (error.__cause__, error.__context__) == (None, None)


@pytest.mark.long
def test_a_delivery_that_changes_during_the_fetch_is_refused(far: Zone, tmp_path: Path) -> None:
    assert far.line
    later = LONG[::-1]
    for change in (
        lambda: far.deliver(marks=later),
        lambda: far.deliver(marks=LONG + b"more"),
        lambda: far.deliver(marks=LONG[:100]),
        lambda: far.deliver(students=b"1"),
        lambda: far.remove(f"{FIRST}/marks.csv"),
    ):
        far.deliver(marks=LONG)
        far.line.call_after(len(LONG) // 2, change)
        with pytest.raises(BadInput, match="меняется во время приёма") as caught:
            far.fetch(tmp_path / "to")
        assert_one_clean_line(caught.value)
        assert not (tmp_path / "to").exists()
    far.deliver(marks=LONG)
    far.remove(f"{FIRST}/students.csv")
    assert far.fetch(tmp_path / "to").size == len(LONG)


def test_what_does_not_fit_onto_the_disk_is_not_begun(
    zone: Zone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone.deliver(marks=b"x" * 2_000_000)
    usage = os.statvfs(tmp_path)
    free = usage.f_bavail * usage.f_frsize
    monkeypatch.setattr(fetching, "SPARE_BYTES", free - 1_500_000)
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda path: type("Usage", (), {"free": free})())
    with pytest.raises(LandingFailed, match="не помещается на диск: нужно 2 МБ, свободно 2 МБ"):
        zone.fetch(tmp_path / "to")
    assert not (tmp_path / "to").exists()
    monkeypatch.setattr(fetching, "SPARE_BYTES", free - 2_500_000)
    assert zone.fetch(tmp_path / "to").files == 1


@pytest.mark.parametrize(
    "name", ["../marks.csv", "../../../marks.csv", "a\\..\\marks.csv", "a//marks.csv", "x\u200bmarks.csv", "м" * 130]
)
def test_hostile_keys_of_s3_are_refused(s3: Zone, tmp_path: Path, name: str) -> None:
    s3.deliver(students=b"1")
    s3.put(f"{FIRST}/{name}", b"evil")
    with pytest.raises(BadInput) as caught:
        s3.fetch(tmp_path / "a" / "b" / "to")
    assert len(caught.value.messages) == 1
    assert_one_clean_line(caught.value)
    assert contents(tmp_path / "a") == {}


def test_a_version_in_a_name_of_s3_is_refused(s3: Zone, tmp_path: Path) -> None:
    s3.deliver(marks=b"1")
    s3.put(f"{FIRST}/marks.csv?versionId=1", b"2")
    with pytest.raises(BadInput, match="недопустимые знаки"):
        s3.fetch(tmp_path / "to")


@pytest.mark.parametrize(
    "name", ["../marks.csv", "/etc/passwd", "a/../../../marks.csv", "..\\marks.csv", "\0", "x\0.csv", "marks\n.csv", ""]
)
def test_hostile_names_of_an_sftp_server_are_refused(
    sftp: Zone, sftp_server: SftpServer, tmp_path: Path, name: str
) -> None:
    sftp.deliver(students=b"1")
    sftp_server.forged[str(FIRST)] = [forged_file(name)]
    with pytest.raises(BadInput, match="недопустимые знаки") as caught:
        sftp.fetch(tmp_path / "a" / "b" / "to")
    assert_one_clean_line(caught.value)
    assert contents(tmp_path / "a") == {}


def test_links_and_pipes_of_an_sftp_server_are_not_followed(
    sftp: Zone, sftp_server: SftpServer, tmp_path: Path
) -> None:
    sftp.deliver(students=b"1")
    root = sftp_server.root / "in"
    (sftp_server.root / "shadow").write_text("private")
    (root / str(FIRST) / "marks.csv").symlink_to(sftp_server.root / "shadow")
    os.mkfifo(root / str(FIRST) / "lessons.csv")
    with pytest.raises(BadInput) as caught:
        sftp.fetch(tmp_path / "to")
    assert [message.partition(":")[0] for message in caught.value.messages] == [
        f"{FIRST}/lessons.csv",
        f"{FIRST}/marks.csv",
    ]
    (root / str(SECOND)).symlink_to(sftp_server.root)
    assert sftp.found(sizes=True)[1].sizes == ()
    with pytest.raises(BadInput, match="ссылка, а не папка"):
        sftp.fetch(tmp_path / "to", SECOND)


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_file_that_is_longer_or_shorter_than_listed_is_not_taken(
    sftp: Zone, sftp_server: SftpServer, tmp_path: Path, difference: int
) -> None:
    sftp.deliver(marks=LONG)
    sftp_server.forged[str(FIRST)] = [forged_file("marks.csv", len(LONG) + difference)]
    with pytest.raises(LandingFailed, match=r"2026-10-01/marks\.csv: файл приходит не той длины") as caught:
        sftp.fetch(tmp_path / "to")
    assert_one_clean_line(caught.value)
    assert not (tmp_path / "to").exists()


def test_a_file_that_is_listed_but_is_not_there_is_not_taken_for_an_empty_one(
    sftp: Zone, sftp_server: SftpServer, tmp_path: Path
) -> None:
    sftp.deliver(marks=b"1")
    sftp_server.forged[str(FIRST)] = [forged_file("students.csv", 5)]
    with pytest.raises(LandingFailed, match="не той длины"):
        sftp.fetch(tmp_path / "to")


def test_a_listing_without_end_is_cut(sftp: Zone, sftp_server: SftpServer, tmp_path: Path) -> None:
    sftp.deliver(students=b"1")
    sftp_server.forged[str(FIRST)] = [forged_file(f"marks.{number}.csv") for number in range(fetching.MAX_FILES)]
    with pytest.raises(BadInput, match="больше 10000 файлов"):
        sftp.fetch(tmp_path / "to")


def test_a_server_that_is_not_in_known_hosts_is_refused(sftp: Zone, sftp_server: SftpServer, tmp_path: Path) -> None:
    assert sftp.line
    (tmp_path / "empty").write_text("")
    for known_hosts in (tmp_path / "empty", None):
        unknown = Zone(sftp.address, Access(password=PASSWORD, known_hosts=known_hosts), sftp.put, sftp.remove)
        with pytest.raises(BadInput, match="PORTFOLIO_LANDING_KNOWN_HOSTS") as caught:
            unknown.found()
        assert sftp_server.host_key.fingerprint in caught.value.messages[0]
        assert_one_clean_line(caught.value)
    (tmp_path / "broken").write_text(f"[{LOOPBACK}]:{sftp.line.port} ssh-ed25519 x\n")
    for known_hosts in (tmp_path / "broken", tmp_path / "nowhere"):
        unread = Zone(sftp.address, Access(password=PASSWORD, known_hosts=known_hosts), sftp.put, sftp.remove)
        with pytest.raises(BadInput, match=f"Файл известных серверов не читается: {known_hosts}"):
            unread.found()
    stranger = paramiko.ECDSAKey.generate()
    (tmp_path / "other").write_text(f"[{LOOPBACK}]:{sftp.line.port} {stranger.get_name()} {stranger.get_base64()}\n")
    changed = Zone(sftp.address, Access(password=PASSWORD, known_hosts=tmp_path / "other"), sftp.put, sftp.remove)
    with pytest.raises(BadInput, match="не тот, что записан"):
        changed.found()


def test_known_hosts_of_the_user_are_read_and_fsspec_cannot_switch_the_check_off(
    sftp: Zone, sftp_server: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sftp.line
    monkeypatch.setitem(fsspec.config.conf, "sftp", {"host_key_policy": "auto_add"})
    plain = Zone(sftp.address, Access(password=PASSWORD), sftp.put, sftp.remove)
    with pytest.raises(BadInput, match="не знаком"):
        plain.found()
    (tmp_path / "nobody" / ".ssh").mkdir(parents=True)
    (tmp_path / "nobody" / ".ssh" / "known_hosts").write_text(sftp_server.known_hosts_line(sftp.line.port))
    assert plain.found() == []


def test_a_wrong_password_or_key_is_bad_input_told_at_once(sftp: Zone, sftp_server: SftpServer, tmp_path: Path) -> None:
    assert sftp.line
    known_hosts = sftp.access.known_hosts
    stranger = tmp_path / "key"
    paramiko.ECDSAKey.generate().write_private_key_file(str(stranger))
    for access in (
        Access(password="wrong", known_hosts=known_hosts),
        Access(key_file=stranger, known_hosts=known_hosts),
        Access(known_hosts=known_hosts),
    ):
        before = sftp.line.connections
        with pytest.raises(BadInput) as caught:
            Zone(sftp.address, access, sftp.put, sftp.remove).found()
        assert "PORTFOLIO_LANDING_PASSWORD" in caught.value.messages[0]
        assert_one_clean_line(caught.value)
        assert sftp.line.connections == before + 1
    missing = Access(key_file=tmp_path / "no-key", known_hosts=known_hosts)
    with pytest.raises(BadInput, match=r"PORTFOLIO_LANDING_KEY_FILE: ключ не читается: .* Проверьте путь"):
        Zone(sftp.address, missing, sftp.put, sftp.remove).found()


def test_a_key_file_with_a_passphrase_opens_the_door(sftp: Zone, sftp_server: SftpServer, tmp_path: Path) -> None:
    key = paramiko.ECDSAKey.generate()
    key.write_private_key_file(str(tmp_path / "key"), password="phrase")
    sftp_server.client_key = key
    access = Access(key_file=tmp_path / "key", key_passphrase="phrase", known_hosts=sftp.access.known_hosts)
    assert Zone(sftp.address, access, sftp.put, sftp.remove).found() == []
    for phrase in (None, "wrong"):
        locked = Access(key_file=tmp_path / "key", key_passphrase=phrase, known_hosts=sftp.access.known_hosts)
        with pytest.raises(BadInput, match="KEY_PASSPHRASE") as caught:
            Zone(sftp.address, locked, sftp.put, sftp.remove).found()
        assert_one_clean_line(caught.value)


def test_connections_are_given_back(sftp: Zone, sftp_server: SftpServer) -> None:
    for _ in range(3):
        sftp.found()
    deadline = time.monotonic() + 5
    while sftp_server.open_connections and time.monotonic() < deadline:
        time.sleep(0.02)
    assert sftp_server.open_connections == 0


def test_s3_without_credentials_or_with_a_wrong_endpoint_is_bad_input(
    s3: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "user:" + SECRET)
    with pytest.raises(BadInput, match="AWS_ENDPOINT_URL") as caught:
        s3.found()
    assert_one_clean_line(caught.value)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{LOOPBACK}:{s3.line.port if s3.line else 0}")
    with pytest.raises(BadInput, match="AWS_ACCESS_KEY_ID"):
        s3.found()


@pytest.mark.parametrize(
    ("text", "shown", "folder"),
    [
        ("s3://bucket", "s3://bucket", "bucket"),
        ("S3://bucket/a//b/", "s3://bucket/a/b", "bucket/a/b"),
        ("sftp://u@host:2222/srv/in/", "sftp://u@host:2222/srv/in", "/srv/in"),
        ("sftp://dom%5Cu@host/~/in", "sftp://dom\\u@host/~/in", "in"),
        ("sftp://[::1]", "sftp://[::1]", "/"),
        ("sftp://сервер.рф/~", "sftp://сервер.рф/~", "."),
        ("memory://in", "memory:///in", "/in"),
    ],
)
def test_addresses_are_read(text: str, shown: str, folder: str) -> None:
    address = parse_address(text)
    assert isinstance(address, LandingAddress)
    assert (str(address), address.folder) == (shown, folder)


def test_a_file_address_is_a_local_path() -> None:
    assert parse_address("file:///srv/landing") == Path("/srv/landing")
    assert parse_address("file://localhost/srv/landing") == Path("/srv/landing")


@pytest.mark.parametrize(
    "text",
    [
        f"sftp://user:{SECRET}@host/in",
        f"sftp://user:{SECRET}/x@host/in",
        f"sftp://user%3A{SECRET}@host/in",
        f"sftp://user:12/{SECRET}@host/in",
        f"sftp://:{SECRET}@host",
        f"sftp://user:{SECRET}",
        f"s3://key:{SECRET}@bucket/in",
        f"s3://{SECRET}@bucket",
        f"s3://bucket/in?secret={SECRET}",
        f"sftp://host/in#{SECRET}",
        f"http://{SECRET}@host",
        f"{SECRET}://host",
        "s3://",
        "s3:///in",
        "s3://localhost:9000/bucket",
        "sftp:///in",
        "sftp://host:0/in",
        "sftp://host:99999/in",
        "sftp://host:x/in",
        "sftp://@host/in",
        "sftp://host/in/../../etc",
        "s3://bucket/./in",
        "s3://bucket/a\\b",
        "s3://bucket/a\0b",
        "file://otherhost/in",
        "file://",
        "simplecache::s3://bucket",
    ],
)
def test_addresses_that_are_mangled_or_carry_a_secret_are_refused_without_quoting_them(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address(text)
    assert SECRET not in str(caught.value)


def test_secrets_do_not_show() -> None:
    assert PASSWORD not in repr(Access(password=PASSWORD, key_passphrase=PASSWORD))


# Through orchestration.


def environment(zone: Zone, home: Path) -> dict[str, str]:
    known_hosts = {"PORTFOLIO_LANDING_KNOWN_HOSTS": str(zone.access.known_hosts)} if zone.access.known_hosts else {}
    password = {"PORTFOLIO_LANDING_PASSWORD": zone.access.password} if zone.access.password else {}
    return {
        "PORTFOLIO_HOME": str(home),
        "PORTFOLIO_LANDING": str(zone.address),
        "PORTFOLIO_MEMORY_LIMIT": "500MB",
        "PORTFOLIO_THREADS": "2",
        **known_hosts,
        **password,
    }


def use(monkeypatch: pytest.MonkeyPatch, zone: Zone, home: Path) -> None:
    for name, value in environment(zone, home).items():
        monkeypatch.setenv(name, value)


def logged(home: Path) -> str:
    return "".join(path.read_text("utf-8", "replace") for path in home.rglob("*") if path.suffix in (".log", ".jsonl"))


def test_what_waits_is_merged_one_by_one_and_its_copy_removed(
    zone: Zone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.merging import merge_deliveries
    from orchestration.plan import pending_deliveries
    from orchestration.settings import load_settings

    home = tmp_path / "home"
    use(monkeypatch, zone, home)
    zone.deliver(FIRST, marks=marks(*mark_rows(5)).encode())
    zone.deliver(SECOND, marks=marks("bad;row", *mark_rows(2)).encode())
    zone.put("2026-10-03.part/marks.csv", b"still written")
    settings = load_settings()
    reports = merge_deliveries(settings, SECOND)
    assert [(one.load_date, one.rows_loaded, one.rows_rejected) for one in reports] == [(FIRST, 5, 0), (SECOND, 2, 1)]
    assert sorted(path.name for path in (home / "raw").iterdir()) == [str(FIRST), str(SECOND)]
    assert not (home / "warehouse" / "fetched").exists()
    assert pending_deliveries(settings.landing, settings.home) == []
    assert merge_deliveries(settings, SECOND) == []
    assert not any(secret in logged(home) for secret in (PASSWORD, SECRET))


def test_a_bad_file_stops_its_delivery_and_leaves_no_copy(
    memory: Zone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.merging import merge_deliveries
    from orchestration.settings import load_settings

    home = tmp_path / "home"
    use(monkeypatch, memory, home)
    memory.deliver(FIRST, marks=marks(*mark_rows(5)).encode())
    memory.deliver(SECOND, marks=b"name\n5\n", markz=b"")
    with pytest.raises(BadInput) as caught:
        merge_deliveries(load_settings(), SECOND)
    assert len(caught.value.messages) == 2
    assert all(message.startswith(f"{SECOND}/mark") for message in caught.value.messages)
    assert [path.name for path in (home / "raw").iterdir()] == [str(FIRST)]
    assert not (home / "warehouse" / "fetched").exists()


def test_a_run_that_is_killed_while_it_fetches_is_repaired_by_the_next(
    sftp: Zone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.merging import merge_deliveries
    from orchestration.settings import load_settings

    assert sftp.line
    home = tmp_path / "home"
    use(monkeypatch, sftp, home)
    content = marks(*mark_rows(200_000)).encode()
    sftp.deliver(marks=content)
    code = (
        "from orchestration.merging import merge_deliveries; from orchestration.settings import load_settings\n"
        "from datetime import date; merge_deliveries(load_settings(), date(2026, 10, 1))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as process:
        sftp.line.call_after(len(content) // 2, process.kill)
    copy = home / "warehouse" / "fetched" / str(FIRST) / "marks.csv"
    assert process.returncode == -9
    assert copy.stat().st_size < len(content)
    assert not (home / "raw").exists()
    [report] = merge_deliveries(load_settings(), FIRST)
    assert report.rows_loaded == 200_000
    assert not copy.exists()


def told_by_command(command: str, zone: Zone, home: Path) -> tuple[int, list[str], list[str]]:
    """Exit status and lines of the real command in a process of its own, that waits for nobody."""
    code = (
        f"import sys; sys.argv = ['portfolio', '{command}']\n"
        "from extracts.remote_landing import session; session.FIRST_WAIT_SECONDS = 0.01\n"
        "from orchestration.cli import main; main()"
    )
    variables = {**os.environ, **environment(zone, home)}
    ran = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)
    assert not any(secret in ran.stdout + ran.stderr + logged(home) for secret in (PASSWORD, SECRET))
    return ran.returncode, ran.stdout.splitlines(), ran.stderr.splitlines()


@pytest.mark.long
def test_the_command_tells_a_zone_that_does_not_answer_in_one_line(far: Zone, tmp_path: Path) -> None:
    assert far.line
    far.line.break_after(0, times=10_000)
    status, _, told = told_by_command("load", far, tmp_path / "home")
    assert (status, len(told)) == (1, 1)
    assert told[0].startswith(f"Зона приёма {far.address} недоступна")
    status, told, errors = told_by_command("status", far, tmp_path / "home")
    assert (status, errors) == (0, [])
    assert any(line.startswith(f"Зона приёма {far.address} недоступна") for line in told)


def test_the_command_tells_an_unknown_server_in_one_line(sftp: Zone, tmp_path: Path) -> None:
    (tmp_path / "none").touch()
    stranger = Zone(sftp.address, Access(password=PASSWORD, known_hosts=tmp_path / "none"), sftp.put, sftp.remove)
    status, _, told = told_by_command("load", stranger, tmp_path / "home")
    assert (status, len(told)) == (5, 1)
    assert "known_hosts" in told[0]


def test_demo_and_sample_are_local_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.demo import run_demo, write_sample
    from orchestration.settings import load_settings

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORTFOLIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PORTFOLIO_LANDING", "s3://bucket/in")
    with pytest.raises(BadInput, match="s3://bucket/in"):
        run_demo(load_settings())
    with pytest.raises(BadInput, match="--out"):
        write_sample(Path("s3://bucket/in"), students=1, nights=1, seed=1, file_format="csv")
    assert os.environ["PORTFOLIO_LANDING"] == "s3://bucket/in"
    assert list(tmp_path.iterdir()) == []


def test_an_address_with_a_password_is_refused_by_the_settings_without_quoting_it(tmp_path: Path) -> None:
    from orchestration.settings import load_settings

    home = {"PORTFOLIO_HOME": str(tmp_path)}
    with pytest.raises(BadInput, match="PORTFOLIO_LANDING: ожидается адрес без пароля") as caught:
        load_settings(home | {"PORTFOLIO_LANDING": f"sftp://user:{SECRET}@host/in"})
    assert_one_clean_line(caught.value)
    assert load_settings(home | {"PORTFOLIO_LANDING": "file:///srv/in"}).landing == Path("/srv/in")
    assert load_settings(home | {"PORTFOLIO_LANDING": "s3://box/in"}).landing == LandingAddress("s3", "box", "/in")


def test_a_local_landing_zone_imports_nothing_of_all_this(tmp_path: Path) -> None:
    (tmp_path / "landing" / str(FIRST)).mkdir(parents=True)
    code = (
        "import sys; sys.argv = ['portfolio', 'status']\n"
        "from orchestration.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "sys.exit(','.join({'fsspec', 's3fs', 'paramiko', 'tenacity', 'aiohttp', 'botocore'} & set(sys.modules)) or 0)"
    )
    variables = {**os.environ, "PORTFOLIO_HOME": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"Ждёт загрузки: 1 ({FIRST})" in ran.stdout
