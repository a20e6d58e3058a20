"""«Итоговые и контрольные»: the teacher's mark against the average, control works against the other marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from reports.dashboards.address import View, address_of
from reports.dashboards.blocks import (
    Block,
    Cards,
    Cell,
    Note,
    Picture,
    Table,
    count_cell,
    difference,
    mean,
    rows_or_nothing,
    text_of,
    value_cell,
)
from reports.dashboards.drawing import change_map, dots
from reports.dashboards.pages.matrices import PART_WORDS, Matrix, matrix_blocks
from reports.dashboards.places import PART_TITLES, part_cell, part_name, subject_name
from reports.dashboards.questions import LEVEL, Answer, Question, ask, ask_one, parts_of
from reports.dashboards.store import Reader

COUNTS = ("finals_above", "finals_below", "finals_missing")
CHOOSE = (
    "Показан период «{period}»: в нём больше всего итоговых; другой выбирается вверху. Название предмета ведёт туда,"
    " где видно, в каких местах контрольные ниже и итоговые расходятся со средним."
)
CONTROL_NOTE = "Только учащиеся, у которых есть и контрольные, и другие отметки: сравниваются одни и те же."
CONTROL_HEAD = ("Контрольные", "Остальные отметки", "Разница", "Учащихся")
#: Of more parts than this the table says more than dots do.
MANY_PARTS = 30
HEAD = (
    "Итоговая минус средний", "Выше на 0,5 и больше", "Ниже на 0,5 и больше", "Не выставлено", "Учащихся с итоговой",
)  # fmt: skip


def finals_question(view: View, period: str, *, subjects: bool = False) -> Question:
    """Final marks of a period; figures speak of those who have a final mark and an average."""
    return Question(
        table="marts.agg_finals",
        students="sum(a.gap_students)",
        measures={"gap": "sum(a.gap_sum)", "gap_count": "sum(a.gap_count)"}
        | {name: f"cast(sum(a.{name}) as bigint)" for name in COUNTS},
        counts=COUNTS,
        within=("finals_above", "finals_below"),
        **_slice(view, period, subjects=subjects),  # type: ignore[arg-type]
    )


def control_question(view: View, period: str, *, subjects: bool = False) -> Question:
    """Control works of a period; figures speak of those who have both kinds of marks."""
    names = ("control_weighted_sum", "control_weight_sum", "other_weighted_sum", "other_weight_sum")
    return Question(
        table="marts.agg_finals",
        students="sum(a.compared_students)",
        measures={name: f"sum(a.{name})" for name in names},
        **_slice(view, period, subjects=subjects),  # type: ignore[arg-type]
    )


def _slice(view: View, period: str, *, subjects: bool) -> dict[str, object]:
    where, parameters = "a.period_name = ?", [period]
    if view.subject is not None and not subjects:
        where, parameters = where + " and a.subject_id = ?", [period, view.subject]
    return {"where": where, "parameters": parameters, "key": "a.subject_id" if subjects else "''"}


def usual_period(reader: Reader, view: View) -> str | None:
    """The period with most final marks where none was chosen."""
    if view.period is not None:
        return view.period
    # Schools of one region have quarters, half-years, trimesters: a school is shown one of its own.
    where, own = ("", []) if view.organization is None else (" and organization_id = ?", [view.organization])
    rows = reader.rows(
        f"select period_name from marts.agg_finals where academic_year_id = ?{where} group by period_name"
        " order by sum(finals_count) desc, period_name limit 1",
        [view.year, *own],
    )
    return rows[0]["period_name"] if rows else None


def blocks(reader: Reader, view: View) -> list[Block]:
    """The page."""
    period = usual_period(reader, view)
    if period is None:
        return rows_or_nothing([])
    made: list[Block] = [Note(CHOOSE.format(period=period))] if view.period is None else []
    # All subjects together count a student once for each: only of one subject is a number a number of students.
    if view.subject is not None:
        cards_and_gaps = _one_subject(reader, view, period)
        made += [*cards_and_gaps[:1], *_control_parts(reader, view, period), *cards_and_gaps[1:]]
    made += _control(reader, view, period)
    made += _subjects(reader, view, period)
    return rows_or_nothing(made)


def _one_subject(reader: Reader, view: View, period: str) -> list[Block]:
    catalog = reader.catalog
    question = finals_question(view, period)
    own = ask_one(reader, view, question)
    if own is None:
        return []
    cards = Cards(
        (
            ("Итоговая минус средний балл", text_of(_gap(own))),
            ("Выше среднего на 0,5 и больше", text_of(count_cell(own, "finals_above"))),
            ("Ниже среднего на 0,5 и больше", text_of(count_cell(own, "finals_below"))),
            ("Не выставлено", text_of(count_cell(own, "finals_missing"))),
        )
    )
    parts = parts_of(view)
    if parts is None or own.is_hidden:
        return [cards]
    rows = [
        (part_cell(view, answer.part, catalog, is_hidden=answer.is_hidden), *_cells(answer))
        for answer in ask(reader, view, question, by=parts)
    ]
    title = f"{subject_name(view.subject, catalog)}: расхождение, {period}"
    return [cards, Table("parts", title, (PART_TITLES[parts], *HEAD), tuple(rows))]


def _gap(answer: Answer) -> Cell:
    cell = value_cell(answer, mean(answer.values["gap"], answer.values["gap_count"]), 2)
    return replace(cell, signed=True)


def _cells(answer: Answer) -> tuple[Cell, ...]:
    return (_gap(answer), *(count_cell(answer, name) for name in COUNTS), count_cell(answer, "students"))


def _subjects(reader: Reader, view: View, period: str) -> list[Block]:
    catalog = reader.catalog
    found = {answer.key: answer for answer in ask(reader, view, finals_question(view, period, subjects=True))}
    rows = [
        (Cell(name, href=address_of(replace(view, subjects=(subject,)), catalog)), *_cells(found[subject]))
        for subject, name in catalog.subjects.items()
        if subject in found
    ]
    return [Table("subjects", f"По предметам, {period}", ("Предмет", *HEAD), tuple(rows))] if rows else []


def _control(reader: Reader, view: View, period: str) -> list[Block]:
    """Control works against the other marks by subject, the lowest first, and by subject and part of the place."""
    catalog = reader.catalog
    question = control_question(view, period, subjects=True)
    found = {answer.key: answer for answer in ask(reader, view, question)}
    subjects = [subject for subject in catalog.subjects if subject in found]
    if not subjects:
        return []
    subjects.sort(key=lambda subject: _rank(found[subject]))
    names = {subject: catalog.subjects[subject] for subject in subjects}
    rows = [
        (
            Cell(name, href=address_of(replace(view, subjects=(subject,)), catalog)),
            *_control_cells(found[subject]),
            count_cell(found[subject], "students"),
        )
        for subject, name in names.items()
    ]
    figure = _control_figure([*names.values()], [found[subject] for subject in subjects])
    made: list[Block] = [
        Picture(
            "control", f"Контрольные и остальные отметки по предметам, {period}", figure, CONTROL_NOTE, table="control"
        ),
        Table("control", f"Контрольные и остальные по предметам, {period}", ("Предмет", *CONTROL_HEAD), tuple(rows)),
    ]
    parts = parts_of(view)
    if parts is None:
        return made
    cells = {(answer.key, answer.part): _lower(answer) for answer in ask(reader, view, question, by=parts)}
    matrix = Matrix(
        "gaps",
        f"Предметы и {PART_WORDS[parts]}: контрольные минус остальные, {period}",
        cells,
        names,
        {
            part: str(part) if parts == LEVEL else part_name(view, part, catalog)
            for part in dict.fromkeys(part for _, part in cells)
            if part is not None
        },
    )
    return [*made, *matrix_blocks(matrix, change_map)]


def _control_parts(reader: Reader, view: View, period: str) -> list[Block]:
    """Where control works in the subject are lower."""
    parts = parts_of(view)
    own = ask_one(reader, view, control_question(view, period))
    if parts is None or own is None or own.is_hidden:
        return []
    catalog = reader.catalog
    answers = ask(reader, view, control_question(view, period), by=parts)
    rows = [
        (
            part_cell(view, answer.part, catalog, is_hidden=answer.is_hidden),
            *_control_cells(answer),
            count_cell(answer, "students"),
        )
        for answer in answers
    ]
    title = f"{subject_name(view.subject, catalog)}: контрольные и остальные, {period}"
    table = Table("places", title, (PART_TITLES[parts], *CONTROL_HEAD), tuple(rows), CONTROL_NOTE)
    shown = [answer for answer in answers if not answer.is_hidden]
    if not 1 < len(shown) <= MANY_PARTS:
        return [table]
    figure = _control_figure([part_name(view, answer.part, catalog) for answer in shown], shown)
    return [Picture("places", title, figure, CONTROL_NOTE, table="places"), table]


def _control_figure(names: Sequence[str], answers: Sequence[Answer]) -> dict[str, Any]:
    series = [
        ("Контрольные", [_mean(answer, "control").number for answer in answers]),
        ("Остальные", [_mean(answer, "other").number for answer in answers]),
    ]
    return dots(names, series, "взвешенное среднее")


def _control_cells(answer: Answer) -> tuple[Cell, Cell, Cell]:
    return _mean(answer, "control"), _mean(answer, "other"), _lower(answer)


def _lower(answer: Answer) -> Cell:
    return difference(_mean(answer, "control"), _mean(answer, "other"))


def _rank(answer: Answer) -> tuple[bool, float]:
    """The place of a subject: where control works are lowest first, what is hidden last."""
    gap = _lower(answer).number
    return gap is None, gap or 0.0


def _mean(answer: Answer, kind: str) -> Cell:
    return value_cell(answer, mean(answer.values[f"{kind}_weighted_sum"], answer.values[f"{kind}_weight_sum"]), 2)
