"""Names that a reader can tell apart: schools are called alike in every town, and systems keep two of one subject."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping


def told_apart(named: Mapping[str, str], places: Mapping[str, str] | None = None) -> dict[str, str]:
    """The names, by id and in the same order; whoever shares one gets the place beside it, then the id if need be.

    places: where each one lies, by id; without them the id alone tells.
    """
    shown = dict(named)
    if places is not None:
        for key in _alike(shown):
            shown[key] = f"{named[key]}, {places[key]}"
    for key in _alike(shown):
        shown[key] = f"{shown[key]} (код {key})"
    return shown


def _alike(names: Mapping[str, str]) -> Iterable[str]:
    """The ids whose name another one bears, too; upper and lower case are alike to a reader."""
    times = Counter(name.casefold() for name in names.values())
    return [key for key, name in names.items() if times[name.casefold()] > 1]
