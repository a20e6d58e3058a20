"""What makes the dashboards quick changes nothing that they say: answers kept, bytes written once, rows laid."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import duckdb
import pytest
from dash import dcc, html
from dashboards_sample import MATH, sample_rows, write_sample
from plotly.io.json import to_json_plotly

from dbt_project.generate_marts import documented_tables
from orchestration.reading_order import READING_ORDER, laid
from reports.dashboards.address import view_of
from reports.dashboards.app import make_app
from reports.dashboards.pages.directory import PAGES
from reports.dashboards.rendering import page
from reports.dashboards.store import FILE, MADE_BEFORE, NEEDED, Kept, NothingToShow, Reader, Store
from reports.dashboards.wire import plain, written

#: Places whose queries differ in their parameters alone stand before those where something is hidden.
SEARCHES = ("?", "?class=a3-9a", "?school=b2", "?school=b1", "?school=b1&level=9", "?class=b-9a", "?class=b-9c")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("dashboards_speed") / "published") / FILE


def test_what_is_kept_of_other_places_changes_no_answer(file: Path) -> None:
    """Each page of a reader that has shown everything else before, against a reader that knows nothing."""
    used = Reader(file)
    views = [view_of(name, f"{search}&subject={MATH}", used.catalog) for name in PAGES for search in SEARCHES]
    alone = {view: PAGES[view.page].blocks(Reader(file), view) for view in views}
    for view in [*views, *views]:
        assert PAGES[view.page].blocks(used, view) == alone[view], view


def test_bytes_are_those_that_dash_would_write(file: Path) -> None:
    reader = Reader(file)
    for name, kind in PAGES.items():
        view = view_of(name, f"?school=b1&subject={MATH}", reader.catalog)
        drawn = page(view, kind.blocks(reader, view), reader.catalog)
        assert json.loads(written(drawn)) == json.loads(to_json_plotly(drawn))
    cell = html.Td(dcc.Link("Школа", href="/"), className="text")
    assert plain("Td", children=dcc.Link("Школа", href="/"), className="text").keys() == cell.to_plotly_json().keys()
    assert json.loads(written([plain("Td", children="a")])) == json.loads(to_json_plotly([html.Td("a")]))  # type: ignore[list-item]
    with pytest.raises(TypeError):
        written([object()])  # type: ignore[list-item]


def test_pages_of_one_view_are_drawn_once_and_a_wrong_filter_is_still_told(file: Path) -> None:
    with make_app(file.parent).server.test_client() as client:

        def shown(search: str) -> str:
            inputs = [
                {"id": "address", "property": name, "value": value}
                for name, value in (("pathname", "/"), ("search", search))
            ]
            outputs = {"id": "page", "property": "children"}
            body = {"output": "page.children", "outputs": outputs, "inputs": inputs, "changedPropIds": []}
            return str(client.post("/_dash-update-component", json=body).get_json()["response"]["page"]["children"])

        right = shown("")
        told = "нет того, что названо в ссылке"
        assert told not in right
        assert f"{told} (муниципалитет)" in shown("?municipality=нет")
        assert f"{told} (предмет)" in shown("?subject=нет")
        assert shown("") == right
        assert shown("?school=b1") != right


def test_of_many_who_ask_at_once_one_works() -> None:
    kept, made, begin = Kept(), [], threading.Barrier(4)

    def make() -> int:
        made.append(1)
        time.sleep(0.05)
        return 7

    def ask() -> None:
        begin.wait()
        assert kept.made(("key",), make) == 7

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_a_failure_is_not_kept_and_the_oldest_is_let_go() -> None:
    kept = Kept(2)
    with pytest.raises(ZeroDivisionError):
        kept.made((1,), lambda: 1 // 0)
    assert kept.made((1,), lambda: 5) == 5
    kept.made((2,), lambda: 6)
    kept.get((1,))
    kept.made((3,), lambda: 7)
    assert [kept.get((key,)) for key in (1, 2, 3)] == [5, None, 7]


@pytest.mark.parametrize(("table", "column"), NEEDED)
def test_a_publication_that_lacks_a_later_column_says_what_to_do(tmp_path: Path, table: str, column: str) -> None:
    with duckdb.connect(str(tmp_path / FILE)) as connection:
        connection.execute("create schema marts")
        for name, last in NEEDED:
            columns = "other integer" if name == table else f"{last} integer"
            connection.execute(f"create table marts.{name} ({columns})")
    with pytest.raises(NothingToShow, match=MADE_BEFORE[:20]):
        Store(tmp_path).reader()
    assert column


def test_the_order_of_rows_names_columns_that_there_are() -> None:
    described = documented_tables()
    for table, columns in READING_ORDER.items():
        assert {*columns} <= {column.name for column in described[table].columns}, table
    assert laid("subjects") == ""
    assert laid("class_attendance").startswith("ORDER BY organization_id, ")


def test_two_periods_of_one_name_count_a_student_once(tmp_path: Path) -> None:
    """The second period of the name brings its marks, but no students: whoever stands in both is one."""
    rows = sample_rows()
    first = next(row for row in rows["agg_finals"] if row["class_unit_id"] == "b2-8a")
    second = first | {"attestation_period_id": "p2", "gap_students": 0, "compared_students": 0, "gap_sum": 0}
    rows["agg_finals"].append(second)
    reader = Reader(write_sample(tmp_path / "published", rows) / FILE)
    view = view_of("finals", f"?school=b2&subject={MATH}", reader.catalog)
    found = [block for block in PAGES["finals"].blocks(reader, view) if getattr(block, "name", "") == "subjects"]
    [row] = found[0].rows  # type: ignore[union-attr]
    texts = [cell.text for cell in row]
    assert texts[0] == "Алгебра"
    assert "30" in texts  # students, not 60
    assert any(text in {"0,13", "+0,13"} for text in texts)  # the gap of both: 7.5 / 60
