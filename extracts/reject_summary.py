"""The rejects of a delivery as the load report tells them: how many of which kind and where, never a value."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

#: What stands in the place of a value.
MASKED = "***"

#: How many lines of a kind are named.
NAMED_LINES = 5

#: A value may be as long as a row of a file: the reader's own limit is far below that.
_LONGEST_FIELD = 2**31 - 1


@dataclass
class RejectGroup:
    """Rejects of one file, column and reason: their number and the first few of their lines."""

    dataset: str
    file: str
    column: str
    reason: str
    count: int = 0
    lines: list[int] = field(default_factory=list)


def summarize_rejects(path: Path) -> list[RejectGroup]:
    """The groups of a rejects file, the most frequent first; none if there is no such file.

    A row with several wrong cells stands in several groups. Nothing is kept of the values.
    """
    if not path.is_file():
        return []
    groups: dict[tuple[str, ...], RejectGroup] = {}
    limit = csv.field_size_limit(_LONGEST_FIELD)
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as stream:
            rows = csv.reader(stream)
            next(rows, None)
            for dataset, file, line, column, _value, reason in rows:
                key = (dataset, file, column, reason)
                group = groups.get(key) or groups.setdefault(key, RejectGroup(*key))
                group.count += 1
                if len(group.lines) < NAMED_LINES:
                    group.lines.append(int(line))
    finally:
        csv.field_size_limit(limit)
    return sorted(groups.values(), key=lambda one: (-one.count, one.dataset, one.file, one.column, one.reason))
