"""A region's landing zone and home for the tests: say what the sources are, pull, look at what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from extracts.connectors import pulling
from extracts.connectors.options import Connectors, HttpDataset, HttpSource, PostgresSource, Source, TableDataset
from extracts.landing import Delivery
from extracts.load import LoadOptions, load_delivery
from extracts.report import DeliveryReport

ZONE = ZoneInfo("Asia/Yekaterinburg")
DAY = date(2024, 11, 10)
NEXT = date(2024, 11, 11)
THIRD = date(2024, 11, 12)

TOKEN = "tok-5511-secret"
ENVIRONMENT = {"JOURNAL_TOKEN": TOKEN}


def local(text: str) -> datetime:
    """A moment of the region."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def http_source(address: str, name: str = "journal", **facts: Any) -> HttpSource:
    """An HTTP source of marks; keys of HttpDataset go to its one dataset, the others to the source."""
    own = {key: facts.pop(key) for key in list(facts) if key in HttpDataset.__dataclass_fields__}
    dataset = HttpDataset(**{"dataset": "marks", "path": "core/api/marks", **own})
    quick = {"attempts": 3, "longest_pause_seconds": 0, "timeout_seconds": 5, "token_env": "JOURNAL_TOKEN"}
    return HttpSource(name=name, base_url=address, datasets={dataset.dataset: dataset}, **(quick | facts))


def table_source(name: str = "register", *, datasets: list[TableDataset], **facts: Any) -> PostgresSource:
    """A PostgreSQL source."""
    quick = {"attempts": 2, "longest_pause_seconds": 0, "timeout_seconds": 10, "dsn_env": "REGISTER_DSN"}
    return PostgresSource(name=name, datasets={one.dataset: one for one in datasets}, **(quick | facts))


class PullStation:
    """One landing zone with its home."""

    def __init__(self, root: Path) -> None:
        self.landing = root / "landing"
        self.home = root / "home"
        self.landing.mkdir()
        self.said: list[str] = []

    def plan(
        self,
        *sources: Source,
        day: date = DAY,
        now: str = "2024-11-20T09:00:00",
        environment: Mapping[str, str] = ENVIRONMENT,
        by_hand: tuple[str, ...] = (),
        rename: Mapping[str, Mapping[str, str]] | None = None,
    ) -> pulling.Pull:
        """A pull of these sources."""
        return pulling.Pull(
            connectors=Connectors({source.name: source for source in sources}, by_hand),
            landing=self.landing,
            home=self.home,
            load_date=day,
            now=local(now),
            zone=ZONE,
            environment=environment,
            rename=rename or {},
            say=self.said.append,
        )

    def pull(self, *sources: Source, **facts: Any) -> Path:
        """Asks all sources and makes the delivery."""
        plan = self.plan(*sources, **facts)
        pulling.check_pull(plan)
        assert not pulling.is_pulled(plan)
        for source in sources:
            pulling.pull_source(plan, source.name)
        return pulling.seal_delivery(plan)

    def names(self, day: date = DAY, *, part: bool = False) -> list[str]:
        """The files of a delivery that readers see."""
        folder = self.landing / (f"{day}.part" if part else f"{day}")
        return sorted(file.name for file in folder.iterdir() if not file.name.startswith("."))

    def records(self, day: date = DAY, *, part: bool = False) -> list[Any]:
        """The records of all JSON pages of a delivery."""
        folder = self.landing / (f"{day}.part" if part else f"{day}")
        return [record for file in sorted(folder.glob("[!.]*.json")) for record in json.loads(file.read_bytes())]

    def table(self, dataset: str, day: date = DAY) -> list[dict[str, Any]]:
        """The rows of all Parquet parts of a dataset."""
        parts = sorted((self.landing / f"{day}").glob(f"{dataset}.*.parquet"))
        return [row for part in parts for row in pq.read_table(part).to_pylist()]

    def load(self, day: date = DAY, **options: Any) -> DeliveryReport:
        """Loads the delivery."""
        return load_delivery(
            Delivery(day, self.landing / day.isoformat()),
            home=self.home,
            options=LoadOptions(memory_limit="500MB", threads=2),
            **options,
        )

    def everything_written(self) -> bytes:
        """Every byte below the landing zone and the home, with the names."""
        files = [file for root in (self.landing, self.home) for file in root.rglob("*") if file.is_file()]
        return b"\n".join(str(file).encode() + b"\n" + file.read_bytes() for file in files)
