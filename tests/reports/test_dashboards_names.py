"""Names in filters and tables of the dashboards: nobody can be taken for another."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from dashboards_sample import MATH, sample_rows, write_sample

from reports.dashboards.names import told_apart
from reports.dashboards.store import FILE, Reader


def test_whoever_shares_a_name_is_told_by_a_mark_and_then_by_the_id() -> None:
    names = {"1": "Школа № 1", "2": "ШКОЛА №1", "3": "Школа № 1", "4": "Лицей"}
    marks = {"1": ", Город А", "2": ", Город Б", "3": ", Город А", "4": ", Город А"}
    assert told_apart(names, marks) == {
        "1": "Школа № 1, Город А (код\u00a01)",
        "2": "ШКОЛА №1, Город Б",
        "3": "Школа № 1, Город А (код\u00a03)",
        "4": "Лицей",
    }
    assert told_apart({}, {}) == {}


@pytest.mark.parametrize(
    "names",
    [
        {"1": "Алгебра", "2": "Алгебра", "3": "Алгебра (код\u00a01)"},
        {"1": unicodedata.normalize("NFC", "Лицей"), "2": unicodedata.normalize("NFD", "Лицей")},
    ],
)
def test_no_two_names_are_alike_in_the_end(names: dict[str, str]) -> None:
    shown = told_apart(names, dict.fromkeys(names, ""))
    assert [*shown] == [*names]
    assert len({*shown.values()}) == len(names)
    assert all(shown[key].startswith(name) for key, name in names.items())
    assert all(f"(код\u00a0{key})" in shown[key] for key in names if key != "3")


def test_the_catalog_tells_schools_and_subjects_of_one_name_apart(tmp_path: Path) -> None:
    rows = sample_rows()
    for row in rows["organizations"]:
        row["kind"] = "college" if row["organization_id"] == "b2" else "school"
        if row["organization_id"] in {"a1", "b2"}:
            row["name"] = "Школа № 1"
    of_math = [row for row in rows["agg_averages"] if row["subject_id"] == MATH]
    for subject, organizations in (("m2", {"b2"}), ("m3", {"b1", "b2"})):
        rows["subjects"].append({"subject_id": subject, "name": "Алгебра"})
        made = [{**row, "subject_id": subject} for row in of_math if row["organization_id"] in organizations]
        rows["agg_averages"] += made
    catalog = Reader(write_sample(tmp_path / "published", rows) / FILE).catalog
    assert (catalog.organizations["a1"].name, catalog.organizations["b2"].name) == (
        "Школа № 1, Город А",
        "Школа № 1, Город Б",
    )
    assert catalog.organizations["a3"].name == "Школа a3"
    assert catalog.subjects == {
        MATH: f"Алгебра (код\u00a0{MATH})",
        "m2": "Алгебра (СПО)",
        "m3": "Алгебра (код\u00a0m3)",
    }
