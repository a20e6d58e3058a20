"""The order of the tests: modules that take long begin first, so that no worker is left alone with one at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent

#: Modules whose single tests build warehouses, the longest first; all others follow as they are collected.
LONG_MODULES = (
    "orchestration/test_orchestration_load.py",
    "test_odd_regions.py",
    "test_agreement.py",
    "extracts/test_extracts_remote_landing.py",
    "test_continued_build.py",
    "sample/test_formats.py",
    "orchestration/test_orchestration_load_report.py",
    "test_dbt_unit.py",
    "orchestration/test_orchestration_dagster.py",
    "deliveries/test_deliveries_property.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts, keeping the order within a module."""
    places = {ROOT / module: place for place, module in enumerate(LONG_MODULES)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
