"""Cells that hold something of which a fast reader of values says nothing: a formula that was never computed.

Programs that write formulas without computing them leave their values out; such a cell must not pass for an empty one.
"""

from __future__ import annotations

import re
from typing import IO
from xml.parsers import expat

from extracts.workbook.errors import ILL_WRITTEN, UnreadableBook

Place = tuple[int, int]

_REFERENCE = re.compile(r"([A-Z]{1,4})([0-9]{1,9})")
_CONTENT = ("v", "t")


def find_unread_cells(stream: IO[bytes]) -> list[Place]:
    """Row and column (from 0) of every cell with a formula and no value, or with a value in CDATA.

    `stream` is the XML of a worksheet. Errors: UnreadableBook if it is no XML.
    """
    cells = _Cells()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = cells.begin
    parser.EndElementHandler = cells.end
    parser.CharacterDataHandler = cells.text
    parser.StartCdataSectionHandler = cells.cdata
    try:
        parser.ParseFile(stream)
    except (expat.ExpatError, ValueError, LookupError):
        raise UnreadableBook(ILL_WRITTEN) from None
    return cells.found


class _Cells:
    """Follows the elements of a worksheet."""

    def __init__(self) -> None:
        self.found: list[Place] = []
        self._row = -1
        self._cell_row = -1
        self._column = -1
        self._type: str | None = None
        self._is_inside = False
        self._is_content = False
        self._has_formula = False
        self._has_value = False
        self._has_cdata = False

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            self._row = _number(attributes.get("r"), self._row + 1)
            self._column = -1
        elif name == "c":
            place = _REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = _column(place[1]) if place else self._column + 1
            self._cell_row = int(place[2]) - 1 if place else self._row
            self._type = attributes.get("t")
            self._is_inside = True
            self._has_formula = self._has_value = self._has_cdata = False
        elif self._is_inside and name == "f":
            self._has_formula = True
        elif self._is_inside and name in _CONTENT:
            self._is_content = True
            # A formula may well give an empty text, and says so with its type.
            self._has_value = self._has_value or self._type == "str"

    def text(self, _text: str) -> None:
        self._has_value = self._has_value or self._is_content

    def cdata(self) -> None:
        self._has_cdata = self._has_cdata or self._is_content

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            if (self._has_formula and not self._has_value) or self._has_cdata:
                self.found.append((self._cell_row, self._column))
            self._is_inside = False
        elif name in _CONTENT:
            self._is_content = False


def _number(text: str | None, otherwise: int) -> int:
    return int(text) - 1 if text and text.isdecimal() and len(text) < 10 else otherwise  # noqa: PLR2004


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
