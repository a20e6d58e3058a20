"""What a sample region is made from, and which values of it make sense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, get_args

from extracts.errors import BadInput

FileFormat = Literal["csv", "csv-windows-1251", "jsonl", "parquet", "xlsx"]
FILE_FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)

#: The open academic year; earlier ones are shifted copies of its calendar.
YEAR_BEGIN = date(2026, 9, 1)
#: A week before the year's end: КУГ and timetable must still cover the week after the last night.
LAST_NIGHT = date(2027, 8, 24)
#: A Monday after the autumn vacation: quarters have final marks, half-years are under way, a college's module begins.
DEFAULT_FIRST_NIGHT = date(2026, 11, 9)
#: Before that day of the year nobody has moved yet, and nobody moves in the nights.
FIRST_MOVES = date(2026, 9, 20)

MOST_STUDENTS = 500_000
MOST_HISTORY = 5
MOST_SEED = 1_000_000_000
#: From this size on every peculiarity and every defect is there at least once.
FULL_VARIETY = 200


@dataclass(frozen=True)
class RegionParameters:
    """The parameters of one region; equal parameters give equal bytes."""

    students: int
    nights: int
    seed: int
    first_night: date
    file_format: FileFormat
    history_years: int

    def __post_init__(self) -> None:
        """Raise BadInput, one message for each parameter that is out of its range."""
        complaints = [message for is_wrong, message in self._complaints() if is_wrong]
        if complaints:
            raise BadInput(complaints)

    def _complaints(self) -> list[tuple[bool, str]]:
        return [
            (not 1 <= self.students <= MOST_STUDENTS, f"Число учащихся — от 1 до {MOST_STUDENTS}."),
            (self.nights < 1, "Число ночей — не меньше одной."),
            (not 0 <= self.seed < MOST_SEED, f"Зерно (seed) — от 0 до {MOST_SEED - 1}."),
            (not 0 <= self.history_years <= MOST_HISTORY, f"Число прошлых лет — от 0 до {MOST_HISTORY}."),
            (self.file_format not in FILE_FORMATS, f"Формат файлов — один из: {', '.join(FILE_FORMATS)}."),
            (
                self.first_night < YEAR_BEGIN or (self.nights >= 1 and self.last_night > LAST_NIGHT),
                f"Все ночи должны лежать между {YEAR_BEGIN} и {LAST_NIGHT}.",
            ),
        ]

    @property
    def load_dates(self) -> list[date]:
        """The dates of the deliveries, oldest first."""
        return [self.first_night + timedelta(days=number) for number in range(self.nights)]

    @property
    def last_night(self) -> date:
        """The load date that the planted defects are true of."""
        return self.first_night + timedelta(days=min(self.nights, (LAST_NIGHT - YEAR_BEGIN).days + 2) - 1)

    @property
    def has_moves(self) -> bool:
        """Whether the year is old enough for students to have come, gone and changed classes."""
        return self.first_night >= FIRST_MOVES

    def as_json(self) -> dict[str, Any]:
        """The parameters as they stand in the region's marker file."""
        return {
            "students": self.students,
            "nights": self.nights,
            "seed": self.seed,
            "first_night": self.first_night.isoformat(),
            "file_format": self.file_format,
            "history_years": self.history_years,
        }
