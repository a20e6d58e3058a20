"""Which fields of the portal's tables are sent as hashes: those that the specification marks, and those of a setting.

The setting `portal.hashed` is for regions that agreed with the portal to hide СНИЛС and document numbers; it names
fields, and means them in every table that has them (4-portal.md, «CSV rules»). How values become hashes does not
belong here (`hashed_values.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from extracts.errors import BadInput
from portal.model import Field, Specification, Table
from portal.yaml_nodes import Problems

#: Hexadecimal digits of a hash.
HASH_LENGTH = 128

_SETTING = "Настройка portal.hashed (PORTFOLIO_HASHED)"


def with_hashed_fields(specification: Specification, names: Sequence[str], *, prefix: str) -> Specification:
    """The specification with the fields of these names marked as hashed, their length that of a hash.

    A field that the specification itself marks keeps its length, which must have room for what is sent: 128 digits,
    and the region's prefix before them if the field is an id.

    Args:
        specification: the tables as the file describes them.
        names: fields to hash beside those that are marked, in whatever table they stand.
        prefix: the region's prefix of ids, without the hyphen.

    Raises:
        BadInput: a name that no table has, a field that cannot be hashed by the setting (a key, an id, a reference, no
            string), or a marked field that is too short. One line for each.
    """
    _check_names(specification, names)
    tables = tuple(replace(table, fields=_marked(table, frozenset(names))) for table in specification.tables)
    hashed = replace(specification, tables=tables)
    _check_lengths(hashed, prefix)
    return hashed


def _check_names(specification: Specification, names: Sequence[str]) -> None:
    messages: list[str] = []
    for name in names:
        tables = [table for table in specification.tables if any(field.name == name for field in table.fields)]
        if not tables:
            messages.append(
                f"{_SETTING}: поля «{name}» нет ни в одной таблице спецификации {specification.path.name}; "
                "исправьте название или уберите его"
            )
        messages += [message for table in tables if (message := _objection(table, name)) is not None]
    if messages:
        raise BadInput(messages)


def _objection(table: Table, name: str) -> str | None:
    """Why a field may not be hashed by the setting: others find its rows by it, or it holds no text."""
    field = next(field for field in table.fields if field.name == name)
    if field.hashed:
        return None
    if field.type.name != "string":
        reason = "это не строка"
    elif field.key or field.is_identifier or field.reference is not None:
        reason = "это ключ или код, по нему портал связывает записи"
    else:
        return None
    return f"{_SETTING}: поле «{name}» таблицы «{table.name}» не хэшируется: {reason}; уберите его из настройки"


def _marked(table: Table, names: frozenset[str]) -> tuple[Field, ...]:
    return tuple(
        replace(field, hashed=True, length=HASH_LENGTH) if field.name in names and not field.hashed else field
        for field in table.fields
    )


def _check_lengths(specification: Specification, prefix: str) -> None:
    problems = Problems(specification.path.name)
    for table in specification.tables:
        for field in table.fields:
            needed = HASH_LENGTH + (len(prefix) + 1 if field.is_identifier else 0)
            if field.hashed and (field.length or 0) < needed:
                problems.add(
                    field.line,
                    f"таблица «{table.name}», поле «{field.name}»: хэш занимает {needed} знаков, "
                    f"длина (`length`) должна быть не меньше {needed}",
                )
    problems.raise_if_any()
