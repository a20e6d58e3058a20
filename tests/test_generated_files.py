"""What is made from declarations stands in the repository as `make generate` writes it."""

from __future__ import annotations

import pytest

from dbt_project.generate_marts import CHAPTERS, MARTS_DOCUMENT, marts_markdown
from dbt_project.generate_staging import ROOT, STAGING, generated_files
from extracts.contract import load_contract
from portal.generate_openapi import OPENAPI_FILE, openapi_text


@pytest.mark.parametrize("path", sorted(generated_files()), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_file_is_what_the_contract_says(path: object) -> None:
    content = generated_files()[path]  # type: ignore[index]
    assert path.read_text("utf-8") == content, "run `make generate`"  # type: ignore[attr-defined]


def test_no_staging_model_is_left_of_a_dataset_that_is_gone() -> None:
    assert {path.stem for path in STAGING.glob("stg_*.sql")} == {f"stg_{name}" for name in load_contract()}


def test_the_reference_of_the_marts_is_what_their_declarations_say() -> None:
    assert MARTS_DOCUMENT.read_text("utf-8") == marts_markdown(), "run `make generate`"


def test_every_folder_of_marts_has_a_chapter_in_the_reference() -> None:
    folders = {path.name for path in (ROOT / "models" / "marts").iterdir() if path.is_dir()}
    assert folders <= set(CHAPTERS)


def test_the_schema_of_a_students_document_is_what_the_specification_says() -> None:
    assert OPENAPI_FILE.read_text("utf-8") == openapi_text(), "run `make generate`"
