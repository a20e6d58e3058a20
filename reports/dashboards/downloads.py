"""A table of a page as a file: CSV as Excel in Russian opens it, or XLSX. Names stay texts, never formulas."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO, StringIO

import xlsxwriter

from reports.dashboards.blocks import Cell, Table

CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def table_file(table: Table, file_format: str, about: Sequence[tuple[str, str]] = ()) -> bytes:
    """The bytes of the file; about: what the table is about, which a workbook tells on a sheet of its own.

    Errors: KeyError for a format that there is not.
    """
    return {CSV: _csv, XLSX: _xlsx}[file_format](table, about)


def _csv(table: Table, _about: Sequence[tuple[str, str]]) -> bytes:
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([_safe(title) for title in table.head])
    writer.writerows([_plain(cell) for cell in row] for row in table.rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


def _plain(cell: Cell) -> str:
    if cell.value is None:
        return ""
    return _safe(cell.value) if isinstance(cell.value, str) else str(cell.value).replace(".", ",")


def _safe(text: str) -> str:
    """A spreadsheet would run a name that begins like a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _xlsx(table: Table, about: Sequence[tuple[str, str]]) -> bytes:
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Таблица")
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        formats = {
            digits: book.add_format({"num_format": "0" if digits == 0 else f"0.{'0' * digits}"}) for digits in range(3)
        }
        for column, title in enumerate(table.head):
            sheet.write_string(0, column, title, bold)
        for place, row in enumerate(table.rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell.value, str):
                    sheet.write_string(place, column, cell.value)
                elif isinstance(cell.value, int | Decimal):
                    sheet.write_number(place, column, float(cell.value), formats[cell.digits])
        sheet.set_column(0, 0, 44)
        sheet.set_column(1, max(1, len(table.head) - 1), 16)
        sheet.freeze_panes(1, 1)
        if about:
            told = book.add_worksheet("О таблице")
            for place, fact in enumerate(about):
                for column, text in enumerate(fact):
                    told.write_string(place, column, text)
            told.set_column(0, 0, 16)
            told.set_column(1, 1, 80)
    return file.getvalue()
