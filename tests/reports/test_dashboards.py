"""The dashboards on a published file: what is shown, what is hidden, addresses, downloads, headers."""

from __future__ import annotations

import csv
import re
import socket
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from urllib.parse import quote, unquote, urlencode

import duckdb
import fastexcel
import numpy as np
import plotly.graph_objects as go
import pytest
from dashboards_sample import CLASSES, MATH, YEAR, Rows, create_tables, sample_rows, write_sample
from flask.testing import FlaskClient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from extracts.errors import BadInput
from reports.dashboards.address import View, search_of, view_of
from reports.dashboards.app import REFUSED, make_app
from reports.dashboards.blocks import HIDDEN, Cards, Cell, Note, Picture, Table, day_cell, mean
from reports.dashboards.downloads import table_file
from reports.dashboards.filters import chosen_view
from reports.dashboards.order import Order, order_of
from reports.dashboards.pages import averages
from reports.dashboards.pages.directory import PAGES
from reports.dashboards.pages.marks import NO_PREVIOUS, average, averages_question, change, change_question
from reports.dashboards.questions import Answer, _hide_parts, ask, ask_one, parts_of
from reports.dashboards.serving import is_loopback, serve
from reports.dashboards.sorting import in_order, next_order
from reports.dashboards.store import MADE_BEFORE, NOTHING_PUBLISHED, Kept, NothingToShow, Reader, Store

ONE_OF_EACH = {
    "region": "",
    "town": "municipality=" + quote("Город Б"),
    "school": "school=b1",
    "level": "school=b1&level=9",
    "class": "class=b-9a",
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("dashboards") / "published")


@pytest.fixture(scope="module")
def reader(published: Path) -> Reader:
    return Store(published).reader()


@pytest.fixture(scope="module")
def client(published: Path) -> Iterator[FlaskClient]:
    with make_app(published).server.test_client() as opened:
        yield opened


def view(reader: Reader, search: str, page: str = "averages") -> View:
    seen = view_of(page, search, reader.catalog)
    assert not seen.unknown
    return seen


def table(reader: Reader, seen: View, name: str) -> dict[str, list[str]]:
    """The rows of a page's table by their first cell, as they are read."""
    found = [
        block for block in PAGES[seen.page].blocks(reader, seen) if isinstance(block, Table) and block.name == name
    ]
    return {row[0].text: [cell.text for cell in row[1:]] for row in found[0].rows} if found else {}


def shown_page(client: FlaskClient, pathname: str, search: str = "") -> str:
    """What the server answers to a browser that shows an address."""
    answer = client.post(
        "/_dash-update-component",
        json={
            "output": "page.children",
            "outputs": {"id": "page", "property": "children"},
            "inputs": [
                {"id": "address", "property": "pathname", "value": pathname},
                {"id": "address", "property": "search", "value": search},
            ],
            "changedPropIds": [],
        },
    )
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("place", ONE_OF_EACH)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_every_place(client: FlaskClient, page: str, place: str) -> None:
    text = shown_page(client, f"/{page}", f"?{ONE_OF_EACH[place]}&subject={MATH}")
    assert PAGES[page].title in text.encode().decode("unicode_escape") or PAGES[page].title in text
    assert "Не получилось" not in text


@pytest.mark.parametrize("page", PAGES)
def test_a_publication_without_aggregates_says_what_to_do_on_every_page(tmp_path: Path, page: str) -> None:
    named = ("publication", "academic_years", "organizations", "class_units", "subjects", "quality_rules")
    rows = {name: values for name, values in sample_rows().items() if name in named}
    with make_app(write_sample(tmp_path / "published", rows)).server.test_client() as client:
        assert '"notice"' in shown_page(client, f"/{page}")


def test_a_mean_is_shown_as_the_portal_shows_it() -> None:
    assert mean(Decimal("49"), 12) == Decimal("4.08")
    assert mean(Decimal("3.125"), 1) == Decimal("3.13")
    assert mean(Decimal("3.124999999999"), 1) == Decimal("3.13")
    assert mean(Decimal(0), 0) is None


def test_parts_of_a_place_with_the_small_one_and_its_smallest_neighbour_hidden(reader: Reader) -> None:
    seen = table(reader, view(reader, "school=b1&level=9&subject=math"), "parts")
    assert seen["b-9a"] == ["3,13", "−0,30", "25", "7"]
    assert seen["b-9b"] == seen["b-9c"] == [HIDDEN] * 4


def test_a_hidden_part_has_no_page_of_its_own(reader: Reader) -> None:
    for search in ("class=b-9b", "class=b-9c", "school=a1", "school=a1&level=9", "class=a1-9a"):
        for page in PAGES:
            seen = view(reader, f"{search}&subject={MATH}", page)
            for block in PAGES[page].blocks(reader, seen):
                if isinstance(block, Table):
                    assert {cell.text for row in block.rows for cell in row[1:]} <= _harmless(block), (search, page)
                if isinstance(block, Cards):
                    assert {value for _, value in block.facts} == {HIDDEN}, (search, page)
                assert not isinstance(block, Picture) or block.name in {"weeks", "control"}


def _harmless(block: Table) -> set[str]:
    """What a table of a hidden place may say: that it is hidden, nothing at all, or of wider places on its way."""
    wider = {"weeks": slice(3, -1), "subjects": slice(2, -1)}.get(block.name, slice(0))
    return (
        {HIDDEN, "—"}
        | ({"школьный"} if block.name == "kinds" else set())
        | (
            {cell.text for row in block.rows for cell in row[wider]}
            if block.head[-1].startswith("Разница с")
            else set()
        )
    )


def test_a_sum_rolls_up_as_the_mean_of_the_students(reader: Reader) -> None:
    answer = ask_one(reader, view(reader, "subject=math"), averages_question(View(year=YEAR, subjects=(MATH,))))
    assert answer is not None
    assert answer.students == sum(students for *_, students, _ in CLASSES)
    total = sum(Decimal(average) * students for *_, students, average in CLASSES)
    assert answer.values["sum"] == total


class TableReader(Reader):
    """A reader of tables that the test keeps in memory."""

    def __init__(self, rows: Rows) -> None:
        self._connection = duckdb.connect()
        self._kept, self._worked_out, self._pages = Kept(), Kept(), Kept()
        tables = (
            "publication",
            "academic_years",
            "subjects",
            "organizations",
            "class_units",
            "agg_averages",
            "agg_attendance",
            "agg_finals",
        )
        create_tables(self._connection, {name: rows.get(name, []) for name in tables})


Sizes = list[tuple[int, int, int, int]]


@settings(max_examples=5, deadline=None)
@example(sizes=[(0, 0, 8, 3)])
@example(sizes=[(0, 0, 8, 3), (0, 0, 8, 20), (1, 0, 9, 20)])
@given(
    sizes=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(8, 10), st.integers(0, 30)), min_size=1, max_size=14
    )
)
def test_no_small_group_can_be_had_by_subtraction(sizes: Sizes) -> None:
    """An attacker opens every view, adds and subtracts what is shown: no group below five comes out."""
    classes = _classes(sizes)
    reader = TableReader(_of_averages(classes))

    def shown(seen: View, by: str | None) -> list[object]:
        return [one.part for one in ask(reader, seen, averages_question(seen), by=by) if not one.is_hidden]

    _attack(reader, classes, [students for *_, students in sizes], shown)


@settings(max_examples=5, deadline=None)
@example(sizes=[(0, 0, 8, 23)], compared=[3] * 14)
@example(sizes=[(0, 0, 8, 30), (0, 0, 9, 30), (0, 1, 9, 3)], compared=[4, 30, 2] + [0] * 11)
@given(
    sizes=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(8, 10), st.integers(0, 30)), min_size=1, max_size=14
    ),
    compared=st.lists(st.integers(0, 30), min_size=14, max_size=14),
)
def test_no_change_of_a_small_group_can_be_had_by_subtraction(sizes: Sizes, compared: list[int]) -> None:
    """The same of changes, whose groups are smaller: those who have an average in both periods."""
    classes = _classes(sizes)
    rows = _of_averages(classes)
    counts = [min(students, both) for (*_, students), both in zip(sizes, compared, strict=False)]
    for row in rows["agg_averages"]:
        row["compared_count"] = counts[int(row["class_unit_id"].removeprefix("c"))]
    reader = TableReader(rows)

    def shown(seen: View, by: str | None) -> list[object]:
        changes = {one.part: one for one in ask(reader, seen, change_question(seen), by=by)}
        answers = ask(reader, seen, averages_question(seen), by=by)
        cells = {one.part: change(average(one), changes.get(one.part)) for one in answers}
        return [part for part, cell in cells.items() if cell.number is not None]

    _attack(reader, classes, counts, shown)


def _classes(sizes: Sizes) -> list[tuple[str, str, int, str, int, str]]:
    return [
        (f"Город {town}", f"s{town}{school}", level, f"c{place}", students, "4")
        for place, (town, school, level, students) in enumerate(sizes)
    ]


def _of_averages(classes: list[tuple[str, str, int, str, int, str]]) -> Rows:
    """Only what the attack looks at: writing the rest would take most of the test's time."""
    rows = sample_rows(classes)
    own = [row for row in rows["agg_averages"] if row["subject_id"] is None and row["scope"] == "current"]
    return {**rows, "agg_averages": own, "agg_attendance": [], "agg_finals": []}


def _attack(
    reader: Reader,
    classes: list[tuple[str, str, int, str, int, str]],
    counts: list[int],
    shown_parts: Callable[[View, str | None], list[object]],
) -> None:
    """Opens every view; `counts`: of how many students of each class a figure speaks, which the attacker knows."""
    groups: dict[str, set[int]] = {}
    shown: list[set[int]] = []

    def look(search: str, members: set[int]) -> None:
        seen = view_of("averages", search, reader.catalog)
        groups[search] = members
        shown.extend(members for _ in shown_parts(seen, None))
        by = parts_of(seen)
        if by is None:
            return
        visible = shown_parts(seen, by)
        step = {0: "municipality", 1: "school", 2: "level", 3: "class"}[_depth(search)]
        for part in dict.fromkeys(_step(classes[place], step) for place in sorted(members)):
            inside = {place for place in members if _step(classes[place], step) == part}
            shown.extend(inside for one in visible if one == part)
            look(f"{search}&{urlencode({step: part})}", inside)

    look("", {*range(len(classes))})
    # Classes of which nothing is counted are known to be empty: they help nobody and hide nothing.
    keep = [place for place, count in enumerate(counts) if count]
    matrix = np.array([[float(place in members) for place in keep] for members in shown] or [[0.0] * len(keep)])
    for members in groups.values():
        if 0 < sum(counts[place] for place in members) < 5:
            wanted = np.array([float(place in members) for place in keep])
            assert np.linalg.matrix_rank(np.vstack([matrix, wanted])) > np.linalg.matrix_rank(matrix)


def _depth(search: str) -> int:
    return search.count("&")


def _step(one: tuple[str, str, int, str, int, str], step: str) -> object:
    return one[{"municipality": 0, "school": 1, "level": 2, "class": 3}[step]]


def test_counts_that_add_up_are_hidden_together_and_with_a_neighbour() -> None:
    question = averages_question(View(year=YEAR, subjects=(MATH,)))
    names = question.together

    def part(name: str, *counts: int) -> Answer:
        values = dict.fromkeys(question.measures, 0) | dict(zip(names, counts, strict=True))
        return Answer(name, "", sum(counts), values)

    parts = [part("a", 1, 9, 20, 10), part("b", 0, 20, 20, 20), part("c", 6, 6, 6, 12)]
    _hide_parts(parts, question)
    # a has one student with a two; with c, the smallest other, there are seven.
    assert [bool(one.hidden & {*names}) for one in parts] == [True, False, True]


def test_a_class_whose_final_marks_are_all_missing_stands_in_its_parallel() -> None:
    rows = sample_rows()
    for row in rows["agg_finals"]:
        row["finals_missing"] = {"b-9a": 6, "b-9b": 3, "b-9c": 7}.get(row["class_unit_id"], 0)
        if row["class_unit_id"] == "b-9b":
            row |= {"gap_count": 0, "gap_students": 0}
    reader = TableReader(rows)
    shown = table(reader, view(reader, f"school=b1&level=9&subject={MATH}&period=1+Четверть", "finals"), "parts")
    missing = {name: cells[3] for name, cells in shown.items()}
    assert missing == {"b-9a": HIDDEN, "b-9b": HIDDEN, "b-9c": "7"}, "3 of 16, which 7 and 6 would give away"


def test_those_who_are_left_over_by_a_count_are_a_group_too(tmp_path: Path) -> None:
    rows = sample_rows()
    for row in rows["completeness_rollup"]:
        row["complete_students"] = {"b-9a": 3, "a3-9a": 50}.get(row["class_unit_id"], row["students"])
    reader = Store(write_sample(tmp_path / "published", rows)).reader()
    shown = table(reader, view(reader, "school=b1&level=9", "completeness"), "parts")
    assert shown["b-9a"][0] == HIDDEN, "22 of 25 incomplete would tell of 3 that are complete"
    assert table(reader, view(reader, "school=a3", "completeness"), "parts")["9 параллель"] == ["83,3", "60"]


def test_students_of_no_class_are_a_part_of_their_school(tmp_path: Path) -> None:
    rows = sample_rows()
    usual = next(row for row in rows["completeness_rollup"] if row["class_unit_id"] == "a3-9a")
    whole = usual | {"level": "organization", "class_unit_id": None, "students": 63, "complete_students": 63}
    rows["completeness_rollup"].append(whole)
    reader = Store(write_sample(tmp_path / "small", rows)).reader()
    place = view(reader, "school=a3", "completeness")
    assert table(reader, place, "parts") == {"9 параллель": [HIDDEN, HIDDEN], "без класса": [HIDDEN, HIDDEN]}
    rows["completeness_rollup"][-1] |= {"students": 70, "complete_students": 60}
    reader = Store(write_sample(tmp_path / "large", rows)).reader()
    assert table(reader, place, "parts") == {"9 параллель": ["100,0", "60"], "без класса": ["0,0", "10"]}


def test_a_view_survives_its_address(reader: Reader) -> None:
    seen = view(reader, f"class=b-9a&subject={MATH}&scope=year&period={quote('1 Четверть')}&pictures=svg")
    assert (seen.municipality, seen.organization, seen.level) == ("Город Б", "b1", 9)
    assert view_of("averages", search_of(seen, reader.catalog), reader.catalog) == seen
    wider = chosen_view(seen, "municipality", "Город А")
    assert search_of(wider, reader.catalog).count("school") == 0


@pytest.mark.parametrize(
    "name", ["municipality", "school", "level", "class", "subject", "scope", "period", "year", "sort"]
)
def test_sql_in_a_filter_is_left_out_and_told(client: FlaskClient, reader: Reader, name: str) -> None:
    attack = "x' UNION SELECT 1; DROP TABLE marts.agg_averages; --"
    seen = view_of("averages", f"?{urlencode({name: attack})}", reader.catalog)
    assert seen.unknown == (name,)
    assert attack not in search_of(seen, reader.catalog)
    for page in PAGES:
        assert "DROP TABLE" not in shown_page(client, f"/{page}", f"?{urlencode({name: attack})}")


def test_the_publication_cannot_be_written_nor_another_file_read(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    for sql in ("drop table marts.agg_averages", f"from read_csv('{tmp_path}/secret.csv')", "set threads = 1"):
        with pytest.raises(Exception, match=r"(?i)read-only|disabled|locked"):
            reader.rows(sql)


def test_a_new_publication_is_noticed(tmp_path: Path) -> None:
    link = tmp_path / "published"
    store = Store(link)
    with pytest.raises(NothingToShow, match=NOTHING_PUBLISHED[:20]):
        store.reader()
    write_sample(tmp_path / "one")
    write_sample(tmp_path / "two", sample_rows(CLASSES[:1]))
    link.symlink_to("one")
    first = store.reader()
    assert store.reader() is first
    (tmp_path / "next").symlink_to("two")
    (tmp_path / "next").replace(link)
    assert len(store.reader().catalog.organizations) == 1
    assert len(first.catalog.organizations) == 5  # whoever was reading goes on


def test_before_the_first_publication_and_after_an_old_one_the_page_says_what_to_do(tmp_path: Path) -> None:
    app = make_app(tmp_path / "published")
    with app.server.test_client() as client:
        assert "portfolio load" in shown_page(client, "/")
        assert client.get("/files/averages/parts.csv").status_code == 503
        (tmp_path / "published").mkdir()
        with duckdb.connect(str(tmp_path / "published" / "portfolio.duckdb")) as connection:
            connection.execute("create schema marts")
        text = shown_page(client, "/").encode().decode("unicode_escape", "replace")
        assert "portfolio load" in text
        assert MADE_BEFORE.endswith("portfolio load.")


def test_a_table_downloads_as_it_is_shown(client: FlaskClient) -> None:
    address = f"/files/averages/parts.{{}}?school=b1&level=9&subject={MATH}"
    answer = client.get(address.format("csv"))
    rows = list(csv.reader(StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[1] == ["b-9a", "3,13", "-0,30", "25", "7"]
    assert rows[2] == ["b-9b", HIDDEN, HIDDEN, HIDDEN, HIDDEN]
    sheet = fastexcel.read_excel(client.get(address.format("xlsx")).data).load_sheet(
        0, header_row=None, dtypes="string"
    )
    assert sheet.to_arrow().to_pylist()[1]["__UNNAMED__1"].startswith("3.13")
    for wrong in ("/files/averages/none.csv", "/files/nowhere/parts.csv", "/files/averages/parts.exe"):
        assert client.get(wrong).status_code == 404
        assert "Такой страницы или таблицы нет" in client.get(wrong).get_data(as_text=True)
    # Whatever is no file of a table is the application's own empty page.
    outside = client.get("/files/..%2f..%2fpeople/parts.csv")
    assert outside.content_type.startswith("text/html")
    assert "b-9a" not in outside.get_data(as_text=True)


def test_a_file_says_what_it_is_about(client: FlaskClient) -> None:
    answer = client.get(f"/files/averages/parts.xlsx?school=b2&subject={MATH}&scope=year")
    ascii_name, _, name = answer.headers["Content-Disposition"].partition("; filename*=UTF-8''")
    assert ascii_name == 'attachment; filename="averages-parts.xlsx"'
    assert re.fullmatch(r"Средние баллы\..*Алгебра.*\. Школа b2 2026-11-10\.xlsx", unquote(name))
    about = fastexcel.read_excel(answer.data).load_sheet("О таблице", header_row=None, dtypes="string")
    facts = {row["__UNNAMED__0"]: row["__UNNAMED__1"] for row in about.to_arrow().to_pylist()}
    assert facts.pop("Что")
    assert facts == {
        "Страница": "Средние баллы",
        "Где": "Регион › Город Б › Школа b2",
        "Учебный год": "2026/2027",
        "Предмет": "Алгебра",
        "За что": "Учебный год",
        "Данные на": "2026-11-10",
    }
    evil = unquote(client.get("/files/averages/parts.csv?school=b1").headers["Content-Disposition"])
    assert not {*"<>*?|\\:"} & {*evil.split("filename*=UTF-8''")[1]}


@pytest.mark.parametrize("search", ["school=999", "municipality=x", "subject=x", "year=1999", "scope=x", "class=x"])
def test_no_file_is_given_for_what_there_is_not(client: FlaskClient, search: str) -> None:
    """The page of such a link says so and shows what is wider: a file with other figures would only be believed."""
    answer = client.get(f"/files/averages/parts.csv?{search}")
    assert answer.status_code == 404
    assert "нет того, что названо в ссылке" in answer.get_data(as_text=True)
    assert client.get("/files/averages/parts.csv?sort=parts.99&pictures=gif").status_code == 200


def test_a_page_that_there_is_not_leads_to_the_first(client: FlaskClient) -> None:
    for path in ("/nosuch", "/Averages", "/averages/x"):
        assert client.get(path).status_code == 404
        told = shown_page(client, path)
        assert "Такой страницы нет" in told
        assert "Начать с обзора" in told
    assert client.get("/averages").status_code == 200
    refused = client.get("/", headers={"Host": "evil.example"})
    assert (refused.status_code, refused.get_data(as_text=True)) == (400, REFUSED[400])


def test_a_name_that_begins_like_a_formula_stays_a_text() -> None:
    evil = Table("t", "t", ("Имя", "Число"), ((Cell("=1+1"), Cell(Decimal("-1.5"), 1)),))
    assert table_file(evil, "csv").decode("utf-8-sig").splitlines()[1] == "'=1+1;-1,5"
    sheet = fastexcel.read_excel(BytesIO(table_file(evil, "xlsx")).getvalue()).load_sheet(0)
    assert sheet.to_arrow().to_pylist() == [{"Имя": "=1+1", "Число": -1.5}]


def test_headers_let_nothing_out_or_in(client: FlaskClient) -> None:
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/", headers={"Host": "localhost:8050"}).status_code == 200
    page = answer.get_data(as_text=True)
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


def test_a_taken_port_is_one_clear_line(published: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(BadInput, match="--port 0"):
            serve(published, host="127.0.0.1", port=taken.getsockname()[1], announce=print)


def test_which_addresses_only_this_machine_reaches() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "10.0.0.1", "x.example")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


def test_parallels_across_schools_are_averages_of_many_alone(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = PAGES["averages"].blocks(reader, view(reader, ""))
    assert "parallels" not in {block.name for block in blocks if isinstance(block, Table)}
    monkeypatch.setattr(averages, "WIDE_GROUP", 100)
    # Of parallel 8 there are 56 students, of parallel 9 118.
    assert table(reader, view(reader, ""), "parallels") == {"Алгебра": [HIDDEN, "3,59"]}
    assert table(reader, view(reader, ""), "changesparallels") == {"Алгебра": [HIDDEN, "−0,30"]}


def test_completeness_by_night(reader: Reader) -> None:
    seen = view(reader, "municipality=" + quote("Город Б"), "completeness")
    assert table(reader, seen, "nights") == {"09.11.2026": ["100,0", "90"], "10.11.2026": ["100,0", "90"]}
    assert "nights" in {
        block.name for block in PAGES["completeness"].blocks(reader, seen) if isinstance(block, Picture)
    }


def test_final_marks_and_control_works_of_a_school(reader: Reader) -> None:
    seen = view(reader, f"school=b2&subject={MATH}", "finals")
    assert table(reader, seen, "subjects") == {"Алгебра": ["+0,25", "0", "0", "0", "30"]}
    assert table(reader, seen, "control") == {"Алгебра": ["3,00", "4,00", "−1,00", "30"]}
    assert table(reader, seen, "places") == {"8 параллель": ["3,00", "4,00", "−1,00", "30"]}
    assert table(reader, seen, "gaps") == {"Алгебра": ["−1,00"]}


def test_absences_of_a_class(reader: Reader) -> None:
    seen = view(reader, "class=b-9a", "attendance")
    assert table(reader, seen, "months") == {"Ноябрь 2026": ["10,0", "10,0", "0,0", "0,0", "0", "25"]}
    assert table(reader, seen, "days") == {"09.11.2026": ["10,0", "25"]}


def test_a_day_is_of_those_who_had_lessons_on_it_not_of_the_class(tmp_path: Path) -> None:
    """Two of the 25 have six lessons each on a Saturday and miss half of them; 22 of the eighth parallel come, too."""
    rows = sample_rows()
    days = {row["class_unit_id"]: row for row in rows["agg_attendance_days"]}
    for unit, students, held, missed in (("b-9a", 2, 12, 6), ("b-8a", 22, 132, 33)):
        saturday = {"date": date(2026, 11, 14), "students_count": students, "lessons_held": held}
        rows["agg_attendance_days"].append(days[unit] | saturday | {"lessons_missed": missed})
    reader = Store(write_sample(tmp_path / "published", rows)).reader()

    def saturday_of(search: str) -> list[str]:
        return table(reader, view(reader, search, "attendance"), "days")["14.11.2026"]

    assert table(reader, view(reader, "class=b-9a", "attendance"), "days")["09.11.2026"] == ["10,0", "25"]
    for search in ("class=b-9a", "school=b1&level=9", "school=b1&level=8", "class=b-8a"):
        assert saturday_of(search) == [HIDDEN, HIDDEN], search
    # 39 of 144 lessons.
    assert saturday_of("school=b1") == ["27,1", "24"]


def test_weeks_of_a_class_beside_what_it_lies_in(reader: Reader) -> None:
    seen = view(reader, f"class=b-9a&subject={MATH}", "dynamics")
    # The class, its parallel (38), its school (60), its town (90), the region (174).
    assert table(reader, seen, "weeks")["02.11.2026"] == [
        "3,13", "25", "3,53", "38", "3,70", "60", "3,97", "90", "3,79", "174", "−0,40",
    ]  # fmt: skip
    # Of the last week that is over, every subject: beside the same places.
    assert table(reader, seen, "subjects") == {"Алгебра": ["3,13", "3,53", "3,70", "3,97", "3,79", "−0,40"]}


def test_figures_are_valid_for_plotly(reader: Reader) -> None:
    seen = 0
    for page in PAGES:
        for search in ONE_OF_EACH.values():
            for block in PAGES[page].blocks(reader, view(reader, f"{search}&subject={MATH}", page)):
                if isinstance(block, Picture):
                    go.Figure(dict(block.figure))
                    seen += 1
    assert seen > 10


def test_without_a_subject_dynamics_shows_that_with_most_marks(reader: Reader) -> None:
    note, *others = PAGES["dynamics"].blocks(reader, view(reader, "school=b2", "dynamics"))
    assert isinstance(note, Note)
    assert "Показан предмет «Алгебра»" in note.text
    assert [block.name for block in others if isinstance(block, Table)] == ["weeks", "subjects"]
    # As of Tuesday the 10th the week of the 2nd is the last that is over.
    assert "02.11.2026" in next(
        block.title for block in others if isinstance(block, Table) and block.name == "subjects"
    )


def test_changes_are_those_of_the_students_and_what_fell_comes_first(reader: Reader) -> None:
    # 118 students of the ninth parallel fell by 0.3, 56 of the eighth rose by 0.1: (-35.4 + 5.6) / 174 = -0.171.
    seen = view(reader, "", "")
    assert table(reader, seen, "fallen") == {"Алгебра": ["3,79", "−0,17"]}
    assert [row[1] for row in table(reader, seen, "parts").values()] == ["−0,28", "−0,07"]
    cards = [block for block in PAGES[""].blocks(reader, seen) if isinstance(block, Cards)]
    assert ("К прошлому периоду", "−0,17") in cards[0].facts
    seen = view(reader, "school=b1")
    assert table(reader, seen, "changesmatrix") == {"Алгебра": ["+0,10", "−0,30"]}
    assert table(reader, seen, "parts") == {
        "8 параллель": ["4,00", "+0,10", "22", "7"],
        "9 параллель": ["3,53", "−0,30", "38", "7"],
    }
    # A year has no period before it.
    assert table(reader, view(reader, "school=b1&scope=year"), "changesmatrix") == {}


def test_in_the_first_period_it_is_said_that_there_is_nothing_to_compare_with() -> None:
    rows = sample_rows()
    for row in rows["agg_averages"]:
        row |= {"compared_count": 0, "change_sum": 0}
    reader = TableReader(rows)
    for page in ("", "averages"):
        blocks = PAGES[page].blocks(reader, view(reader, "", page))
        assert NO_PREVIOUS in [block.text for block in blocks if isinstance(block, Note)], page
        assert not any("К прошлому периоду" in block.head for block in blocks if isinstance(block, Table))


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        ("parts.1", ["b-9a", "b-9b", "b-9c"]),
        ("parts.-1", ["b-9a", "b-9b", "b-9c"]),  # what is hidden stays last, and in its own order
        ("parts.0", ["b-9a", "b-9b", "b-9c"]),
        ("parts.-0", ["b-9c", "b-9b", "b-9a"]),
        ("other.-0", ["b-9a", "b-9b", "b-9c"]),
        ("parts.99", ["b-9a", "b-9b", "b-9c"]),
    ],
)
def test_rows_stand_in_the_order_of_the_address(reader: Reader, order: str, wanted: list[str]) -> None:
    seen = view(reader, f"school=b1&level=9&sort={order}")
    assert [*table(reader, seen, "parts")] == wanted
    assert view_of("averages", search_of(seen, reader.catalog), reader.catalog) == seen


def test_numbers_names_and_days_have_each_their_order() -> None:
    def ordered(*cells: Cell, descending: bool = False) -> list[str]:
        table = Table("t", "t", ("a",), tuple((cell,) for cell in cells))
        shown = in_order(table, Order("t", 0, descending=descending))
        assert isinstance(shown, Table)
        return [row[0].text for row in shown.rows]

    assert ordered(Cell("10 параллель"), Cell("9 параллель"), Cell(HIDDEN)) == ["9 параллель", "10 параллель", HIDDEN]
    assert ordered(Cell(None), Cell(Decimal("-0.5"), 1), Cell(3)) == ["−0,5", "3", "—"]
    assert ordered(Cell(None), Cell(3), Cell(20), descending=True) == ["20", "3", "—"]
    assert ordered(day_cell(date(2026, 10, 1)), day_cell(date(2026, 9, 30))) == ["30.09.2026", "01.10.2026"]
    assert order_of("parts.1; drop") is None
    assert next_order(Table("t", "t", ("a",), ()), 0, Order("t", 0)) == Order("t", 0, descending=True)


def test_achievements_add_up_only_what_is_shown(reader: Reader) -> None:
    seen = view(reader, "municipality=" + quote("Город Б"), "achievements")
    assert [*table(reader, seen, "parts").values()] == [["60", "60"], ["30", "30"]]
    # In town A school a2 is small, and a1 is hidden with it.
    seen = view(reader, "municipality=" + quote("Город А"), "achievements")
    assert [*table(reader, seen, "parts").values()] == [[HIDDEN, HIDDEN], [HIDDEN, HIDDEN], ["60", "60"]]


def test_names_are_texts(client: FlaskClient, reader: Reader) -> None:
    text = shown_page(client, "/averages", "?municipality=" + quote("Город Б"))
    # A text of a component, which React escapes; in a label of a figure Plotly would read tags, so there are none.
    assert "onerror=alert(1)" in text
    found = [
        block.figure["layout"]["xaxis"]["ticktext"]
        for block in PAGES["averages"].blocks(reader, view(reader, ONE_OF_EACH["town"]))
        if isinstance(block, Picture) and block.name == "matrix"
    ]
    assert found
    assert all("<img" not in label for labels in found for label in labels)
