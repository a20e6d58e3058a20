"""Fixtures of the connectors' tests: sources on loopback, a PostgreSQL of their own, an empty region."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback_source import Give, LoopbackSource, Serve
from postgres_server import NoServer, Server, running_server
from pull_station import PullStation


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No settings and no proxy of whoever runs the tests; the umask as it was."""
    for name in list(os.environ):
        if name.startswith(("PORTFOLIO_", "DAGSTER_HOME", "PG")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    umask = os.umask(0o022)
    yield
    os.umask(umask)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts HTTP sources, and ends them after the test."""
    running: list[LoopbackSource] = []

    def start(give: Give) -> LoopbackSource:
        running.append(LoopbackSource(give))
        return running[-1]

    yield start
    for source in running:
        source.close()


@pytest.fixture
def station(tmp_path: Path) -> PullStation:
    """An empty landing zone and an empty home."""
    return PullStation(tmp_path)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL for all tests that need one; where there is none they skip and say why."""
    try:
        with running_server() as server:
            yield server
    except NoServer as why:
        pytest.skip(str(why))
