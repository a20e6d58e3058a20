"""Every planted defect is there, and nothing else breaks a rule on the last night."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from extracts.sample import write_region

from .reading import Region
from .rules import Finding, Rules, count_by_rule

RULES = (
    *(f"S{number:02d}" for number in range(1, 13)),
    *(f"R{number:02d}" for number in range(1, 6)),
    *(f"C{number:02d}" for number in range(1, 7)),
    "P01",
)


def planted(out: Path) -> set[Finding]:
    with (out / "planted.csv").open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, delimiter=";")
        rows = list(reader)
    assert reader.fieldnames == ["rule_id", "object_kind", "object_id", "organization_id", "note"]
    return {(row["rule_id"], row["object_kind"], row["object_id"]) for row in rows}


def found(out: Path, as_of: date) -> set[Finding]:
    region = Region(sorted(folder for folder in out.iterdir() if folder.is_dir()))
    return Rules(region, as_of).findings()


def test_planted_defects_are_exactly_the_findings(out: Path) -> None:
    wanted = planted(out)
    assert found(out, date(2026, 11, 11)) == wanted
    assert set(count_by_rule(wanted)) == set(RULES)


@pytest.mark.parametrize(
    ("students", "nights", "first_night", "seed", "history_years"),
    [
        (300, 3, date(2026, 9, 24), 2, 0),
        (300, 2, date(2026, 10, 27), 3, 1),
        (420, 2, date(2027, 1, 4), 4, 0),
        (300, 1, date(2027, 6, 20), 5, 0),
        (250, 2, date(2026, 9, 1), 6, 0),
        (40, 2, date(2026, 11, 9), 7, 0),
        (1, 1, date(2026, 11, 9), 8, 0),
    ],
)
def test_no_other_findings_at_other_times_of_the_year(
    tmp_path: Path, students: int, nights: int, first_night: date, seed: int, history_years: int
) -> None:
    folders = write_region(
        tmp_path, students=students, nights=nights, first_night=first_night, seed=seed, history_years=history_years
    )
    assert found(tmp_path, date.fromisoformat(folders[-1].name)) == planted(tmp_path)


def test_planted_rows_name_no_one(out: Path) -> None:
    region = Region(sorted(folder for folder in out.iterdir() if folder.is_dir()))
    names = region.rows("SELECT DISTINCT last_name FROM students WHERE length(trim(last_name)) > 3")
    text = (out / "planted.csv").read_text("utf-8")
    assert not [name for (name,) in names if name in text]
