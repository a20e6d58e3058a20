"""Keys and content hashes from the lines of a file that was sent, as SQL.

No value of a package holds a control character, so that one line is one row, and a line can be read as one text column
whose separator never occurs. The two fields of the package end every row and have a fixed width: what stands before
them is the content.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from portal.sql_text import quote_literal

#: `;"2026-10-01 02:00:05"`, twice.
_PACKAGE_FIELDS_WIDTH = 2 * len(';"2026-10-01 02:00:05"')

_VALUE = '"(?:[^"]|"")*"'


def content_hash_sql(content: str, fields: Sequence[str]) -> str:
    """The 128-bit hash of a row's content: its characters in the file and, as a constant, the names of its fields.

    With the names, a field that is renamed or that changes its place changes the content of every row.
    """
    names = int.from_bytes(hashlib.md5(";".join(fields).encode(), usedforsecurity=False).digest(), "big")
    return f"xor(md5_number({content}), CAST('{names}' AS UHUGEINT))"


def sent_rows_sql(
    path: Path, header: Sequence[str], *, key: Sequence[str], order: Sequence[str], is_delete: bool
) -> str:
    """The rows of a file that was sent: `key` in the given order of its fields, and `content` (null in a delete file).

    Args:
        path: the file.
        header: its field names.
        key: which of them are the key.
        order: the same key fields, in the order in which they are kept.
        is_delete: whether the file holds keys only.

    Returns:
        A SELECT. A line that does not hold the fields has the key ''.
    """
    names = [name for name in header if name in key]
    content = "NULL" if is_delete else content_hash_sql(f"left(line, -{_PACKAGE_FIELDS_WIDTH})", header[:-2])
    return (
        f"SELECT {reordered_key_sql(_key_sql(header, names), names, order)} AS key, {content} AS content"
        f" FROM {_lines(path)}"
    )


def reordered_key_sql(key: str, fields: Sequence[str], order: Sequence[str]) -> str:
    """A key whose values stand in one order of fields, with its values in another."""
    if list(fields) == list(order):
        return key
    values = f"regexp_extract_all({key}, {quote_literal(_VALUE)})"
    return f"concat_ws(';', {', '.join(f'{values}[{list(fields).index(name) + 1}]' for name in order)})"


def _lines(path: Path) -> str:
    pattern = re.sub(r"([*?\[])", r"[\1]", str(path))
    return (
        f"read_csv({quote_literal(pattern)}, auto_detect = false, header = false, skip = 1, delim = '\x01', quote = '',"
        " escape = '', new_line = '\\n', columns = {'line': 'VARCHAR'})"
    )


def _key_sql(header: Sequence[str], key: Sequence[str]) -> str:
    """The key fields of a line, put together; neighbours are taken in one piece, and mostly all of them are."""
    pieces: list[str] = []
    groups = 0
    for is_key, fields in groupby(header[: header.index(key[-1]) + 1], key=lambda name: name in key):
        values = ";".join([_VALUE if is_key else f"(?:{_VALUE})?"] * len(list(fields)))
        pieces.append(f"({values})" if is_key else values)
        groups += is_key
    pattern = quote_literal(f"^{';'.join(pieces)}(?:;|$)")
    found = [f"regexp_extract(line, {pattern}, {number})" for number in range(1, groups + 1)]
    return found[0] if groups == 1 else f"concat_ws(';', {', '.join(found)})"
