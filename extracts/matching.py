"""Which column of a source file is which column of the contract (specification 1-extracts.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from extracts.contract import Dataset
from extracts.disk import printable
from extracts.errors import BadInput
from extracts.options import accepted_columns
from extracts.typing_sql import BLANKS


@dataclass(frozen=True)
class Match:
    """`places`: column of the contract → its place in the source; the rest is for the load report."""

    places: Mapping[str, int]
    unknown: tuple[str, ...]
    absent: tuple[str, ...]


def match_columns(dataset: Dataset, names: Sequence[str], rename: Mapping[str, str], *, where: str) -> Match:
    """Finds the contract's columns among a source's names, after `rename`, whatever their order, case and blanks.

    `where` names the file in messages. Errors: BadInput if a key column is missing, or one column is there twice.
    """
    renamed = {folded(source): target for source, target in rename.items()}
    accepted = accepted_columns(dataset)
    canonical = [renamed.get(folded(name), folded(name)) for name in names]
    _check_unique(canonical, accepted, where)
    places = {name: place for place, name in enumerate(canonical) if name in accepted}
    _check_key(dataset, places, where)
    return Match(
        places=places,
        unknown=tuple(
            printable(name.strip()) for name, ours in zip(names, canonical, strict=True) if _is_drift(ours, places)
        ),
        absent=tuple(column.name for column in dataset.columns if column.name not in places),
    )


def cure(dataset: str) -> str:
    """What an operator can do about a file that cannot be read; ends the message."""
    return f"Исправьте файл и загрузите снова либо продолжите без набора: --without {dataset}."


def folded(name: str) -> str:
    """A source's name of a column without what makes no difference: blanks around it, case, a byte order mark."""
    return name.strip(BLANKS).lower()


def _is_drift(name: str, places: Mapping[str, int]) -> bool:
    return name not in places and bool(name)


def _check_unique(canonical: Sequence[str], accepted: Sequence[str], where: str) -> None:
    # Two columns of one name that we do not read do no harm, but tell of a broken header all the same. The name of a
    # column that is not ours stays out of the message: without a header line it would be a value.
    counts = Counter(name for name in canonical if name)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if not twice:
        return
    ours = [name for name in twice if name in accepted]
    shown = f"столбец {', '.join(ours)}" if ours else "один из столбцов"
    raise BadInput(f"{where}: {shown} встречается дважды. Оставьте один столбец с этим названием.")


def _check_key(dataset: Dataset, places: Mapping[str, int], where: str) -> None:
    missing = [name for name in dataset.key if name not in places]
    if not missing:
        return
    word = "ключевого столбца" if len(missing) == 1 else "ключевых столбцов"
    raise BadInput(
        f"{where}: нет {word} {', '.join(missing)}. Добавьте строку заголовков с этим столбцом "
        f"или задайте его название в настройке rename. {cure(dataset.name)}"
    )
