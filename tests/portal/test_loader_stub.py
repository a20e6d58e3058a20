"""The stub of the loader refuses what the rules forbid (4-portal.md, «CSV rules of the loader»)."""

from __future__ import annotations

import http.client
import json

import pytest
from loader_stub.openapi import problems
from loader_stub.packages import PREFIX, specification
from loader_stub.rules import FormatError, Loader
from loader_stub.server import Exchange, running
from loader_stub.state import Fault, State, state_for

STAMP = ';"2026-10-01 02:00:05";"2026-10-01 02:00:05"'
SCHOOL = "id;name;opened;create_datetime;send_datetime"
GOOD = f'{SCHOOL}\n"R59-1";"А ""Б"";";"1999-09-01"{STAMP}\n"R59-2";"";{STAMP}'
MARK = "pupil_id;subject_id;average;marks;create_datetime;send_datetime"
SUBJECT = "id;is_current;create_datetime;send_datetime"


def loader() -> Loader:
    return state_for(specification(), PREFIX).loader


def read(table: str, text: str | bytes, *, is_delete: bool = False) -> dict[tuple[str, ...], tuple[str, ...]]:
    one = loader()
    return one.read(text if isinstance(text, bytes) else text.encode(), one.tables[table], is_delete=is_delete)


def test_good_files_are_read() -> None:
    rows = read("dict_school", GOOD)
    assert rows["R59-1",][:3] == ("R59-1", 'А "Б";', "1999-09-01")
    assert rows["R59-2",][1:3] == ("", "")
    assert read("pupil_mark", f'{MARK}\n"R59-a";"R59-7";"4.08";"-12"{STAMP}')
    assert read("pupil_mark", 'pupil_id;subject_id\n"R59-a";"R59-7"', is_delete=True) == {
        ("R59-a", "R59-7"): ("R59-a", "R59-7")
    }


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("dict_school", GOOD + "\n"),
        ("dict_school", "\ufeff" + GOOD),
        ("dict_school", GOOD.encode("utf-16")),
        ("dict_school", GOOD.encode() + b"\xff"),
        ("dict_school", GOOD.replace("\n", "\r\n")),
        ("dict_school", GOOD.replace(";", ",")),
        ("dict_school", GOOD.replace("id;name", "name;id")),
        ("dict_school", GOOD.replace("id;name", "ID;name")),
        ("dict_school", GOOD.replace("id;name", '"id";name')),
        ("dict_school", SCHOOL),
        ("dict_school", ""),
        ("dict_school", GOOD.replace('"R59-1"', "R59-1")),
        ("dict_school", GOOD.replace('"R59-1"', '"1"')),
        ("dict_school", GOOD.replace('"R59-1"', '"R59-"')),
        ("dict_school", GOOD.replace('"R59-1"', '""')),
        ("dict_school", GOOD.replace('"R59-2"', '"R59-1"')),
        ("dict_school", GOOD.replace('""Б""', '"Б"')),
        ("dict_school", GOOD.replace("А ", "А\t")),
        ("dict_school", GOOD.replace("А ", "А\u0085")),
        ("dict_school", GOOD.replace("А ", "А" * 41)),
        ("dict_school", GOOD.replace(f';"";{STAMP}', f';"";""{STAMP}')),
        ("dict_school", GOOD.replace(f';"";{STAMP}', f";;{STAMP}")),
        ("dict_school", GOOD.replace("1999-09-01", "01.09.1999")),
        ("dict_school", GOOD.replace("1999-09-01", "1999-02-30")),
        ("dict_school", GOOD.replace("02:00:05", "02:00")),
        ("dict_school", GOOD.replace("2026-10-01 02", "2026-10-01T02")),
        ("dict_subject", f'{SUBJECT}\n"R59-7";"true"{STAMP}'),
        ("dict_subject", f'{SUBJECT}\n"R59-7";""{STAMP}'),
        ("pupil_mark", f'{MARK}\n"R59-a";"R59-7";"4,08";"12"{STAMP}'),
        ("pupil_mark", f'{MARK}\n"R59-a";"R59-7";"10.00";"12"{STAMP}'),
        ("pupil_mark", f'{MARK}\n"R59-a";"R59-7";"4.081";"12"{STAMP}'),
        ("pupil_mark", f'{MARK}\n"R59-a";"R59-7";"4.08";"12.0"{STAMP}'),
        ("pupil_mark", f'{MARK}\n"R59-a";"R59-7";"4.08";"012"{STAMP}'),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused(table: str, text: str | bytes) -> None:
    assert text != GOOD
    with pytest.raises(FormatError):
        read(table, text)


def test_a_deletion_holds_the_key_alone() -> None:
    with pytest.raises(FormatError):
        read("dict_school", GOOD, is_delete=True)
    with pytest.raises(FormatError):
        read("dict_school", 'id\n"R59-1"')


def test_hashed_fields_are_hashes() -> None:
    one = state_for(specification(), PREFIX, frozenset({"name"})).loader
    with pytest.raises(FormatError, match="not hashed"):
        one.read(GOOD.encode(), one.tables["dict_school"], is_delete=False)
    hashed = GOOD.replace('"А ""Б"";"', f'"{"0f" * 64}"')
    assert one.read(hashed.encode(), one.tables["dict_school"], is_delete=False)


def take(state: State, table: str, operation: str, text: str) -> dict[str, object]:
    return state.ask(state.accept(table, operation, text.encode(), state.next_fault(table)))


def test_parents_have_to_be_there_and_to_stay() -> None:
    state = state_for(specification(), PREFIX)
    pupil = f'pupil_id;school_id;create_datetime;send_datetime\n"R59-a";"R59-1"{STAMP}'
    assert take(state, "pupil", "upload", pupil)["code"] == 4
    assert take(state, "dict_school", "upload", GOOD)["code"] == 3
    assert take(state, "pupil", "upload", pupil)["code"] == 3
    assert take(state, "dict_school", "delete", 'id\n"R59-1"')["code"] == 4
    assert take(state, "pupil", "delete", 'pupil_id\n"R59-a"')["code"] == 3
    assert take(state, "dict_school", "delete", 'id\n"R59-1"\n"R59-9"')["code"] == 3
    assert set(state.tables["dict_school"]) == {("R59-2",)}


def test_an_upload_replaces_the_row_and_a_refused_file_changes_nothing() -> None:
    state = state_for(specification(), PREFIX)
    take(state, "dict_school", "upload", GOOD)
    assert take(state, "dict_school", "upload", GOOD.replace("1999", "2001"))["code"] == 3
    assert take(state, "dict_school", "upload", GOOD.replace("1999", "19") + "x")["code"] == 7
    assert {row[2] for row in state.tables["dict_school"].values()} == {"2001-09-01", ""}


def test_faults_come_in_the_order_that_they_were_planned_in() -> None:
    state = state_for(specification(), PREFIX)
    state.plan("dict_school", Fault("lose"), Fault("fail"), Fault("errors"), Fault("hang", polls=2))
    assert [take(state, "dict_school", "upload", GOOD)["code"] for _ in range(3)] == [5, 4, 7]
    hanging = state.accept("dict_school", "upload", GOOD.encode(), state.next_fault("dict_school"))
    codes = [state.ask(hanging)["code"] for _ in range(3)]
    assert codes[2] == 3
    assert set(codes[:2]) <= {-1, 0, 1, 2, 6}
    assert state.ask("00000000-0000-0000-0000-000000000000")["code"] == 5


def test_the_server_refuses_what_is_no_request_of_a_sender() -> None:
    with running(state_for(specification(), PREFIX), token="Bearer x") as stub:
        known = {"Authorization": "Bearer x", "Content-Type": "text/csv"}
        path = "/v2/datamarts/portfolio/tables/dict_school/upload"
        asked = [
            ("POST", path, GOOD, known, 200),
            ("POST", path, GOOD, {"Content-Type": "text/csv"}, 401),
            ("POST", path, GOOD, known | {"Content-Type": "application/json"}, 415),
            ("POST", path, "", known, 400),
            ("POST", path.replace("dict_school", "nothing"), GOOD, known, 404),
            ("POST", path.replace("portfolio", "other"), GOOD, known, 404),
            ("POST", path.replace("upload", "create"), GOOD, known, 404),
            ("GET", "/v2/requests/x/status", None, known, 404),
            ("PUT", path, GOOD, known, 501),
        ]
        for method, target, body, headers, status in asked:
            connection = http.client.HTTPConnection("127.0.0.1", stub.port, timeout=10)
            connection.request(method, target, None if body is None else body.encode(), headers)
            answer = connection.getresponse()
            assert answer.status == status, (method, target)
            if status == 200:
                assert json.loads(answer.read()) in stub.state.requests
            connection.close()
        assert len(stub.state.requests) == 1


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, 0),
        ({"path": "/v1/datamarts/m/tables/t/upload"}, 1),
        ({"path": "/v2/datamarts/m/tables/t/create"}, 1),
        ({"path": "/v2/datamarts/m/t/upload"}, 1),
        ({"method": "PUT"}, 1),
        ({"headers": {"Content-Type": "text/plain"}}, 1),
        ({"headers": {"Content-Type": "text/csv", "Authorization": "secret"}}, 1),
        ({"length": 0}, 1),
        ({"status": 418}, 1),
        ({"content_type": "text/plain"}, 1),
        ({"body": b'{"id": 1}'}, 1),
        ({"status": 500, "body": b""}, 0),
    ],
)
def test_exchanges_are_compared_with_the_openapi_document(change: dict[str, object], found: int) -> None:
    good: dict[str, object] = {
        "method": "POST",
        "path": "/v2/datamarts/m/tables/t/upload",
        "headers": {"Content-Type": "text/csv", "Authorization": "Bearer x"},
        "length": 5,
        "status": 200,
        "content_type": "application/json",
        "body": b'"00000000-0000-0000-0000-000000000000"',
    }
    assert len(problems(Exchange(**(good | change)))) == found  # type: ignore[arg-type]
