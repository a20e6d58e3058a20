"""The package in the hands of the command: what it is told, what it tells, how it ends."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from portal_tables import confirm
from small_region import SPECIFICATION, SmallRegion

from extracts.errors import LoadStopped
from orchestration import outputs
from orchestration.exits import STOPPED
from orchestration.failures import ending_of
from orchestration.home import Home
from orchestration.settings import Settings, load_settings


@pytest.fixture
def region(tmp_path: Path) -> SmallRegion:
    region = SmallRegion(tmp_path)
    region.set(subjects=[(f"{number}", "Предмет") for number in range(150)])
    return region


@pytest.fixture
def settings(region: SmallRegion, monkeypatch: pytest.MonkeyPatch) -> Settings:
    published = SimpleNamespace(folder=region.published, as_of=date(2026, 10, 1), id="2026-10-01-1")
    monkeypatch.setattr(outputs, "find_publication", lambda home, as_of: published)
    specification = region.root / "specification.yaml"
    assert specification.read_text("utf-8") == SPECIFICATION
    return Settings(Home(region.root), region.root / "landing", prefix="R", specification=specification)


def test_a_package_that_stops_says_that_the_publication_stands(region: SmallRegion, settings: Settings) -> None:
    first = outputs.make_package(settings)
    assert outputs.package_line(first) == f"Пакет для портала: {first.path.name}, полный: строк новых 150"
    confirm(first.path)
    region.set(subjects=[("1", "Предмет"), ("2", "Химия"), ("x", "Труд")])
    with pytest.raises(LoadStopped) as stopped:
        outputs.make_package(settings)
    ending = ending_of(stopped.value)
    assert ending.exit_status == STOPPED
    assert len(ending.messages) == 1
    told = r"Опубликовано, но пакет для портала не сделан: .*«dict_subject» — 148 из 150 строк.* export --overrule\."
    assert re.fullmatch(told, ending.messages[0])
    assert outputs.noted_outputs(settings.home)["package"] == first.path.name
    package = outputs.make_package(settings, overrule=True)
    assert outputs.package_line(package) == (
        f"Пакет для портала: {package.path.name}, изменения после {first.path.name}: "
        "строк новых 1, изменённых 1, удаляемых 148"
    )
    confirm(package.path)
    last = outputs.make_package(settings)
    assert outputs.package_line(last) == f"Пакет для портала: {last.path.name}, изменений нет"
    assert outputs.make_package(settings, full=True).rows == 3


def test_the_limits_come_from_the_settings(region: SmallRegion, tmp_path: Path, settings: Settings) -> None:
    confirm(outputs.make_package(settings).path)
    region.set(subjects=[(f"{number}", "Предмет") for number in range(145)])
    environment = {"PORTFOLIO_HOME": str(tmp_path), "PORTFOLIO_DELETED_COUNT": "4", "PORTFOLIO_DELETED_SHARE": "0.03"}
    given = load_settings(environment)
    assert (given.deleted_count, given.deleted_share) == (4, 0.03)
    strict = replace(settings, deleted_count=given.deleted_count, deleted_share=given.deleted_share)
    with pytest.raises(LoadStopped, match=r"предел — 4 строк и 3 %"):
        outputs.make_package(strict)
    assert outputs.make_package(settings).rows == 5
