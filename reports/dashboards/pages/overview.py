"""«Обзор»: the place at a glance, and its parts side by side."""

from __future__ import annotations

from dataclasses import replace

from reports.dashboards.address import View
from reports.dashboards.blocks import Block, Cards, Cell, Picture, Table, count_cell, percent, text_of
from reports.dashboards.drawing import dots
from reports.dashboards.pages.attendance import missed_share, year_question
from reports.dashboards.pages.averages import SCOPE_NAMES, average, averages_question
from reports.dashboards.places import PART_TITLES, part_cell, part_name
from reports.dashboards.questions import ask, ask_one, parts_of
from reports.dashboards.store import Reader

#: Of more parts than this the table says more than bars do.
MANY_PARTS = 30


def blocks(reader: Reader, view: View) -> list[Block]:
    """The page."""
    whole = replace(view, subjects=())
    marks, attended = averages_question(whole), year_question()
    own, absent = ask_one(reader, whole, marks), ask_one(reader, whole, attended)
    facts: list[tuple[str, str]] = []
    if own is not None:
        facts += [
            (f"Средний балл, {SCOPE_NAMES[view.scope]}", text_of(average(own))),
            ("Учащихся со средним баллом", text_of(count_cell(own, "students"))),
            ("Средний ниже 2,5", text_of(count_cell(own, "students_at_risk"))),
        ]
    if absent is not None:
        chronic = percent(absent.values["students_chronic"], absent.students)
        facts += [
            ("Пропущено уроков за год", text_of(missed_share(absent), " %")),
            ("Пропускают 10 % и больше", text_of(count_cell(absent, "students_chronic"))),
            ("Доля таких учащихся", "скрыто" if chronic is None else text_of(Cell(chronic, 1), " %")),
        ]
    made: list[Block] = [Cards(tuple(facts))] if facts else []
    parts = parts_of(view)
    if parts is None or own is None or own.is_hidden:
        return made
    answers = ask(reader, whole, marks, by=parts)
    missed = {answer.part: answer for answer in ask(reader, whole, attended, by=parts)}
    shown = [answer for answer in answers if not answer.is_hidden]
    if 1 < len(shown) <= MANY_PARTS:
        names = [part_name(view, answer.part, reader.catalog) for answer in shown]
        values = [float(str(average(answer).value)) for answer in shown]
        title = f"Средний балл: {SCOPE_NAMES[view.scope]}"
        made.append(Picture("parts", title, dots(names, [("Средний балл", values)], "средний балл")))
    rows = []
    for answer in answers:
        absence = missed.get(answer.part)
        rows.append(
            (
                part_cell(view, answer.part, reader.catalog, is_hidden=answer.is_hidden),
                average(answer),
                count_cell(answer, "students"),
                count_cell(answer, "students_at_risk"),
                Cell(None) if absence is None else missed_share(absence),
                Cell(None) if absence is None else count_cell(absence, "students_chronic"),
            )
        )
    head = (PART_TITLES[parts], "Средний балл", "Учащихся", "Ниже 2,5", "Пропущено, %", "Пропускают 10 % и больше")
    made.append(Table("parts", "Сравнение", head, tuple(rows)))
    return made
