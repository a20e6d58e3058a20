"""The independent check: the marts against a pure-Python computation from the raw rows that shares no code with them.

On a sample region of a few hundred students over three nights, as published each night by the real command; and on odd
regions drawn by chance, each with everything strange that the contract allows. Cell by cell.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from oracle import compare, compute
from oracle.odd_region import OddRegion

from extracts.sample import write_region
from orchestration.build import prepare_build, stop_if_broken
from orchestration.dbt_runner import build
from orchestration.merging import merge_deliveries
from orchestration.settings import load_settings

STUDENTS = 300
ODD_SEEDS = range(5)
ODD_SEEDS_LONG = range(5, 60)


@pytest.fixture(scope="module")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three nights of a sample region, each published by `portfolio load --each-night`."""
    home = tmp_path_factory.mktemp("agreement")
    write_region(home / "landing", students=STUDENTS, nights=3, seed=7)
    command = [sys.executable, "-c", "from orchestration.cli import main; main()", "load", "--each-night"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_")}
    ended = subprocess.run(command, env=environment | {"PORTFOLIO_HOME": str(home)}, check=False)
    assert ended.returncode == 0
    return home


@pytest.mark.parametrize("night", range(3))
def test_every_published_mart_of_the_sample_region_agrees(sample_home: Path, night: int, tmp_path: Path) -> None:
    nights = sorted(folder for folder in (sample_home / "landing").iterdir() if folder.is_dir())
    for delivery in nights[: night + 1]:
        shutil.copytree(delivery, tmp_path / delivery.name)
    published = sample_home / "publications" / f"{nights[night].name}-1" / "portfolio.duckdb"

    assert compare(published, compute(tmp_path)) == []


@pytest.fixture(scope="module")
def parsed_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all homes of this module keep the parsed dbt project: it is parsed once, not for each region."""
    return tmp_path_factory.mktemp("dbt")


@pytest.mark.parametrize("seed", ODD_SEEDS)
def test_every_mart_of_an_odd_region_agrees(seed: int, tmp_path: Path, parsed_project: Path) -> None:
    assert differences_of_odd_region(seed, tmp_path, parsed_project) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", ODD_SEEDS_LONG)
def test_every_mart_of_many_odd_regions_agrees(seed: int, tmp_path: Path, parsed_project: Path) -> None:
    assert differences_of_odd_region(seed, tmp_path, parsed_project) == []


def test_the_check_notices_a_changed_mark(tmp_path: Path, parsed_project: Path) -> None:
    region = OddRegion(3)
    region.write(tmp_path / "landing")
    build_db = build_odd_region(tmp_path, region.as_of, parsed_project)
    for tables in region.nights:
        for row in tables["marks"]:
            row["five"] = "1"
    shutil.rmtree(tmp_path / "landing")
    region.write(tmp_path / "landing")

    differences = compare(build_db, compute(tmp_path / "landing", open_only=False))

    assert any("average" in difference for difference in differences)


def differences_of_odd_region(seed: int, folder: Path, parsed_project: Path) -> list[str]:
    """Draws the region, loads and builds it with the real readers and models, compares every mart."""
    region = OddRegion(seed, nights=1 + seed % 4)
    region.write(folder / "landing")
    build_db = build_odd_region(folder, region.as_of, parsed_project)
    return compare(build_db, compute(folder / "landing", open_only=False))


def build_odd_region(folder: Path, as_of: date, parsed_project: Path) -> Path:
    """The build file of everything in the folder's landing zone; every data test of dbt has passed."""
    (folder / "home" / "dagster").mkdir(parents=True)
    (folder / "home" / "dagster" / "dbt").symlink_to(parsed_project)
    settings = load_settings({"PORTFOLIO_HOME": str(folder / "home"), "PORTFOLIO_LANDING": str(folder / "landing")})
    # The limits of the circuit breaker are not what is tested here.
    settings = replace(settings, reject_count=10**6, lost_count=10**6)
    merge_deliveries(settings, as_of)
    prepare_build(settings, as_of=as_of)
    stop_if_broken(build(settings, settings.home.build_db))
    return settings.home.build_db
