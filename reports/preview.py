"""The preview of one student's portfolio: a page that shows the sections as the portal would, and why one is empty.

Made from the document alone (schema `StudentPortfolio` of portal/openapi.yaml). The page stands by itself: no script,
no network. It names a child: whoever asks for it keeps it private.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from jinja2 import Environment

from reports import text
from reports.pages import TEMPLATES, template_environment

ASSETS = TEMPLATES.parent / "assets"

Row = Mapping[str, Any]

DYNAMICS = {"UP": "растёт", "DOWN": "снижается", "NONE": "—"}
DEBTS = {
    "final_two": "итоговая «2»",
    "not_attested": "не аттестован(а)",
    "academic_debt": "академическая задолженность",
    "point": "«точка»: ещё можно закрыть",
}

#: Size of the line of weeks of one subject, in pixels; marks go from 1 to 5.
LINE_WIDTH, LINE_HEIGHT = 220, 44
LOWEST, HIGHEST = 1, 5


@cache
def _environment() -> Environment:
    environment = template_environment()
    environment.filters.update(average=_average, day=_day)
    return environment


def preview_page(document: Row, *, back: str | None = None, bar: str = "") -> str:
    """The page, as HTML.

    document: what `portal.document.student_document` gives. back: the address that a link on top leads back to. bar:
    HTML that stands above everything, where somebody has logged in to see the page.
    """
    tables = {name: rows for section in document["sections"] for name, rows in section["tables"].items()}
    names = _Names(document["dictionaries"])
    as_of = date.fromisoformat(document["as_of"])
    styles = ("site.css", "people.css") if bar else ("site.css",)
    return (
        _environment()
        .get_template("preview.html")
        .render(
            back=back,
            bar=bar,
            style="\n".join((ASSETS / name).read_text("utf-8") for name in styles),
            as_of=text.long_date(as_of),
            student=_only(tables.get("student", ())),
            student_profile_id=document["student_profile_id"],
            places=[
                ", ".join(part for part in (row["class_name"], names.organization(row["organization_id"])) if part)
                for row in tables.get("student_class", ())
                if row["end_date"] is None or row["end_date"] >= document["as_of"]
            ],
            readers=" и ".join(text.READERS[reader] for reader in document["readers"]),
            sections=document["sections"],
            cards=_cards(tables, as_of),
            subjects=_subjects(tables, names),
            weeks=_weeks(tables, names),
            works=[
                row | {"subject": names.subject(row["subject_id"])} for row in tables.get("student_control_marks", ())
            ],
            period_finals=_finals(tables.get("student_pmarks", ()), names, lambda row: names.period(row["period_id"])),
            year_finals=_finals(tables.get("student_ymarks", ()), names, lambda _: "Год"),
            skippings=tables.get("student_skippings", ()),
            skipped=_skipped(tables.get("student_skippings", ())),
            vacation=_only(tables.get("class_vacation", ())),
            events=tables.get("student_events", ()),
            achievements=tables.get("student_achievements", ()),
            debts=[
                row
                | {"subject": names.subject(row["subject_id"]), "kind": DEBTS.get(row["debt_kind"], row["debt_kind"])}
                for row in tables.get("student_debts", ())
            ],
        )
    )


class _Names:
    """What dictionaries say of an id."""

    def __init__(self, dictionaries: Mapping[str, Iterable[Row]]) -> None:
        self._names = {
            table: {row["id"]: text.clean_name(row["name"]) for row in rows} for table, rows in dictionaries.items()
        }

    def subject(self, subject_id: str | None) -> str:
        return self._of("dict_subject", subject_id)

    def period(self, period_id: str | None) -> str:
        return self._of("dict_period", period_id)

    def organization(self, organization_id: str | None) -> str:
        return self._of("dict_organization", organization_id)

    def _of(self, table: str, key: str | None) -> str:
        return "" if key is None else self._names.get(table, {}).get(key, text.NO_NAME)


def _cards(tables: Mapping[str, list[Row]], as_of: date) -> list[tuple[str, str]]:
    """What stands on top: a title and a value each."""
    mine, of_class, of_parallel, vacation = (
        _only(tables.get(name, ()))
        for name in ("student_gpa_current", "class_gpa_current", "parallel_gpa_current", "class_vacation")
    )
    cards: list[tuple[str, str]] = []
    if mine:
        cards += [
            ("Мой средний балл", _average(mine["average"])),
            ("Место в классе", _count(mine["class_rank"])),
            ("Место в школе", _count(mine["school_rank"])),
        ]
    if of_class:
        cards.append(("Средний балл в классе", _average(of_class["class_average"])))
    if of_parallel:
        cards.append(("Средний балл параллели", _average(of_parallel["parallel_average"])))
    if vacation:
        days = (date.fromisoformat(vacation["begin_date"]) - as_of).days
        cards.append(("До каникул", text.count_of(days, "день", "дня", "дней")))
    return cards


def _subjects(tables: Mapping[str, list[Row]], names: _Names) -> list[Row]:
    """Subject × period: the student's average and that of the class beside it."""
    of_class = {(row["subject_id"], row["period_id"]): row for row in tables.get("class_statsubject", ())}
    rows = [
        {
            "subject": names.subject(row["subject_id"]),
            "period": names.period(row["period_id"]),
            "is_year": row["period_kind"] == "year",
            "average": row["average"],
            "class_average": of_class.get((row["subject_id"], row["period_id"]), {}).get("class_average"),
            "marks_count": row["marks_count"],
            "dynamic": DYNAMICS[row["dynamic"]],
            "target": _target(row),
        }
        for row in tables.get("student_statsubject", ())
    ]
    return sorted(rows, key=lambda row: (row["subject"], row["is_year"], row["period"]))


def _target(row: Row) -> str:
    if row["target_mark"] is None:
        return text.NO_DATA
    if row["target_five_marks"] == 0:
        return f"«{row['target_mark']}» уже есть"
    return f"«{row['target_mark']}»: ещё {text.count_of(row['target_five_marks'], 'пятёрка', 'пятёрки', 'пятёрок')}"


def _weeks(tables: Mapping[str, list[Row]], names: _Names) -> list[Row]:
    """A line of week averages for each subject, the student's and the class's, on one scale of weeks."""
    mine, of_class = tables.get("student_statsubject_by_week", ()), tables.get("class_statsubject_by_week", ())
    begins = sorted({row["week_begin"] for row in (*mine, *of_class)})
    lines: list[Row] = []
    for subject_id in sorted({row["subject_id"] for row in mine}, key=names.subject):
        own = [row for row in mine if row["subject_id"] == subject_id]
        lines.append(
            {
                "subject": names.subject(subject_id),
                "mine": _line(own, begins),
                "of_class": _line([row for row in of_class if row["subject_id"] == subject_id], begins),
                "last": own[-1]["week_average"],
                "last_week": own[-1]["week_begin"],
            }
        )
    return lines


def _line(rows: Sequence[Row], begins: list[str]) -> str:
    """Points of an SVG polyline."""
    step = LINE_WIDTH / max(len(begins) - 1, 1)
    scale = LINE_HEIGHT / (HIGHEST - LOWEST)
    places = {begin: place for place, begin in enumerate(begins)}
    return " ".join(
        f"{places[row['week_begin']] * step:.1f},{(HIGHEST - row['week_average']) * scale:.1f}" for row in rows
    )


def _finals(rows: Iterable[Row], names: _Names, column_of: Callable[[Row], str]) -> Row:
    """Final marks: a row a subject, a column a period or year."""
    marks: dict[str, dict[str, str]] = {}
    for row in rows:
        marks.setdefault(names.subject(row["subject_id"]), {})[column_of(row)] = row["final_mark"]
    columns = sorted({column for found in marks.values() for column in found})
    return {
        "columns": columns,
        "rows": [(subject, [found.get(column, "") for column in columns]) for subject, found in sorted(marks.items())],
    }


def _skipped(rows: Iterable[Row]) -> Row:
    kinds = ("lessons_missed", "missed_excused", "missed_unexcused", "missed_by_illness")
    listed = list(rows)
    return {kind: sum(row[kind] for row in listed) for kind in kinds} | {"days": len(listed)}


def _only(rows: Iterable[Row]) -> Row | None:
    return next(iter(rows), None)


def _average(value: float | None) -> str:
    return text.NO_DATA if value is None else text.number(value, 2)


def _count(value: int | None) -> str:
    return text.NO_DATA if value is None else text.number(value)


def _day(value: str | None) -> str:
    return text.NO_DATA if value is None else f"{date.fromisoformat(value):%d.%m.%Y}"
