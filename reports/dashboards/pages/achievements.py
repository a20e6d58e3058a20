"""«Достижения»: kinds by levels, and where. A count is shown where at least five students hold such achievements.

Only kinds (a type at a level) are counted: totals over them would give away those that are hidden, and students who
hold several would be counted twice. What is added up here is what is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.dashboards.address import View
from reports.dashboards.blocks import HIDDEN, Block, Cell, Note, Picture, Table, count_cell, value_cell
from reports.dashboards.drawing import stacked_bars
from reports.dashboards.places import PART_TITLES, part_cell
from reports.dashboards.questions import Answer, Question, ask, parts_of
from reports.dashboards.store import Reader
from reports.text import clean_name

NOTHING = "Достижений здесь не записано."
NO_LEVEL = "уровень не указан"
OTHER_TYPES = "Другие виды"
#: So many types have colours that are told apart; the largest ones.
MANY_TYPES = 7
SHOWN_ONLY = (
    "Складываются только показанные виды достижений: те, что у 5 учащихся и больше. «скрыто» — достижения есть, но"
    " каждый вид у немногих."
)

# Within one type and level a student stands in one class, so the classes' students add up.
_COUNTS = """
    select n.*, c.class_level
    from marts.achievement_counts as n
    left join marts.class_units as c on n.class_unit_id = c.class_unit_id
"""


@dataclass(frozen=True)
class Kind:
    """A type of achievements at a level, as they were delivered."""

    type_name: str
    level: str


def kinds_question() -> Question:
    """Achievements by type and level."""
    return Question(
        table=f"({_COUNTS})",
        students="sum(a.students_count)",
        measures={"achievements": "cast(sum(a.achievements_count) as bigint)"},
        key=f"concat(coalesce(a.type_name, ''), chr(31), coalesce(a.level, '{NO_LEVEL}'))",
    )


def blocks(reader: Reader, view: View) -> list[Block]:
    """The page."""
    answers = {_kind(answer): answer for answer in ask(reader, view, kinds_question())}
    if not answers:
        return [Note(NOTHING)]
    levels = _levels(reader, answers)
    kinds = sorted(answers, key=lambda kind: (kind.type_name.casefold(), levels.index(kind.level)))
    rows = tuple(
        (
            Cell(clean_name(kind.type_name)),
            Cell(clean_name(kind.level), order=f"{levels.index(kind.level):03d}"),
            _count(answers[kind]),
            count_cell(answers[kind], "students"),
        )
        for kind in kinds
    )
    table = Table("kinds", "Виды и уровни", ("Вид", "Уровень", "Достижений", "Учащихся"), rows)
    return [*_figure(answers, levels), table, *_parts(reader, view, levels)]


def _kind(answer: Answer) -> Kind:
    type_name, _, level = str(answer.key).rpartition(chr(31))
    return Kind(type_name, level)


def _levels(reader: Reader, kinds: Mapping[Kind, Answer]) -> list[str]:
    """The levels from the school's to the world's; those that the dictionary does not know follow by name."""
    rows = reader.rows("select level, sort_order from marts.achievement_level_names")
    places = {row["level"]: row["sort_order"] for row in rows if row["sort_order"] is not None}
    return sorted({kind.level for kind in kinds}, key=lambda level: (places.get(level, len(places) + 99), level))


def _count(answer: Answer) -> Cell:
    return value_cell(answer, answer.values["achievements"], 0)


def _figure(answers: Mapping[Kind, Answer], levels: Sequence[str]) -> list[Block]:
    """A bar for each level, made of the types that are shown."""
    known = {kind: _count(answer).number or 0 for kind, answer in answers.items()}
    sums: dict[str, float] = defaultdict(float)
    for kind, value in known.items():
        sums[kind.type_name] += value
    types = sorted((name for name, value in sums.items() if value), key=lambda name: (-sums[name], name))
    if not types:
        return []
    series = [(clean_name(name), [known.get(Kind(name, level)) for level in levels]) for name in types[:MANY_TYPES]]
    if len(types) > MANY_TYPES:
        rest = [sum(known.get(Kind(name, level), 0) for name in types[MANY_TYPES:]) for level in levels]
        series.append((OTHER_TYPES, [*rest]))
    figure = stacked_bars([clean_name(level) for level in levels], series, "достижений")
    return [Picture("levels", "Достижения по уровням", figure, SHOWN_ONLY, table="kinds")]


def _parts(reader: Reader, view: View, levels: Sequence[str]) -> list[Block]:
    """Where: a row for each part, a column for each level."""
    parts = parts_of(view)
    if parts is None:
        return []
    found: dict[Any, dict[str, list[Cell]]] = defaultdict(lambda: defaultdict(list))
    for answer in ask(reader, view, kinds_question(), by=parts):
        found[answer.part][_kind(answer).level].append(_count(answer))
    rows = [
        (
            part_cell(view, part, reader.catalog, is_hidden=all(cell.is_hidden for cell in _all(cells))),
            *(_sum(cells.get(level, [])) for level in levels),
            _sum(_all(cells)),
        )
        for part, cells in found.items()
    ]
    head = (PART_TITLES[parts], *(clean_name(level) for level in levels), "Всего показано")
    return [Table("parts", "Где сколько достижений", head, tuple(rows), SHOWN_ONLY)] if rows else []


def _all(cells: Mapping[str, Sequence[Cell]]) -> list[Cell]:
    return [cell for level in cells.values() for cell in level]


def _sum(cells: Sequence[Cell]) -> Cell:
    """What is shown of them, together; hidden if all are, nothing where there are none."""
    known = [cell.value for cell in cells if isinstance(cell.value, int)]
    if known:
        return Cell(sum(known))
    return Cell(HIDDEN) if cells else Cell(None)
