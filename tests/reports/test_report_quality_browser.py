"""A browser opens the pages of data quality from a folder: nothing is asked of the network, links lead on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from report_findings import checked_region
from test_report_browser import open_page

from reports.site import build_site

SCHOOL_PAGE = "quality-school-1.html"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("quality_browser")
    build_site(checked_region(home / "published"), home / "site")
    return home / "site"


@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.long)])
@pytest.mark.parametrize(("name", "figures"), [("quality.html", 2), (SCHOOL_PAGE, 1), ("quality-college-1.html", 0)])
def test_a_page_opens_whole(browser: Any, site: Path, name: str, figures: int, width: int) -> None:
    page, trouble = open_page(browser, site / name, width)
    expect(page.locator(".plot .main-svg:first-child")).to_have_count(figures)
    page.wait_for_function("(least) => document.querySelectorAll('.plot .trace').length >= least", arg=figures)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert "28\u00a0октября 2026" in page.locator("header").inner_text()
    if figures:
        page.hover(".plot")
        page.wait_for_selector(".modebar-btn", state="attached")
    titles = page.evaluate(
        "Array.from(document.querySelectorAll('.modebar-btn'), (button) => button.dataset.title || button.ariaLabel)"
    )
    assert set(titles) == ({"Сохранить рисунок (PNG)"} if figures else set())
    assert trouble == []
    page.close()


def test_links_lead_through_the_parts_of_the_site(browser: Any, site: Path) -> None:
    page, trouble = open_page(browser, site / "index.html", 360)
    page.click("nav.parts a:not([aria-current])")
    page.wait_for_url("**/quality.html")
    page.fill("input[type=search]", "alert")
    page.locator("#organizations-table tbody tr:visible a").click()
    page.wait_for_url(f"**/{SCHOOL_PAGE}")
    with page.expect_download() as download:
        page.click("p.list a")
    assert download.value.suggested_filename == "school-school-1.xlsx"
    page.click("#rules-table tbody tr:first-child a")
    expect(page.locator("#rule-S01")).to_be_visible()
    page.click("nav.parts a:not([aria-current])")
    page.wait_for_url("**/school-school-1.html")
    page.click("nav.parts a:not([aria-current])")
    page.wait_for_url(f"**/{SCHOOL_PAGE}")
    assert trouble == []
    page.close()


def test_a_severity_is_chosen_and_a_rule_of_the_region_explained(browser: Any, site: Path) -> None:
    page, trouble = open_page(browser, site / "quality.html", 1280)
    page.select_option("#findings-nights select", "advice")
    drawn = page.evaluate("document.querySelector('#plot-findings-nights').data.map((trace) => trace.y)")
    assert drawn == [[20, 21, 22]]
    page.click("details.texts summary")
    expect(page.locator("#rule-S06")).to_contain_text("Кто исправляет")
    page.click("#rules-table thead th:nth-child(4) button")
    page.click("#rules-table thead th:nth-child(4) button")
    expect(page.locator("#rules-table tbody tr").first).to_contain_text("J03")
    assert trouble == []
    page.close()
