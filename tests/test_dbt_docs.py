"""`make docs`: dbt's documentation as one page that opens from a folder and asks nothing of a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dbt_project.documentation import ROOT, write_documentation

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_documentation(tmp_path_factory.mktemp("docs") / "dbt-docs")


def test_the_page_names_no_path_of_this_machine_and_no_tracker(page: Path) -> None:
    text = page.read_text("utf-8")

    assert str(ROOT) not in text
    assert str(Path.home()) + "/" not in text
    assert "cloudfront" not in text
    assert "sinter-collect" not in text
    assert '"send_anonymous_usage_stats": false' in text


def test_a_browser_shows_a_mart_and_asks_nothing_of_the_network(page: Path) -> None:
    sync_api: Any = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip("no /usr/bin/chromium")
    asked: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        shown = browser.new_page()
        shown.on("request", lambda request: request.url.startswith(("file:", "data:")) or asked.append(request.url))
        shown.goto(f"{page.as_uri()}#!/model/model.school_portfolio.student_averages")
        shown.get_by_text("decimal(4,2)").first.wait_for()
        shown.get_by_text("Одна строка — это").first.wait_for()
        browser.close()

    assert asked == []
