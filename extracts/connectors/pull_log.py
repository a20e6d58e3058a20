"""Which stretches of time each dataset of each source has been taken for: `<home>/warehouse/pulls.json`.

A stretch for every delivery, not one position: a delivery that was thrown away before it was loaded, or loaded without
the dataset, holds nothing of it, and the next pull asks for its stretch again. Does not belong here: what was taken.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

from extracts.connectors.window import Window
from extracts.disk import make_private_folder, settle, write_private
from extracts.errors import BadInput

#: Deliveries of one dataset that are remembered; the oldest of them stands for all before it.
KEPT = 100

#: Whether the delivery of a date holds (or held, when it was loaded) a dataset.
Holds = Callable[[date, str], bool]

#: Load date → since (None: from the beginning) and until.
_Lines = dict[str, tuple[str | None, str]]
_Document = dict[str, dict[str, _Lines]]


def taken_until(home: Path, source: str, dataset: str, *, before: date, holds: Holds) -> datetime | None:
    """Up to when the deliveries before a date hold a dataset of a source without a gap; None if they do not begin.

    Errors: BadInput if the file is damaged.
    """
    lines = _read(home).get(source, {}).get(dataset, {})
    earlier = [day for day in lines if date.fromisoformat(day) < before and holds(date.fromisoformat(day), dataset)]
    stretches = [_window(lines[day]) for day in earlier]
    reached = max((one.until for one in stretches if one.since is None), default=None)
    if reached is None:
        return None
    for one in sorted((one for one in stretches if one.since), key=lambda one: one.since or one.until):
        if one.since and one.since <= reached:
            reached = max(reached, one.until)
    return reached


def has_pulled(home: Path, load_date: date) -> bool:
    """Whether a pull made the delivery of a date."""
    day = load_date.isoformat()
    return any(day in lines for datasets in _read(home).values() for lines in datasets.values())


def record(home: Path, load_date: date, windows: Mapping[tuple[str, str], Window]) -> None:
    """Notes the windows of a delivery, (source, dataset) → window; only once it stands in the landing zone."""
    document = _read(home)
    for (source, dataset), window in windows.items():
        lines = document.setdefault(source, {}).setdefault(dataset, {})
        since = window.since.isoformat() if window.since else None
        lines[load_date.isoformat()] = (since, window.until.isoformat())
        _forget(lines)
    path = _path(home)
    make_private_folder(path.parent)
    write_private(path, json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    settle(path.parent)


def _forget(lines: _Lines) -> None:
    for forgotten in sorted(lines)[:-KEPT]:
        del lines[forgotten]
        oldest = min(lines)
        lines[oldest] = (None, lines[oldest][1])


def _path(home: Path) -> Path:
    return home / "warehouse" / "pulls.json"


def _read(home: Path) -> _Document:
    path = _path(home)
    try:
        document: _Document = json.loads(path.read_text("utf-8"))
        for datasets in document.values():
            for lines in datasets.values():
                _check(lines)
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, TypeError):
        raise BadInput(
            f"Файл {path} повреждён: по нему известно, что уже взято у источников. Верните его из резервной копии "
            "или удалите: тогда следующий запрос возьмёт всё целиком."
        ) from None
    return document


def _check(lines: _Lines) -> None:
    for day, line in lines.items():
        date.fromisoformat(day)
        window = _window(line)
        if window.until.tzinfo is None or (window.since and window.since.tzinfo is None):
            raise ValueError


def _window(line: tuple[str | None, str]) -> Window:
    since, until = line
    return Window(datetime.fromisoformat(since) if since else None, datetime.fromisoformat(until))
