"""Names in filters and tables of the dashboards: nobody can be taken for another."""

from __future__ import annotations

from pathlib import Path

from dashboards_sample import MATH, sample_rows, write_sample

from reports.dashboards.names import told_apart
from reports.dashboards.store import FILE, Reader


def test_whoever_shares_a_name_is_told_by_the_place_and_then_by_the_id() -> None:
    names = {"1": "Школа № 1", "2": "ШКОЛА № 1", "3": "Школа № 1", "4": "Лицей"}
    places = {"1": "Город А", "2": "Город Б", "3": "Город А", "4": "Город А"}
    assert told_apart(names, places) == {
        "1": "Школа № 1, Город А (код 1)",
        "2": "ШКОЛА № 1, Город Б",
        "3": "Школа № 1, Город А (код 3)",
        "4": "Лицей",
    }
    assert told_apart({"a": "Алгебра", "b": "Алгебра", "c": "Химия"}) == {
        "a": "Алгебра (код a)",
        "b": "Алгебра (код b)",
        "c": "Химия",
    }
    assert [*told_apart({})] == []


def test_the_catalog_tells_schools_and_subjects_of_one_name_apart(tmp_path: Path) -> None:
    rows = sample_rows()
    for row in rows["organizations"]:
        if row["organization_id"] in {"a1", "b2"}:
            row["name"] = "Школа № 1"
    rows["subjects"].append({"subject_id": "m2", "name": "Алгебра"})
    rows["agg_averages"] += [{**row, "subject_id": "m2"} for row in rows["agg_averages"] if row["subject_id"] == MATH]
    catalog = Reader(write_sample(tmp_path / "published", rows) / FILE).catalog
    assert (catalog.organizations["a1"].name, catalog.organizations["b2"].name) == (
        "Школа № 1, Город А",
        "Школа № 1, Город Б",
    )
    assert catalog.organizations["a3"].name == "Школа a3"
    assert {*catalog.subjects.values()} == {f"Алгебра (код {MATH})", "Алгебра (код m2)"}
