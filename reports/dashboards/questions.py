"""Aggregates of a place and of what it consists of, with small groups already hidden: pages see nothing else.

A group below five students is hidden, and so that it cannot be had by subtraction, the smallest of its neighbours is
hidden with it (`privacy.hide_small_counts`). A place is looked at from above: if the way to it leads through a hidden
group, its own page shows nothing, either. The same is done to every count of students (at risk, chronically absent)
as to the groups themselves.

All SQL is made of constants of this package; whatever a reader chose goes in as a parameter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reports.dashboards.address import View
from reports.dashboards.catalog import NO_MUNICIPALITY
from reports.dashboards.store import Reader
from reports.privacy import hide_small_counts, is_small

MUNICIPALITY = f"coalesce(o.municipality, '{NO_MUNICIPALITY}')"
ORGANIZATION, LEVEL, CLASS = "a.organization_id", "a.class_level", "a.class_unit_id"
NO_KEY = "''"


@dataclass(frozen=True)
class Question:
    """What is asked of a table of aggregates.

    measures: name → SQL of what is wanted; students: SQL of how many students a figure speaks of; counts: names of
    those measures that count students themselves; key: SQL by which figures are apart (a subject, a week).
    within: those of the counts that are a part of the students, so that the others are a group, too (22 of 25 that are
    incomplete speak of 3).
    together: counts that add up to the students, shown all or not at all.
    `finer` is a query with the same columns for those steps of a place that the table does not know (`finer_steps`).
    """

    table: str
    students: str
    measures: Mapping[str, str]
    counts: Sequence[str] = ()
    within: Sequence[str] = ()
    together: Sequence[str] = ()
    key: str = NO_KEY
    where: str = "true"
    parameters: Sequence[object] = ()
    finer: str = ""
    finer_steps: Sequence[str] = ()


#: Of each part and key the names of what is hidden.
Closed = Mapping[Any, Mapping[Any, frozenset[str]]]


@dataclass
class Answer:
    """A figure: of which part, by which key, of how many students. Hidden values are None and named in `hidden`."""

    part: Any
    key: Any
    students: int | None
    values: dict[str, Any]
    hidden: set[str] = field(default_factory=set)

    @property
    def is_hidden(self) -> bool:
        """The whole figure is hidden: its group is small, or would give away a small one."""
        return "students" in self.hidden


def path(view: View) -> list[tuple[str, object]]:
    """The way from the region to the place: SQL of each step, and its value."""
    steps = (
        (MUNICIPALITY, view.municipality),
        (ORGANIZATION, view.organization),
        (LEVEL, view.level),
        (CLASS, view.class_unit),
    )
    return [(sql, value) for sql, value in steps if value is not None]


def parts_of(view: View) -> str | None:
    """SQL of what the place consists of; None of a class."""
    if view.class_unit is not None:
        return None
    if view.level is not None:
        return CLASS
    if view.organization is not None:
        return LEVEL
    return ORGANIZATION if view.municipality is not None else MUNICIPALITY


def ask(reader: Reader, view: View, question: Question, *, by: str | None = None) -> list[Answer]:
    """Answers about the place (by None) or about its parts, in order of part and key."""
    way = path(view)
    closed = _closed_on_the_way(reader, question, view, way)
    answers = _read(reader, question, view, way, by or NO_KEY)
    if by is not None:
        _hide_parts(answers, question)
    for answer in answers:
        _hide(answer, closed.get(answer.key, set()))
        if by is None and answer.students is not None:
            small = {name for name in _watched(question) if any(map(is_small, _groups(question, answer, name)))}
            _hide(answer, small | ({*question.together} if _has_small(question, [answer]) else set()))
    return answers


def ask_one(reader: Reader, view: View, question: Question) -> Answer | None:
    """The only answer about a place; None where there is nothing."""
    answers = ask(reader, view, question)
    return answers[0] if answers else None


def _watched(question: Question) -> tuple[str, ...]:
    return ("students", *question.counts)


def _closed_on_the_way(
    reader: Reader, question: Question, view: View, way: Sequence[tuple[str, object]]
) -> dict[Any, set[str]]:
    """By key, what is hidden of the place when it stands among its neighbours, or of any place that it lies in."""
    closed: dict[Any, set[str]] = defaultdict(set)
    # Sums that nobody looks at on the way are not made.
    needed = {name: question.measures[name] for name in (*question.counts, *question.together)}
    counted = replace(question, measures=needed)
    for place, (step, value) in enumerate(way):
        for key, hidden in _closed_among(reader, counted, view, way[:place], step).get(value, {}).items():
            closed[key] |= hidden
    return closed


def _closed_among(
    reader: Reader, question: Question, view: View, way: Sequence[tuple[str, object]], step: str
) -> Closed:
    """What is hidden of each of the neighbours at a step. Every page below asks for it again, so it is kept."""

    def work_out() -> Closed:
        neighbours = _read(reader, question, view, way, step)
        _hide_parts(neighbours, question)
        closed: dict[Any, dict[Any, frozenset[str]]] = defaultdict(dict)
        for answer in neighbours:
            if answer.hidden:
                closed[answer.part][answer.key] = frozenset(answer.hidden)
        return closed

    made_of = (*_sql(question, view, way, step), *map(tuple, (question.counts, question.within, question.together)))
    return reader.worked_out(made_of, work_out)


def _hide_parts(answers: Iterable[Answer], question: Question) -> None:
    by_key: dict[Any, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_key[answer.key].append(answer)
    for together in by_key.values():
        for name in _watched(question):
            for counts in zip(*(_groups(question, answer, name) for answer in together), strict=True):
                if any(map(is_small, counts)):
                    _hide_counts(together, name, counts)
        if question.together:
            _hide_together(together, question)
    for answer in answers:
        if answer.hidden:
            _hide(answer, set(answer.hidden))


def _hide_counts(parts: Sequence[Answer], name: str, counts: Sequence[int]) -> None:
    for answer, count in zip(parts, hide_small_counts(counts), strict=True):
        if count is None:
            answer.hidden.add(name)


def _hide_together(parts: Sequence[Answer], question: Question) -> None:
    """All of a part's counts are hidden if one is small; with it the smallest others, until what they hide is large."""
    hidden = [answer for answer in parts if _has_small(question, [answer]) or answer.is_hidden]
    others = sorted((answer for answer in parts if answer not in hidden), key=lambda one: one.students or 0)
    while hidden and others and (len(hidden) == 1 or _has_small(question, hidden)):
        hidden.append(others.pop(0))
    for answer in hidden:
        answer.hidden |= {*question.together}


def _has_small(question: Question, answers: Sequence[Answer]) -> bool:
    return any(is_small(sum(_count(answer, name) for answer in answers)) for name in question.together)


def _hide(answer: Answer, names: set[str]) -> None:
    answer.hidden |= names
    if "students" in answer.hidden:
        answer.students = None
        answer.values = dict.fromkeys(answer.values)
    for name in answer.hidden & answer.values.keys():
        answer.values[name] = None


def _count(answer: Answer, name: str) -> int:
    value = answer.students if name == "students" else answer.values[name]
    return int(value or 0)


def _groups(question: Question, answer: Answer, name: str) -> tuple[int, ...]:
    """The groups of students that a count tells of: those whom it counts, and the others of whom they are a part."""
    count = _count(answer, name)
    return (count, _count(answer, "students") - count) if name in question.within else (count,)


def _sql(question: Question, view: View, way: Sequence[tuple[str, object]], by: str) -> tuple[str, tuple[object, ...]]:
    """The query of what is asked, and its parameters."""
    columns = "".join(f", {sql} as m{place}" for place, sql in enumerate(question.measures.values()))
    # An organization lies in one municipality, which then need not be asked for.
    in_school = any(sql == ORGANIZATION for sql, _ in way)
    asked = [(sql, value) for sql, value in way if not (in_school and sql == MUNICIPALITY)]
    conditions = "".join(f" and {sql} = ?" for sql, _ in asked)
    steps = {by, *(sql for sql, _ in asked)}
    source = f"({question.finer})" if steps & {*question.finer_steps} else question.table
    towns = " left join marts.organizations as o on a.organization_id = o.organization_id"
    return (
        f"select {by} as part, {question.key} as key, {question.students} as students{columns}"
        f" from {source} as a{towns if MUNICIPALITY in steps else ''}"
        f" where a.academic_year_id = ? and {question.where}{conditions}"
        " group by part, key order by part nulls last, key nulls first",
        (view.year, *question.parameters, *(value for _, value in asked)),
    )


def _read(reader: Reader, question: Question, view: View, way: Sequence[tuple[str, object]], by: str) -> list[Answer]:
    answers = (
        Answer(
            row["part"],
            row["key"],
            int(row["students"] or 0),
            {name: row[f"m{place}"] for place, name in enumerate(question.measures)},
        )
        for row in reader.rows(*_sql(question, view, way, by))
    )
    # A part whose counts alone are something (nobody has a final mark yet) is in those of the whole, too.
    return [answer for answer in answers if any(_count(answer, name) for name in _watched(question))]
