"""Schema `raw`, from which a build starts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
from extract_station import DAY, Station, mark_rows, marks

from extracts.contract import load_contract
from extracts.raw import create_raw_views, merged_deliveries


def test_no_deliveries_make_an_empty_typed_table_of_each_dataset(station: Station) -> None:
    assert merged_deliveries(station.home) == []
    with duckdb.connect() as connection:
        create_raw_views(connection, station.home, as_of=DAY, rounding_threshold=Decimal("0.51"), written_years=[])
        for dataset in load_contract().values():
            described = connection.execute(f"DESCRIBE raw.{dataset.name}").fetchall()
            assert {row[0]: row[1] for row in described} == dataset.raw_columns
            assert connection.execute(f"SELECT count(*) FROM raw.{dataset.name}").fetchall() == [(0,)]


def test_views_have_the_columns_and_types_of_the_contract(station: Station) -> None:
    for dataset in load_contract().values():
        station.put(f"{dataset.name}.csv", ";".join(dataset.key) + "\n")
    station.load()
    with duckdb.connect() as connection:
        create_raw_views(connection, station.home, as_of=DAY, rounding_threshold=Decimal("0.51"), written_years=[])
        for dataset in load_contract().values():
            described = connection.execute(f"DESCRIBE raw.{dataset.name}").fetchall()
            assert {row[0]: row[1] for row in described} == dataset.raw_columns


def test_tables_of_the_run(station: Station) -> None:
    later = date(2026, 10, 5)
    station.put("subjects.csv", "subject_id;name\n1;Химия\n")
    station.put("marks.csv", marks(*mark_rows(2)))
    station.load()
    station.put("marks.csv", marks(*mark_rows(1)), later)
    station.load(later)
    for _ in range(2):  # a second call replaces what the first one made
        with duckdb.connect(station.home / "build.duckdb") as connection:
            create_raw_views(
                connection, station.home, as_of=later, rounding_threshold=Decimal("0.6"), written_years=["2024", "2023"]
            )
    with duckdb.connect(station.home / "build.duckdb", read_only=True) as connection:
        read = connection.execute
        assert read("FROM raw.deliveries ORDER BY ALL").fetchall() == [
            (DAY, "marks", "change_set", 2),
            (DAY, "subjects", "snapshot", 1),
            (later, "marks", "change_set", 1),
        ]
        assert read("FROM raw.run_context").fetchall() == [(later, Decimal("0.60"))]
        assert read("FROM raw.written_years ORDER BY ALL").fetchall() == [("2023",), ("2024",)]
        assert read("SELECT _load_date, _row FROM raw.marks ORDER BY ALL").fetchall() == [
            (DAY, 1),
            (DAY, 2),
            (later, 1),
        ]


def test_other_folders_in_raw_are_no_deliveries(station: Station) -> None:
    station.load_marks(marks(*mark_rows(1)))
    (station.home / "raw" / "notes").mkdir()
    assert merged_deliveries(station.home) == [DAY]


def test_keys_of_rejected_rows_of_a_snapshot_are_known(station: Station) -> None:
    header = "class_unit_id;organization_id;academic_year_id;class_level;name\n"
    station.put("class_units.csv", header + "c1;o;y;девятый;9А\nc2;o;y;9;9Б\n;o;y;девятый;9В\n")
    station.put("subjects.csv", "subject_id;name\ns1;Алгебра\n")
    station.load()
    with duckdb.connect() as connection:
        create_raw_views(connection, station.home, as_of=DAY, rounding_threshold=Decimal("0.51"), written_years=[])
        assert connection.execute("FROM raw.rejected_keys").fetchall() == [("class_units", DAY, "c1")]
