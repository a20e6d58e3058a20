"""Pages of the ЭПОС / МЭШ journal API as they are, told by the shape of their records (specification 1-extracts.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import yaml

from extracts.readers.json_columns import Rows, keys_of_columns
from extracts.readers.json_source import Records
from extracts.readers.page_columns import Page
from extracts.readers.pages_groups import rows_of_groups
from extracts.readers.pages_marks import rows_of_marks
from extracts.readers.pages_periods import rows_of_periods
from extracts.typed_copy import FileJob

PAGES_FILE = Path(__file__).parents[1] / "pages.yaml"

_OWN_SHAPES: Mapping[str, Callable[[Page], Rows]] = {
    "marks": rows_of_marks,
    "attestation_periods": rows_of_periods,
    "groups": rows_of_groups,
}


def rows_of_page(job: FileJob, records: Records) -> Rows | None:
    """The rows of a page of the API; None if the file is none.

    It is one if its records have `id`, and none has the key column of the dataset: of a file that has both, `id` is a
    column that we do not know.
    """
    key, *others = job.dataset.key
    page = Page(job, records, _aliases().get(job.dataset.name, {}) | {key: ["id"]})
    if others or page.key("id") is None or key in keys_of_columns(job.dataset, records.names, job.rename):
        return None
    return _OWN_SHAPES.get(job.dataset.name, Page.rows)(page)


@cache
def _aliases() -> dict[str, dict[str, list[str]]]:
    aliases: dict[str, dict[str, list[str]]] = yaml.safe_load(PAGES_FILE.read_text("utf-8"))
    return aliases
