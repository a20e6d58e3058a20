"""Odd regions, drawn as a property: after each night the build, which goes on from the one before, agrees cell by cell
with the independent computation; so it does on days when nothing arrived (points fall due, periods and years end).

Chance draws the rows (tests/oracle/odd_region.py), hypothesis the shape of the region and the days in the long form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from oracle import compare, compute
from oracle.odd_region import WHIMS, OddRegion
from oracle.readiness import differences_of_sections
from shared_project import share_project

from orchestration import dbt_runner
from orchestration.build import finish_build, prepare_build, stop_if_broken
from orchestration.build_state import read_state
from orchestration.merging import merge_deliveries
from orchestration.settings import Settings, load_settings

MODELS = ("resource_type:seed", "resource_type:model")

Shape = Mapping[str, Any]
SHAPES = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10**6),
        "nights": st.integers(1, 4),
        "students": st.sampled_from([14, 14, 14, 1, 2, 40]),
        "whims": st.lists(st.sampled_from(WHIMS), max_size=3, unique=True),
    }
)
#: Days after the newest delivery on which a build is made though nothing arrived.
LATER = st.lists(st.sampled_from([1, 2, 7, 30, 90, 250, 420]), max_size=2, unique=True).map(sorted)

#: A failing region takes minutes to make smaller by itself: it is told, and mended by hand.
DRAWN = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@given(shape=SHAPES, later=LATER)
@example(shape={"seed": 3, "nights": 2, "students": 14, "whims": ["schedules change mid-year"]}, later=[])
@example(shape={"seed": 5, "nights": 1, "students": 1, "whims": ["all points", "edge weights"]}, later=[250])
@settings(DRAWN, phases=[Phase.explicit])
def test_every_night_of_an_odd_region_agrees(parsed_project: Path, shape: Shape, later: list[int]) -> None:
    assert differences_over_nights(parsed_project, shape, later) == []


@pytest.mark.long
@given(shape=SHAPES, later=LATER)
@settings(DRAWN, max_examples=60)
def test_every_night_of_many_odd_regions_agrees(parsed_project: Path, shape: Shape, later: list[int]) -> None:
    assert differences_over_nights(parsed_project, shape, later) == []


def test_the_check_notices_a_changed_mark(parsed_project: Path) -> None:
    region = OddRegion(3, nights=1)
    with home_of(parsed_project) as home:
        region.write(home.landing)
        merge_deliveries(home, region.as_of)
        build(home, region.as_of)
        for row in region.nights[0]["marks"]:
            row["five"] = "1"
        region.write(home.landing)

        found = compare(home.home.build_db, compute(home.landing, open_only=False))

    assert any("average" in difference for difference in found)


def differences_over_nights(parsed_project: Path, shape: Shape, later: list[int]) -> list[str]:
    """Loads night after night; what differs after the first night that is not as it should be."""
    region = OddRegion(**shape)
    with home_of(parsed_project) as home:
        region.write(home.home.root / "to come")
        for number, day in enumerate(region.days):
            home.landing.mkdir(exist_ok=True)
            (home.home.root / "to come" / day.isoformat()).rename(home.landing / day.isoformat())
            merge_deliveries(home, day)
            continued = build(home, day)
            assert continued == (number > 0), "a build goes on from the one before"
            found = compare(home.home.build_db, compute(home.landing, open_only=False))
            found += differences_of_sections(home.home.build_db, home.landing)
            if found:
                return [f"night {number + 1}", *found]
        for days in later:
            as_of = region.as_of + timedelta(days=days)
            assert build(home, as_of), "a build goes on from the one before"
            found = compare(home.home.build_db, compute(home.landing, as_of, open_only=False))
            found += differences_of_sections(home.home.build_db, home.landing, as_of)
            if found:
                return [f"{days} days later", *found]
        stop_if_broken(dbt_runner.build(home, home.home.build_db, select=("resource_type:test",), continues=True))
    return []


def build(home: Settings, as_of: date) -> bool:
    """Builds as of a date; gives whether the last build was continued. The data tests run once, at the end."""
    prepare_build(home, as_of=as_of)
    state = read_state(home.home.build_db)
    assert state is not None
    finish_build(home, dbt_runner.build(home, home.home.build_db, select=MODELS, continues=state.continues))
    return state.continues


@contextmanager
def home_of(parsed_project: Path) -> Iterator[Settings]:
    """A new home whose circuit breaker lets anything pass: its limits are not what is tested here."""
    with TemporaryDirectory() as folder:
        settings = load_settings({"PORTFOLIO_HOME": str(share_project(Path(folder), parsed_project))})
        yield replace(settings, reject_count=10**6, lost_count=10**6)
