"""What a methodologist asks (issue 7), answered in a browser in at most four clicks from the first page; and for all.

Every number is worked out by hand from the sample: of the towns Б has 90 students (38 in parallel 9, 52 in parallel 8),
А has 84 (80 and 4).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from dashboards_sample import MATH, Rows, sample_rows, write_sample
from playwright.sync_api import expect
from waitress.server import create_server

from reports.dashboards.app import make_app
from reports.dashboards.pages.directory import PAGES

MOST_CLICKS = 4
HISTORY = "history"
WIDTHS = (1280, 390)
#: A place with every filter chosen that can be, and a table in an order.
CHOSEN = f"?school=b1&level=8&subject={MATH}&sort=parts.-1"


def task_rows() -> Rows:
    """The sample with a second subject, better in control works but for parallel 8, and with a class that is absent."""
    rows = sample_rows()
    rows["subjects"].append({"subject_id": HISTORY, "name": "История"})
    for table in ("agg_averages", "agg_weeks", "class_weekly_dynamics", "agg_finals"):
        rows[table] += [{**deepcopy(row), "subject_id": HISTORY} for row in rows[table] if row["subject_id"] == MATH]
    for row in rows["agg_averages"]:
        if row["subject_id"] == HISTORY:
            row["change_sum"] = 0.05 * row["compared_count"]
    for row in rows["agg_weeks"]:
        if row["subject_id"] == HISTORY:
            row |= {"average_sum": 4 * row["students_count"], "marks_count": row["students_count"]}
    for row in rows["agg_finals"]:
        if row["subject_id"] == HISTORY:
            row["control_weighted_sum"] = (3.5 if row["class_level"] == 8 else 4.5) * row["control_weight_sum"]
    for row in rows["agg_attendance"]:
        if row["class_unit_id"] == "b-8a":
            # 22 students of 220 lessons missed 22 by illness and as many without a reason; eight of them are chronic.
            row |= {"lessons_missed": 44, "missed_unexcused": 22, "students_chronic": 8}
    return rows


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    published = write_sample(tmp_path_factory.mktemp("dashboards_tasks") / "published", task_rows())
    server = create_server(make_app(published).server, host="127.0.0.1", port=0, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


@pytest.fixture(scope="module")
def desk(browser: Any) -> Iterator[Any]:
    """One context for all pages at a desk: scripts are loaded once."""
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": 900})
    yield context
    context.close()


class Methodologist:
    """Who begins at the first page and counts the clicks."""

    def __init__(self, desk: Any, address: str) -> None:
        self.page = desk.new_page()
        self.page.goto(f"{address}/")
        self.page.wait_for_selector("main h1")
        self.clicks = 0

    def click(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.clicks += 1

    def go(self, title: str) -> None:
        """To another page of the same place."""
        self.click(f"nav a:has-text('{title}')")
        self.page.wait_for_selector(f"main h1:has-text('{title}')")

    def into(self, table: str, name: str) -> None:
        """From a row of a table to its own view."""
        self.click(f"#table-{table} tbody th a:has-text('{name}')")
        self.page.wait_for_selector(f"#way strong:has-text('{name}')")

    def read(self, table: str) -> dict[str, list[str]]:
        """A table as it stands on the page: the rows that can be seen, by their first cell."""
        self.page.wait_for_selector(f"#table-{table} tbody tr")
        rows = [row.split("\t") for row in self.page.locator(f"#table-{table} tbody tr").all_inner_texts()]
        return {name: [value.replace("\xa0", " ") for value in values] for name, *values in rows}


@pytest.fixture
def methodologist(desk: Any, address: str) -> Iterator[Methodologist]:
    one = Methodologist(desk, address)
    yield one
    one.page.close()
    assert one.clicks <= MOST_CLICKS


def test_which_subjects_fell_where_and_in_which_parallels(methodologist: Methodologist) -> None:
    # Algebra: parallel 9 fell by 0.3, parallel 8 rose by 0.1: (-0.3 * 118 + 0.1 * 56) / 174. History rose by 0.05.
    assert methodologist.read("fallen") == {"Алгебра": ["3,79", "−0,17"]}
    methodologist.go("Средние баллы")
    assert [(name, row[1]) for name, row in methodologist.read("subjects").items()] == [
        ("Алгебра", "−0,17"),
        ("История", "+0,05"),
    ]
    methodologist.click("#table-subjects a:has-text('Алгебра')")
    methodologist.page.wait_for_selector("#table-parts h2:has-text('Алгебра')")
    # Town А: (-0.3 * 80 + 0.1 * 4) / 84; town Б: (-0.3 * 38 + 0.1 * 52) / 90.
    assert [row[1] for row in methodologist.read("parts").values()] == ["−0,28", "−0,07"]
    methodologist.into("parts", "Город Б")
    # School b1: (-0.3 * 38 + 0.1 * 22) / 60.
    assert [row[1] for row in methodologist.read("parts").values()] == ["−0,15", "+0,10"]
    methodologist.into("parts", "onerror")
    assert {name: row[1] for name, row in methodologist.read("parts").items()} == {
        "8 параллель": "+0,10",
        "9 параллель": "−0,30",
    }
    drawn = methodologist.page.locator("#drawn-changesmatrix .heatmap-label")
    expect(drawn).to_have_count(4)
    assert sorted(drawn.all_text_contents()) == sorted(["+0,10", "−0,30", "+0,05", "+0,05"])


def test_whether_control_works_are_lower_than_everyday_marks_and_where(methodologist: Methodologist) -> None:
    methodologist.go("Итоговые и контрольные")
    # Of history (3.5 * 56 + 4.5 * 118) / 174 = 4.18 against 4.
    assert methodologist.read("control") == {
        "Алгебра": ["3,00", "4,00", "−1,00", "174"],
        "История": ["4,18", "4,00", "+0,18", "174"],
    }
    methodologist.click("#table-control a:has-text('История')")
    methodologist.page.wait_for_selector("#table-places")
    # Town А: (3.5 * 4 + 4.5 * 80) / 84; town Б: (3.5 * 52 + 4.5 * 38) / 90.
    assert methodologist.read("places") == {
        "Город А": ["4,45", "4,00", "+0,45", "84"],
        "Город Б": ["3,92", "4,00", "−0,08", "90"],
    }
    methodologist.into("places", "Город Б")
    # School b1: (3.5 * 22 + 4.5 * 38) / 60; in b2 there is parallel 8 alone.
    assert [row[2] for row in methodologist.read("places").values()] == ["+0,13", "−0,50"]


def test_who_is_absent_and_why(methodologist: Methodologist) -> None:
    methodologist.go("Посещаемость")
    # Of town Б's 900 lessons 90 + 22 were missed.
    assert [row[0] for row in methodologist.read("parts").values()] == ["10,0", "12,4"]
    for place in ("Город Б", "onerror", "8 параллель"):
        methodologist.into("parts", place)
    # Missed; by illness, otherwise excused, without a reason; chronically absent, their share; students.
    assert methodologist.read("parts") == {"b-8a": ["20,0", "10,0", "0,0", "10,0", "8", "36,4", "22"]}


def test_how_a_schools_dynamics_compare_with_its_municipality(methodologist: Methodologist) -> None:
    methodologist.click(".filters .filter:nth-child(2) .dash-dropdown")
    methodologist.click(".dash-dropdown-content label:has-text('Школа b2')")
    methodologist.page.wait_for_selector("#way strong:has-text('Школа b2')")
    methodologist.go("Динамика")
    # Algebra has most marks. 4.5 in the school; (25 * 3.125 + 3 * 2 + 10 * 5 + 22 * 4 + 30 * 4.5) / 90 in town Б.
    assert methodologist.read("weeks")["02.11.2026"] == ["4,50", "30", "3,97", "90", "3,79", "174", "+0,53"]
    methodologist.click("#table-subjects a:has-text('История')")
    methodologist.page.wait_for_selector("#drawn-weeks h2:has-text('История')")
    assert methodologist.read("weeks")["09.11.2026"] == ["4,00", "30", "4,00", "90", "4,00", "174", "0,00"]


def test_a_table_is_put_in_order_and_the_address_keeps_it(desk: Any, address: str) -> None:
    page = desk.new_page()
    page.goto(f"{address}/finals?subject=history")
    head = "#table-places thead th:nth-child(4)"
    page.locator(f"{head} a").click()
    page.wait_for_selector(f"{head}[aria-sort=ascending]")
    expect(page.locator("#table-places tbody th")).to_have_text(["Город Б", "Город А"])
    # The reader stays at the table, also by the keyboard.
    page.wait_for_selector(f"{head} a:focus")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{head}[aria-sort=descending]")
    expect(page.locator("#table-places tbody th")).to_have_text(["Город А", "Город Б"])
    expect(page).to_have_url(re.compile(r"sort=places\.-3$"))
    with page.expect_download() as file:
        page.locator("#table-places a.file:has-text('CSV')").click()
    assert [line.split(";")[0] for line in Path(file.value.path()).read_text("utf-8-sig").splitlines()[1:]] == [
        "Город А",
        "Город Б",
    ]
    page.close()


def test_the_keyboard_alone_finds_where_control_works_are_lower(desk: Any, address: str) -> None:
    page = desk.new_page()
    page.goto(f"{address}/")
    page.wait_for_selector("button.dash-dropdown[tabindex='0']")

    def here() -> list[str]:
        """What has the focus, by its name, and how that is seen."""
        found: list[str] = page.evaluate(
            "(() => { const one = document.activeElement; const labels = one.getAttribute('aria-labelledby');"
            " const label = labels && document.getElementById(labels.split(' ')[0]);"
            " return [(label || one.closest('label') || one).textContent, getComputedStyle(one).outlineStyle]; })()"
        )
        return found

    def tab_to(name: str) -> None:
        for _ in range(30):
            page.keyboard.press("Tab")
            found, outline = here()
            assert outline != "none", found
            if found == name:
                return
        raise AssertionError(name)

    tab_to("К содержанию")
    tab_to("Итоговые и контрольные")
    page.keyboard.press("Enter")
    page.wait_for_selector("main h1:focus")
    tab_to("Предмет")
    page.keyboard.press("Enter")
    page.wait_for_selector(".dash-dropdown-content[role=dialog][aria-label='Предмет'] label")
    page.wait_for_selector(".dash-dropdown-content input:focus")
    page.keyboard.press("End")
    page.wait_for_selector(".dash-dropdown-content label:has-text('История') input:focus")
    assert here() == ["История", "solid"]
    page.keyboard.press("Enter")
    page.wait_for_selector("#table-places")
    # The list that was chosen from has the focus again.
    page.wait_for_selector("button.dash-dropdown:focus")
    assert here()[0] == "Предмет"
    expect(page.locator("#table-places tbody tr").nth(1)).to_contain_text("−0,08")
    page.close()


@pytest.mark.parametrize("every_width", [False, pytest.param(True, marks=pytest.mark.long)])
def test_everybody_can_read_every_page_at_a_desk_and_on_a_phone(browser: Any, address: str, every_width: bool) -> None:
    axe = Path(pytest.importorskip("axe_core_python").__file__).parent / "axe.min.js"
    # The policy of the pages forbids a script that is not theirs: it is put aside for this one.
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()

    def look(what: str, widths: Sequence[int] = WIDTHS) -> None:
        page.add_script_tag(path=axe)
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
            grave = [one for one in found if one["impact"] in {"serious", "critical"} or one["id"] == "heading-order"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in grave] == [], (what, width)
            page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth", timeout=5_000)

    for place, name in enumerate(PAGES):
        page.goto(f"{address}/{name}{CHOSEN}")
        page.wait_for_selector("main section, main .notice")
        page.wait_for_selector("button.dash-dropdown[tabindex='0']")
        expect(page).to_have_title(re.compile(f"^{re.escape(PAGES[name].title)}"))
        look(name, WIDTHS if every_width else [WIDTHS[place % 2]])
    # A list to choose one from, and one to choose several from.
    for name, width in zip(("averages", "dynamics"), WIDTHS, strict=True):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{address}/{name}?school=b1&subject={MATH}")
        page.locator(".filter:has(#filter-label-subject) .dash-dropdown").click()
        page.wait_for_selector(".dash-dropdown-content[aria-label='Предмет'] label:not([role])")
        look(f"{name}, a list opened", [width])
    context.close()
