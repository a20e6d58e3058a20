"""No name, СНИЛС or document number leaves the engine: not in tables, results, logs or errors."""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from quality_checked import Checked
from quality_people import AS_OF

from expectations import suites
from expectations.rules import load_rules
from expectations.run import check_build
from expectations.suites import ExpectationError, run_suite

_PERSONAL = ("last_name", "first_name", "middle_name", "birth_date", "snils", "series", "number")


def personal_values(checked: Checked) -> set[str]:
    """Every value of the region that names somebody, long enough not to be found by chance."""
    rows = [row for name in ("students", "representatives", "identity_documents") for row in checked.tables[name]]
    values = {str(row[column]).strip() for row in rows for column in _PERSONAL if row.get(column)}
    return {value for value in values if len(value) > 3 and not value.startswith("нет")}


def test_no_frame_holds_a_value(checked: Checked) -> None:
    values = personal_values(checked)
    for suite in load_rules().suites.values():
        rows = checked.connection.execute(f"SELECT * FROM intermediate.{suite.frame}").fetchall()
        cells = {str(cell) for row in rows for cell in row}
        assert not values & cells, suite.name


def test_no_quality_table_holds_a_value(checked: Checked) -> None:
    values = personal_values(checked)
    tables = (
        "findings",
        "completeness",
        "completeness_rollup",
        "completeness_history",
        "quality_rules",
        "quality_checks",
    )
    for table in tables:
        rows = checked.connection.execute(f"SELECT * FROM marts.{table}").fetchall()
        assert rows, table
        text = json.dumps(rows, default=str, ensure_ascii=False)
        assert not [value for value in values if f'"{value}"' in text], table


def test_results_hold_counts_only(checked: Checked) -> None:
    text = json.dumps(asdict(checked.result), ensure_ascii=False)
    assert not [value for value in personal_values(checked) if value in text]


def test_results_of_great_expectations_hold_places_only(
    checked: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kept: list[dict[str, Any]] = []
    original = suites._validate

    def remember(*arguments: Any) -> Any:
        results = original(*arguments)
        kept.extend(result.to_json_dict()["result"] for result in results)
        return results

    monkeypatch.setattr(suites, "_validate", remember)
    build_db = tmp_path / "build.duckdb"
    shutil.copy(checked.build_db, build_db)
    with caplog.at_level(logging.DEBUG):
        check_build(build_db, as_of=AS_OF, ledger=tmp_path / "ledger.parquet")
    assert kept
    assert not {key for result in kept for key in result if "value" in key or key == "partial_unexpected_list"}
    assert all(isinstance(place, int) for result in kept for place in result["unexpected_index_list"] or [])
    assert not [value for value in personal_values(checked) if value in caplog.text]


def test_an_expectation_that_raises_is_an_error_and_quotes_nothing() -> None:
    frame = pd.DataFrame({"vacations": ["Тайна", 1]})
    with pytest.raises(ExpectationError, match="C02") as raised:
        run_suite("kug_periods", load_rules().checks_of("kug_periods"), frame)
    assert "Тайна" not in f"{raised.value!r}{raised.value.__cause__!r}{raised.value.__context__!r}"


def test_a_missing_fact_is_an_error_and_never_a_finding() -> None:
    frame = pd.DataFrame({"something_else": [1]})
    with pytest.raises(ExpectationError, match="C02"):
        run_suite("kug_periods", load_rules().checks_of("kug_periods"), frame)


def test_a_check_that_fails_leaves_no_half_written_tables(checked: Checked, tmp_path: Path) -> None:
    build_db = tmp_path / "build.duckdb"
    shutil.copy(checked.build_db, build_db)
    with duckdb.connect(str(build_db)) as connection:
        connection.execute("DROP TABLE marts.findings")
        connection.execute("ALTER TABLE intermediate.int_quality_control_forms DROP COLUMN has_kind")
    with pytest.raises(duckdb.Error):
        check_build(build_db, as_of=AS_OF, ledger=tmp_path / "ledger.parquet")
    with duckdb.connect(str(build_db), read_only=True) as connection:
        rows = connection.execute("SELECT table_name FROM duckdb_tables() WHERE table_name = 'findings'").fetchall()
    assert rows == []


def test_checking_again_gives_the_same_tables(checked: Checked, tmp_path: Path) -> None:
    build_db = tmp_path / "build.duckdb"
    shutil.copy(checked.build_db, build_db)
    again = check_build(build_db, as_of=AS_OF, ledger=tmp_path / "ledger.parquet")
    assert again == checked.result
    with duckdb.connect(str(build_db), read_only=True) as connection:
        for table in ("findings", "completeness", "completeness_rollup"):
            query = f"SELECT * FROM marts.{table}"
            assert connection.execute(query).fetchall() == checked.connection.execute(query).fetchall()


def test_a_build_of_another_date_is_refused(checked: Checked, tmp_path: Path) -> None:
    build_db = tmp_path / "build.duckdb"
    shutil.copy(checked.build_db, build_db)
    with pytest.raises(ValueError, match="2026-10-28"):
        check_build(build_db, as_of=AS_OF.replace(day=27), ledger=tmp_path / "ledger.parquet")
