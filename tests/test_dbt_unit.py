"""The unit tests of the SQL models (models/**/_unit_tests*.yml), each reported under its own name.

dbt takes the column types of mocked inputs from the relations themselves, so the project is first built over the empty
raw tables of the contract. Everything runs in this process, on a DuckDB file of its own.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pytest
import yaml
from shared_project import share_project

from extracts.contract import load_contract
from orchestration.dbt_runner import PARSED, PROJECT, manifest_path
from orchestration.settings import load_settings

ROOT = Path(__file__).resolve().parent.parent
UNIT_TEST_FILES = sorted((ROOT / "models").rglob("_unit_tests*.yml"))

# Beside the datasets: what the loader tells of a run (docs/architecture.md).
RUN_TABLES = (
    "create table raw.deliveries (load_date date, dataset varchar, mode varchar, rows_loaded bigint)",
    "create table raw.run_context (as_of date, rounding_threshold decimal(4, 2))",
    "create table raw.written_years (academic_year_id varchar)",
    "create table raw.rejected_keys (dataset varchar, load_date date, row_key varchar)",
)

Name = tuple[str, str]


@dataclass(frozen=True)
class Outcome:
    """What dbt said of one unit test; the message shows how actual rows differ from the expected ones."""

    status: str
    message: str


def _written_tests() -> list[Name]:
    """(model, name) of every unit test that stands in the files."""
    documents = [yaml.safe_load(path.read_text("utf-8")) for path in UNIT_TEST_FILES]
    return [(test["model"], test["name"]) for document in documents for test in document["unit_tests"]]


def _create_raw_tables(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema raw")
        for name, dataset in load_contract().items():
            columns = ", ".join(f'"{column}" {sql_type}' for column, sql_type in dataset.raw_columns.items())
            connection.execute(f"create table raw.{name} ({columns})")
        for statement in RUN_TABLES:
            connection.execute(statement)


def _run_dbt(command: list[str], folder: Path, manifest: Any) -> Any:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    places = {
        "--project-dir": PROJECT,
        "--profiles-dir": PROJECT,
        "--target-path": folder / "target",
        "--log-path": folder / "logs",
        "--log-level": "none",
    }
    options = [str(word) for option in places.items() for word in option]
    try:
        return dbtRunner(manifest=manifest).invoke(
            [*command, "--quiet", "--no-use-colors", "--no-version-check", *options]
        )
    finally:
        # The adapter keeps its file open until the process ends; other tests of this process have files of their own.
        environment = DuckDBConnectionManager._ENV
        if environment is not None:
            environment.close()
        DuckDBConnectionManager._ENV = None


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> dict[Name, Outcome]:
    """What became of every unit test, by (model, name)."""
    from dbt.contracts.graph.manifest import Manifest

    folder = tmp_path_factory.mktemp("dbt_unit")
    settings = load_settings({"PORTFOLIO_HOME": str(share_project(folder, parsed_project))})
    target = manifest_path(settings).parent
    manifest = Manifest.from_msgpack((target / PARSED).read_bytes())
    warehouse = folder / "build.duckdb"  # the name that the parsed project knows
    _create_raw_tables(warehouse)
    environment = {
        "PORTFOLIO_BUILD_DB": str(warehouse),
        "PORTFOLIO_MEMORY_LIMIT": "2GB",
        "PORTFOLIO_THREADS": "2",
        "PORTFOLIO_TEMP_DIR": str(folder),
        "DO_NOT_TRACK": "1",
    }
    with mock.patch.dict(os.environ, environment):
        build = ["build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
        built = _run_dbt(build, folder, manifest)
        assert built.success, f"the models do not build on empty tables: {built.exception or _broken(built)}"
        tested = _run_dbt(["test", "--select", "test_type:unit"], folder, manifest)
    assert tested.result is not None, f"dbt could not start the unit tests: {tested.exception}"
    return {_name(result): Outcome(str(result.status), str(result.message or "")) for result in tested.result.results}


def _name(result: Any) -> Name:
    # unit_test.<project>.<model>.<name>: the node of a failed test and that of a passed one have only this in common.
    model, name = result.node.unique_id.split(".")[-2:]
    return model, name


def _broken(built: Any) -> list[str]:
    return [result.node.name for result in built.result.results if str(result.status) != "success"]


@pytest.mark.parametrize(("model", "name"), _written_tests(), ids=lambda part: part)
def test_unit_test_of_a_model_passes(model: str, name: str, outcomes: dict[Name, Outcome]) -> None:
    outcome = outcomes[model, name]
    assert outcome.status == "pass", f"{model}: {name}\n{outcome.message}"


def test_dbt_runs_exactly_the_unit_tests_that_are_written(outcomes: dict[Name, Outcome]) -> None:
    written = _written_tests()
    assert written, "no unit test was found: has the folder of the models moved?"
    assert sorted(outcomes) == sorted(written)
