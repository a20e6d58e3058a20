"""Names to draw from: family names in both forms and first names, from mimesis; nobody is real."""

from __future__ import annotations

from functools import cache

import pyarrow as pa
from mimesis import Locale, Person
from mimesis.enums import Gender

#: Enough draws to see nearly every name of the pool; the pool is then sorted, so that the draws' order is no matter.
DRAWS = 6000
#: Only family names whose female form follows by rule.
ENDINGS = {"ов": "ова", "ев": "ева", "ёв": "ёва", "ин": "ина", "ын": "ына", "ский": "ская", "цкий": "цкая"}


@cache
def surnames() -> pa.Table:
    """name_no, male, female."""
    person = Person(Locale.RU, seed=1)
    drawn = {person.last_name(gender=Gender.MALE) for _ in range(DRAWS)}
    pairs = [(name, female) for name in sorted(drawn) if (female := _female(name)) is not None]
    return pa.table(
        {
            "name_no": list(range(len(pairs))),
            "male": [male for male, _ in pairs],
            "female": [female for _, female in pairs],
        }
    )


@cache
def first_names() -> pa.Table:
    """name_no (within the sex), is_male, name."""
    columns: dict[str, list[object]] = {"name_no": [], "is_male": [], "name": []}
    for gender in (Gender.MALE, Gender.FEMALE):
        person = Person(Locale.RU, seed=2)
        drawn = sorted({person.first_name(gender=gender) for _ in range(DRAWS)})
        columns["name_no"] += range(len(drawn))
        columns["is_male"] += [gender is Gender.MALE] * len(drawn)
        columns["name"] += drawn
    return pa.table(columns)


def _female(name: str) -> str | None:
    for ending, female in ENDINGS.items():
        if name.endswith(ending):
            return name.removesuffix(ending) + female
    return None
