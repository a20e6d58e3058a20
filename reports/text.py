"""How names and numbers are written on a page: Russian number and date formats, names made safe, names of files."""

from __future__ import annotations

import hashlib
import re
import textwrap
import unicodedata
from datetime import date, datetime

from reports.privacy import Measure

NO_DATA = "—"
NOT_ASSESSED = "не оценивалось"
NO_NAME = "без названия"
NBSP = "\N{NO-BREAK SPACE}"
#: Who reads a student's portfolio, as the document names them.
READERS = {"representative": "законный представитель", "student": "сам учащийся"}
MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip
# Lower case only: on Windows and macOS `school-A` and `school-a` are one file.
PLAIN_ID = re.compile(r"[0-9a-z-]{1,64}")
HASHED = "x-"


def clean_name(name: str | None) -> str:
    """A name from a source as one line of visible characters: control and direction-changing characters are dropped."""
    if name is None:
        return NO_NAME
    spaced = (" " if character.isspace() else character for character in name)
    visible = "".join(character for character in spaced if unicodedata.category(character) not in {"Cc", "Cf", "Cs"})
    return " ".join(visible.split()) or NO_NAME


def plotly_text(text: str) -> str:
    """Text for a Plotly label: Plotly reads tags (also links) and entities in labels, so both lose their force."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def wrapped_label(text: str, width: int, *, lines: int = 3) -> str:
    """`plotly_text` broken into at most `lines` lines, so that a long name leaves room for the figure on a phone."""
    pieces = textwrap.wrap(text, width, max_lines=lines, placeholder="…") or [text]
    return "<br>".join(plotly_text(piece) for piece in pieces)


def school_page_name(organization_id: str) -> str:
    """File name of an organization's page of averages."""
    return f"school-{_file_id(organization_id)}.html"


def quality_page_name(organization_id: str) -> str:
    """File name of an organization's page of findings."""
    return f"quality-{_file_id(organization_id)}.html"


def overview_page_name(municipality: str) -> str:
    """File name of a municipality's page of the overview; the region's is overview.html."""
    return f"overview-{_file_id(municipality)}.html"


def list_name(organization_id: str | None) -> str:
    """File name of an organization's list of what to mend, and (None) of what belongs to no organization."""
    return "region.xlsx" if organization_id is None else f"school-{_file_id(organization_id)}.xlsx"


def _file_id(key: str) -> str:
    """An id (or a name) as part of a file name. Ids are the source's: whatever is no plain id is named by its hash."""
    if PLAIN_ID.fullmatch(key) and not key.startswith(HASHED):
        return key
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{HASHED}{digest[:24]}"


def share_text(part: int, whole: int) -> str:
    """A share in per cent, rounded down: «100 %» is said only of all; «не оценивалось» where there is nobody."""
    if whole == 0:
        return NOT_ASSESSED
    return f"{number((1000 * part) // whole / 10, 1)}{NBSP}%"


def share_of(part: int, whole: int) -> str:
    """`share_text` with its numerator and denominator: «96,5 % (169 из 175)»."""
    if whole == 0:
        return NOT_ASSESSED
    return f"{share_text(part, whole)} ({number(part)}{NBSP}из{NBSP}{number(whole)})"


def number(value: float, digits: int = 0) -> str:
    """12345.5, 1 → «12 345,5» with no-break spaces."""
    return f"{value:,.{digits}f}".replace(",", NBSP).replace(".", ",")


def count_of(value: int, one: str, few: str, many: str) -> str:
    """5 → «5 классов»: a count with its noun in the right Russian form."""
    tail = value % 100
    if 11 <= tail <= 14:  # noqa: PLR2004 - a rule of the language, not a setting
        return f"{number(value)}{NBSP}{many}"
    forms = {1: one, 2: few, 3: few, 4: few}
    return f"{number(value)}{NBSP}{forms.get(tail % 10, many)}"


def average_text(measure: Measure) -> str:
    """An average mark: «4,08», «менее 5 учащихся» or a dash."""
    return _measure_text(measure, digits=2, unit="")


def percent_text(measure: Measure) -> str:
    """A share that is kept in per cent: «94,2 %», «менее 5 учащихся» or a dash."""
    return _measure_text(measure, digits=1, unit=f"{NBSP}%")


def _measure_text(measure: Measure, *, digits: int, unit: str) -> str:
    if measure.is_hidden:
        return measure.hidden_text
    return NO_DATA if measure.value is None else number(measure.value, digits) + unit


def students_text(group: Measure) -> str:
    """The number of students of a group, hidden where it is small or closed."""
    return group.hidden_text if group.is_hidden else number(group.students)


def short_date(day: date) -> str:
    """15.10.2026."""
    return f"{day.day:02d}.{day.month:02d}.{day.year:04d}"


def long_date(day: date) -> str:
    """15 октября 2026 г."""
    return f"{day.day}{NBSP}{MONTHS[day.month - 1]} {day.year}{NBSP}г."


def long_time(moment: datetime) -> str:
    """15 октября 2026 г., 02:10."""
    return f"{long_date(moment.date())}, {moment.hour:02d}:{moment.minute:02d}"
