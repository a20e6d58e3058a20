"""Fixtures of the readers' tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from extract_station import Station


@pytest.fixture
def station(tmp_path: Path) -> Station:
    """An empty landing zone and an empty home."""
    return Station(tmp_path)
