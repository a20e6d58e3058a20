"""What the loader tells the child, and what the child tells the loader: small JSON files in the job's folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

#: Files in the folder of the task: the workbook (under a name that says its format), the rows, the facts.
BOOK = "book.xlsx"
CELLS = "cells.parquet"
FACTS = "facts.json"

#: Exit status of a child that ran out of memory and could still say so.
NO_MEMORY = 3


@dataclass(frozen=True)
class Task:
    """One workbook to read.

    `titles`: names of a sheet that is the dataset's; `moments`: names of columns whose values are dates or times.
    Names are compared as `fold` gives them. `parent` is the process id of the loader; sizes are bounds of the settings.
    """

    parent: int
    titles: Sequence[str]
    moments: Sequence[str]
    unpacked_gb: int
    unpacked_ratio: int
    workbook_mb: int


@dataclass(frozen=True)
class Facts:
    """What a workbook held.

    In the Parquet file column `c<n>` has the texts of the column `names[n]` and `line` a row's number in the sheet;
    for n in `errors` `e<n>` has what stands in cells that cannot be read, for n in `serials` `n<n>` has the stored
    number of dates, times and durations (in ms). `nameless` rows have something under no header; `others` are sheets
    that were not read, with their number of rows.
    """

    names: Sequence[str]
    rows: int
    errors: Sequence[int]
    serials: Sequence[int]
    nameless: int
    others: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Trouble:
    """Why there are no rows: what is wrong with the workbook in Russian, or the system's error (of the disk)."""

    message: str
    errno: int = 0


def fold(name: str) -> str:
    """A name as it is compared."""
    return name.strip().strip("\ufeff").lower()


def write_facts(folder: Path, facts: Facts | Trouble) -> None:
    """Writes the facts into the folder of the task."""
    document = {"kind": type(facts).__name__} | asdict(facts)
    (folder / FACTS).write_text(json.dumps(document, ensure_ascii=True), "ascii")


def read_facts(folder: Path) -> Facts | Trouble | None:
    """The facts in the folder of the task; None if the child has written none."""
    try:
        document = json.loads((folder / FACTS).read_text("ascii"))
    except (OSError, ValueError):
        return None
    kind = document.pop("kind")
    return Facts(**document) if kind == Facts.__name__ else Trouble(**document)
