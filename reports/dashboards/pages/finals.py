"""«Итоговые и контрольные»: the teacher's mark against the average, control works against the other marks."""

from __future__ import annotations

from dataclasses import replace

from reports.dashboards.address import View, address_of
from reports.dashboards.blocks import (
    Block,
    Cards,
    Cell,
    Note,
    Picture,
    Table,
    count_cell,
    mean,
    rows_or_nothing,
    text_of,
    value_cell,
)
from reports.dashboards.drawing import dots
from reports.dashboards.places import PART_TITLES, part_cell, subject_name
from reports.dashboards.questions import Answer, Question, ask, ask_one, parts_of
from reports.dashboards.store import Reader

COUNTS = ("finals_above", "finals_below", "finals_missing")
CHOOSE = (
    "Показан период «{period}»: в нём больше всего итоговых. Другой выбирается вверху, а сравнение школ — по предмету."
)
HEAD = (
    "Итоговая минус средний", "Выше на 0,5 и больше", "Ниже на 0,5 и больше", "Не выставлено", "Учащихся с итоговой",
)  # fmt: skip


# Two periods of one name (of two schedules) are one to the reader. A student may stand in both: the larger of the two
# numbers is what surely are different students.
_PERIODS = """
    select
        academic_year_id, organization_id, class_level, class_unit_id, subject_id, period_name,
        max(gap_count) as gap_students, sum(gap_count) as gap_count, sum(gap_sum) as gap_sum,
        sum(finals_above) as finals_above, sum(finals_below) as finals_below, sum(finals_missing) as finals_missing,
        max(compared_count) as compared_students,
        sum(control_weighted_sum) as control_weighted_sum, sum(control_weight_sum) as control_weight_sum,
        sum(other_weighted_sum) as other_weighted_sum, sum(other_weight_sum) as other_weight_sum
    from marts.agg_finals
    group by academic_year_id, organization_id, class_level, class_unit_id, subject_id, period_name
"""


def finals_question(view: View, period: str, *, subjects: bool = False) -> Question:
    """Final marks of a period; figures speak of those who have a final mark and an average."""
    return Question(
        table=f"({_PERIODS})",
        students="sum(a.gap_students)",
        measures={"gap": "sum(a.gap_sum)", "gap_count": "sum(a.gap_count)"}
        | {name: f"cast(sum(a.{name}) as bigint)" for name in COUNTS},
        counts=COUNTS,
        **_slice(view, period, subjects=subjects),  # type: ignore[arg-type]
    )


def control_question(view: View, period: str) -> Question:
    """Control works of a period by subject; figures speak of those who have both kinds of marks."""
    names = ("control_weighted_sum", "control_weight_sum", "other_weighted_sum", "other_weight_sum")
    return Question(
        table=f"({_PERIODS})",
        students="sum(a.compared_students)",
        measures={name: f"sum(a.{name})" for name in names},
        **_slice(view, period, subjects=True),  # type: ignore[arg-type]
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
    rows = reader.rows(
        "select period_name from marts.agg_finals where academic_year_id = ? group by period_name"
        " order by sum(finals_count) desc, period_name limit 1",
        [view.year],
    )
    return rows[0]["period_name"] if rows else None


def blocks(reader: Reader, view: View) -> list[Block]:
    """The page."""
    period = usual_period(reader, view)
    if period is None:
        return rows_or_nothing([])
    made: list[Block] = [Note(CHOOSE.format(period=period))] if view.period is None else []
    # All subjects together count a student once for each: only of one subject is a number a number of students.
    made += _one_subject(reader, view, period) if view.subject is not None else []
    made += _subjects(reader, view, period)
    made += _control(reader, view, period)
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
    return value_cell(answer, mean(answer.values["gap"], answer.values["gap_count"]), 2)


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
    catalog = reader.catalog
    found = {answer.key: answer for answer in ask(reader, view, control_question(view, period))}
    subjects = [subject for subject in catalog.subjects if subject in found]
    if not subjects:
        return []
    control = [_mean(found[subject], "control") for subject in subjects]
    other = [_mean(found[subject], "other") for subject in subjects]
    rows = tuple(
        (
            Cell(catalog.subjects[subject]),
            first,
            second,
            _difference(first, second),
            count_cell(found[subject], "students"),
        )
        for subject, first, second in zip(subjects, control, other, strict=True)
    )
    names = [catalog.subjects[subject] for subject in subjects]
    series = [("Контрольные", [_number(cell) for cell in control]), ("Остальные", [_number(cell) for cell in other])]
    head = ("Предмет", "Контрольные", "Остальные отметки", "Разница", "Учащихся")
    return [
        Picture(
            "control",
            f"Контрольные работы и остальные отметки, {period}",
            dots(names, series, "взвешенное среднее"),
            "Только учащиеся, у которых есть и те, и другие.",
        ),
        Table("control", f"Контрольные и остальные, {period}", head, rows),
    ]


def _mean(answer: Answer, kind: str) -> Cell:
    return value_cell(answer, mean(answer.values[f"{kind}_weighted_sum"], answer.values[f"{kind}_weight_sum"]), 2)


def _difference(first: Cell, second: Cell) -> Cell:
    if first.value is None or second.value is None or isinstance(first.value, str) or isinstance(second.value, str):
        return first
    return Cell(first.value - second.value, 2)


def _number(cell: Cell) -> float | None:
    return None if cell.value is None or isinstance(cell.value, str) else float(cell.value)
