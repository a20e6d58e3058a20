"""What all tests share: their order, and what is made once for a whole run, whichever worker comes first."""

from __future__ import annotations

import os
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


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run have in common."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def parsed_project(shared: Path) -> Path:
    """Where homes may keep the parsed dbt project (`dagster/dbt`): parsing it takes as long as a small build."""
    folder = shared / "dbt"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules that take long begin first, so that no worker is left alone with one at the end; within one the order
    stays.
    """
    places = {ROOT / module: place for place, module in enumerate(LONG_MODULES)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
