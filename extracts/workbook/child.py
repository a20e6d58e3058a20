"""The child's work: one workbook into one Parquet file of texts, and a few facts in JSON.

Runs as a process of its own (extracts.workbook.start): a file that breaks the reader ends this process, not the loader.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from extracts.workbook import limits
from extracts.workbook.archive import Bounds, examine, open_archive
from extracts.workbook.errors import UnreadableBook
from extracts.workbook.sheets import list_sheets
from extracts.workbook.task import BOOK, NO_MEMORY, Facts, Task, Trouble, write_facts


def main() -> None:
    """Does the task that stands in the standard input, in the current folder: paths of others cannot be misspelt."""
    os.umask(0o077)
    folder = Path()
    task = Task(**json.load(sys.stdin))
    limits.end_with_parent(task.parent)
    try:
        write_facts(folder, _facts(folder, task))
    except MemoryError:
        sys.exit(NO_MEMORY)


def _facts(folder: Path, task: Task) -> Facts | Trouble:
    try:
        return _read(folder, task)
    except UnreadableBook as error:
        return Trouble(str(error))
    except OSError as error:
        return Trouble("", error.errno or 0)


def _read(folder: Path, task: Task) -> Facts:
    _leave_out("numpy", "pandas")
    # Loaded before memory is bounded: the bound is on what the file takes.
    import fastexcel

    from extracts.workbook.table import Book, write_table

    path = folder / BOOK
    limits.bound_memory(task.workbook_mb)
    limits.bound_time_by_packed(path.stat().st_size)
    found = examine(path, Bounds(unpacked=task.unpacked_gb << 30, ratio=task.unpacked_ratio))
    limits.bound_time_by_unpacked(found.unpacked)
    with open_archive(path) as archive:
        sheets = list_sheets(archive)
        return write_table(Book(archive, fastexcel.read_excel(path), sheets, found.doubtful), task, folder)


def _leave_out(*modules: str) -> None:
    """Has pyarrow go without libraries that it would load just in case: more than half of the child's start."""
    for module in modules:
        sys.modules[module] = None  # type: ignore[assignment]
