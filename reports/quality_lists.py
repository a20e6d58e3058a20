"""The lists for schools: one XLSX with the cards to mend, for those who mend them (specification 3-quality.md).

No more personal data than the fix needs: ФИО, class, which field; never the СНИЛС, a document's number or the date of
birth. The id of a card in ЭПОС stands only where a name cannot tell it: it is empty, or a classmate has the same.
Cells hold text and counts, never formulas; the same findings give the same bytes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from expectations.rules import load_rules
from reports import text
from reports.quality import RuleText
from reports.region import in_order

SHEETS = {
    "students": "Учащиеся",
    "representatives": "Законные представители",
    "journal": "Журнал",
    "objects": "Классы и настройки",
}
URGENCY = {
    "blocker": "Срочно: портфолио не показывается",
    "section": "Важно: раздел портала пуст или неверен",
    "advice": "Рекомендация",
}
ORGANIZATIONS_AT_A_TIME = 25
LONGEST_TEXT = 500
#: Whoever typed a number into the field of a name must not have it spread: six digits or more are masked.
NUMBER = re.compile(r"\d(?:[\s-]*\d){5,}")

ROWS = "select * from report_list_rows where organization_id in (select unnest(?::varchar[]))"
ROWS_ELSEWHERE = "select * from report_list_rows where organization_id is null"

#: A column of a sheet: its head and its width in characters.
Column = tuple[str, int]

MEND: tuple[Column, ...] = (
    ("Что исправить", 38),
    ("Поле", 24),
    ("Где и как исправить", 62),
    ("Срочность", 24),
    ("С какого дня", 13),
    ("Правило", 9),
)
COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "students": (("Класс", 10), ("ФИО", 36), *MEND, ("Код карточки", 18)),
    "representatives": (("Класс", 10), ("ФИО учащегося", 32), ("ФИО представителя", 32), *MEND, ("Код карточки", 18)),
    "journal": (
        ("Класс", 10),
        ("ФИО", 36),
        ("Предмет", 24),
        ("Период", 16),
        ("Записей", 9),
        *MEND,
        ("Код карточки", 18),
    ),
    "objects": (("Класс", 10), ("Что", 32), ("Код в ЭПОС", 20), *MEND),
}


@dataclass(frozen=True)
class ListRow:
    """A thing to mend, as `report_list_rows` has it."""

    organization_id: str | None
    sheet: str
    class_unit_id: str | None
    class_level: int | None
    class_name: str | None
    student_profile_id: str | None
    last_name: str | None
    first_name: str | None
    middle_name: str | None
    has_namesake: bool
    representative_last_name: str | None
    representative_first_name: str | None
    representative_middle_name: str | None
    rule_id: str
    severity: str
    object_kind: str
    object_id: str | None
    subject_name: str | None
    period_name: str | None
    findings: int
    first_seen: date


def read_lists(
    connection: duckdb.DuckDBPyConnection, organization_ids: Sequence[str | None]
) -> Iterator[tuple[str | None, list[ListRow]]]:
    """The rows of each list asked for (None: of what belongs to no organization), a few lists at a time."""
    known = [name for name in organization_ids if name is not None]
    for start in range(0, len(known), ORGANIZATIONS_AT_A_TIME):
        part = known[start : start + ORGANIZATIONS_AT_A_TIME]
        rows: dict[str, list[ListRow]] = {name: [] for name in part}
        for values in connection.execute(ROWS, [part]).fetchall():
            row = ListRow(*values)
            rows[str(row.organization_id)].append(row)
        yield from rows.items()
    if None in organization_ids:
        yield None, [ListRow(*values) for values in connection.execute(ROWS_ELSEWHERE).fetchall()]


def list_bytes(
    name: str, rows: Sequence[ListRow], texts: Mapping[str, RuleText], *, changed_on: date, temporary: Path
) -> bytes:
    """One list as XLSX.

    `changed_on` is the day when the school's findings last changed: the list says so, and is dated by it. Parts of the
    file are kept in the private folder `temporary` while it is written, and are gone afterwards.
    """
    body = BytesIO()
    options = {
        "constant_memory": True,
        "tmpdir": str(temporary),
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(body, options) as workbook:
        workbook.set_properties(
            {"title": "Что исправить", "created": datetime(changed_on.year, changed_on.month, changed_on.day)}  # noqa: DTZ001 - a day
        )
        styles = _Styles(
            head=workbook.add_format(
                {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DBE6F1", "bottom": 1, "locked": True}
            ),
            cell=workbook.add_format({"text_wrap": True, "valign": "top"}),
            count=workbook.add_format({"valign": "top", "num_format": "0"}),
            title=workbook.add_format({"bold": True, "font_size": 14, "text_wrap": True, "valign": "top"}),
            strong=workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        )
        by_sheet = {
            sheet: sorted((row for row in rows if row.sheet == sheet), key=list_order(texts)) for sheet in SHEETS
        }
        _write_guide(workbook, styles, name, by_sheet, changed_on)
        for sheet, title in SHEETS.items():
            _write_sheet(workbook.add_worksheet(title), styles, sheet, by_sheet[sheet], texts)
    return body.getvalue()


@dataclass(frozen=True)
class _Styles:
    head: Any
    cell: Any
    count: Any
    title: Any
    strong: Any


def _write_guide(
    workbook: Any, styles: _Styles, name: str, by_sheet: Mapping[str, Sequence[ListRow]], changed_on: date
) -> None:
    sheet = workbook.add_worksheet("Как пользоваться")
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 78)
    _set_print(sheet)
    lines: list[tuple[str, str, Any]] = [
        (one_line(name), "", styles.title),
        ("Последнее изменение", text.short_date(changed_on), styles.cell),
        ("Как исправлять", "Откройте лист и идите по строкам сверху вниз: они собраны по классам. В столбце «Где и как "
         "исправить» сказано, какую карточку открыть. Исправляйте в ЭПОС, а не в этом файле: следующей ночью данные "
         "проверят снова, и исправленное исчезнет из списка.", styles.cell),
        ("С чего начать", f"Со строк «{URGENCY['blocker']}»: эти учащиеся не попадают на портал. Затем "
         f"«{URGENCY['section']}». Рекомендации показу не мешают.", styles.cell),
        ("Фильтр", "В заголовке каждого листа включён фильтр: можно оставить один класс, одно поле или одну срочность.",
         styles.cell),
        ("Код карточки", "Стоит только там, где по имени карточку не найти: имя не заполнено или в классе есть тёзка.",
         styles.cell),
        ("Персональные данные", "В списке есть имена. Передавайте его только тем, кто исправляет карточки, не "
         "пересылайте открытой почтой и удалите, когда всё исправлено.", styles.cell),
        ("Лист", "Что на нём и сколько замечаний", styles.strong),
    ]  # fmt: skip
    about = {
        "students": "карточки учащихся",
        "representatives": "законные представители",
        "journal": "отметки, итоговые отметки и пропуски; записи одного учащегося по одному правилу собраны в строку",
        "objects": "классы, группы, графики, формы контроля",
    }
    for key, title in SHEETS.items():
        findings = sum(row.findings for row in by_sheet[key])
        lines.append((title, f"{about[key]}: {text.number(findings)}", styles.cell))
    for place, (left, right, style) in enumerate(lines):
        sheet.write_string(place, 0, left, style if style is not styles.cell else styles.strong)
        if right:
            sheet.write_string(place, 1, right, style)


def _write_sheet(sheet: Any, styles: _Styles, key: str, rows: Sequence[ListRow], texts: Mapping[str, RuleText]) -> None:
    columns = COLUMNS[key]
    for place, (_, width) in enumerate(columns):
        sheet.set_column(place, place, width)
    _set_print(sheet)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
    for place, (head, _) in enumerate(columns):
        sheet.write_string(0, place, head, styles.head)
    for line, row in enumerate(rows, start=1):
        for place, value in enumerate(_cells(key, row, texts[row.rule_id])):
            if isinstance(value, int):
                sheet.write_number(line, place, value, styles.count)
            elif value:
                sheet.write_string(line, place, one_line(value), styles.cell)


def _set_print(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L&A&RСтраница &P из &N")


def _cells(key: str, row: ListRow, rule: RuleText) -> list[str | int]:
    """The cells of a row, in the order of `COLUMNS`."""
    school_class = "" if row.class_unit_id is None else text.clean_name(row.class_name)
    student = full_name(row.last_name, row.first_name, row.middle_name)
    mend: list[str | int] = [
        rule.title,
        rule.field,
        rule.how_to_fix,
        URGENCY[row.severity],
        text.short_date(row.first_seen),
        row.rule_id,
    ]
    code = row.student_profile_id or "" if needs_code(row) else ""
    if key == "students":
        return [school_class, student, *mend, code]
    if key == "representatives":
        parent = full_name(row.representative_last_name, row.representative_first_name, row.representative_middle_name)
        return [school_class, student, parent, *mend, code]
    if key == "journal":
        return [school_class, student, row.subject_name or "", row.period_name or "", row.findings, *mend, code]
    return [school_class, kind_title(row.object_kind), row.object_id or "", *mend]


def kind_title(kind: str) -> str:
    """What kind of object a finding speaks of, in Russian."""
    objects = load_rules().objects
    return objects[kind].title if kind in objects else kind


def full_name(last: str | None, first: str | None, middle: str | None) -> str:
    """ФИО for a list; what is missing of it is said, a number in it is masked."""
    name = " ".join(
        part
        for part in (
            "(нет фамилии)" if is_blank(last) else str(last),
            "(нет имени)" if is_blank(first) else str(first),
            "" if is_blank(middle) else str(middle),
        )
        if part
    )
    return NUMBER.sub("…", name)


def is_blank(name: str | None) -> bool:
    """Whether a name says nothing: empty, blanks, hyphens, «нет» (rules S01 and S02)."""
    letters = "".join(
        c for c in name or "" if unicodedata.category(c)[0] not in "ZC" and unicodedata.category(c) != "Pd"
    )
    return letters.replace("\N{MINUS SIGN}", "").casefold() in {"", "нет"}


def needs_code(row: ListRow) -> bool:
    """Whether a name does not tell whose card it is."""
    return row.has_namesake or is_blank(row.last_name) or is_blank(row.first_name)


def list_order(texts: Mapping[str, RuleText]) -> Any:
    """By class, then by name; what belongs to no class stands at the end."""
    places = {rule_id: place for place, rule_id in enumerate(texts)}

    def key(row: ListRow) -> tuple[Any, ...]:
        return (
            row.class_unit_id is None,
            row.class_level or 0,
            in_order(row.class_name or ""),
            row.class_unit_id or "",
            *(in_order(part or "") for part in (row.last_name, row.first_name, row.middle_name)),
            row.student_profile_id or "",
            places[row.rule_id],
            row.severity,
            row.object_kind,
            row.object_id or "",
        )

    return key


# The rules' texts stand in thousands of cells.
@lru_cache(maxsize=4096)
def one_line(value: str) -> str:
    """Text of a cell: one visible line that XML can hold and a sheet can show, long numbers masked."""
    spaced = (" " if character.isspace() else character for character in value)
    visible = "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Cn"})
    line = " ".join(visible.split())
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 1]}…"
