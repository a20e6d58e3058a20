"""From the landing folder to the current version of each row (1-extracts.md), without the project's own readers."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .values import type_value

CONTRACT_FILE = Path(__file__).parents[2] / "extracts" / "contract.yaml"

READABLE = (".csv", ".csv.gz", ".parquet")

Row = dict[str, Any]
Tables = dict[str, list[Row]]


@dataclass(frozen=True)
class DatasetRules:
    """What the check needs of one dataset's contract."""

    name: str
    is_snapshot: bool
    keeps_vanished: bool
    key: tuple[str, ...]
    version: str
    types: dict[str, str]
    required: frozenset[str]
    limits: dict[str, dict[str, Any]]


@cache
def read_contract() -> dict[str, DatasetRules]:
    """The contract's datasets by name."""
    document = yaml.safe_load(CONTRACT_FILE.read_text("utf-8"))
    return {name: _rules(name, body) for name, body in document.items()}


def _rules(name: str, body: dict[str, Any]) -> DatasetRules:
    columns: dict[str, list[Any]] = body["columns"]
    return DatasetRules(
        name=name,
        is_snapshot=body["mode"] == "snapshot",
        keeps_vanished=body.get("vanished") == "keep",
        key=tuple(body["key"]),
        version=body.get("version", "updated_at"),
        types={column: facts[0] for column, facts in columns.items()},
        required=frozenset(column for column, facts in columns.items() if facts[1] == "required") | set(body["key"]),
        limits={column: facts[3] for column, facts in columns.items() if len(facts) > 3},
    )


def load_dates(landing: Path) -> list[date]:
    """The load dates of the deliveries in the landing folder, oldest first; folders that are no date are ignored."""
    found = [_folder_date(folder) for folder in landing.iterdir() if folder.is_dir()]
    return sorted(day for day in found if day is not None)


def _folder_date(folder: Path) -> date | None:
    try:
        day = date.fromisoformat(folder.name)
    except ValueError:
        return None
    return day if day.isoformat() == folder.name else None


def current_tables(landing: Path, zone: str) -> Tables:
    """The current, live rows of every dataset after all deliveries of the landing folder."""
    days = load_dates(landing)
    return {name: _current_rows(landing, days, rules, zone) for name, rules in read_contract().items()}


def _current_rows(landing: Path, days: list[date], rules: DatasetRules, zone: str) -> list[Row]:
    deliveries = [
        _delivered(files, rules, day, zone)
        for day in days
        if (files := _files_of(landing / day.isoformat(), rules.name))
    ]
    if rules.is_snapshot:
        rows = _snapshot_state(deliveries, rules)
    else:
        rows = _newest_versions((one.rows for one in deliveries), rules)
    return [row for row in rows if not row["_deleted"]]


def _snapshot_state(deliveries: Iterable[Delivered], rules: DatasetRules) -> Iterable[Row]:
    state: dict[tuple[Any, ...], Row] = {}
    for delivered in deliveries:
        # A row whose new version was rejected has not vanished: the old one stays.
        held = {key: row for key, row in state.items() if key in delivered.rejected}
        if not rules.keeps_vanished:
            state = _without_what_the_snapshot_speaks_of(state, delivered.rows, rules) | held
        state.update({_key(row, rules): row for row in delivered.rows})
    return state.values()


def _without_what_the_snapshot_speaks_of(
    state: dict[tuple[Any, ...], Row], delivered: list[Row], rules: DatasetRules
) -> dict[tuple[Any, ...], Row]:
    if "academic_year_id" not in rules.types:
        return {}
    spoken_of = {row["academic_year_id"] for row in delivered}
    return {key: row for key, row in state.items() if row["academic_year_id"] not in spoken_of}


def _newest_versions(deliveries: Iterable[list[Row]], rules: DatasetRules) -> Iterable[Row]:
    newest: dict[tuple[Any, ...], Row] = {}
    for row in (row for delivered in deliveries for row in delivered):
        known = newest.get(_key(row, rules))
        # Deliveries and rows come oldest first: of equal versions the one read last wins.
        if known is None or row["_version"] >= known["_version"]:
            newest[_key(row, rules)] = row
    return newest.values()


def _key(row: Row, rules: DatasetRules) -> tuple[Any, ...]:
    return tuple(row[column] for column in rules.key)


def _files_of(folder: Path, dataset: str) -> list[Path]:
    found = sorted(path for path in folder.iterdir() if path.name.split(".", 1)[0] == dataset)
    if any(not path.name.endswith(READABLE) for path in found):
        # Silence here would make the check agree about a dataset that it never read.
        raise ValueError(f"{dataset}: the independent check reads only {', '.join(READABLE)}")
    return found


@dataclass(frozen=True)
class Delivered:
    """A dataset of one delivery: the rows that load, and the keys of those that are rejected."""

    rows: list[Row]
    rejected: set[tuple[Any, ...]]


def _delivered(files: list[Path], rules: DatasetRules, day: date, zone: str) -> Delivered:
    rows: list[Row] = []
    rejected: set[tuple[Any, ...]] = set()
    for raw in (raw for path in files for raw in _raw_rows(path)):
        row = _typed(raw, rules, day, zone)
        if row is not None:
            rows.append(row)
        elif (key := _typed_key(raw, rules, zone)) is not None:
            rejected.add(key)
    return Delivered(rows, rejected)


def _typed_key(raw: dict[str, Any], rules: DatasetRules, zone: str) -> tuple[Any, ...] | None:
    try:
        key = tuple(type_value(raw.get(column), rules.types[column], zone) for column in rules.key)
    except ValueError:
        return None
    return None if None in key else key


def _raw_rows(path: Path) -> Iterator[dict[str, Any]]:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq  # heavy, and most landings have none

        yield from pq.read_table(path).to_pylist()
        return
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text = content.decode("utf-8-sig")
    header = text.split("\n", 1)[0]
    yield from csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in header else ",")


def _typed(raw: dict[str, Any], rules: DatasetRules, day: date, zone: str) -> Row | None:
    """The row by the contract; None where the loader would put it among the rejects."""
    try:
        row: Row = {column: type_value(raw.get(column), type_, zone) for column, type_ in rules.types.items()}
        said_deleted = type_value(raw.get("deleted"), "boolean", zone)
    except ValueError:
        return None
    row["_deleted"] = row.get("deleted_at") is not None or bool(said_deleted)
    # A row that tells of a deletion needs its key alone.
    needed = rules.key if row["_deleted"] else rules.required
    if any(row[column] is None for column in needed) or _leaves_limits(row, rules):
        return None
    row["_version"] = row.get(rules.version) or row.get("created_at") or datetime.combine(day, time.max)
    return row


def _leaves_limits(row: Row, rules: DatasetRules) -> bool:
    return any(_breaks(row[column], limits) for column, limits in rules.limits.items())


def _breaks(value: Any, limits: dict[str, Any]) -> bool:
    if value is None:
        return False
    if "values" in limits and value not in limits["values"]:
        return True
    return bool(("min" in limits and value < limits["min"]) or ("max" in limits and value > limits["max"]))
