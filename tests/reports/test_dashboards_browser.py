"""The dashboards in a browser: figures are drawn, filters stand in the address, nothing is asked of another machine."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from dashboards_sample import MATH, write_sample
from playwright.sync_api import expect
from waitress.server import create_server

from reports.dashboards.app import make_app


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    published = write_sample(tmp_path_factory.mktemp("dashboards_browser") / "published")
    server = create_server(make_app(published).server, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


def open_page(browser: Any, address: str, path: str, width: int) -> tuple[Any, list[str]]:
    """The page, and everything that went wrong on it or was asked of anything but the server."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", lambda dialog: trouble.append("dialog"))
    page.on(
        "request", lambda request: request.url.startswith((address, "data:", "blob:")) or trouble.append(request.url)
    )
    page.goto(address + path)
    page.wait_for_selector("main h1")
    return page, trouble


# That every page fits both a desk and a phone is looked at in test_dashboards_tasks_browser.py.
@pytest.mark.parametrize(
    ("path", "width"), [("/", 390), (f"/averages?school=b1&subject={MATH}", 1280), ("/attendance?class=b-9a", 390)]
)
def test_a_page_opens_whole(browser: Any, address: str, path: str, width: int) -> None:
    page, trouble = open_page(browser, address, path, width)
    page.wait_for_selector(".js-plotly-plot .main-svg")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.hover(".js-plotly-plot")
    page.wait_for_selector(".modebar-btn", state="attached")
    titles = page.evaluate(
        "Array.from(document.querySelectorAll('.modebar-btn'), (button) => button.dataset.title || button.ariaLabel)"
    )
    assert titles
    assert len({*titles}) == 1
    assert "Сохранить" in titles[0]
    expect(page.locator("img[src=x]")).to_have_count(0)
    assert trouble == []
    page.close()


def test_a_choice_stands_in_the_address_and_the_address_makes_the_view(browser: Any, address: str) -> None:
    page, trouble = open_page(browser, address, "/averages", 1280)
    page.click(".filters .filter:nth-child(1) .dash-dropdown")
    page.locator(".dash-dropdown-content label", has_text="Город Б").click()
    # Not wait_for_function: it evaluates texts, which the policy of the pages forbids.
    page.wait_for_url("**/averages?municipality=*")
    page.wait_for_selector("#way:has-text('Город Б')")
    page.locator("#table-parts tbody th a", has_text="Школа").first.click()
    page.wait_for_url("**school=*")
    page.wait_for_selector("#table-parts tbody th a:has-text('9 параллель')")
    here = page.url
    again, more = open_page(browser, address, here.removeprefix(address), 1280)
    again.wait_for_selector("#table-parts tbody th a:has-text('9 параллель')")
    expect(again).to_have_url(here)
    page.go_back()
    page.wait_for_selector("#table-parts tbody th a:has-text('Школа b2')")
    expect(page).not_to_have_url(re.compile("school="))
    assert trouble + more == []
    page.close()
    again.close()
