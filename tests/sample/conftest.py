from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from extracts.sample import write_region

from .reading import Region

STUDENTS = 400
FIRST_NIGHT = date(2026, 11, 9)


@pytest.fixture(scope="session")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "region"
    write_region(folder, students=STUDENTS, nights=3, first_night=FIRST_NIGHT)
    return folder


@pytest.fixture(scope="session")
def region(out: Path) -> Region:
    return Region(sorted(folder for folder in out.iterdir() if folder.is_dir()))
