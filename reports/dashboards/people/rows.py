"""The rows of an organization's page, in words: by class, who, what, where and how, since when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from reports import text
from reports.dashboards.people.addresses import student_href
from reports.dashboards.people.guard import Asked
from reports.dashboards.people.mending import Mending
from reports.dashboards.people.scope import homes, is_within
from reports.quality_lists import ListRow, full_name, kind_title, needs_code


@dataclass(frozen=True)
class ShownRow:
    """A thing to mend. `href`: the student's preview, where the visitor may see it; `code` tells namesakes apart."""

    who: str
    more: tuple[str, ...]
    href: str | None
    code: str | None
    rule_id: str
    title: str
    field: str
    how_to_fix: str
    severity: str
    since: str


@dataclass(frozen=True)
class ClassRows:
    """The rows of a class."""

    title: str
    rows: tuple[ShownRow, ...]


def shown_rows(asked: Asked, mending: Mending, rows: Sequence[ListRow]) -> list[ClassRows]:
    """Rows in the order of the list, in groups by class."""
    hrefs = _hrefs(asked, mending, {row.student_profile_id for row in rows if row.student_profile_id is not None})
    return [
        ClassRows(_class_title(of_class[0]), tuple(_shown(mending, row, hrefs) for row in of_class))
        for of_class in (list(group) for _, group in groupby(rows, key=lambda row: row.class_unit_id))
    ]


def _hrefs(asked: Asked, mending: Mending, students: set[str]) -> dict[str, str]:
    """The previews of those within the scope: who has left for a school elsewhere may still stand in a list."""
    known = homes(asked.publication, students) if students else {}
    scope = asked.visitor.scope
    within = {home: is_within(asked.publication, scope, home) for home in set(known.values())}
    here = mending.organization_id
    return {
        student: student_href(student, None if home == here else here)
        for student, home in known.items()
        if within[home]
    }


def _class_title(row: ListRow) -> str:
    return "Вне классов" if row.class_unit_id is None else f"Класс {text.clean_name(row.class_name)}"


def _shown(mending: Mending, row: ListRow, hrefs: Mapping[str, str]) -> ShownRow:
    rule = mending.texts[row.rule_id]
    student = row.student_profile_id
    return ShownRow(
        who=_who(row),
        more=_more(row),
        href=None if student is None else hrefs.get(student),
        code=student if student is not None and needs_code(row) else None,
        rule_id=row.rule_id,
        title=rule.title,
        field=rule.field,
        how_to_fix=rule.how_to_fix,
        severity=row.severity,
        since=text.short_date(row.first_seen),
    )


def _who(row: ListRow) -> str:
    if row.sheet == "objects":
        return kind_title(row.object_kind)
    return full_name(row.last_name, row.first_name, row.middle_name)


def _more(row: ListRow) -> tuple[str, ...]:
    """What tells the card: the representative, the subject and period, the object's code."""
    if row.sheet == "objects":
        return (f"код {row.object_id}",) if row.object_id else ()
    if row.sheet == "representatives":
        parts = (row.representative_last_name, row.representative_first_name, row.representative_middle_name)
        return (f"представитель: {full_name(*parts)}",)
    if row.sheet == "journal":
        place = ", ".join(part for part in (row.subject_name, row.period_name) if part)
        records = text.count_of(row.findings, "запись", "записи", "записей")
        return tuple(part for part in (place, records) if part)
    return ()
