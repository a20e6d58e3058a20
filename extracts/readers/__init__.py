"""Readers of the formats of a delivery's files, one module a format.

A reader takes a FileJob, gives an Outcome, and raises BadInput if the file cannot be read at all. A new format is a
module with such a function, and a line below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from extracts.readers import csv_file, json_file, parquet_file, xlsx_file
from extracts.typed_copy import FileJob, Outcome

Reader = Callable[[FileJob], Outcome]

READERS: Mapping[str, Reader] = {
    "csv": csv_file.read,
    "csv.gz": csv_file.read,
    "parquet": parquet_file.read,
    "jsonl": json_file.read_lines,
    "json": json_file.read_document,
    "xlsx": xlsx_file.read,
}
