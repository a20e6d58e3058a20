"""Whose story is out of the ordinary: moves between classes and schools, and the defects that are planted.

Each student and each class has one peculiarity at most, so that what a planted object breaks is known exactly.
Rule ids are those of specification 3-quality.md; `S06_S09` breaks both; `mended_…` is put right in a later night.
"""

from __future__ import annotations

from dataclasses import dataclass

from extracts.sample.parameters import FULL_VARIETY, RegionParameters


@dataclass(frozen=True)
class Pick:
    """One peculiarity: how many of ten thousand have it, at least how many, and who may."""

    purpose: str
    share: float
    condition: str = "TRUE"
    at_least: int = 1
    is_move: bool = False
    #: Happens in one of the later nights: needs two nights.
    is_tonight: bool = False
    #: Planted in pairs.
    is_even: bool = False

    def count(self, parameters: RegionParameters, total: int) -> int:
        """How many of `total` students (or classes) get it."""
        if self.is_tonight and parameters.nights == 1:
            return 0
        if self.is_move and not parameters.has_moves:
            return 0
        wanted = round(total * self.share / 10_000)
        if parameters.students >= FULL_VARIETY:
            wanted = max(wanted, self.at_least)
        return wanted - wanted % 2 if self.is_even else wanted


def _move(purpose: str, share: float, condition: str = "TRUE", at_least: int = 1) -> list[Pick]:
    """Before the first night, and (a few) in one of the later nights."""
    return [
        Pick(purpose, share, condition, at_least, is_move=True),
        Pick(f"{purpose}_tonight", 1, condition, 1, is_move=True, is_tonight=True),
    ]


_NO_SIBLINGS = "NOT is_sibling AND NOT has_sibling"
_SETTLED_PAPERS = "NOT fourteen_on BETWEEN DATE '2026-09-01' AND getvariable('last_night')"
_UNDER_AGE = "eighteen_on > getvariable('last_night')"
_OTHER_SCHOOLS = "kind = 'school' AND (SELECT count(*) FROM org WHERE kind = 'school') > 1"

STUDENT_PICKS: list[Pick] = [
    *_move("class_transfer", 120, "letters > 1", 0),
    *_move("school_transfer", 60, _OTHER_SCHOOLS),
    *_move("leaver", 80),
    *_move("arrival", 60),
    *_move("merged", 30),
    Pick("merged_chain", 6, is_move=True),
    Pick("overlap", 30, is_move=True),
    Pick("late_arrival", 2, at_least=2, is_move=True, is_tonight=True),
    Pick("regroup", 100, "letters > 0 AND level > 1"),
    Pick("connected_tonight", 4, at_least=2, is_tonight=True),
    Pick("S01", 10),
    Pick("S02", 10),
    Pick("S03", 15),
    Pick("S04", 15),
    Pick("S05", 10),
    Pick("S06", 25),
    Pick("S06_S07", 8),
    Pick("S06_S09", 8, _SETTLED_PAPERS),
    Pick("S07", 60, at_least=2),
    Pick("S08", 12, at_least=2, is_even=True),
    Pick("S09", 80, _SETTLED_PAPERS, 2),
    Pick("S10", 200, at_least=2),
    Pick("S11", 80, "fourteen_on <= DATE '2026-09-01'"),
    Pick("S12", 120, at_least=2),
    Pick("R01", 20, f"{_NO_SIBLINGS} AND {_UNDER_AGE}"),
    Pick("R02", 30, f"{_NO_SIBLINGS} AND {_UNDER_AGE}"),
    Pick("R03", 50, f"{_NO_SIBLINGS} AND {_UNDER_AGE}"),
    Pick("R03_R04", 10, f"{_NO_SIBLINGS} AND {_UNDER_AGE}"),
    Pick("R04", 40, f"{_NO_SIBLINGS} AND {_UNDER_AGE}"),
    Pick("R05", 60, _UNDER_AGE),
    Pick("mended_S03", 2, is_tonight=True),
    Pick("mended_S05", 2, is_tonight=True),
    Pick("mended_S10", 4, is_tonight=True),
    Pick("mended_S12", 2, is_tonight=True),
]

CLASS_PICKS: list[Pick] = [
    Pick("C01", 40, "kind = 'school'"),
    Pick("C02", 40, "kind = 'school' AND level > 1"),
    Pick("C03", 40, "kind = 'school'"),
    Pick("C04", 40, "kind = 'school' AND level BETWEEN 2 AND 9"),
    # Not in a parallel that has groups across classes: their lessons would be the class's, too.
    Pick("C05", 30, "kind = 'school' AND level <= 6"),
    Pick("C06", 40, "kind = 'school'"),
    Pick("C06_group", 60, "kind = 'school' AND level > 1"),
    Pick("mended_C01", 20, "kind = 'school'", is_tonight=True),
]
