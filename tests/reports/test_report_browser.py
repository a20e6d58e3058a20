"""A browser opens the pages from a folder: figures are drawn, nothing is asked of the network or shared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from test_report_overview import overview_region
from test_report_site import SCHOOL

from reports.site import build_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("browser")
    build_site(overview_region(home / "published"), home / "site")
    return home / "site"


def open_page(browser: Any, path: Path, width: int) -> tuple[Any, list[str]]:
    """The page, and everything that went wrong on it or was asked of anything but the folder."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on(
        "request", lambda request: request.url.startswith(("file:", "data:", "blob:")) or trouble.append(request.url)
    )
    page.on("dialog", lambda dialog: trouble.append("dialog"))
    page.goto(path.as_uri())
    page.wait_for_function(
        "Array.from(document.querySelectorAll('.plot')).every((plot) => plot.querySelector('.main-svg'))"
    )
    return page, trouble


@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.long)])
@pytest.mark.parametrize(("name", "figures"), [("index.html", 3), (SCHOOL, 7), ("overview.html", 1)])
def test_a_page_opens_whole(browser: Any, site: Path, name: str, figures: int, width: int) -> None:
    page, trouble = open_page(browser, site / name, width)
    expect(page.locator(".plot .main-svg:first-child")).to_have_count(figures)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.hover(".plot")
    page.wait_for_selector(".modebar-btn", state="attached")
    titles = page.evaluate(
        "Array.from(document.querySelectorAll('.modebar-btn'), (button) => button.dataset.title || button.ariaLabel)"
    )
    assert set(titles) == {"Сохранить рисунок (PNG)"}
    assert trouble == []
    page.close()


def test_names_with_markup_are_text(browser: Any, site: Path) -> None:
    page, trouble = open_page(browser, site / SCHOOL, 1280)
    expect(page.locator(".plot .xtick text", has_text="<img")).not_to_have_count(0)
    expect(page.locator("img, .plot a, main script:not([type])")).to_have_count(0)
    assert trouble == []
    page.close()


def test_a_choice_redraws_the_figure_and_its_table(browser: Any, site: Path) -> None:
    page, trouble = open_page(browser, site / SCHOOL, 1280)
    page.select_option("#dynamics select[data-key=subject]", "0")
    page.select_option("#dynamics select[data-key=level]", "9")
    page.click("#dynamics summary")
    cells = page.locator("#dynamics tbody tr")
    expect(cells).to_have_count(2)
    assert [cell.split() for cell in cells.all_inner_texts()] == [["07.09.2026", "3,50"], ["14.09.2026", "4,08"]]
    page.select_option("#heat select", "year")
    page.click("#heat summary")
    expect(page.locator("#heat [data-when=current]")).to_be_hidden()
    expect(page.locator("#heat [data-when=year]")).to_contain_text("3,64")
    assert trouble == []
    page.close()


def test_tables_sort_and_filter(browser: Any, site: Path) -> None:
    page, trouble = open_page(browser, site / "index.html", 1280)
    page.click("#organizations-table thead th:nth-child(3) button")
    page.click("#organizations-table thead th:nth-child(3) button")
    rows = page.locator("#organizations-table tbody tr")
    expect(rows.first).to_contain_text("19")
    page.fill("input[type=search]", "поселок новый")
    expect(rows.and_(page.locator(":visible"))).to_have_count(1)
    assert trouble == []
    page.close()
