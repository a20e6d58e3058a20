"""`portfolio demo` and `portfolio sample`: all below the home, safe to repeat, never among other deliveries."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import FIRST, Portfolio, deliver, state

from orchestration import demo, exits
from orchestration.night import LoadRequest
from orchestration.settings import Settings


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, LoadRequest]]:
    """The loads that the demo asks for, none of which is run."""
    asked: list[tuple[Path, LoadRequest]] = []

    def load(settings: Settings, request: LoadRequest) -> exits.Ending:
        asked.append((settings.landing, request))
        return exits.Ending(exits.PUBLISHED if len(asked) == 1 else exits.NOTHING_NEW)

    monkeypatch.setattr(demo, "load", load)
    monkeypatch.setattr(demo, "STUDENTS", 20)
    return asked


def test_the_demo_publishes_each_night_below_its_home(
    tmp_path: Path, portfolio: Portfolio, loads: list[tuple[Path, LoadRequest]], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("PORTFOLIO_LANDING", str(tmp_path / "elsewhere"))
    assert portfolio(home, "demo").status == 0
    assert loads == [(home / "landing", LoadRequest(each_night=True))]
    assert not (tmp_path / "elsewhere").exists()
    days = sorted(path.name for path in (home / "landing").iterdir() if path.is_dir())
    assert len(days) == 3
    repeated = portfolio(home, "demo")
    assert repeated.status == 0
    assert "уже готов" in repeated.out
    assert sorted(path.name for path in (home / "landing").iterdir() if path.is_dir()) == days


def test_the_demo_refuses_a_home_with_other_deliveries(home: Path, portfolio: Portfolio) -> None:
    before = state(home)
    ran = portfolio(home, "demo")
    assert ran.status == 5
    assert "PORTFOLIO_HOME" in ran.err
    assert state(home) == before


def test_the_demo_refuses_deliveries_that_wait(tmp_path: Path, region: Path, portfolio: Portfolio) -> None:
    deliver(tmp_path / "home", region, FIRST)
    assert portfolio(tmp_path / "home", "demo").status == 5


def test_a_sample_is_written_in_both_formats(tmp_path: Path, portfolio: Portfolio) -> None:
    for extension in ("csv", "parquet"):
        out = tmp_path / extension
        ran = portfolio(
            tmp_path / "home",
            "sample",
            "--students",
            "5",
            "--nights",
            "2",
            "--out",
            str(out),
            "--seed",
            "3",
            "--format",
            extension,
        )
        assert ran.status == 0
        deliveries = [path for path in out.iterdir() if path.is_dir()]
        assert len(deliveries) == 2
        assert all((path / f"students.{extension}").is_file() for path in deliveries)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("arguments", [["--students", "0"], ["--students", "x"], ["--format", "ods"]])
def test_wrong_numbers_are_a_wrong_use(tmp_path: Path, portfolio: Portfolio, arguments: list[str]) -> None:
    given = ["--students", "5", "--nights", "1", "--out", str(tmp_path / "out"), *arguments]
    assert portfolio(tmp_path / "home", "sample", *given).status == 2
