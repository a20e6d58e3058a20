"""Pages of groups: a record leaves its organization, and sometimes its year, to the class that it is of.

What a record does not say is taken from its class; for a group across classes from those that follow the same schedules
(КУГ, attestation); last from the only organization that there is.
"""

from __future__ import annotations

from extracts.readers.json_columns import Rows
from extracts.readers.page_columns import Page
from extracts.readers.pages_known import newest_rows, only
from extracts.sql_text import literal

REMARK = "организация или учебный год группы взяты из её класса или графика"
CURES = {
    name: f"{what} не указан и не нашёлся по классу группы: передайте class_units с этим классом или {name} в записи"
    for name, what in (("organization_id", "код организации"), ("academic_year_id", "учебный год"))
}

_FILLED = ("organization_id", "academic_year_id")
_CLASS = "class_unit_id"
_SCHEDULES = ("attestation_periods_schedule_id", "periods_schedule_id")


def rows_of_groups(page: Page) -> Rows:
    """A row for each group."""
    execute = page.job.connection.execute
    texts = {
        name: f"nullif(trim(json_name({page.values.get(name, 'NULL::VARCHAR')})), '')"
        for name in (*_FILLED, _CLASS, *_SCHEDULES)
    }
    asked = " OR ".join(f"{texts[name]} IS NULL" for name in _FILLED)
    ((count,),) = execute(f"SELECT count(*) FILTER (WHERE {asked}) FROM {page.select()}").fetchall()
    if not count:
        return page.rows()
    listed = ", ".join(f"{text} AS said_{name}" for name, text in texts.items())
    said = f"SELECT record, {page.records.place} AS line, {listed} FROM {page.select()}"
    units = newest_rows(page.job, "class_units", [_CLASS, *_FILLED, *_SCHEDULES])
    organizations = newest_rows(page.job, "organizations", ["organization_id"])
    joins = [f"LEFT JOIN {units} AS unit ON unit.{_CLASS} = said_{_CLASS}"]
    for schedule in _SCHEDULES:
        agreed = ", ".join(f"{only(name)} AS {name}" for name in _FILLED)
        users = f"SELECT {schedule}, {agreed} FROM {units} WHERE {schedule} IS NOT NULL GROUP BY {schedule}"
        joins.append(f"LEFT JOIN ({users}) AS by_{schedule} ON by_{schedule}.{schedule} = said_{schedule}")
    joins.append(f"CROSS JOIN (SELECT {only('organization_id')} AS organization_id FROM {organizations}) AS region")
    answers = {
        name: ", ".join([f"unit.{name}", *(f"by_{schedule}.{name}" for schedule in _SCHEDULES)]) for name in _FILLED
    }
    answers["organization_id"] += ", region.organization_id"
    filled = ", ".join(f"coalesce({found}) AS found_{name}" for name, found in answers.items())
    staged = literal(str(page.job.workspace / "groups.parquet"))
    # A join may lose the order of the records.
    execute(
        f"COPY (SELECT said.*, {filled} FROM ({said}) AS said {' '.join(joins)} ORDER BY line) TO {staged} "
        "(FORMAT parquet)"
    )
    relation = f"read_parquet({staged})"
    values = dict(page.values) | {
        name: f"CASE WHEN said_{name} IS NOT NULL THEN {page.values.get(name, 'NULL::VARCHAR')} "
        f"ELSE CAST(to_json(found_{name}) AS VARCHAR) END"
        for name in _FILLED
    }
    taken = " OR ".join(f"(said_{name} IS NULL AND found_{name} IS NOT NULL)" for name in _FILLED)
    ((count,),) = execute(f"SELECT count(*) FILTER (WHERE {taken}) FROM {relation}").fetchall()
    return page.rows_of(relation, values, place="line", remarks={REMARK: int(count)} if count else {}, cures=CURES)
