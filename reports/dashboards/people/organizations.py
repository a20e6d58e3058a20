"""The organizations of a scope that have something to mend: counts only, nobody is named."""

from __future__ import annotations

from dataclasses import dataclass

from reports.dashboards.access.visitor import Scope
from reports.dashboards.catalog import NO_MUNICIPALITY
from reports.dashboards.people.scope import organization_condition
from reports.dashboards.people.source import Opened
from reports.quality import SEVERITIES
from reports.region import in_order
from reports.text import clean_name

_COUNTS = ", ".join(f"count(*) filter (where severity = '{severity}') as {severity}" for severity in SEVERITIES)

# Whoever has a blocker is not shown on the portal: not complete, in the words of the marts.
_ORGANIZATIONS = f"""
with open_findings as (
    select organization_id, {_COUNTS}
    from marts.findings
    where closed_on is null and organization_id is not null
    group by organization_id
)
select
    f.organization_id, o.name, o.short_name, o.municipality,
    f.blocker, f.section, f.advice, coalesce(u.students - u.complete_students, 0)
from open_findings as f
left join marts.organizations as o on f.organization_id = o.organization_id
left join marts.completeness_rollup as u on u.level = 'organization' and f.organization_id = u.organization_id
where {{condition}}
"""

_ONE = """
select o.name, o.short_name, o.municipality, coalesce(u.students, 0), coalesce(u.students - u.complete_students, 0)
from (select cast($1 as varchar) as organization_id) as asked
left join marts.organizations as o on asked.organization_id = o.organization_id
left join marts.completeness_rollup as u on u.level = 'organization' and asked.organization_id = u.organization_id
"""


@dataclass(frozen=True)
class OrganizationRow:
    """An organization, its open findings by urgency, and how many of its students the portal does not show."""

    organization_id: str
    name: str
    label: str
    municipality: str
    blocker: int
    section: int
    advice: int
    not_shown: int


@dataclass(frozen=True)
class OrganizationCard:
    """What stands on top of an organization's page."""

    name: str
    label: str
    municipality: str
    students: int
    not_shown: int


def to_mend(publication: Opened, scope: Scope, search: str) -> list[OrganizationRow]:
    """Those of the scope with open findings whose name contains `search`, those to call first in front."""
    condition, parameters = organization_condition(scope, "f.organization_id", "o.municipality")
    found = publication.connection.execute(_ORGANIZATIONS.format(condition=condition), parameters).fetchall()
    rows = [
        OrganizationRow(key, clean_name(name), clean_name(short or name), _town(municipality), *counts)
        for key, name, short, municipality, *counts in found
    ]
    wanted = in_order(" ".join(search.split()))
    return sorted((row for row in rows if wanted in in_order(f"{row.name}\n{row.label}")), key=_worst_first)


def organization_card(publication: Opened, organization_id: str) -> OrganizationCard:
    """Names and counts of one organization."""
    [row] = publication.connection.execute(_ONE, [organization_id]).fetchall()
    name, short, municipality, students, not_shown = row
    return OrganizationCard(clean_name(name), clean_name(short or name), _town(municipality), students, not_shown)


def findings_elsewhere(publication: Opened) -> int:
    """How many open findings belong to no organization."""
    [(count,)] = publication.connection.execute(
        "select count(*) from marts.findings where closed_on is null and organization_id is null"
    ).fetchall()
    return int(count)


def _town(municipality: str | None) -> str:
    return NO_MUNICIPALITY if municipality is None else clean_name(municipality)


def _worst_first(row: OrganizationRow) -> tuple[int, int, int, str, str, str]:
    return (
        -row.not_shown,
        -row.blocker,
        -row.section,
        in_order(row.municipality),
        in_order(row.label),
        row.organization_id,
    )
