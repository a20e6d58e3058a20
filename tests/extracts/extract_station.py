"""A landing zone and a home for the tests of the readers: put files in, load, look at what came of them."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from extracts.landing import Delivery
from extracts.load import DeliveryReport, LoadOptions, load_delivery
from extracts.raw import create_raw_views

DAY = date(2026, 10, 1)
MARKS = "mark_id;student_profile_id;group_id;subject_id;date;name"
MARK = "m{0};s1;g1;1;2026-09-01;5"


def marks(*rows: str, header: str = MARKS) -> str:
    """A marks file of these rows, with the columns that no mark can do without."""
    return "\n".join([header, *rows]) + "\n"


def mark_rows(count: int) -> list[str]:
    """So many good rows."""
    return [MARK.format(number) for number in range(count)]


class Station:
    """One landing zone with its home."""

    def __init__(self, root: Path) -> None:
        self.landing = root / "landing"
        self.home = root / "home"
        self.landing.mkdir(parents=True)

    def put(self, name: str, content: str | bytes, day: date = DAY) -> Path:
        """Writes a file into the delivery of a day."""
        folder = self.landing / day.isoformat()
        folder.mkdir(exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return folder / name

    def put_parquet(self, name: str, query: str, day: date = DAY) -> Path:
        """Writes the rows of a query as Parquet into the delivery of a day."""
        path = self.put(name, b"", day)
        duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
        return path

    def load(self, day: date = DAY, *, overrule: bool = False, without: tuple[str, ...] = (), **options: Any) -> Any:
        """Loads the delivery of a day."""
        return load_delivery(
            Delivery(day, self.landing / day.isoformat()),
            home=self.home,
            options=LoadOptions(**{"memory_limit": "500MB", "threads": 2} | options),
            overrule=overrule,
            without=frozenset(without),
        )

    def load_marks(self, content: str | bytes, name: str = "marks.csv", **options: Any) -> DeliveryReport:
        """Puts one file of marks into the delivery and loads it."""
        self.put(name, content)
        report: DeliveryReport = self.load(**options)
        return report

    def rows(self, dataset: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """The dataset's raw rows in their order."""
        with duckdb.connect() as connection:
            create_raw_views(
                connection, self.home, as_of=DAY, rounding_threshold=Decimal("0.51"), written_years=["2024"]
            )
            query = f"SELECT {columns} FROM raw.{dataset} ORDER BY _load_date, _row"
            return connection.execute(query).fetchall()

    def rejects(self, day: date = DAY) -> list[dict[str, str]]:
        """The rejects of a day."""
        with (self.home / "rejects" / f"{day}.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def reject_places(self, day: date = DAY) -> list[tuple[int, str]]:
        """Line and column of each reject of a day."""
        return [(int(reject["line"]), reject["column"]) for reject in self.rejects(day)]

    def is_merged(self, day: date = DAY) -> bool:
        """Whether the delivery is in `raw/`."""
        return (self.home / "raw" / day.isoformat()).exists()
