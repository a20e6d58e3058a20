"""«Достижения»: types by levels. A count is shown where at least five students hold such achievements."""

from __future__ import annotations

from reports.dashboards.address import View
from reports.dashboards.blocks import Block, Cell, Note, Table, count_cell, value_cell
from reports.dashboards.questions import Answer, Question, ask
from reports.dashboards.store import Reader
from reports.text import clean_name

NOTHING = "Достижений здесь не записано."
NO_LEVEL = "уровень не указан"

# Within one type and level a student stands in one class, so the classes' students add up.
_COUNTS = """
    select n.*, c.class_level
    from marts.achievement_counts as n
    left join marts.class_units as c on n.class_unit_id = c.class_unit_id
"""


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
    answers = ask(reader, view, kinds_question())
    if not answers:
        return [Note(NOTHING)]
    kinds = [(*_kind(answer), answer) for answer in answers]
    rows = tuple(
        (
            Cell(clean_name(type_name)),
            Cell(clean_name(level)),
            value_cell(answer, answer.values["achievements"], 0),
            count_cell(answer, "students"),
        )
        for type_name, level, answer in kinds
    )
    return [Table("kinds", "Виды и уровни", ("Вид", "Уровень", "Достижений", "Учащихся"), rows)]


def _kind(answer: Answer) -> tuple[str, str]:
    type_name, _, level = str(answer.key).rpartition(chr(31))
    return type_name, level
