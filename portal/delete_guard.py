"""What keeps a night that lost its rows from emptying the portal: a package may not delete too much of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from extracts.errors import LoadStopped


@dataclass(frozen=True)
class Deletions:
    """Of the rows of a table that the portal has for sure (`confirmed`), how many the package would delete."""

    table: str
    deleted: int
    confirmed: int


@dataclass(frozen=True)
class DeleteLimits:
    """A package stops when it would delete more than this share of a table and more than this number of rows."""

    share: float = 0.05
    count: int = 100


def stop_too_many_deletions(deletions: Sequence[Deletions], limits: DeleteLimits) -> None:
    """Refuses a package that would delete too much of a table (4-portal.md, «stops (exit 4, `--overrule`)»).

    Raises:
        LoadStopped: one line that names each such table with its counts and the limits.
    """
    found = [one for one in deletions if _is_too_much(one, limits)]
    if not found:
        return
    tables = "; ".join(f"«{one.table}» — {one.deleted} из {one.confirmed} строк" for one in found)
    raise LoadStopped(
        f"пакет для портала не сделан: он удалил бы с портала слишком много: {tables} (предел — {limits.count} строк"
        f" и {limits.share * 100:g} % таблицы). Проверьте последние поставки; если удалить нужно, сделайте пакет"
        " командой portfolio export --overrule."
    )


def _is_too_much(one: Deletions, limits: DeleteLimits) -> bool:
    # Exactly: 3 % of 100 rows as a float is a hair less than 3.
    return one.deleted > limits.count and one.deleted > Fraction(str(limits.share)) * one.confirmed
