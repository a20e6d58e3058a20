"""How many schools and colleges a region of a size has, how large each is, and which are written together."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import pairwise

SCHOOL_SIZE = 470
COLLEGE_SIZE = 500
CLASS_SIZE = 24
SCHOOL_LEVELS = 11
COLLEGE_COURSES = 4
STUDENTS_PER_MUNICIPALITY = 11_000
#: Below this there is one school and nothing else.
SMALLEST_WITH_COLLEGE = 60
#: Facts are made and written by buckets of whole organizations: memory is bounded by a bucket, not by the region.
BUCKET_SIZE = 10_000


@dataclass(frozen=True)
class Organization:
    """One school or college before any student sits in it."""

    org_no: int
    kind: str
    size: int
    first_student: int
    bucket: int
    municipality_no: int
    letters_lower: int
    letters_upper: int
    has_odd_form: bool


def shape_region(students: int, municipalities: int, seed: int) -> list[Organization]:
    """The organizations of a region, schools and colleges mixed, numbered from 1; students are numbered from 1, too.

    `municipalities` is how many names there are for them. The same arguments give the same region.
    """
    dice = random.Random(f"shape {seed} {students}")  # noqa: S311 -- a sample, not a secret
    college_students = min(max(48, round(students * 0.08)), students // 5) if students >= SMALLEST_WITH_COLLEGE else 0
    kinds = ["college"] * _count(college_students, COLLEGE_SIZE, 1)
    kinds += ["school"] * _count(students - college_students, SCHOOL_SIZE, 2)
    dice.shuffle(kinds)
    sizes = {
        "school": iter(_sizes(students - college_students, kinds.count("school"), dice)),
        "college": iter(_sizes(college_students, kinds.count("college"), dice)),
    }
    used_municipalities = min(municipalities, max(2, round(students / STUDENTS_PER_MUNICIPALITY)))
    organizations: list[Organization] = []
    seated = 0
    for number, kind in enumerate(kinds, start=1):
        size = next(sizes[kind])
        letters = _letters(size, COLLEGE_COURSES if kind == "college" else SCHOOL_LEVELS)
        organizations.append(
            Organization(
                org_no=number,
                kind=kind,
                size=size,
                first_student=seated + 1,
                bucket=seated // BUCKET_SIZE,
                municipality_no=number % used_municipalities,
                letters_lower=letters,
                letters_upper=max(1, round(letters * 0.6)),
                has_odd_form=dice.random() < 0.4,  # noqa: PLR2004
            )
        )
        seated += size
    return organizations


def _count(students: int, usual_size: int, at_least: int) -> int:
    if students < SMALLEST_WITH_COLLEGE:
        return min(students, 1)
    return max(at_least, round(students / usual_size))


def _letters(size: int, levels: int) -> int:
    return min(10, max(1, round(size / levels / CLASS_SIZE)))


def _sizes(students: int, count: int, dice: random.Random) -> list[int]:
    """Sizes between about a third and twice the mean that sum up to the students."""
    weights = [0.35 + 1.3 * dice.random() for _ in range(count)]
    edges = [0]
    for weight in weights:
        edges.append(edges[-1] + round(weight * 1_000_000))
    bounds = [edge * students // max(1, edges[-1]) for edge in edges]
    return [upper - lower for lower, upper in pairwise(bounds)]
