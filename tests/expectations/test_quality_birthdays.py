"""Born on 29 February, one is a year older on 1 March of a common year: S11 at 14, R05 at 18."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
from quality_build import make_build
from quality_people import CERTIFICATE, PARENT, Case, people

MODELS = "+int_quality_students"

BORN_ON_A_LEAP_DAY = [
    Case("fourteen", (), {"birth_date": "2012-02-29"}, (CERTIFICATE,), (PARENT,)),
    Case("eighteen", (), {"birth_date": "2008-02-29"}, (), ()),
]


@pytest.mark.parametrize(("as_of", "ages"), [(date(2026, 2, 28), (13, 17)), (date(2026, 3, 1), (14, 18))])
def test_age_of_those_born_on_a_leap_day(
    tmp_path: Path, parsed_project: Path, as_of: date, ages: tuple[int, int]
) -> None:
    tables = people(BORN_ON_A_LEAP_DAY)
    for enrollment in tables["enrollments"]:
        enrollment["begin_date"] = "2025-09-01"
    year = {"academic_year_id": "Y25", "name": "2025/26", "begin_date": "2025-09-01", "end_date": "2026-08-31"}
    tables["academic_years"] = [year]
    build_db = make_build(tmp_path / "build.duckdb", tables, as_of=as_of, parsed_project=parsed_project, models=MODELS)
    with duckdb.connect(str(build_db), read_only=True) as connection:
        rows = connection.execute("SELECT age FROM intermediate.int_quality_students ORDER BY age").fetchall()
    assert [age for (age,) in rows] == list(ages)
