"""The kind of a control form: the source's own, or by its name with the seed of names and prefixes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

SEED_FILE = Path(__file__).parents[2] / "dbt_project" / "seeds" / "control_form_kinds.csv"

CONTROL = "контрольная"
HOME = "домашняя"
#: Every other kind counts as class work, and so does a form that nothing matches.
CLASS = "классная"


def normalized(name: str) -> str:
    """Lower case, ё = е, spaces folded."""
    return " ".join(name.lower().replace("ё", "е").split())


class FormKinds:
    """The seed table of names: exact names first, then the longest prefix."""

    def __init__(self, rows: list[dict[str, str]]) -> None:
        by_match: dict[str, dict[str, str]] = {"exact": {}, "prefix": {}}
        for row in rows:
            by_match[row["match"]][normalized(row["pattern"])] = normalized(row["kind"])
        self._exact = by_match["exact"]
        self._prefixes = sorted(by_match["prefix"].items(), key=lambda pattern: -len(pattern[0]))

    @classmethod
    def from_seed(cls, path: Path = SEED_FILE) -> FormKinds:
        """The table of the project's seed (columns pattern, match, kind)."""
        return cls(list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))))

    def kind(self, name: str, own_kind: str | None) -> str:
        """One of CONTROL, HOME, CLASS for a form's name and the kind that its source gives (or None)."""
        found = normalized(own_kind) if own_kind else self._by_name(normalized(name))
        return found if found in {CONTROL, HOME} else CLASS

    def knows(self, name: str, own_kind: str | None) -> bool:
        """Whether the form's kind is filled in, or its name is one of the table's."""
        found = normalized(name)
        return own_kind is not None or found in self._exact or any(found.startswith(one) for one, _ in self._prefixes)

    def _by_name(self, name: str) -> str:
        if name in self._exact:
            return self._exact[name]
        return next((kind for prefix, kind in self._prefixes if name.startswith(prefix)), CLASS)
