"""From the export's tables to the datasets of our contract, as mapping.yaml and sql/ say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from extracts.contract import Dataset, Mode, load_contract
from extracts.disk import make_private_folder
from extracts.oneroster.sources import Source
from extracts.oneroster.state import SQL
from extracts.oneroster.tables import KEY
from extracts.oneroster.work import Work
from extracts.sql_text import file_literal, identifier, literal
from extracts.typed_copy import SourceColumn, TypedCopy


@dataclass(frozen=True)
class Rule:
    """One dataset: the table whose rows it has, all tables that it depends on, and which rows of it tell a deletion."""

    dataset: Dataset
    main: str
    tables: tuple[str, ...]
    deleted: str | None


@dataclass(frozen=True)
class PassedOver:
    """Rows of a table that rightly become nothing: a reason, and its condition over `it`."""

    reason: str
    when: str


@dataclass(frozen=True)
class Mapped:
    """What came of a dataset: rows made of the export, and those that loaded. `parquet` is below the delivery."""

    parquet: Path
    rows: int
    loaded: int
    absent_columns: tuple[str, ...]


@cache
def load_rules() -> dict[str, Rule]:
    """Every dataset that a OneRoster export feeds, in the order of the contract."""
    datasets = _document()["datasets"]
    return {
        name: Rule(dataset, body["main"], tuple(body["tables"]), body.get("deleted"))
        for name, dataset in load_contract().items()
        if (body := datasets.get(name))
    }


@cache
def load_passed_over() -> dict[str, tuple[PassedOver, ...]]:
    """By table: why rows of it become nothing; the first condition that holds counts."""
    return {table: tuple(PassedOver(**one) for one in listed) for table, listed in _document()["passed_over"].items()}


def mode_of(rule: Rule, sources: Mapping[str, Source]) -> Mode:
    """How the dataset comes with this delivery.

    A dataset without versions always comes whole: a delta of its tables is put into what is known of them, so that
    what the delta deletes vanishes. One with versions comes whole if its main table does.
    """
    is_whole = rule.dataset.version is None or sources[rule.main].mode == "bulk"
    return "snapshot" if is_whole else "change_set"


def map_dataset(work: Work, rule: Rule, mode: Mode, source: Path) -> Mapped:
    """Makes the dataset's rows and types them by the contract, like those of any file.

    `source` is the file that they are said to come from.
    """
    room = work.room(rule.dataset.name)
    rows = room / "mapped.parquet"
    with work.joins():
        if mode == "snapshot":
            work.copy(f"SELECT * FROM ({_query(work, rule, 'now')}) ORDER BY {', '.join(rule.dataset.key)}", rows)
        else:
            work.copy(_changes(work, rule, room), rows)
    parquet = Path(rule.dataset.name, "0001.parquet")
    make_private_folder(work.folder / rule.dataset.name)
    job = work.job(rule.dataset, source, work.folder / parquet, room, mode=mode)
    relation = f"read_parquet({file_literal(rows)})"
    described = work.rows(f"DESCRIBE SELECT * FROM {relation}")
    copy = TypedCopy(
        job, [SourceColumn(name, identifier(name), type_) for name, type_, *_ in described], where=job.where
    )
    ((count,),) = work.rows(f"SELECT count(*) FROM {relation}")
    loaded = copy.copy_good(relation)
    if loaded < count:
        copy.copy_rejects(relation, place="NULL::BIGINT", line_offset=0)
    return Mapped(parquet, int(count), loaded, copy.match.absent)


def count_passed_over(work: Work, table: str) -> dict[str, dict[str, int]]:
    """By file of the table: reason → rows of this delivery that became nothing for it."""
    listed = load_passed_over().get(table, ())
    if not listed:
        return {}
    branches = " ".join(f"WHEN {one.when} THEN {literal(one.reason)}" for one in listed)
    with work.joins():
        found = work.rows(
            f"SELECT _file, reason, count(*) FROM (SELECT it._file, CASE {branches} END AS reason "
            f"FROM own.{table} AS it WHERE NOT it.is_deleted) WHERE reason IS NOT NULL GROUP BY ALL ORDER BY ALL"
        )
    counted: dict[str, dict[str, int]] = {}
    for file, reason, rows in found:
        counted.setdefault(file, {})[reason] = rows
    return counted


def _changes(work: Work, rule: Rule, room: Path) -> str:
    """Rows that are new or other than before, and deletions of those that are no more.

    Each newer than what was there: a row that lost the part which had the newest version, or a row of a bulk file that
    had none, is as new as this delivery (no version).
    """
    now, before = room / "now.parquet", room / "before.parquet"
    work.copy(_query(work, rule, "now"), now)
    work.copy(_query(work, rule, "before"), before)
    new, old = f"read_parquet({file_literal(now)})", f"read_parquet({file_literal(before)})"
    keys = ", ".join(rule.dataset.key)
    gone = f"SELECT {keys} FROM {old} EXCEPT SELECT {keys} FROM {new}"
    deletions = f"SELECT {keys}, CAST(NULL AS TIMESTAMP) AS updated_at FROM ({gone})"
    if rule.deleted:
        # Told by the row itself, also where what it deletes has not come yet.
        (key,) = rule.dataset.key
        deletions += (
            f" UNION SELECT {KEY} AS {key}, max(dateLastModified) AS updated_at FROM own.{rule.main} AS it "
            f"WHERE it.is_deleted AND ({rule.deleted}) AND {KEY} NOT IN (SELECT {key} FROM {old}) "
            f"AND {KEY} NOT IN (SELECT {key} FROM {new}) GROUP BY ALL"
        )
    version = "CASE WHEN was.updated_at <= it.updated_at OR NOT coalesce(was.is_there, false) THEN it.updated_at END"
    return (
        f"SELECT it.* REPLACE ({version} AS updated_at), false AS deleted "
        f"FROM (SELECT * FROM {new} EXCEPT SELECT * FROM {old}) AS it "
        f"LEFT JOIN (SELECT {keys}, updated_at, true AS is_there FROM {old}) AS was USING ({keys}) "
        f"UNION ALL BY NAME SELECT *, true AS deleted FROM ({deletions}) ORDER BY {keys}"
    )


def _query(work: Work, rule: Rule, schema: str) -> str:
    day = f"DATE {literal(work.load_date.isoformat())}"
    query = (SQL / f"{rule.dataset.name}.sql").read_text("utf-8")
    return query.replace("{s}", schema).replace("{load_date}", day)


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("mapping.yaml").read_text("utf-8"))
    return document
