"""Pages of attestation schedules: each has its periods nested in it, and a period is a row.

Some schedules leave out whose they are, and of which year. That is taken from the classes, then the groups, that follow
the schedule; the year else from the academic year that the period lies in; and what all other schedules of the file
agree on answers last.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from extracts.readers.json_columns import Rows, columns_by_name, first_of, json_text, unread_columns, value_column
from extracts.readers.json_records import MOST_NAMES
from extracts.readers.page_columns import Page
from extracts.readers.pages_known import newest_rows, only
from extracts.sql_text import literal

EMPTY_REMARK = "график без аттестационных периодов"
FILLED_REMARK = "организация или учебный год периода взяты не из его графика"
CURES = {
    "organization_id": "код организации графика не указан: передайте class_units с этим графиком "
    "или organization_id в записи",
    "academic_year_id": "учебный год графика не указан: передайте academic_years или academic_year_id в записи",
}

_FILLED = ("organization_id", "academic_year_id")
_DATES = ("begin_date", "end_date")
_SCHEDULE = "attestation_periods_schedule_id"
_KINDS = {
    "четверт": "quarter",
    "триместр": "trimester",
    "полугод": "half_year",
    "модул": "module",
    "семестр": "semester",
}


def rows_of_periods(page: Page) -> Rows:
    """A row for each period of the schedules; a record without `periods` that has dates is a period itself."""
    execute = page.job.connection.execute
    staged = _staged(page, "periods", _periods(page))
    filled = _staged(page, "filled_periods", _filled(page, staged))
    ((count, taken),) = execute(f"SELECT count(*), count(*) FILTER (WHERE is_taken) FROM {filled}").fetchall()
    ((empty,),) = execute(f"SELECT count(*) FROM {_schedules(page)} WHERE len(items) = 0").fetchall()
    ours = columns_by_name(page.dataset)
    keys = f"SELECT unnest(json_keys(item)) AS key FROM {staged} WHERE is_nested"
    names = execute(f"SELECT DISTINCT key FROM ({keys}) ORDER BY key LIMIT {MOST_NAMES}").fetchall()
    nested = [f"periods.{name}" for (name,) in names if name not in (*ours, "id")]
    remarks = {EMPTY_REMARK: int(empty), FILLED_REMARK: int(taken)}
    return Rows(
        relation=filled,
        columns=[
            *(value_column(name, column) for name, column in ours.items()),
            *page.unread([page.key("periods")]),
            *unread_columns(nested),
        ],
        place="line",
        count=int(count),
        remarks={remark: number for remark, number in remarks.items() if number},
        cures=CURES,
    )


def _staged(page: Page, name: str, query: str) -> str:
    """Writes the rows of a query; gives the relation that reads them."""
    file = literal(str(page.job.workspace / f"{name}.parquet"))
    page.job.connection.execute(f"COPY ({query}) TO {file} (FORMAT parquet)")
    return f"read_parquet({file})"


def _schedules(page: Page) -> str:
    """The records with `items`, the JSON of their periods."""
    periods = page.key("periods")
    own = first_of([page.values[name] for name in ("begin_date", "end_date") if name in page.values] or ["NULL"])
    itself = f"CASE WHEN {own} IS NOT NULL THEN [json] ELSE CAST([] AS JSON[]) END"
    if periods is None:
        return f"(SELECT *, {itself} AS items, false AS is_nested FROM {_records(page)})"
    text = json_text(periods)
    items = (
        f"CASE WHEN {text} IS NULL THEN {itself} "
        f"WHEN starts_with({text}, '[') THEN json_transform({text}, '[\"JSON\"]') ELSE [CAST({text} AS JSON)] END"
    )
    return f"(SELECT *, {items} AS items, {text} IS NOT NULL AS is_nested FROM {_records(page)})"


def _records(page: Page) -> str:
    more = [page.key("periods")]
    return f"(SELECT json, {page.fields(*filter(None, more))} FROM {page.records.relation})"


def _periods(page: Page) -> str:
    """A row for each period, with what its schedule says, all of it as JSON texts."""
    said = {name: page.values.get(name, "NULL::VARCHAR") for name in _FILLED}
    own = [text for text in (page.values.get(_SCHEDULE), page.values["attestation_period_id"]) if text]
    said[_SCHEDULE] = f"CASE WHEN is_nested THEN {first_of(own)} END"
    listed = ", ".join(f"{text} AS schedule_{name}" for name, text in said.items())
    return (
        "SELECT *, row_number() OVER () AS number FROM (SELECT line, is_nested, unnest(items) AS item, "
        f"{', '.join(f'schedule_{name}' for name in said)} "
        f"FROM (SELECT *, {page.records.place} AS line, {listed} FROM {_schedules(page)}))"
    )


def _filled(page: Page, staged: str) -> str:
    """The periods with the JSON texts of all columns, in their order; `is_taken`: not all from page or schedule."""
    ours = columns_by_name(page.dataset)
    structure = literal(json.dumps(dict.fromkeys([*ours, "id"], "JSON")))
    period = f"SELECT *, json_transform(item, {structure}) AS period FROM {staged}"
    own = {name: json_text(name, "period") for name in [*ours, "id"]}
    said = {
        **{name: own[name] for name in ours},
        "attestation_period_id": first_of([own["attestation_period_id"], own["id"]]),
        _SCHEDULE: first_of([f"schedule_{_SCHEDULE}", own[_SCHEDULE]]),
        "kind": first_of([own["kind"], _kind(own["name"])]),
        **{name: first_of([own[name], f"schedule_{name}"]) for name in _FILLED},
    }
    listed = ", ".join(f"{text} AS said_{name}" for name, text in said.items())
    texts = ", ".join(f"nullif(trim(json_name(said_{name})), '') AS {name}" for name in (_SCHEDULE, *_FILLED))
    moments = ", ".join(f"json_moment(said_{name}) AS text_{name}" for name in _DATES)
    dates = ", ".join(f"read_date(text_{name}) AS {name}" for name in _DATES)
    known = (
        f"(SELECT *, {dates} FROM (SELECT *, {texts}, {moments} FROM (SELECT line, number, {listed} FROM ({period}))))"
    )
    answers = _answers(page, known)
    found = ", ".join(f"coalesce({', '.join(names)}) AS found_{name}" for name, names in answers.columns.items())
    rows = f"SELECT known.*, {found} FROM {known} AS known {answers.joins}"
    values = ", ".join(f"{_value(name)} AS raw_{name}" for name in ours)
    taken = " OR ".join(f"({name} IS NULL AND found_{name} IS NOT NULL)" for name in _FILLED)
    return f"SELECT line, {values}, {taken} AS is_taken FROM ({rows}) ORDER BY number"


def _value(name: str) -> str:
    if name not in _FILLED:
        return f"said_{name}"
    return (
        f"CASE WHEN {name} IS NOT NULL THEN said_{name} "
        f"WHEN found_{name} IS NOT NULL THEN CAST(to_json(found_{name}) AS VARCHAR) END"
    )


@dataclass(frozen=True)
class _Answers:
    """Joins to `known`, and for each column the columns of them that answer for it, best first."""

    joins: str
    columns: Mapping[str, Sequence[str]]


def _answers(page: Page, known: str) -> _Answers:
    units = newest_rows(page.job, "class_units", [_SCHEDULE, *_FILLED])
    groups = newest_rows(page.job, "groups", [_SCHEDULE, *_FILLED], newest_delivery=True)
    years = newest_rows(
        page.job, "academic_years", ["academic_year_id", "begin_date", "end_date"], newest_delivery=True
    )
    agreed = ", ".join(f"{only(name)} AS {name}" for name in _FILLED)
    users = "LEFT JOIN (SELECT {1}, {2} FROM {0} WHERE {1} IS NOT NULL GROUP BY {1}) AS {3} ON {3}.{1} = known.{1}"
    inside = "periods.begin_date >= years.begin_date AND periods.end_date <= years.end_date"
    dated = (
        f"SELECT number, {only('years.academic_year_id')} AS academic_year_id "
        f"FROM {known} AS periods JOIN {years} AS years ON {inside} GROUP BY number"
    )
    joins = [
        users.format(units, _SCHEDULE, agreed, "by_class"),
        users.format(groups, _SCHEDULE, agreed, "by_group"),
        f"LEFT JOIN ({dated}) AS by_dates ON by_dates.number = known.number",
        f"CROSS JOIN (SELECT {agreed} FROM {known}) AS by_file",
    ]
    return _Answers(
        " ".join(joins),
        {
            "organization_id": [f"{source}.organization_id" for source in ("by_class", "by_group", "by_file")],
            "academic_year_id": [
                f"{source}.academic_year_id" for source in ("by_class", "by_group", "by_dates", "by_file")
            ],
        },
    )


def _kind(name: str) -> str:
    found = " ".join(f"WHEN contains(lower({name}), '{stem}') THEN '\"{kind}\"'" for stem, kind in _KINDS.items())
    return f"CASE {found} END"
