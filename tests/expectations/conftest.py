"""One small region, built and checked once for all tests of the rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from quality_build import make_build
from quality_checked import Checked
from quality_people import AS_OF
from quality_region import region

from expectations.run import check_build


@pytest.fixture(scope="session")
def checked(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Iterator[Checked]:
    """The small region after its checks."""
    folder = tmp_path_factory.mktemp("quality")
    tables = region()
    build_db = make_build(folder / "build.duckdb", tables, as_of=AS_OF, parsed_project=parsed_project)
    result = check_build(build_db, as_of=AS_OF, ledger=folder / "findings_ledger.parquet")
    with duckdb.connect(str(build_db), read_only=True) as connection:
        yield Checked(build_db, tables, result, connection)
