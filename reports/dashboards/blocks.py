"""What a page is made of, without saying how it is drawn: cards, figures, tables, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from reports.dashboards.questions import Answer
from reports.privacy import HIDDEN_TEXT
from reports.text import NO_DATA, number, short_date

Value = str | int | Decimal | None

HIDDEN = "скрыто"
MINUS = "\N{MINUS SIGN}"
PRIVACY_NOTE = (
    f"Группы «{HIDDEN_TEXT}» скрыты, а вместе с ними и наименьшая соседняя: иначе скрытое нашлось бы вычитанием."
)
NOTHING_HERE = "По этим фильтрам данных нет. Уберите часть фильтров или выберите другой период."


@dataclass(frozen=True)
class Cell:
    """A cell of a table: a number with the digits it is shown with, or a text; `href` leads on.

    signed: a difference, whose sign is always written; order: what rows are put in order by, where it is not the value.
    """

    value: Value
    digits: int = 0
    href: str | None = None
    signed: bool = False
    order: Value = None

    @property
    def text(self) -> str:
        """As it is read on the page."""
        if self.value is None:
            return NO_DATA
        if isinstance(self.value, str):
            return self.value
        shown = number(abs(float(self.value)), self.digits)
        return _sign(self.value, is_signed=self.signed) + shown

    @property
    def is_hidden(self) -> bool:
        """Whether it says that there is something that is not shown."""
        return self.value == HIDDEN

    @property
    def number(self) -> float | None:
        """The number for a figure; None where there is none or it is hidden."""
        return None if self.value is None or isinstance(self.value, str) else float(self.value)


def _sign(value: int | Decimal, *, is_signed: bool) -> str:
    if value < 0:
        return MINUS
    return "+" if is_signed and value > 0 else ""


@dataclass(frozen=True)
class Table:
    """A table that can be downloaded under its name; the first column names the row."""

    name: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    is_folded: bool = False  # a figure says the same: it is unfolded by who wants it


@dataclass(frozen=True)
class Picture:
    """A figure in Plotly's schema. Its numbers stand in a table of the page, too: `table` names it."""

    name: str
    title: str
    figure: Mapping[str, Any]
    note: str = ""
    min_width: int = 0  # narrower screens scroll within the figure
    table: str = ""


@dataclass(frozen=True)
class Cards:
    """A few figures that matter most: (what, value)."""

    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Note:
    """A line of text."""

    text: str


Block = Table | Picture | Cards | Note


def mean(total: object, count: object, digits: int = 2) -> Decimal | None:
    """A mean of averages as the portal shows it (2-marts.md): to 9 decimals, then to `digits`, half away from zero."""
    if total is None or not count:
        return None
    exact = Decimal(str(total)) / Decimal(str(count))
    return _rounded(_rounded(exact, 9), digits)


def percent(part: object, whole: object, digits: int = 1) -> Decimal | None:
    """A share in per cent."""
    if part is None or not whole:
        return None
    return _rounded(100 * Decimal(str(part)) / Decimal(str(whole)), digits)


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def count_cell(answer: Answer, name: str) -> Cell:
    """A count of students, or the word that says it is hidden."""
    if answer.is_hidden or name in answer.hidden:
        return Cell(HIDDEN)
    return Cell(answer.students if name == "students" else answer.values[name])


def value_cell(answer: Answer, value: Decimal | None, digits: int) -> Cell:
    """A figure, or the word that says it is hidden."""
    return Cell(HIDDEN) if answer.is_hidden else Cell(value, digits)


def difference(first: Cell, second: Cell, digits: int = 2) -> Cell:
    """The first minus the second, as both are shown; hidden if one is, nothing where there is none."""
    if first.is_hidden or second.is_hidden:
        return Cell(HIDDEN)
    if first.value is None or second.value is None or isinstance(first.value, str) or isinstance(second.value, str):
        return Cell(None)
    return Cell(Decimal(first.value) - Decimal(second.value), digits, signed=True)


def day_cell(day: date) -> Cell:
    """A day; its rows are put in the order of time."""
    return Cell(short_date(day), order=day.isoformat())


def text_of(cell: Cell, unit: str = "") -> str:
    """A cell on a card."""
    return cell.text + unit if isinstance(cell.value, int | Decimal) else cell.text


def rows_or_nothing(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, or what to do where there are none."""
    return list(blocks) or [Note(NOTHING_HERE)]
