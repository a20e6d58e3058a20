"""Names that a reader can tell apart: schools are called alike in every town, and systems keep two of one subject."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping


def told_apart(named: Mapping[str, str], marks: Mapping[str, str]) -> dict[str, str]:
    """The names, by id and in the same order; whoever shares one gets its mark beside it, and the id if need be.

    marks: what tells each one for a reader, by id (where a school lies); an empty one adds nothing.
    """
    shown = dict(named)
    for key in _alike(shown):
        shown[key] += marks[key]
    while alike := _alike(shown):
        for key in alike:
            shown[key] += f" (код\u00a0{key})"
    return shown


def _alike(names: Mapping[str, str]) -> list[str]:
    """The ids whose name another one bears, too, as readers see names: of any case, however spaces are set."""
    seen = {key: "".join(unicodedata.normalize("NFKC", name).casefold().split()) for key, name in names.items()}
    times = Counter(seen.values())
    return [key for key, name in seen.items() if times[name] > 1]
