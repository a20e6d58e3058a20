"""Pages that name children: who sees whom, what is noted, and that a refusal tells nothing."""

from __future__ import annotations

import html
import logging
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import duckdb
import fastexcel
import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from people_sample import (
    COLLEGE,
    COMING,
    EVIL_NAME,
    GONE,
    HOMES,
    MERGED,
    MOVED,
    NAMES,
    NOBODY,
    ODD_SCHOOL,
    ODD_STUDENT,
    PUBLICATION,
    QUIET_SCHOOL,
    SCHOOL,
    SHOWN,
    TOWNS,
    write_home,
)
from playwright.sync_api import expect
from report_findings import AS_OF, SECRETS
from report_region import BIG, EDGE, EVIL, EVIL_TOWN, PATH_ID
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from portal.document import Document, student_document
from reports.dashboards.access.visitor import Role, Scope, ScopeKind, Visitor
from reports.dashboards.catalog import NO_MUNICIPALITY
from reports.dashboards.people import views
from reports.dashboards.people.addresses import list_href, organization_href, student_href
from reports.dashboards.people.guard import NO_ROLE, NOT_FOUND, NOT_NOTED, TROUBLE
from reports.dashboards.people.routes import add_people_pages
from reports.dashboards.people.source import PeopleSource
from reports.dashboards.store import MADE_BEFORE, NOTHING_PUBLISHED
from reports.site import build_site
from reports.text import list_name

REGION = Scope(ScopeKind.REGION)
#: One of each kind.
STUDENTS = {student: HOMES[student] for student in (SHOWN, MOVED, GONE, NOBODY, COMING, ODD_STUDENT)}
UNKNOWN = "Иванов Пётр"  # what somebody may well type into the field of a code

Lines = list[tuple[str, dict[str, Any]]]


def of_town(name: str) -> Scope:
    return Scope(ScopeKind.MUNICIPALITY, name)


def of_school(organization_id: str) -> Scope:
    return Scope(ScopeKind.ORGANIZATION, organization_id)


#: scope → the organizations within it
SCOPES: dict[str, tuple[Scope, set[str]]] = {
    "region": (REGION, set(TOWNS)),
    "town": (of_town("Посёлок"), {PATH_ID, COLLEGE, QUIET_SCHOOL}),
    "evil town": (of_town(EVIL_TOWN), {SCHOOL}),
    "no town": (of_town(NO_MUNICIPALITY), {ODD_SCHOOL}),
    "town that begins alike": (of_town("Посёл"), set()),
    "school": (of_school(SCHOOL), {SCHOOL}),
    "odd school": (of_school(ODD_SCHOOL), {ODD_SCHOOL}),
    "no school": (of_school(""), set()),
}


@dataclass
class Site:
    """A server with the pages, whoever asks, and the audit log."""

    source: PeopleSource
    lines: Lines = field(default_factory=list)
    visitor: Visitor | None = None
    is_broken: bool = False
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        server = Flask("people", static_folder=None)

        @server.before_request
        def come() -> None:
            g.visitor = self.visitor

        add_people_pages(server, self.source, self._record)
        self.client = server.test_client()

    def _record(self, action: str, **facts: Any) -> None:
        if self.is_broken:
            raise OSError(28, f"no space for {NAMES[0]}")
        self.lines.append((action, facts))

    def get(self, address: str, scope: Scope = REGION, role: Role = Role.QUALITY) -> TestResponse:
        """Asks as somebody of this scope; the audit log then holds the lines of this request alone."""
        self.visitor = Visitor("o.petrova", role, scope)
        self.lines.clear()
        return self.client.get(address)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    write_home(folder)
    return folder


@pytest.fixture(scope="module")
def site(home: Path) -> Site:
    return Site(PeopleSource(home / "published", "REGION"))


@pytest.fixture(scope="module")
def document(home: Path) -> Document:
    return student_document(home / "published", SHOWN, prefix="REGION", as_of=AS_OF)


@pytest.fixture
def quickly(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents without reading the marts again and again: who may see one is the question there."""
    monkeypatch.setattr(views, "student_document", lambda _, student, **__: document | {"student_profile_id": student})


def rows_of(page: str) -> list[str]:
    """The rows of a page's table as they are read."""
    found = re.findall(r'<tr role="row"><th scope="row".*?</tr>', page, re.DOTALL)
    return [" ".join(html.unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in found]


def links_of(page: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'href="(/people/[^"]*)"', page)]


def told(words: str) -> str:
    return html.escape(words, quote=False)


def answer_of(response: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    return response.status_code, response.data, sorted(response.headers.items())


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize("name", SCOPES)
def test_a_visitor_sees_the_students_of_the_scope_and_nobody_else(site: Site, name: str) -> None:
    scope, organizations = SCOPES[name]
    not_found = answer_of(site.get(student_href("nobody-of-that-code"), scope))
    for student, home in STUDENTS.items():
        response = site.get(student_href(student), scope)
        if home in organizations or (home is None and scope == REGION):
            facts = {"student": student, "visitor": "o.petrova", "page": "student", "publication": PUBLICATION}
            assert response.status_code == 200, student
            [(action, line)] = site.lines
            assert action == "view"
            assert facts.items() <= line.items()
            assert line.get("organization") == home
        else:
            assert answer_of(response) == not_found, student
            [(action, line)] = site.lines
            assert (action, line["student"], line.get("organization"), line["status"]) == (
                "refused",
                student,
                home,
                404,
            )


@pytest.mark.parametrize("name", ["region", "town", "no town", "odd school", "no school"])
def test_a_visitor_sees_the_organizations_of_the_scope_and_no_other(site: Site, name: str) -> None:
    scope, organizations = SCOPES[name]
    not_found = answer_of(site.get("/people/organizations/of-no-such-code", scope))
    assert not_found[0] == 404
    assert told(NOT_FOUND) in not_found[1].decode()
    for organization_id in TOWNS:
        seen = site.get(organization_href(organization_id), scope)
        assert (seen.status_code == 200) == (organization_id in organizations)
        line = site.lines[0]
        assert line[1]["organization"] == organization_id
        assert line[0] == ("view" if organization_id in organizations else "refused")
        if organization_id not in organizations:
            assert answer_of(seen) == answer_of(site.get(list_href(organization_id), scope)) == not_found
    elsewhere = (site.get("/people/region", scope), site.get("/people/region/list.xlsx", scope))
    for response in elsewhere:
        assert answer_of(response) == not_found if scope != REGION else response.status_code == 200
    home = site.get("/people/", scope).text
    with_findings = organizations & {SCHOOL, PATH_ID, ODD_SCHOOL}
    assert {link for link in links_of(home) if "organizations" in link} == (
        {organization_href(one) for one in with_findings}
    )
    assert ("/people/region" in home) == (scope == REGION)


def test_rows_name_whom_the_list_names_and_lead_only_to_whom_the_scope_reaches(site: Site) -> None:
    """A student who has moved away still stands in the list of the old school, without a way to the portfolio."""
    for scope, reached in ((of_school(SCHOOL), False), (REGION, True)):
        page = site.get(organization_href(SCHOOL), scope).text
        assert "Переехавшая" in page
        assert (student_href(MOVED, SCHOOL) in links_of(page)) == reached
        assert student_href(f"pupil-{BIG}-0") in links_of(page)


@pytest.mark.usefixtures("quickly")
def test_every_link_leads_somewhere(site: Site) -> None:
    waiting, seen = ["/people/"], set()
    while waiting:
        address = waiting.pop()
        if address not in seen:
            seen.add(address)
            response = site.get(address)
            assert response.status_code == 200, address
            if response.content_type.startswith("text/html"):
                waiting += links_of(response.text)
    assert {student_href(ODD_STUDENT), organization_href(ODD_SCHOOL), list_href(ODD_SCHOOL)} <= seen


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize("odd", [ODD_STUDENT, "a/b", "..", "../../etc/passwd", "a\0b", "list.xlsx"])
def test_any_id_survives_its_address(site: Site, odd: str) -> None:
    """In a path or as a query; only what is there is found."""
    expected = 200 if odd == ODD_STUDENT else 404
    not_found = site.get(student_href("nobody-of-that-code")).data
    for address in (student_href(odd), f"/people/students/{quote(odd, safe='')}", f"/people/students?id={quote(odd)}"):
        response = site.get(address)
        assert response.status_code == expected
        assert expected == 200 or response.data == not_found


@pytest.mark.parametrize("value", ["' OR 1=1 --", "<script>", "9" * 5000, "\0", "٣"])
def test_a_query_is_never_more_than_a_value(site: Site, value: str) -> None:
    query = urlencode(dict.fromkeys(("class", "severity", "rule", "page", "q", "id", "code"), value))
    for path, status in (("/people/", 200), (organization_href(SCHOOL), 200), ("/people/students", 404)):
        response = site.get(f"{path}?{query}", of_school(SCHOOL))
        assert response.status_code == status
        assert "<script>" not in response.text
        if path == organization_href(SCHOOL):
            assert len(rows_of(response.text)) == 15
            assert "не применена" in response.text


def test_without_a_visitor_there_is_the_log_in(site: Site) -> None:
    site.visitor = None
    for address in (
        "/people/",
        f"{student_href(SHOWN)}?a=%D1%8F&b=2",
        organization_href(ODD_SCHOOL),
        list_href(SCHOOL),
    ):
        site.lines.clear()
        response = site.client.get(address)
        assert response.status_code == 303
        assert response.headers["Location"] == f"/login?next={quote(address, safe='/')}"
        assert not site.lines
        assert not any(name in response.text for name in NAMES)


def test_a_methodologist_is_refused_whatever_there_is(site: Site) -> None:
    answers = set()
    for address in ("/people/", student_href(SHOWN), student_href("x"), organization_href(SCHOOL), list_href(SCHOOL)):
        response = site.get(address, role=Role.METHODOLOGIST)
        assert response.status_code == 403
        assert told(NO_ROLE) in response.text
        answers.add(response.data)
        [(action, line)] = site.lines
        assert (action, line["status"], line["visitor"]) == ("refused", 403, "o.petrova")
    assert len(answers) == 1


def test_whom_a_provider_let_in_is_noted_by_what_the_provider_calls_them(site: Site) -> None:
    for subject in ("subject-1", "subject-2"):
        site.visitor = Visitor("И. Петрова", Role.QUALITY, REGION, subject)
        site.lines.clear()
        assert site.client.get("/people/").status_code == 200
        assert [(line["visitor"], line["subject"]) for _, line in site.lines] == [("И. Петрова", subject)]


def test_an_operator_sees_what_quality_sees(site: Site) -> None:
    assert site.get(student_href(SHOWN), role=Role.OPERATOR).status_code == 200


@pytest.mark.usefixtures("quickly")
def test_neither_what_is_typed_nor_a_name_comes_into_a_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    noted: Lines = []
    for scope in (REGION, of_school(SCHOOL)):
        for address in (
            f"/people/students?code={quote(UNKNOWN)}",
            f"/people/students/{quote(UNKNOWN)}",
            f"/people/organizations/{quote(UNKNOWN)}",
            f"/people/?q={quote(UNKNOWN)}",
            f"/people/students?code={MERGED}",
            *(student_href(student) for student in STUDENTS),
            organization_href(SCHOOL),
            list_href(SCHOOL),
        ):
            site.get(address, scope)
            noted += site.lines
    assert len(noted) == 2 * (7 + len(STUDENTS))
    text = f"{noted}{caplog.text}"
    assert not [name for name in (*NAMES, *SECRETS, UNKNOWN, MERGED, "Пётр") if name in text]
    assert all(isinstance(fact, str | int) for _, line in noted for fact in line.values())


def test_what_is_not_noted_is_not_shown(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.is_broken = True
    try:
        for address in (
            "/people/",
            student_href(SHOWN),
            student_href("x"),
            organization_href(SCHOOL),
            list_href(SCHOOL),
        ):
            for role in (Role.QUALITY, Role.METHODOLOGIST):
                response = site.get(address, role=role)
                assert response.status_code == 503
                assert told(NOT_NOTED) in response.text
                assert not any(name in response.text for name in NAMES)
    finally:
        site.is_broken = False
    assert "OSError" in caplog.text
    assert not any(name in caplog.text for name in NAMES)


def test_the_list_is_the_nightly_one(site: Site, home: Path, tmp_path: Path) -> None:
    build_site(home / "published", tmp_path / "site")
    nightly = {path.name: path.read_bytes() for path in (tmp_path / "site" / "lists").iterdir()}
    assert len(nightly) == 4
    for organization_id in (SCHOOL, PATH_ID, ODD_SCHOOL, None):
        response = site.get(list_href(organization_id))
        name = list_name(organization_id)
        assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert response.data == nightly[name]
        [(action, line)] = site.lines
        assert (action, line["page"], line.get("organization")) == ("view", "list", organization_id)
    without = site.get(list_href(QUIET_SCHOOL))
    assert (without.status_code, without.headers["Location"]) == (303, organization_href(QUIET_SCHOOL))
    assert not site.lines


def test_the_page_has_the_rows_of_the_list(site: Site, tmp_path: Path) -> None:
    book = tmp_path / "list.xlsx"
    book.write_bytes(site.get(list_href(SCHOOL)).data)
    listed = [
        row["Правило"]
        for sheet in fastexcel.read_excel(book.read_bytes()).sheet_names[1:]
        for row in fastexcel.read_excel(book.read_bytes()).load_sheet(sheet, dtypes="string").to_arrow().to_pylist()
    ]
    rows = rows_of(site.get(organization_href(SCHOOL)).text)
    assert sorted(re.search(r"правило (\w+)", row).group(1) for row in rows) == sorted(listed)  # type: ignore[union-attr]
    assert site.lines[0][1]["rows"] == len(rows) == 15
    [journal] = [row for row in rows if "J03" in row]
    assert "Абрамов Лев" in journal
    assert "3 записи" in journal.replace("\u00a0", " ")
    assert journal.endswith("26.10.2026")
    [representative] = [row for row in rows if "R03" in row]
    assert "представитель: Яковлев Юрий Ёжикович" in representative
    [nameless] = [row for row in rows if "правило S01" in row]
    assert f"(нет фамилии) Мария код карточки pupil-{BIG}-3" in nameless


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("severity=blocker", 4),
        ("rule=J01", 2),
        (f"class={BIG}", 4),
        ("class=-", 1),
        (f"class={EDGE}&severity=section", 3),
        ("class=c-bare", 15),  # another school's class is none of this list
        ("severity=blocker&rule=J01", 0),
        ("rule=S05", 15),  # closed
    ],
)
def test_filters_leave_what_they_say(site: Site, query: str, count: int) -> None:
    page = site.get(f"{organization_href(SCHOOL)}?{query}").text
    assert len(rows_of(page)) == count
    assert ("С таким сочетанием" in page) == (count == 0)
    assert ("не применена" in page) == (query in {"class=c-bare", "rule=S05"})


def test_long_lists_have_pages(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rows_of(site.get(organization_href(SCHOOL)).text)
    schools = rows_of(site.get("/people/").text)
    monkeypatch.setattr(views, "ROWS_A_PAGE", 6)
    monkeypatch.setattr(views, "ORGANIZATIONS_A_PAGE", 2)
    pages = [rows_of(site.get(f"{organization_href(SCHOOL)}?page={page}").text) for page in ("1", "2", "3")]
    assert [len(page) for page in pages] == [6, 6, 3]
    assert [row for page in pages for row in page] == whole
    assert site.lines[0][1]["rows"] == 3
    for asked, page in (("0", 0), ("4", 2), ("", 0), ("9" * 4000, 0)):
        assert rows_of(site.get(f"{organization_href(SCHOOL)}?page={asked}").text) == pages[page]
    second = site.get(f"{organization_href(SCHOOL)}?page=2&severity=advice").text
    assert not [link for link in links_of(second) if "page=" in link]  # six advices at most: one page
    first = site.get("/people/").text
    assert rows_of(first) + rows_of(site.get("/people/?page=2").text) == schools
    assert "/people/?page=2" in links_of(first)


def test_organizations_are_found_by_name(site: Site) -> None:
    whole = rows_of(site.get("/people/").text)
    assert len(whole) == 3
    assert whole[0].endswith(" 2 4 6 7")  # two students not shown, and the findings of school-1 by urgency
    assert len(rows_of(site.get(f"/people/?q={quote('  без   куг')}").text)) == 1
    assert rows_of(site.get(f"/people/?q={quote('СТРАННАЯ')}").text) == [
        f"Школа <u>Странная</u> {NO_MUNICIPALITY} 0 1 0 0"
    ]
    none = site.get(f"/people/?q={quote('тихая')}").text
    assert "не нашлось" in none
    assert not rows_of(none)


def test_a_student_is_found_by_the_code_of_a_form(site: Site) -> None:
    assert "Полный Яков" in site.get(f"/people/students?code=%20{SHOWN}%20").text
    page = site.get(student_href(SHOWN), of_school(SCHOOL)).text
    assert f'<a href="{organization_href(SCHOOL)}">' in page
    assert '<a href="/people/">' in site.get(student_href(NOBODY)).text


@pytest.mark.usefixtures("quickly")
def test_a_preview_leads_back_to_the_list_that_led_there(site: Site) -> None:
    for scope, back_to, leads_to in (
        (REGION, SCHOOL, SCHOOL),
        (REGION, "unknown", PATH_ID),
        (of_town("Посёлок"), SCHOOL, PATH_ID),
        (REGION, None, PATH_ID),
    ):
        page = site.get(student_href(MOVED, back_to), scope).text
        assert [organization_href(leads_to)] == links_of(page)


def test_what_comes_from_a_source_is_escaped_and_nothing_runs(site: Site) -> None:
    for address in ("/people/", organization_href(SCHOOL), organization_href(ODD_SCHOOL), student_href(ODD_STUDENT)):
        response = site.get(address)
        for raw in (EVIL, EVIL_NAME, EVIL_TOWN, "<u>", "<img", "<i>", "<script", "onload=alert(3)>"):
            assert raw not in response.text
        assert response.headers["Cache-Control"] == "no-store"
        assert "script" not in response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert html.escape(EVIL_NAME, quote=False) in site.get(organization_href(ODD_SCHOOL)).text


def test_no_number_or_birth_date_stands_on_a_page(site: Site) -> None:
    for address in ("/people/", organization_href(SCHOOL), "/people/region"):
        text = site.get(address).text
        assert not [secret for secret in SECRETS if secret in text]


def test_nothing_to_mend_says_so(site: Site) -> None:
    for scope in (REGION, of_school(QUIET_SCHOOL)):
        page = site.get(organization_href(QUIET_SCHOOL), scope).text
        assert "исправлять нечего" in page
        assert "list.xlsx" not in page
    assert "исправлять нечего" in site.get("/people/", of_school(QUIET_SCHOOL)).text
    for scope in (of_school("mistyped"), of_town("Пасёлок")):
        assert "нет: ни одной организации" in site.get("/people/", scope).text


@contextmanager
def pointed_to(home: Path, folder: Path | None) -> Iterator[None]:
    """The link leads elsewhere (None: nowhere) for a while."""
    link = home / "published"
    was = link.readlink()
    link.unlink()
    try:
        if folder is not None:
            link.symlink_to(folder)
        yield
    finally:
        link.unlink(missing_ok=True)
        link.symlink_to(was)


def test_a_new_publication_is_seen_by_itself(site: Site, home: Path, tmp_path: Path) -> None:
    newer = shutil.copytree(home / "publications" / PUBLICATION, tmp_path / "2026-10-29-1")
    with duckdb.connect(str(newer / "portfolio.duckdb")) as connection:
        connection.execute("update marts.publication set as_of = date '2026-10-29'")
    assert "28\u00a0октября" in site.get("/people/").text
    with pointed_to(home, newer):
        assert "29\u00a0октября" in site.get("/people/").text
        assert "29\u00a0октября" in site.get(student_href(SHOWN)).text
        assert site.lines[0][1]["publication"] == "2026-10-29-1"
    assert str(AS_OF.day) in site.get("/people/").text


def test_what_is_not_there_says_what_to_do(site: Site, home: Path, tmp_path: Path) -> None:
    addresses = ("/people/", student_href(SHOWN), organization_href(SCHOOL), list_href(SCHOOL))
    old = tmp_path / "2025-01-01-1"
    old.mkdir()
    for folder, words in ((None, NOTHING_PUBLISHED), (tmp_path, NOTHING_PUBLISHED), (old, MADE_BEFORE)):
        if folder == old:
            for name in ("portfolio.duckdb", "people.duckdb"):
                with duckdb.connect(str(old / name)) as connection:
                    connection.execute("create schema marts")
                    connection.execute("create table marts.publication as select date '2025-01-01' as as_of")
        with pointed_to(home, folder):
            for address in addresses:
                response = site.get(address)
                assert response.status_code == 503
                assert told(words) in response.text
                assert not site.lines


def test_trouble_is_told_without_what_it_quotes(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise duckdb.ConversionException(f"could not convert {NAMES[0]}")

    monkeypatch.setattr(views, "student_document", fail)
    response = site.get(student_href(SHOWN))
    assert response.status_code == 503
    assert told(TROUBLE) in response.text
    assert not site.lines
    assert "ConversionException" in caplog.text
    assert NAMES[0] not in caplog.text + response.text


def test_pages_reach_no_other_file(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def look(publication: Any, *_: Any) -> list[Any]:
        for query in (
            "from '/etc/passwd'",
            "copy (select 1) to '/tmp/x.csv'",
            "attach '/tmp/x.duckdb'",
            "set threads=3",
        ):
            with pytest.raises(duckdb.Error) as refused:
                publication.connection.execute(query)
            tried.append(type(refused.value))
        return []

    monkeypatch.setattr(views, "to_mend", look)
    assert site.get("/people/").status_code == 200
    assert len(tried) == 4


@pytest.mark.usefixtures("quickly")
def test_who_has_left_is_the_last_school_and_who_is_to_come_the_next(site: Site) -> None:
    """An enrollment that ends before it begins is none; one of a later day counts only where there is no other."""
    assert site.get(student_href(GONE), of_school(SCHOOL)).status_code == 200
    assert site.get(student_href(GONE), of_school(ODD_SCHOOL)).status_code == 404
    assert site.get(student_href(GONE), of_school(PATH_ID)).status_code == 404
    assert site.get(student_href(COMING), of_school(COLLEGE)).status_code == 200


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    """The pages, served to a browser."""
    site.visitor = Visitor("o.petrova", Role.QUALITY, REGION)
    served = make_server("127.0.0.1", 0, site.client.application, threaded=True)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.port}"
    served.shutdown()
    thread.join()
    served.server_close()


def test_pages_fit_and_can_be_read_by_everybody(browser: Any, address: str) -> None:
    axe = pytest.importorskip("axe_core_python.sync_playwright").Axe()
    page = browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/people/", organization_href(SCHOOL), student_href(SHOWN), "/people/students/nobody"):
        page.goto(address + path)
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        found = axe.run(page, options={"resultTypes": ["violations"]})["violations"]
        assert not [(one["id"], path) for one in found if one["impact"] in {"serious", "critical"}]
    assert all(url.startswith((address, "data:")) for url in asked)
    page.close()


def test_a_card_to_mend_is_found_and_left_by_links_and_forms(browser: Any, address: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.goto(f"{address}/people/")
    page.fill("#q", "alert")
    page.keyboard.press("Enter")
    page.click("tbody a")
    page.select_option("#choice-severity", "blocker")
    page.click("form button")
    expect(page.locator("tbody tr:has(td)")).to_have_count(4)
    page.click("tbody a")
    page.wait_for_url("**/people/students/*")
    page.click("header a")
    page.wait_for_url(f"**{organization_href(SCHOOL)}")
    with page.expect_download() as download:
        page.click("p.list a")
    assert download.value.suggested_filename == "school-school-1.xlsx"
    assert trouble == []
    page.close()
