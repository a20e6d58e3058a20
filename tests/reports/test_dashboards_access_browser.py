"""Logging in in a browser, on a phone: the form, a session that ends while a page is open, the way back and out."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from axe_core_python.sync_playwright import Axe
from dashboards_access_sample import PASSWORD, make_site, user
from dashboards_sample import write_sample
from playwright.sync_api import expect
from waitress.server import create_server

from reports.dashboards.access.users import set_password


def fill_in(page: Any) -> None:
    page.get_by_label("Имя для входа").fill("petrova")
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Войти").click()


def serious(page: Any) -> list[str]:
    found = Axe().run(page)["violations"]
    return [one["id"] for one in found if one["impact"] in {"serious", "critical"}]


def test_a_session_that_ends_leads_to_the_log_in_and_back(browser: Any, tmp_path: Path) -> None:
    site = make_site(tmp_path, published=write_sample(tmp_path / "published"))
    server = create_server(site.app.server, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.effective_port}"
    page = browser.new_page(viewport={"width": 390, "height": 800})
    elsewhere: list[str] = []
    page.on("request", lambda one: one.url.startswith((address, "data:", "blob:")) or elsewhere.append(one.url))
    page.goto(f"{address}/achievements?school=b1")
    expect(page).to_have_url(f"{address}/login?next=/achievements%3Fschool%3Db1")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_label("Пароль").fill("wrong password")
    page.get_by_label("Имя для входа").fill("petrova")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    fill_in(page)
    page.wait_for_selector("main h1:has-text('Достижения')")
    expect(page).to_have_url(f"{address}/achievements?school=b1")
    expect(page.locator(".who")).to_contain_text("petrova")

    # Filters that were just drawn ask once more: that answer must not be the one that is refused.
    page.wait_for_load_state("networkidle")
    # While the page is open the administrator gives another password: the next click asks for it.
    set_password(site.users, "petrova", user("petrova").password or "")
    page.locator("header nav a", has_text="Обзор").click()
    page.wait_for_url("**/login?next=**", timeout=10_000)
    wanted = page.locator("input[name=next]").input_value()
    assert wanted.startswith("/?municipality=")
    fill_in(page)
    page.wait_for_url(f"{address}{wanted}")
    page.wait_for_selector("main h1")

    page.get_by_role("button", name="Выйти").click()
    page.wait_for_url("**/login")
    page.go_back()
    page.wait_for_url("**/login?next=**", timeout=10_000)
    assert elsewhere == []
    page.close()
    server.close()
