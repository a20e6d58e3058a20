"""Workbooks for the tests of the XLSX reader: written by XlsxWriter from values, or put together from raw XML."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import xlsxwriter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

MARKS = ("mark_id", "student_profile_id", "group_id", "subject_id", "date", "name")
MARK = ("m1", "s1", "g1", "1", date(2026, 9, 1), "5")


@dataclass(frozen=True)
class Shown:
    """A value with the number format it is shown in; an int is a format that Excel has built in."""

    value: Any
    number_format: str | int


@dataclass(frozen=True)
class Formula:
    """A formula with the result that was stored with it."""

    result: Any


Row = Sequence[Any]


def book(sheets: Mapping[str, Sequence[Row]], *, hidden: Sequence[str] = (), date_1904: bool = False) -> bytes:
    """The bytes of a workbook with these sheets; None is no cell at all."""
    target = io.BytesIO()
    options = {
        "date_1904": date_1904,
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(target, options) as workbook:
        formats: dict[str | int, Any] = {}
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            else:
                sheet.activate()  # the first sheet is active otherwise, and cannot be hidden then
            for row, values in enumerate(rows):
                for column, value in enumerate(values):
                    _write(workbook, formats, sheet, (row, column), value)
    return target.getvalue()


def marks_book(*rows: Row, header: Row = MARKS, **options: Any) -> bytes:
    """A workbook with one sheet of marks."""
    return book({"Лист1": [header, *rows]}, **options)


def raw_book(
    sheet: str,
    *,
    others: Mapping[str, str] | None = None,
    shared: str | None = None,
    formats: Sequence[int] = (0,),
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A workbook whose sheet «marks» is this XML between <worksheet> and its end; `parts` are added or replaced."""
    sheets = {"marks": sheet, **(others or {})}
    listed = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1))
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    styles = "".join(f'<xf numFmtId="{number}"/>' for number in formats)
    found: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": (
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{RELATIONS}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{related}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs>{styles}</cellXfs></styleSheet>',
    }
    for number, content in enumerate(sheets.values(), 1):
        found[f"xl/worksheets/sheet{number}.xml"] = f'<worksheet xmlns="{MAIN}">{content}</worksheet>'
    if shared is not None:
        found["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{shared}</sst>'
    return zipped(found | dict(parts or {}))


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """The parts of a workbook as an archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    """The parts of a workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows_xml(*rows: Sequence[str]) -> str:
    """Sheet data of rows of cells; a text becomes an inline string, anything that begins with < stays as it is."""
    lines = ("".join(cell if cell.startswith("<") else inline(cell) for cell in row) for row in rows)
    return f"<sheetData>{''.join(f'<row>{line}</row>' for line in lines)}</sheetData>"


def inline(text: str) -> str:
    """A cell with an inline string."""
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def _write(workbook: Any, formats: dict[str | int, Any], sheet: Any, place: tuple[int, int], value: Any) -> None:
    shown = None
    if isinstance(value, Shown):
        shown = formats.setdefault(value.number_format, workbook.add_format({"num_format": value.number_format}))
        value = value.value
    elif isinstance(value, date | time | timedelta):
        usual = "yyyy-mm-dd hh:mm:ss" if isinstance(value, datetime) else "dd.mm.yyyy"
        usual = "hh:mm" if isinstance(value, time) else usual
        shown = formats.setdefault(usual, workbook.add_format({"num_format": usual}))
    if isinstance(value, Formula):
        sheet.write_formula(*place, "=A1", shown, value.result)
    elif isinstance(value, bool):
        sheet.write_boolean(*place, value, shown)
    elif isinstance(value, int | float):
        sheet.write_number(*place, value, shown)
    elif isinstance(value, date | time | timedelta):
        sheet.write_datetime(*place, value, shown)
    elif value is not None:
        sheet.write_string(*place, value, shown)
