"""What a region may decide about its loads, checked before a file is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from extracts.contract import Dataset, Mode, load_contract
from extracts.errors import BadInput

#: Names under which an operator may set the encoding of CSV files, and what Python calls them.
ENCODINGS: Mapping[str, str] = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "cp1251": "windows-1251",
    "windows-1251": "windows-1251",
}

_DELIMITERS = ";,\t|:~^"


@dataclass(frozen=True)
class LoadOptions:
    """Settings of a load. `rename`: dataset → {the source's column: ours}; `modes`: dataset → snapshot or change_set.

    `csv_encoding` and `csv_delimiter` None: detected for each file; `csv_encodings` sets it for single datasets.
    Bounds of one file: `longest_row_mb` of a row or record; `unpacked_gb` and `unpacked_ratio` of an archive (the ratio
    counts only above 64 MiB); `workbook_mb` of an XLSX in memory.
    A breaker limit is passed only by what is above both the count and the share. `memory_limit` is DuckDB's.
    """

    time_zone: str = "Asia/Yekaterinburg"
    csv_encoding: str | None = None
    csv_encodings: Mapping[str, str] = field(default_factory=dict)
    csv_delimiter: str | None = None
    rename: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    modes: Mapping[str, Mode] = field(default_factory=dict)
    reject_count: int = 100
    reject_share: float = 0.01
    lost_count: int = 100
    lost_share: float = 0.20
    longest_row_mb: int = 1
    unpacked_gb: int = 64
    unpacked_ratio: int = 200
    workbook_mb: int = 3072
    memory_limit: str = "2GB"
    threads: int | None = None

    def mode(self, dataset: Dataset) -> Mode:
        """Whether this region sends the dataset whole or as changes."""
        return self.modes.get(dataset.name, dataset.mode)

    def encoding(self, dataset: str) -> str | None:
        """The encoding that the settings name for the dataset's CSV files; None: to be detected."""
        name = self.csv_encodings.get(dataset, self.csv_encoding)
        return None if name is None else ENCODINGS[name.lower()]

    def check(self) -> None:
        """Errors: BadInput with a line for each setting that cannot be meant."""
        problems = [
            *_zone_problems(self.time_zone),
            *_delimiter_problems(self.csv_delimiter),
            *_encoding_problems([self.csv_encoding, *self.csv_encodings.values()]),
            *_rename_problems(self.rename),
            *_mode_problems(self.modes),
        ]
        if problems:
            raise BadInput(problems)


def accepted_columns(dataset: Dataset) -> tuple[str, ...]:
    """The columns that a source may send: the contract's, and `deleted` where a row can be deleted."""
    own = tuple(column.name for column in dataset.columns)
    return (*own, "deleted") if dataset.is_deletable else own


def _zone_problems(name: str) -> list[str]:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ["Настройка часового пояса: такого пояса нет. Укажите, например, «Asia/Yekaterinburg»."]
    return []


def _delimiter_problems(delimiter: str | None) -> list[str]:
    if delimiter is None or (len(delimiter) == 1 and delimiter in _DELIMITERS):
        return []
    return ["Настройка разделителя CSV: нужен один знак, обычно «;» или «,»."]


def _encoding_problems(names: list[str | None]) -> list[str]:
    if all(name is None or name.lower() in ENCODINGS for name in names):
        return []
    return ["Настройка кодировки CSV: укажите «utf-8» или «windows-1251»."]


def _rename_problems(rename: Mapping[str, Mapping[str, str]]) -> list[str]:
    contract = load_contract()
    problems = [_unknown_dataset("rename", name) for name in rename if name not in contract]
    for name, columns in rename.items():
        accepted = accepted_columns(contract[name]) if name in contract else tuple(columns.values())
        problems.extend(
            f"Настройка rename, набор {name}: столбца «{target}» нет в контракте. Выберите из: {', '.join(accepted)}."
            for target in columns.values()
            if target not in accepted
        )
    return problems


def _mode_problems(modes: Mapping[str, Mode]) -> list[str]:
    contract = load_contract()
    problems = [_unknown_dataset("modes", name) for name in modes if name not in contract]
    if any(mode not in ("snapshot", "change_set") for mode in modes.values()):
        problems.append("Настройка modes: укажите «snapshot» (таблица целиком) или «change_set» (изменения).")
    return problems


def _unknown_dataset(setting: str, name: str) -> str:
    return f"Настройка {setting}: набора «{name}» нет. Выберите из: {', '.join(load_contract())}."
