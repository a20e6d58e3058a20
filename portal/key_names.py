"""Keys that stay keys although the fields have other names than before (specification 4-portal.md, versions).

A portal tells the rows of a table apart by the values of the key fields, whatever these are called: a row under new
names with the values that it had replaces the old one, and a deletion of the «old» key would take away the row that has
just been sent. Keys of another number of fields, or with values that the new fields cannot have, are other keys.
"""

from __future__ import annotations

from collections.abc import Sequence

from portal.model import Field
from portal.sql_text import quote_literal

_VALUE = '"(?:[^"]|"")*"'

_PATTERNS = {
    "string": '([^"]|"")+',
    "integer": "-?[0-9]+",
    "decimal": "-?[0-9]+([.][0-9]+)?",
    "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "datetime": "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}",
    "boolean": "(True|False)",
}


def fits_sql(key: str, fields: Sequence[Field]) -> str:
    """A condition: a key, as it stands in a file, holds values that these key fields may have."""
    values = f"regexp_extract_all({key}, {quote_literal(_VALUE)})"
    lengths = [
        f"length(replace({values}[{number}], '\"\"', '\"')) <= {field.length + 2}"
        for number, field in enumerate(fields, 1)
        if field.length is not None
    ]
    pattern = quote_literal(";".join(map(_pattern, fields)))
    return " AND ".join([f"regexp_full_match({key}, {pattern})", *lengths])


def _pattern(field: Field) -> str:
    value = "[0-9a-f]{128}" if field.hashed else _PATTERNS[field.type.name]
    # No prefix holds a quote.
    return f'"[^"]+-{value}"' if field.is_identifier else f'"{value}"'
