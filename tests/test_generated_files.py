"""What is made from the contract of the datasets stands in the repository as `make generate` writes it."""

from __future__ import annotations

import pytest

from dbt_project.generate_staging import ROOT, STAGING, generated_files
from extracts.contract import load_contract


@pytest.mark.parametrize("path", sorted(generated_files()), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_file_is_what_the_contract_says(path: object) -> None:
    content = generated_files()[path]  # type: ignore[index]
    assert path.read_text("utf-8") == content, "run `make generate`"  # type: ignore[attr-defined]


def test_no_staging_model_is_left_of_a_dataset_that_is_gone() -> None:
    assert {path.stem for path in STAGING.glob("stg_*.sql")} == {f"stg_{name}" for name in load_contract()}
