"""Whatever the portal does: what may pass is tried again, nothing is lost, nothing goes out twice (4-portal.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from loader_stub.packages import DELTA, FULL, PREFIX, specification, write_package
from loader_stub.sending import Sender
from loader_stub.server import running
from loader_stub.state import Fault, state_for

from extracts.errors import BadInput
from portal.sending.address import authorization_from, open_portal
from portal.sending.client import _request_id, _status
from portal.sending.errors import PortalRefused, PortalTroubled
from portal.sending.journal import Journal

NAME = "2026-10-01-1"
FILES = ["01_dict_school_create.csv", "02_dict_subject_create.csv", "03_pupil_create.csv", "04_pupil_mark_create.csv"]


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[Sender]:
    """A portal without rows and a full package that waits."""
    with running(state_for(specification(), PREFIX)) as stub:
        exports = tmp_path / "exports"
        write_package(exports, NAME, FULL)
        yield Sender(exports, stub)


def states(sender: Sender, name: str = NAME) -> dict[str, str]:
    files = json.loads((sender.exports / name / "sending.json").read_text())["files"]
    return {file: entry["state"] for file, entry in files.items()}


def accepted(sender: Sender, table: str) -> int:
    return [one for one, _ in sender.stub.state.accepted()].count(table)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(sender: Sender, status: int) -> None:
    sender.stub.state.plan("dict_school", *[Fault("http", status)] * 3)
    sender.stub.state.status_faults.extend([Fault("http", status)] * 3)
    assert sender.send().is_complete
    assert accepted(sender, "dict_school") == 1
    pauses = [pause for pause in sender.time.slept if pause >= 0.5]
    assert len(pauses) >= 6
    assert pauses[0] < 1.1 < pauses[2], "pauses grow"


@pytest.mark.parametrize("status", [301, 307, 400, 404, 409, 413, 415, 422, 501])
def test_what_will_not_pass_is_not_tried_again(sender: Sender, status: int) -> None:
    sender.stub.state.plan("dict_school", Fault("http", status))
    sent = sender.send()
    assert (sent.is_complete, sent.confirmed) == (False, 1)
    assert len([post for post in sender.stub.posts() if "dict_school" in post.path]) == 1
    assert states(sender) == {FILES[0]: "failed", FILES[1]: "confirmed"}
    assert any(str(status) in line for line in sender.lines)
    assert sender.send().is_complete, "the next sending tries again"


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_is_not_followed(sender: Sender, status: int) -> None:
    sender.authorization = "Bearer abc"
    with running(state_for(specification(), PREFIX)) as other:
        path = "/v2/datamarts/portfolio/tables/dict_school/upload"
        sender.stub.state.plan("dict_school", Fault("http", status, location=other.url + path))
        assert not sender.send().is_complete
        assert other.received == 0


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_ends_the_sending_at_once(sender: Sender, status: int) -> None:
    sender.stub.state.plan("dict_school", Fault("http", status))
    sent = sender.send()
    assert len(sender.stub.exchanges) == 1
    assert "токен" in (sent.trouble or "")
    assert str(status) in (sent.trouble or "")


def test_retry_after_is_honoured_within_a_bound(sender: Sender) -> None:
    late = formatdate(usegmt=True)
    sender.stub.state.plan(
        "dict_school",
        Fault("http", 429, retry_after="40"),
        Fault("http", 503, retry_after="90000"),
        Fault("http", 503, retry_after=late),
        Fault("http", 503, retry_after="soon"),
        Fault("http", 503, retry_after="Fri, 31 Dec 2199 23:59:59 GMT"),
    )
    assert sender.send(longest_pause=50.0).is_complete
    first = sender.time.slept[:5]
    assert first[0] == 40.0
    assert first[1] == first[4] == 50.0
    assert 2.0 <= first[2] < 3.0
    assert 4.0 <= first[3] < 5.0


@pytest.mark.parametrize(("kind", "times"), [("break_early", 1), ("break_late", 2)])
def test_a_broken_connection_is_tried_again(sender: Sender, kind: str, times: int) -> None:
    sender.stub.state.plan("dict_school", Fault(kind))  # type: ignore[arg-type]
    sender.stub.state.status_faults.append(Fault("break_early"))
    assert sender.send().is_complete
    # After a break that came late nobody here can know that the file had been taken.
    assert accepted(sender, "dict_school") == times
    assert [accepted(sender, table) for table in ("dict_subject", "pupil", "pupil_mark")] == [1, 1, 1]


@pytest.mark.parametrize(("kind", "told"), [("fail", "код 4"), ("errors", "код 7")])
def test_a_file_that_fails_holds_its_children_and_is_sent_again_next_time(sender: Sender, kind: str, told: str) -> None:
    sender.stub.state.plan("pupil", Fault(kind))  # type: ignore[arg-type]
    sent = sender.send()
    assert (sent.is_complete, sent.files, sent.confirmed) == (False, 4, 2)
    assert states(sender) == {FILES[0]: "confirmed", FILES[1]: "confirmed", FILES[2]: "failed"}
    assert accepted(sender, "pupil") == 1
    assert accepted(sender, "pupil_mark") == 0
    assert any(line.startswith(FILES[2]) and told in line for line in sender.lines)
    assert any(line.startswith(FILES[3]) and FILES[2] in line for line in sender.lines)
    assert sender.send().is_complete
    assert accepted(sender, "dict_school") == 1
    assert accepted(sender, "pupil") == 2


def test_what_the_portal_says_of_a_row_stays_in_the_journal(sender: Sender, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    sender.stub.state.plan("pupil", Fault("errors"))
    sent = sender.send()
    entry = json.loads((sender.exports / NAME / "sending.json").read_text())["files"][FILES[2]]
    assert (entry["code"], entry["description"]) == (7, "ошибка в строке 2: значение «Секретов»")
    said = "\n".join([*sender.lines, sent.trouble or "", caplog.text])
    assert "Секретов" not in said
    for value in ("Школа", "R59-1", "R59-a"):
        assert value not in said


def test_a_lost_request_is_sent_again_a_few_times(sender: Sender) -> None:
    sender.stub.state.plan("dict_school", *[Fault("lose")] * 2)
    assert sender.send().is_complete
    assert accepted(sender, "dict_school") == 3
    assert accepted(sender, "pupil") == 1


def test_a_request_that_is_lost_for_good_is_given_up(sender: Sender) -> None:
    sender.stub.state.plan("dict_school", *[Fault("lose")] * 10)
    sent = sender.send(resends=3)
    assert (sent.is_complete, sent.confirmed) == (False, 1)
    assert accepted(sender, "dict_school") == 4
    assert states(sender)[FILES[0]] == "failed"
    assert len([line for line in sender.lines if line.startswith(FILES[0])]) == 1


def test_a_request_unknown_for_a_moment_is_not_lost(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = sender.stub.state.ask
    asked: list[str] = []

    def unknown_at_first(request_id: str) -> dict[str, object]:
        asked.append(request_id)
        return {"code": 5, "description": ""} if asked.count(request_id) == 1 else ask(request_id)

    monkeypatch.setattr(sender.stub.state, "ask", unknown_at_first)
    assert sender.send().is_complete
    assert len(sender.stub.state.accepted()) == 4


def test_a_request_lost_while_nobody_was_sending_is_sent_again(sender: Sender) -> None:
    sender.stub.state.plan("dict_school", Fault("hang", polls=100))
    sender.send(patience=5)
    assert states(sender)[FILES[0]] == "in_progress"
    sender.stub.state.requests.clear()
    assert sender.send().is_complete
    assert accepted(sender, "dict_school") == 2


def test_a_file_that_was_taken_without_an_id_is_not_sent_twice_in_one_go(sender: Sender) -> None:
    sender.stub.state.plan("dict_school", Fault("no_id"))
    sent = sender.send()
    assert not sent.is_complete
    assert accepted(sender, "dict_school") == 1
    assert states(sender)[FILES[0]] == "failed"


UUID = "3B051a83-fc5c-4b85-9ac6-e1c50333d066"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (f'"{UUID}"', UUID),
        (UUID, UUID),
        (f' "{UUID}"\n', UUID),
        (f'{{"requestId": "{UUID}", "code": 0}}', UUID),
        ("", None),
        ('""', None),
        ("null", None),
        (f'["{UUID}"]', None),
        (f'{{"a": "{UUID}", "b": "{UUID}"}}', None),
        (f'"../{UUID}"', None),
        ("[" * 100_000, None),
    ],
)
def test_the_id_of_a_request_is_a_uuid(answer: str, found: str | None) -> None:
    if found is None:
        with pytest.raises(PortalRefused):
            _request_id(answer.encode())
    else:
        assert _request_id(answer.encode()) == found


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ('{"code": 3, "description": "успешно"}', 3),
        ('{"code": "-1"}', -1),
        ('{"code": 0, "description": null}', 0),
        ('{"code": 3.5}', None),
        ('{"code": null}', None),
        ('{"description": "x"}', None),
        ("[3]", None),
        ("3", None),
        ("<html>", None),
        ("", None),
    ],
)
def test_a_status_without_a_code_is_asked_for_again(answer: str, code: int | None) -> None:
    if code is None:
        with pytest.raises(PortalTroubled):
            _status(answer.encode())
    else:
        assert _status(answer.encode()).code == code


def test_a_portal_that_takes_its_time_is_asked_less_and_less(sender: Sender) -> None:
    sender.stub.state.plan("dict_school", Fault("hang", polls=30))
    assert sender.send(longest_poll=15.0).is_complete
    assert 14.9 < max(sender.time.slept) < 15.1
    assert sender.time.slept[0] < 0.21
    assert accepted(sender, "dict_school") == 1


def test_patience_ends_and_the_next_sending_goes_on(sender: Sender) -> None:
    sender.stub.state.plan("dict_school", Fault("hang", polls=60))
    before = sender.time.now
    sent = sender.send(patience=60)
    assert sender.time.now - before <= 60
    assert "время" in (sent.trouble or "")
    assert states(sender) == {FILES[0]: "in_progress", FILES[1]: "confirmed"}
    assert sender.send(patience=3600).is_complete
    assert [accepted(sender, table) for table in ("dict_school", "dict_subject", "pupil", "pupil_mark")] == [1, 1, 1, 1]


def test_patience_also_ends_attempts(sender: Sender) -> None:
    sender.stub.state.plan("dict_school", *[Fault("http", 503, retry_after="50")] * 8)
    before = sender.time.now
    sent = sender.send(patience=60)
    assert sender.time.now - before <= 60
    assert "время" in (sent.trouble or "")


def test_a_portal_out_of_order_is_left_alone_soon(sender: Sender) -> None:
    sender.stub.state.status_faults.extend([Fault("http", 502)] * 1000)
    sent = sender.send(attempts=2)
    assert "502" in (sent.trouble or "")
    assert len(sender.stub.exchanges) <= 2 + 3 * 2
    assert set(states(sender).values()) == {"in_progress"}
    sender.stub.state.status_faults.clear()
    assert sender.send().is_complete
    assert len(sender.stub.state.accepted()) == 4


def test_no_portal_at_all(sender: Sender) -> None:
    port = sender.stub.port
    with running(state_for(specification(), PREFIX)) as other:
        free = other.port
    assert free != port
    sent = sender.send(url=f"http://127.0.0.1:{free}", attempts=2)
    assert (sent.is_complete, sent.confirmed) == (False, 0)
    assert "нет связи" in (sent.trouble or "")
    assert states(sender) == {FILES[0]: "posting"}, "one file is enough to see that nobody is there"
    assert sender.send().is_complete


def test_a_status_that_cannot_be_asked_for_counts_as_failed(sender: Sender) -> None:
    sender.stub.state.status_faults.append(Fault("http", 400))
    sent = sender.send()
    assert not sent.is_complete
    assert states(sender)[FILES[0]] == "failed"
    assert sender.send().is_complete


def test_a_parent_that_fails_does_not_stop_deletions_but_a_child_that_fails_keeps_its_parent(sender: Sender) -> None:
    sender.send()
    write_package(sender.exports, "2026-10-02-1", DELTA, created_at="2026-10-02 02:00:05", kind="delta")
    sender.stub.state.plan("pupil", Fault("fail"))
    sent = sender.send()
    assert not sent.is_complete
    found = states(sender, "2026-10-02-1")
    # The pupil did not move to the new school: the old one has to stay, and so has the pupil who leaves it.
    assert found["02_pupil_update.csv"] == "failed"
    assert "07_dict_school_delete.csv" not in found
    assert ("R59-1",) in sender.stub.state.tables["dict_school"]
    assert sender.send().is_complete
    assert set(sender.stub.state.tables["dict_school"]) == {("R59-3",)}
    assert set(sender.stub.state.tables["pupil"]) == {("R59-a",)}


def _certificate(path: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loader stub")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(pem + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_certificate_has_to_be_trusted(tmp_path: Path, variable: str) -> None:
    write_package(tmp_path / "exports", NAME, FULL)
    certificate = _certificate(tmp_path / "certificate.pem")
    with running(state_for(specification(), PREFIX), certificate=certificate) as stub:
        sender = Sender(tmp_path / "exports", stub)
        with pytest.raises(BadInput, match="REQUESTS_CA_BUNDLE"):
            sender.send()
        assert sender.time.slept == [], "no other try would help"
        assert states(sender) == {}, "nothing went out"
        sender.environment = {variable: str(tmp_path / "nothing.pem")}
        with pytest.raises(BadInput, match="REQUESTS_CA_BUNDLE"):
            sender.send()
        sender.environment = {variable: str(certificate)}
        assert sender.send().is_complete


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_at_any_note_of_the_journal_is_made_good_by_the_next_sending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    write_down = Journal._write
    for at in range(1, 13):  # posting, in_progress, confirmed of four files
        exports = tmp_path / f"{moment}-{at}"
        write_package(exports, NAME, FULL)
        with running(state_for(specification(), PREFIX)) as stub:
            sender = Sender(exports, stub)
            writes = 0

            def dying(self: Journal, at: int = at) -> None:
                nonlocal writes
                writes += 1
                if writes == at and moment == "before":
                    raise Killed
                write_down(self)
                if writes == at:
                    raise Killed

            monkeypatch.setattr(Journal, "_write", dying)
            with pytest.raises(Killed):
                sender.send()
            monkeypatch.setattr(Journal, "_write", write_down)
            assert sender.send().is_complete
        # Only the file whose number was lost between the answer and the disk can have gone out twice.
        assert len(stub.state.accepted()) <= 5
        assert {code for codes in stub.state.codes().values() for code in codes} <= {0, 3}
        if moment == "after":
            assert len(stub.state.accepted()) == 4
        assert {table: len(rows) for table, rows in stub.state.tables.items()} == {
            "dict_school": 2,
            "dict_subject": 2,
            "pupil": 2,
            "pupil_mark": 2,
        }


@pytest.mark.parametrize(
    "url",
    [
        "",
        "portal.example.org",
        "ftp://portal.example.org",
        "https://",
        "https://user:secret@portal.example.org",
        "https://portal.example.org/?token=secret",
        "https://portal.example.org/#secret",
        "https://portal.example.org:no/",
        "https://портал.рф",
        "http://portal.example.org",
        "http://localhost.example.org",
        "http://128.0.0.1",
    ],
)
def test_a_wrong_address_is_told_without_repeating_it(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        open_portal(url, "portfolio", allow_http=False)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://portal.example.org/", "https://portal.example.org"),
        ("https://Portal.example.org:8443/api/", "https://portal.example.org:8443/api"),
        ("http://localhost:8090", "http://localhost:8090"),
        ("http://[::1]:8090/", "http://[::1]:8090"),
        ("http://127.1.2.3", "http://127.1.2.3"),
    ],
)
def test_a_good_address(url: str, base: str) -> None:
    portal = open_portal(url, "school-1_a", allow_http=False)
    assert portal.base == base
    assert portal.upload_url("dict_subject", "update") == f"{base}/v2/datamarts/school-1_a/tables/dict_subject/upload"
    assert portal.upload_url("dict_subject", "delete") == f"{base}/v2/datamarts/school-1_a/tables/dict_subject/delete"
    assert portal.status_url("1-2") == f"{base}/v2/requests/1-2/status"


def test_http_to_another_machine_only_where_a_setting_says_so() -> None:
    assert open_portal("http://10.0.0.1/x", "portfolio", allow_http=True).base == "http://10.0.0.1/x"


def test_the_token_comes_from_the_environment_and_is_never_shown() -> None:
    assert authorization_from({"TOKEN": " abc.def\n"}, "TOKEN", "Bearer ") == "Bearer abc.def"
    assert authorization_from({"TOKEN": "bearer abc"}, "TOKEN", "Bearer ") == "bearer abc"
    assert authorization_from({"TOKEN": ""}, "TOKEN", "Bearer ") is None
    with pytest.raises(BadInput) as caught:
        authorization_from({"TOKEN": "sec\nret"}, "TOKEN", "Bearer ")
    assert "ret" not in str(caught.value)
    assert "abc" not in repr(open_portal("https://x.example.org", "m", allow_http=False, authorization="Bearer abc"))
