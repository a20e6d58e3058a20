"""A build that continues the last one gives the tables of a full build, row for row (0-architecture.md, rule 5)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
from oracle.odd_region import OddRegion
from shared_project import share_project

from extracts.raw import merged_deliveries
from extracts.sample import write_region
from orchestration import dbt_runner
from orchestration.build import finish_build, prepare_build
from orchestration.build_state import read_state
from orchestration.merging import merge_deliveries
from orchestration.plan import pending_deliveries
from orchestration.settings import Settings, load_settings

SEEDS_LONG = range(40)
MODELS = ("resource_type:seed", "resource_type:model")


def build(settings: Settings, as_of: date, *, afresh: bool = False) -> bool:
    """Builds as of a date; gives whether the last build was continued."""
    prepare_build(settings, as_of=as_of, afresh=afresh)
    state = read_state(settings.home.build_db)
    assert state is not None
    # Data tests would double the time, and are what other tests run.
    models = dbt_runner.build(settings, settings.home.build_db, select=MODELS, continues=state.continues)
    finish_build(settings, models)
    return state.continues


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every table that dbt makes, with its rows in order."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
            " WHERE schema_name IN ('staging', 'intermediate', 'marts', 'people') AND table_name NOT LIKE '%_changed_%'"
            " ORDER BY 1"
        ).fetchall()
        return {name: sorted(connection.execute(f"FROM {name}").fetchall(), key=repr) for (name,) in names}


def differing(settings: Settings, as_of: date) -> list[str]:
    """Names of the tables that a full build makes otherwise than the build file has them."""
    continued = tables(settings.home.build_db)
    kept = settings.home.build_db.with_name("kept.duckdb")
    settings.home.build_db.rename(kept)
    build(settings, as_of, afresh=True)
    full = tables(settings.home.build_db)
    settings.home.build_db.unlink()
    kept.rename(settings.home.build_db)
    assert continued.keys() == full.keys()
    return [name for name, rows in full.items() if continued[name] != rows]


def home_settings(root: Path, parsed_project: Path) -> Settings:
    settings = load_settings({"PORTFOLIO_HOME": str(share_project(root, parsed_project))})
    settings.home.warehouse.mkdir(parents=True)
    return settings


def differences_over_nights(settings: Settings) -> list[str]:
    """Loads one delivery after another, each build continuing the last; what differs from a full build in the end."""
    for number, delivery in enumerate(pending_deliveries(settings.landing, settings.home)):
        merge_deliveries(settings, delivery.load_date, alone=True, overrule=True)
        as_of = max(merged_deliveries(settings.home.root))
        assert build(settings, as_of) == (number > 0)
    return differing(settings, as_of)


@pytest.mark.long
def test_nights_of_the_sample_region(tmp_path: Path, parsed_project: Path) -> None:
    settings = home_settings(tmp_path, parsed_project)
    write_region(settings.landing, students=60, nights=2, seed=11)

    assert differences_over_nights(settings) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS_LONG)
def test_nights_of_many_odd_regions(seed: int, tmp_path: Path, parsed_project: Path) -> None:
    settings = home_settings(tmp_path, parsed_project)
    OddRegion(seed, nights=2 + seed % 4).write(settings.landing)

    assert differences_over_nights(settings) == []


@pytest.mark.long
def test_an_older_delivery_that_comes_late_and_a_build_for_an_earlier_day(tmp_path: Path, parsed_project: Path) -> None:
    settings = home_settings(tmp_path, parsed_project)
    OddRegion(5, nights=3).write(settings.landing)
    first, second, third = (delivery.load_date for delivery in pending_deliveries(settings.landing, settings.home))
    merge_deliveries(settings, first, alone=True, overrule=True)
    merge_deliveries(settings, third, alone=True, overrule=True)
    build(settings, third)
    merge_deliveries(settings, second, alone=True, overrule=True)

    assert build(settings, third)
    assert build(settings, second)
    assert differing(settings, second) == []
