"""The yardstick of the benchmark is honest: the plain SQL has the seeds' rules and gives the marts of the dbt build."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from benchmarks import step
from benchmarks.run import MARTS, check_same_rows
from orchestration.dbt_runner import PROJECT
from orchestration.settings import Settings, load_settings

SEEDS = {
    "absence_reasons": "absence_reason_id, is_excused, is_illness",
    "absence_letters": "name",
    "control_form_kinds": "pattern, match, kind",
}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_plain_sql_copies_the_seeds(seed: str) -> None:
    [statement] = re.findall(rf"^create temp table {seed} as\n.*?;$", step.PLAIN_SQL.read_text("utf-8"), re.M | re.S)
    with duckdb.connect() as connection:
        connection.execute(statement)
        columns = SEEDS[seed]
        text = ", ".join(f"CAST({column} AS VARCHAR)" for column in columns.split(", "))
        copied = connection.execute(f"SELECT {text} FROM {seed} ORDER BY ALL").fetchall()
        file = PROJECT / "seeds" / f"{seed}.csv"
        original = connection.execute(
            f"SELECT {columns} FROM read_csv(?, header = true, all_varchar = true) ORDER BY ALL", [str(file)]
        ).fetchall()

    assert copied == original


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    """A sample region of three nights, built by dbt, and by the plain SQL into a file of its own."""
    folder = tmp_path_factory.mktemp("benchmark")
    environment = {"PORTFOLIO_HOME": str(folder / "home"), "PORTFOLIO_LANDING": str(folder / "landing")}
    settings = replace(load_settings(environment), threads=2)
    step.sample(settings, "300", "3", str(folder / "landing"))
    step.load(settings)
    step.build(settings)
    step.plain(settings, str(folder / "plain.duckdb"))
    return settings, folder / "plain.duckdb"


@pytest.mark.long
def test_the_plain_sql_gives_the_rows_of_the_build(built: tuple[Settings, Path]) -> None:
    settings, plain = built

    check_same_rows(settings.home.build_db, plain)


@pytest.mark.long
def test_the_plain_sql_gives_the_columns_of_the_build(built: tuple[Settings, Path]) -> None:
    settings, plain = built

    columns = columns_of(plain)
    assert set(columns) == set(MARTS)
    assert columns == columns_of(settings.home.build_db)


@pytest.mark.long
def test_no_mart_of_the_comparison_is_empty(built: tuple[Settings, Path]) -> None:
    with duckdb.connect(str(built[1]), read_only=True) as connection:
        counts = {mart: connection.execute(f"SELECT count(*) FROM marts.{mart}").fetchall()[0][0] for mart in MARTS}

    assert all(counts.values()), counts


@pytest.mark.long
def test_the_check_notices_another_row(built: tuple[Settings, Path], tmp_path: Path) -> None:
    settings, plain = built
    other = tmp_path / "other.duckdb"
    other.write_bytes(plain.read_bytes())
    with duckdb.connect(str(other)) as connection:
        connection.execute("UPDATE marts.attendance SET lessons_held = lessons_held + 1 WHERE lessons_missed > 0")

    with pytest.raises(RuntimeError, match="attendance"):
        check_same_rows(settings.home.build_db, other)


def columns_of(file: Path) -> dict[str, list[tuple[str, str]]]:
    """Name and type of every column of the marts, in order."""
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns()"
            " WHERE schema_name = 'marts' AND list_contains(?, table_name) ORDER BY table_name, column_index",
            [list(MARTS)],
        ).fetchall()
    columns: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in rows:
        columns.setdefault(table, []).append((column, kind))
    return columns
