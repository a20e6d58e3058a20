"""What tests of pages share: the browser that they are tried in, Debian's chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser of the module's own; where there is none the tests that ask for it skip and say so."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed: pages not tried in a browser"
    )
    if not CHROMIUM.exists():
        pytest.skip("no /usr/bin/chromium: pages not tried in a browser")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield opened
        opened.close()
