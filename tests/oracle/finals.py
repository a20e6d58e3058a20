"""final_marks, control_works, academic_debts."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import Any

from .arithmetic import Number, plain_mean, rounded_mark
from .forms import CLASS, CONTROL, HOME
from .journal import Cell, MarkSums, YearMark, YearView
from .region import FinalMark, Mark

MartRow = dict[str, Any]

#: Letters in the place of a mark that say only where the student was, or to see the remark.
ABSENCE_LETTERS = {"н", "нв", "см", "осв"}
NOT_ATTESTED = {"н/а", "н.а.", "н.а"}
DEBT_NAME = "а/з"
DEBT_UP_TO = 2


def recommended_five(marks: list[Mark], threshold: Fraction) -> int | None:
    """The mark that parents are told is reached, from the weighted means by kind of control form."""
    by_kind: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_kind[mark.form.kind if mark.form else CLASS].append(mark)
    control = _rounded(by_kind[CONTROL], threshold)
    if control is not None and control != _rounded(by_kind[CLASS] + by_kind[HOME], threshold):
        return control
    class_work = _rounded(by_kind[CLASS], threshold)
    return class_work if class_work is not None else _rounded(by_kind[HOME], threshold)


def _rounded(marks: list[Mark], threshold: Fraction) -> int | None:
    return rounded_mark(MarkSums(marks).average, threshold) if marks else None


def newest_final_marks(view: YearView) -> dict[Cell, FinalMark]:
    """The final mark of each student × subject × period (None: the year): the newest, then the greater id."""
    newest: dict[Cell, FinalMark] = {}
    for final in view.region.final_marks:
        if final.year_id != view.year.id or final.student not in view.students:
            continue
        cell = (final.student, final.subject_id, final.period_id)
        known = newest.get(cell)
        if known is None or (final.version, final.id) > (known.version, known.id):
            newest[cell] = final
    return newest


def final_marks(view: YearView, threshold: Fraction) -> list[MartRow]:
    """A row for each cell in which a final mark or counted marks exist."""
    finals = newest_final_marks(view)
    return [
        _final_row(view, cell, finals.get(cell), view.cells.get(cell), threshold) for cell in {*finals, *view.cells}
    ]


def _final_row(
    view: YearView, cell: Cell, final: FinalMark | None, sums: MarkSums | None, threshold: Fraction
) -> MartRow:
    student, subject, period = cell
    end = view.year.end if period is None else view.region.period_ends.get(period)
    five = final.five if final else None
    average = sums.average if sums else None
    return {
        "academic_year_id": view.year.id,
        "organization_id": view.students[student].organization_id,
        "class_unit_id": view.students[student].class_unit_id,
        "student_profile_id": student,
        "subject_id": subject,
        "attestation_period_id": period,
        "period_kind": "year" if period is None else "period",
        "final_mark": final.name if final else None,
        "final_five": five,
        "subject_average": average,
        "gap": None if five is None or average is None else five - average,
        "is_missing": final is None and end is not None and end < view.real_as_of,
        "is_academic_debt": final is not None and final.academic_debt,
        "recommended_five": recommended_five(sums.marks, threshold) if sums else None,
    }


def control_works(view: YearView) -> list[MartRow]:
    """Every live mark of a control work, with the average of the classmates at the same lesson and form."""
    classmates: dict[tuple[str, str | None, str], list[Number]] = defaultdict(list)
    for entry in view.marks:
        where = view.students[entry.mark.student]
        if entry.value is None or entry.mark.form is None or not where.is_active or where.class_unit_id is None:
            continue
        classmates[where.class_unit_id, entry.mark.lesson_id, entry.mark.form.id].append(entry.value)
    return [_control_row(view, entry, classmates) for entry in view.marks if _is_control_work(entry)]


def _is_control_work(entry: YearMark) -> bool:
    mark = entry.mark
    if mark.form is None or mark.form.kind != CONTROL or entry.is_active_point:
        return False
    if mark.is_point and mark.value is None:
        return False
    return mark.name.strip().lower() not in ABSENCE_LETTERS


def _control_row(
    view: YearView, entry: YearMark, classmates: dict[tuple[str, str | None, str], list[Number]]
) -> MartRow:
    mark = entry.mark
    assert mark.form is not None
    where = view.students[mark.student]
    class_unit_id = where.class_unit_id
    has_work = class_unit_id is not None and mark.lesson_id is not None
    of_class = classmates.get((class_unit_id or "", mark.lesson_id, mark.form.id), []) if has_work else []
    return {
        "academic_year_id": view.year.id,
        "organization_id": where.organization_id,
        "class_unit_id": class_unit_id,
        "student_profile_id": mark.student,
        "subject_id": mark.subject_id,
        "mark_id": mark.id,
        "date": mark.day,
        "attestation_period_id": entry.period_id,
        "control_form_id": mark.form.id,
        "control_form_name": mark.form.name,
        "topic": view.region.topics.get(mark.lesson_id),
        "mark": mark.name,
        "five": mark.value,
        "weight": mark.weight,
        "class_average_of_work": plain_mean(of_class),
        "class_marks_of_work": None if class_unit_id is None else len(of_class),
    }


def academic_debts(view: YearView) -> list[MartRow]:
    """Final marks of 2 or less, н/а, debts as the source flags them, and active «точки»."""
    return [
        *(
            _debt_of_final(view, final, kind)
            for final in newest_final_marks(view).values()
            for kind in debt_kinds(final)
        ),
        *(_debt_of_point(view, entry) for entry in view.marks if entry.is_active_point),
    ]


def debt_kinds(final: FinalMark) -> list[str]:
    """Every kind of debt that a final mark is."""
    name = "".join(final.name.lower().split())
    applies = {
        "final_two": final.five is not None and final.five <= DEBT_UP_TO,
        "not_attested": name in NOT_ATTESTED,
        "academic_debt": final.academic_debt or name == DEBT_NAME,
    }
    return [kind for kind, does in applies.items() if does]


def _debt_of_final(view: YearView, final: FinalMark, kind: str) -> MartRow:
    return {
        **_owner(view, final.student),
        "subject_id": final.subject_id,
        "debt_kind": kind,
        "source_id": final.id,
        "attestation_period_id": final.period_id,
        "mark": final.name,
        "deadline": None,
    }


def _debt_of_point(view: YearView, entry: YearMark) -> MartRow:
    return {
        **_owner(view, entry.mark.student),
        "subject_id": entry.mark.subject_id,
        "debt_kind": "point",
        "source_id": entry.mark.id,
        "attestation_period_id": entry.period_id,
        "mark": entry.mark.name,
        "deadline": entry.deadline,
    }


def _owner(view: YearView, student: str) -> MartRow:
    where = view.students[student]
    return {
        "academic_year_id": view.year.id,
        "organization_id": where.organization_id,
        "class_unit_id": where.class_unit_id,
        "student_profile_id": student,
    }
