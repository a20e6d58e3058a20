"""The cells of one sheet as texts, with those that cannot be read told apart from empty ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

from extracts.workbook.errors import UnreadableBook
from extracts.workbook.unread_cells import Place

#: The last column that a sheet can have is XFD.
MOST_COLUMNS = 16_384

#: How a date, a time or a duration comes out as text, whatever its format: 2026-09-01 08:30:00, 1899-12-31 08:30:00.
_MOMENT = r"^[+-]?\d{4,}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$"

#: What is no blank, by the same list as the loader's typing.
_NOT_BLANK = r"[^\s\v\x1c-\x1f\x85\pZ\x{feff}]"

_ERROR = re.compile(r"but got 'Error\((\w+)\)'")
_NUMBER = re.compile(r"\bvalue: ([-+.\w]+)")
_SHOWN_ERRORS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
}
_OTHER_ERROR = "#ERROR"
_UNREAD = "формула без вычисленного значения"


@dataclass(frozen=True)
class Column:
    """One used column: its place in the sheet (0 is A), its cells as text, and of unreadable ones what they show."""

    place: int
    texts: pa.Array
    errors: pa.Array | None

    @cached_property
    def content(self) -> pa.Array:
        """For each row whether something other than blanks stands there."""
        filled = pc.fill_null(pc.match_substring_regex(self.texts, _NOT_BLANK), False)
        return filled if self.errors is None else pc.or_(filled, self.errors.is_valid())

    def shown(self, row: int) -> str:
        """What a cell shows."""
        error = self.errors[row].as_py() if self.errors is not None else None
        return str(error or self.texts[row].as_py() or "")

    def moments(self) -> pa.Array:
        """For each row whether it may be a date, a time or a duration: its text looks like one, or is out of range."""
        alike = pc.fill_null(pc.match_substring_regex(self.texts, _MOMENT), False)
        return alike if self.errors is None else pc.or_(alike, self.errors.is_valid())


def read_columns(book: fastexcel.ExcelReader, sheet: str, unread: Iterable[Place] = ()) -> list[Column]:
    """Every used column of a sheet from its first row on, all of one height.

    `unread`: cells known to hold more than a reader of values tells; where there is no value they count as unreadable.
    """
    loaded = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
    if loaded.width > MOST_COLUMNS:
        raise UnreadableBook(f"на листе больше {MOST_COLUMNS} столбцов, таких листов не бывает")
    batch, problems = loaded.to_arrow_with_errors()
    places = [column.absolute_index for column in loaded.selected_columns]
    del loaded
    errors: dict[int, dict[int, str]] = {}
    for problem in problems.errors if problems else ():
        row, column = problem.position
        errors.setdefault(places[column], {})[row] = _shown_error(problem.detail)
    for row, place in unread:
        errors.setdefault(place, {}).setdefault(row, _UNREAD)
    texts = dict(zip(places, batch.columns, strict=True))
    height = max([batch.num_rows, *(row + 1 for row, _ in unread)])
    return [_column(place, texts.get(place), errors.get(place), height) for place in sorted({*texts, *errors})]


def read_serials(book: fastexcel.ExcelReader, sheet: str, columns: list[Column]) -> list[pa.Array]:
    """For each column the milliseconds that its dates, times and durations are stored as; NULL for any other cell."""
    places = [column.place for column in columns]
    types: fastexcel.DTypeMap = dict.fromkeys(places, "duration")
    batch = book.load_sheet(sheet, header_row=None, skip_rows=0, use_columns=places, dtypes=types).to_arrow()
    return [_serials(column, found) for column, found in zip(columns, batch.columns, strict=True)]


def any_of(masks: list[pa.Array], height: int) -> pa.Array:
    """For each row whether one of the masks has it."""
    found = pa.repeat(False, height)
    for mask in masks:
        found = pc.or_(found, mask)
    return found


def _column(place: int, texts: pa.Array | None, errors: dict[int, str] | None, height: int) -> Column:
    if texts is None:
        texts = pa.nulls(height, pa.string())
    elif len(texts) < height:
        texts = pa.concat_arrays([texts, pa.nulls(height - len(texts), pa.string())])
    if not errors:
        return Column(place, texts, None)
    shown: list[str | None] = [None] * height
    for row, error in errors.items():
        shown[row] = error if not texts[row].as_py() else None  # else its value was found after all
    return Column(place, texts, pa.array(shown, pa.string()))


def _serials(column: Column, found: pa.Array) -> pa.Array:
    serials = found.cast(pa.int64())
    if len(serials) < len(column.texts):
        serials = pa.concat_arrays([serials, pa.nulls(len(column.texts) - len(serials), pa.int64())])
    is_known = pc.and_(column.moments(), pc.less(pc.abs(pc.fill_null(serials, 0)), _MOST_SERIAL))
    return pc.if_else(is_known, serials, pa.scalar(None, pa.int64()))


#: Beyond this a stored number does not fit into milliseconds, and comes out as the largest of them.
_MOST_SERIAL = 1 << 62


def _shown_error(detail: str) -> str:
    if error := _ERROR.search(detail):
        return _SHOWN_ERRORS.get(error[1], _OTHER_ERROR)
    number = _NUMBER.search(detail)
    return number[1] if number else _OTHER_ERROR
