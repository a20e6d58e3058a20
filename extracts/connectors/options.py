"""What a region says of its sources: where they are, what is asked of them, and how far a pull may go.

Secrets are no part of it: a source names the environment variable that holds its token or its connection string.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

PagingKind = Literal["page", "offset", "body_link", "header_link", "none"]

#: How a date is written into a request: the setting's words → strftime's.
DATE_FORMATS: Mapping[str, str] = {
    "DD.MM.YYYY": "%d.%m.%Y",
    "YYYY-MM-DD": "%Y-%m-%d",
    "YYYY-MM-DDTHH:MM:SS": "%Y-%m-%dT%H:%M:%S",
}


@dataclass(frozen=True)
class HttpDataset:
    """One dataset of an HTTP source, asked for page by page.

    `paging`: by number (`page_param`, from `first_page`), by offset, by a link in the body (JSONPath `next_path`) or in
    the Link header, or not at all. Numbers and offsets end at the first empty page, not at a short one: a source that
    gives fewer rows at a time than it is asked for would lose the rest. `data_path` is the JSONPath of the rows where a
    page is an object. `changes`: only what is new since the last pull is asked for (`from_param` to `to_param`, both
    days included), at the first pull from `first_date` on, or everything.
    """

    dataset: str
    path: str
    params: Mapping[str, str | list[str]] = field(default_factory=dict)
    paging: PagingKind = "page"
    page_param: str = "page"
    size_param: str = "per_page"
    page_size: int = 1000
    first_page: int = 1
    offset_param: str = "offset"
    limit_param: str = "limit"
    next_path: str = "next"
    data_path: str | None = None
    changes: bool = True
    from_param: str = "created_at_from"
    to_param: str = "created_at_to"
    date_format: str = "DD.MM.YYYY"
    first_date: date | None = None


@dataclass(frozen=True)
class HttpSource:
    """An HTTP source. The token goes into `token_header` after `token_prefix`, and to no other host than `base_url`'s.

    Limits: `timeout_seconds` of silence, `page_seconds` for a whole page, `attempts` at a page with pauses of at most
    `longest_pause_seconds`, `page_mb` of one page unpacked, `max_pages` of a dataset. `overlap`: how far before the end
    of the last pull the next one begins.
    """

    name: str
    base_url: str
    datasets: Mapping[str, HttpDataset]
    token_env: str | None = None
    token_header: str = "Authorization"  # noqa: S105
    token_prefix: str = "Bearer "  # noqa: S105
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: int = 60
    page_seconds: int = 600
    attempts: int = 5
    longest_pause_seconds: int = 120
    page_mb: int = 64
    max_pages: int = 20_000
    overlap: timedelta = timedelta(days=1)


@dataclass(frozen=True)
class TableDataset:
    """One dataset of a database: a `table` (schema.table, as it is spelled there) or a `query` (one SELECT).

    `cursor`: the column of the last change, by which only new and changed rows are taken; without one all rows are.
    `rename`: the source's columns → ours.
    """

    dataset: str
    table: str | None = None
    query: str | None = None
    cursor: str | None = None
    rename: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PostgresSource:
    """A PostgreSQL database, best a replica. `time_zone`: of its times without an offset; None: the region's.

    Limits: `timeout_seconds` to connect, `statement_seconds` for each step of a query, `attempts` at the whole with
    pauses of at most `longest_pause_seconds`, `part_rows` of one Parquet file.
    """

    name: str
    dsn_env: str
    datasets: Mapping[str, TableDataset]
    time_zone: str | None = None
    timeout_seconds: int = 30
    statement_seconds: int = 1800
    attempts: int = 5
    longest_pause_seconds: int = 120
    part_rows: int = 1_000_000
    overlap: timedelta = timedelta(hours=1)


Source = HttpSource | PostgresSource


@dataclass(frozen=True)
class Connectors:
    """All sources of a region by name, and the datasets that people put into the folder beside them.

    The folder becomes a delivery when every source is done and every dataset of `by_hand` is there. `hour`: of the
    nightly pull.
    """

    sources: Mapping[str, Source] = field(default_factory=dict)
    by_hand: tuple[str, ...] = ()
    hour: int = 1
