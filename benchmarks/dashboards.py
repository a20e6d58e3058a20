"""How long the dashboards' queries and pages take on a region of 330 000 students: `python -m benchmarks.dashboards`.

Each page of each kind of place with each kind of filter: once with nothing kept from before (`cold`: a fresh reader),
once more (`warm`: answers are kept as long as the publication stands). Prints the slowest of everything and ends with 1
if a query took over 300 ms. On a shared machine the processors' time says more than the clock, so both stand there.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.dashboards_region import Size, write_publication
from reports.dashboards import rendering
from reports.dashboards.address import SCOPES, view_of
from reports.dashboards.catalog import Catalog
from reports.dashboards.pages.directory import PAGES
from reports.dashboards.store import FILE, Reader, Store

LIMIT_MS = 300


@dataclass(frozen=True)
class Taken:
    """What took how long, in milliseconds: by the clock, and of processors (all threads)."""

    wall: float
    processor: float
    what: str

    def __str__(self) -> str:
        return f"{self.wall:8.1f} ms  {self.processor:8.1f} ms of processors  {self.what}"


class Timed:
    """Measures a block."""

    def __enter__(self) -> Timed:
        self._wall, self._processor = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall = 1000 * (time.perf_counter() - self._wall)
        self.processor = 1000 * (time.process_time() - self._processor)

    def of(self, what: str) -> Taken:
        """The measurement with its name."""
        return Taken(self.wall, self.processor, what)


class TimedReader(Reader):
    """A reader that remembers how long each query took that was not kept."""

    def __init__(self, file: Path) -> None:
        self.taken: list[Taken] = []
        super().__init__(file)

    def _read(self, sql: str, parameters: Sequence[object]) -> Sequence[Mapping[str, Any]]:
        with Timed() as timed:
            rows = super()._read(sql, parameters)
        self.taken.append(timed.of(f"{len(rows)} rows: {' '.join(sql.split())} {list(parameters)}"))
        return rows


def searches(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """A name and an address for each kind of place, with each kind of filter."""
    unit, one = next((key, one) for key, one in catalog.classes.items() if one.level == 9)
    places: dict[str, dict[str, object]] = {
        "region": {},
        "municipality": {"municipality": catalog.organizations[one.organization_id].municipality},
        "school": {"school": one.organization_id},
        "parallel": {"school": one.organization_id, "level": one.level},
        "class": {"class": unit},
    }
    subjects = [*catalog.subjects]
    filters: dict[str, list[tuple[str, object]]] = {"no filter": [], "a subject": [("subject", subjects[0])]}
    filters["eight subjects"] = [("subject", subject) for subject in subjects[:8]]
    filters |= {f"scope {scope}": [("scope", scope)] for scope in SCOPES[1:]}
    filters["a period"] = [("period", catalog.periods[0]), ("subject", subjects[1])]
    for place, where in places.items():
        for title, chosen in filters.items():
            yield f"{place}, {title}", "?" + urlencode([*where.items(), *chosen])


def measure(file: Path) -> tuple[list[Taken], list[Taken]]:
    """Queries and pages, each page with a fresh reader, and the same page once more."""
    pages: list[Taken] = []
    with Timed() as timed:
        Store(file.parent)
    pages.append(timed.of("the server begins"))
    with Timed() as timed:
        reader = TimedReader(file)
        reader.has_aggregates()
        catalog = reader.catalog
    pages.append(timed.of("a new publication is opened"))
    queries = reader.taken
    for search in searches(catalog):
        for name, kind in PAGES.items():
            fresh = TimedReader(file)
            fresh.catalog = catalog
            for state in ("cold", "warm"):
                with Timed() as timed:
                    view = view_of(name, search[1], catalog)
                    rendering.page(view, kind.blocks(fresh, view), catalog)
                pages.append(timed.of(f"{state}: «{kind.title}», {search[0]}"))
            queries += fresh.taken

    return queries, pages


def main() -> None:
    """Makes the region where it is not there yet, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="where the region is made (about 350 MB)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, help="how many of the slowest to show")
    given = parser.parse_args()
    published = given.home / "published"
    if not (published / FILE).exists():
        with Timed() as timed:
            write_publication(published, Size(), given.seed)
        print(timed.of("the region"))
    queries, pages = measure(published / FILE)
    over = [one for one in queries if one.wall > LIMIT_MS]
    print(f"{len(queries)} queries, {len(over)} over {LIMIT_MS} ms; {len(pages)} pages. The slowest:")
    for kind in (queries, pages):
        for one in sorted(kind, key=lambda one: -one.wall)[: given.show]:
            print(one)
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()
