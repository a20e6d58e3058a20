"""Groups below five students are hidden (specification 5-operation.md, personal data): stated once, here.

What does not belong here: how a group is counted (`facts.py`) or drawn (`figures.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

MIN_GROUP = 5
HIDDEN_TEXT = f"менее {MIN_GROUP} учащихся"
#: Of a group that is large enough, but would give away a small one beside it or lies in a place that is hidden.
CLOSED_TEXT = "скрыто"


def is_small(students: int) -> bool:
    """Whether a group of so many students may not be shown. Nobody at all is no group: zero may be shown."""
    return 0 < students < MIN_GROUP


@dataclass(frozen=True)
class Measure:
    """A number about a group of students, which nobody can read while the group is small or closed.

    `students` is how many the number speaks of; `is_closed`: a small group could be had by subtraction (`closed.py`).
    The number itself is reached through `value` only, so that no page can forget the rule.
    """

    hidden_value: Decimal | None
    students: int
    is_closed: bool = False

    @property
    def is_hidden(self) -> bool:
        """There is such a group, but it is too small to be shown, or would give away one that is."""
        return is_small(self.students) or (self.is_closed and self.students > 0)

    @property
    def hidden_text(self) -> str:
        """What a page says in place of a hidden number."""
        return HIDDEN_TEXT if is_small(self.students) else CLOSED_TEXT

    @property
    def value(self) -> float | None:
        """The number, or None where there is none, the group is below five students or closed."""
        if self.hidden_value is None or self.students < MIN_GROUP or self.is_closed:
            return None
        return float(self.hidden_value)


def hide_small_counts(counts: Sequence[int]) -> list[int | None]:
    """Counts of students by interval with the small ones hidden (None).

    The sum of all counts is known to the reader, so a single hidden interval could be had by subtraction: while the
    hidden intervals hold fewer than five students together, the smallest of the others is hidden with them.
    """
    hidden = {index for index, count in enumerate(counts) if is_small(count)}
    large = (index for index, count in enumerate(counts) if count >= MIN_GROUP)
    for index in sorted(large, key=lambda place: counts[place]):
        if not is_small(sum(counts[place] for place in hidden)):
            break
        hidden.add(index)
    return [None if index in hidden else count for index, count in enumerate(counts)]
