"""«Полнота»: how many students could be shown on the portal, by part of the place, by rule, and by night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reports.dashboards.address import View
from reports.dashboards.blocks import (
    HIDDEN,
    Block,
    Cards,
    Cell,
    Note,
    Picture,
    Table,
    count_cell,
    day_cell,
    percent,
    text_of,
    value_cell,
)
from reports.dashboards.drawing import lines
from reports.dashboards.places import PART_TITLES, part_cell, place_name
from reports.dashboards.questions import Answer, Question, ask, ask_one, parts_of
from reports.dashboards.store import Reader
from reports.text import clean_name

NOTHING = "Для этого места полнота не оценивалась. Она есть только у текущего учебного года: проверьте фильтры."
SEVERITIES = {"blocker": "учащийся не показывается", "section": "пустеет раздел", "advice": "совет"}

# The rollup is the current year's. Whoever of an organization stands in no class is the organization less its classes:
# a part of its own, so that the parts are the whole, as they are in the nights.
_ROLLUP = """
    with rollup as (
        select p.academic_year_id, r.*
        from marts.completeness_rollup as r
        cross join marts.publication as p
    )
    select c.class_level, 1 as sign, r.*
    from rollup as r
    left join marts.class_units as c on r.class_unit_id = c.class_unit_id
    where r.level = 'class_unit'
    union all by name
    select cast(null as integer) as class_level, 1 as sign, r.* replace (cast(null as varchar) as class_unit_id)
    from rollup as r
    where r.level = 'organization'
    union all by name
    select cast(null as integer) as class_level, -1 as sign, r.* replace (cast(null as varchar) as class_unit_id)
    from rollup as r
    where r.level = 'class_unit'
        and r.organization_id in (select w.organization_id from rollup as w where w.level = 'organization')
"""
# The nights are those of the current year; what they say of a past year stands in no table.
_NIGHTS = """
    select p.academic_year_id, 1 as sign, h.*
    from marts.completeness_history as h
    cross join marts.publication as p
    where h.level = 'organization'
"""

Rule = Mapping[str, Any]


def blocks(reader: Reader, view: View) -> list[Block]:
    """The page."""
    rules = _rules(reader)
    question = _question([rule["rule_id"] for rule in rules])
    own = ask_one(reader, view, question)
    if own is None:
        return [Note(NOTHING)]
    made: list[Block] = [
        Cards(
            (
                ("Полных карточек", text_of(_share(own), " %")),
                ("Учащихся", text_of(count_cell(own, "students"))),
            )
        )
    ]
    if own.is_hidden:
        return made
    if view.level is None:
        made += _nights(reader, view)
    made.append(_rules_table(own, rules))
    parts = parts_of(view)
    if parts is not None:
        rows = [
            (
                part_cell(view, answer.part, reader.catalog, is_hidden=answer.is_hidden),
                _share(answer),
                count_cell(answer, "students"),
            )
            for answer in ask(reader, view, question, by=parts)
        ]
        made.append(Table("parts", "Сравнение", (PART_TITLES[parts], "Полных карточек, %", "Учащихся"), tuple(rows)))
    return made


def _rules(reader: Reader) -> list[Rule]:
    """The rules that the rollup has a column for, in their order."""
    columns = {
        row["column_name"]
        for row in reader.rows("select column_name from duckdb_columns() where table_name = 'completeness_rollup'")
    }
    rules = reader.rows("select rule_id, title, severity, how_to_fix from marts.quality_rules order by place")
    return [rule for rule in rules if _column(rule["rule_id"]) in columns]


def _column(rule_id: str) -> str:
    return f"{rule_id.lower()}_failed"


def _question(rule_ids: Sequence[str]) -> Question:
    counts = ("incomplete", *rule_ids)
    sums = {rule_id: f"cast(sum(a.sign * a.{_column(rule_id)}) as bigint)" for rule_id in rule_ids}
    return Question(
        table=f"({_ROLLUP})",
        students="sum(a.sign * a.students)",
        measures={"incomplete": "cast(sum(a.sign * (a.students - a.complete_students)) as bigint)"} | sums,
        counts=counts,
        within=counts,
    )


def _share(answer: Answer) -> Cell:
    if answer.is_hidden or "incomplete" in answer.hidden:
        return Cell(HIDDEN)
    return value_cell(answer, percent((answer.students or 0) - answer.values["incomplete"], answer.students), 1)


def _rules_table(own: Answer, rules: Sequence[Rule]) -> Table:
    rows = [
        (
            Cell(f"{rule['rule_id']} · {clean_name(rule['title'])}"),
            count_cell(own, rule["rule_id"]),
            Cell(SEVERITIES.get(rule["severity"], rule["severity"])),
        )
        for rule in rules
    ]
    return Table(
        "rules", "Правила: у скольких учащихся не выполнено", ("Правило", "Учащихся", "Что будет"), tuple(rows)
    )


def _nights(reader: Reader, view: View) -> list[Block]:
    question = replace(_question([]), table=f"({_NIGHTS})", key="a.night")
    nights = ask(reader, view, question)
    numbers = [(answer.key, _share(answer).number) for answer in nights]
    rows = [(day_cell(answer.key), _share(answer), count_cell(answer, "students")) for answer in nights]
    figure = lines([(place_name(view, reader.catalog), numbers)], "полных карточек, %", weekly=False, least=5)
    made: list[Block] = [Picture("nights", "Полнота по ночам", figure, table="nights")] if len(nights) > 1 else []
    return (
        [*made, Table("nights", "По ночам", ("Ночь", "Полных карточек, %", "Учащихся"), tuple(rows))] if nights else []
    )
