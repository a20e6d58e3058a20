"""`rejects/<load date>.csv`: what could not be loaded, with the value, for the operator alone (mode 0600).

Values stand here and nowhere else: no message, log or report repeats one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import IO

from extracts.disk import PRIVATE_FILE, make_private_folder, settle

COLUMNS = ("dataset", "file", "line", "column", "value", "reason")

#: How DuckDB writes the same CSV as `write_row`.
CSV_OPTIONS = "FORMAT csv, HEADER false, DELIMITER ',', QUOTE '\"', ESCAPE '\"', FORCE_QUOTE *"

#: Longest part of a broken line that a reject shows.
_SHOWN_BYTES = 2000


def write_broken_line(target: IO[str], *, dataset: str, file: str, line: int, content: bytes, reason: str) -> None:
    """Writes the reject of a row that is broken as a whole, so that no column can be named."""
    value = content[:_SHOWN_BYTES].decode("utf-8", errors="replace").replace("\0", "\ufffd").rstrip("\r\n")
    csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow((dataset, file, line, "", value, reason))


def rejects_file(home: Path, load_date: date) -> Path:
    """Where the rejects of a delivery stand."""
    return home / "rejects" / f"{load_date}.csv"


def write_rejects(home: Path, load_date: date, parts: Iterable[Path]) -> Path:
    """Puts the rejects of a delivery's files together, in place of those of an earlier try; gives the file."""
    target = rejects_file(home, load_date)
    make_private_folder(target.parent)
    temporary = target.with_name(f".{target.name}.part")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=PRIVATE_FILE)
    with temporary.open("wb") as sink:
        sink.write((",".join(COLUMNS) + "\n").encode())
        for part in parts:
            _append(sink, part)
    settle(temporary)
    temporary.replace(target)
    settle(target.parent)
    return target


def _append(sink: IO[bytes], part: Path) -> None:
    with part.open("rb") as source:
        while block := source.read(1 << 20):
            sink.write(block)
