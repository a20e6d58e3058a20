from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from shared_project import share_project

from extracts.sample import write_region
from orchestration import cli
from orchestration.home import Home
from orchestration.locking import exclusive

FIRST = date(2026, 11, 9)
SECOND = date(2026, 11, 10)
THIRD = date(2026, 11, 11)


@dataclass(frozen=True)
class Ran:
    """What the command answered."""

    status: int
    out: str
    err: str


Portfolio = Callable[..., Ran]


@pytest.fixture(scope="session")
def region(shared: Path) -> Path:
    """Three nights of a small region, as deliveries."""
    out, unfinished = shared / "region", shared / "region.tmp"
    with exclusive(shared / "region.lock"):
        if not out.is_dir():
            shutil.rmtree(unfinished, ignore_errors=True)
            write_region(unfinished, students=40, nights=3, seed=7, first_night=FIRST)
            unfinished.rename(out)
    return out


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No settings of whoever runs the tests; the umask as it was."""
    for name in [name for name in os.environ if name.startswith(("PORTFOLIO_", "DAGSTER_HOME"))]:
        monkeypatch.delenv(name)
    umask = os.umask(0o022)
    yield
    os.umask(umask)


@pytest.fixture
def portfolio(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Portfolio:
    """The command, in this process: `portfolio(home, "load", ...)`."""

    def run(home: Path, *arguments: str) -> Ran:
        monkeypatch.setenv("PORTFOLIO_HOME", str(home))
        monkeypatch.setattr(sys, "argv", ["portfolio", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capfd.readouterr()
        return Ran(int(ended.value.code or 0), shown.out, shown.err)

    return run


@pytest.fixture(scope="session")
def first_night(region: Path, shared: Path, parsed_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the first night is loaded and published: made once for all workers, copied for each."""
    made, unfinished = shared / "first_night", shared / "first_night.tmp"
    with exclusive(shared / "first_night.lock"):
        if not made.is_dir():
            shutil.rmtree(unfinished, ignore_errors=True)
            deliver(share_project(unfinished, parsed_project), region, FIRST)
            load(unfinished)
            unfinished.rename(made)
    home = tmp_path_factory.mktemp("built") / "home"
    shutil.copytree(made, home, symlinks=True)
    return home


def load(home: Path) -> None:
    """Loads what waits in the home, in this process; it must succeed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTFOLIO_HOME", str(home))
        patch.setattr(sys, "argv", ["portfolio", "load"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert ended.value.code == 0


@pytest.fixture
def home(first_night: Path, tmp_path: Path) -> Path:
    """A home of its own with the first night in it."""
    copy = tmp_path / "home"
    shutil.copytree(first_night, copy, symlinks=True)
    return copy


def deliver(home: Path, region: Path, *days: date) -> None:
    """Puts deliveries of the region into the home's landing zone."""
    for day in days:
        shutil.copytree(region / day.isoformat(), home / "landing" / day.isoformat())


def state(home: Path) -> dict[str, bytes]:
    """Everything that readers of the home can see, byte for byte; not load reports, which tell of failures, too."""
    link = home / "published"
    seen = {"published": str(link.readlink()).encode()} if link.is_symlink() else {}
    for folder in ("publications", "years", "exports", "reports"):
        files = sorted(path for path in (home / folder).rglob("*") if path.is_file() and path.parent.name != "loads")
        seen |= {str(path.relative_to(home)): path.read_bytes() for path in files}
    return seen


def home_of(root: Path) -> Home:
    """The home as the program sees it."""
    return Home(root)
