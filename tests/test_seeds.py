"""The dictionaries of the project: what is written twice is the same, patterns are as names are compared."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from extracts.readers import pages_periods

SEEDS = Path(__file__).resolve().parent.parent / "dbt_project" / "seeds"


def rows_of(seed: str) -> list[dict[str, str]]:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_loader_knows_periods_by_the_stems_of_the_seed() -> None:
    """The loader depends on no dbt project: it has the stems of its own."""
    rows = sorted(rows_of("attestation_period_kinds"), key=lambda row: int(row["sort_order"]))
    assert [(row["stem"], row["kind"]) for row in rows] == list(pages_periods._KINDS.items())


@pytest.mark.parametrize("seed", ["control_form_kinds", "achievement_spellings"])
def test_patterns_are_written_as_names_are_compared(seed: str) -> None:
    patterns = [row["pattern"] for row in rows_of(seed)]
    assert patterns == [" ".join(pattern.lower().replace("ё", "е").split()) for pattern in patterns]
    assert {row["match"] for row in rows_of(seed)} == {"exact", "prefix"}


@pytest.mark.parametrize(
    ("dictionary", "seed", "column"),
    [("type", "achievement_types", "type_name"), ("level", "achievement_levels", "level_name")],
)
def test_every_usual_name_is_recognised_in_its_own_spelling(dictionary: str, seed: str, column: str) -> None:
    spellings = [row for row in rows_of("achievement_spellings") if row["dictionary"] == dictionary]
    for name in (row[column] for row in rows_of(seed)):
        written = name.lower().replace("ё", "е")
        fitting = [
            row
            for row in spellings
            if row["pattern"] == written or (row["match"] == "prefix" and written.startswith(row["pattern"]))
        ]
        assert max(fitting, key=lambda row: len(row["pattern"]))["name"] == name
