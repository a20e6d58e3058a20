"""What the child tells of a workbook that cannot be read."""

from __future__ import annotations

BROKEN = "книга XLSX повреждена или передана не до конца"
ILL_WRITTEN = "книга XLSX записана с ошибкой, пересохраните её в Excel или LibreOffice или выгрузите набор в csv"


class UnreadableBook(Exception):
    """A workbook that cannot be read at all: in Russian what is wrong, with the cure, without a value from the file."""
