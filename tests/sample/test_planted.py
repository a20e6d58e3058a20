"""Every planted defect is there, and nothing else breaks a rule on the last night."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

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


def test_planted_defects_are_exactly_the_findings(out: Path, region: Region) -> None:
    wanted = planted(out)
    assert Rules(region, date(2026, 11, 11)).findings() == wanted
    assert set(count_by_rule(wanted)) == set(RULES)


@pytest.mark.parametrize(
    "parameters",
    [
        {"students": 300, "nights": 3, "first_night": date(2026, 9, 24), "seed": 2},
        {"students": 200, "nights": 2, "first_night": date(2026, 10, 27), "seed": 3, "history_years": 1},
        {"students": 220, "nights": 2, "first_night": date(2027, 1, 4), "seed": 4},
        {"students": 200, "nights": 1, "first_night": date(2027, 6, 20), "seed": 5},
        {"students": 200, "nights": 2, "first_night": date(2026, 9, 1), "seed": 6},
        {"students": 40, "nights": 2, "seed": 7},
        {"students": 1, "nights": 1, "seed": 8},
    ],
    ids=lambda parameters: str(parameters["seed"]),
)
def test_no_other_findings_in_other_regions(tmp_path: Path, parameters: dict[str, Any]) -> None:
    folders = write_region(tmp_path, **parameters)
    assert found(tmp_path, date.fromisoformat(folders[-1].name)) == planted(tmp_path)


def test_planted_rows_name_no_one(out: Path, region: Region) -> None:
    names = region.rows("SELECT DISTINCT last_name FROM students WHERE length(trim(last_name)) > 3")
    text = (out / "planted.csv").read_text("utf-8")
    assert not [name for (name,) in names if name in text]
