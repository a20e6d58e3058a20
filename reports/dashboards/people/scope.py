"""What of the region a visitor sees: organizations by their municipality or id, students by where they study.

A student belongs to the organization that the marts say: that of the current year (`people.students`, where the active
enrollment comes first, then the last one of the year); who is in none this year, to that of the last enrollment.
"""

from __future__ import annotations

from collections.abc import Collection

from reports.dashboards.access.visitor import Scope, ScopeKind
from reports.dashboards.catalog import NO_MUNICIPALITY
from reports.dashboards.people.source import Opened

#: What is known of organizations: the dictionary, and whatever else findings speak of.
_ORGANIZATION = """
select o.municipality
from marts.organizations as o
where o.organization_id = $1
union all
select null
where not exists (select 1 from marts.organizations where organization_id = $1)
  and exists (select 1 from marts.findings where organization_id = $1)
limit 1
"""

# An enrollment that ends before it begins covers no day (as in the marts); one that is still to come counts last.
_HOMES = """
with asked as (
    select student_profile_id, organization_id
    from people.main.students
    where student_profile_id in (select unnest($1::varchar[]))
),
enrollments as (
    select
        student_profile_id, organization_id,
        row_number() over (
            partition by student_profile_id
            order by begin_date <= $2 desc nulls last, begin_date desc nulls last, enrollment_id desc
        ) as place
    from people.main.student_classes
    where student_profile_id in (select unnest($1::varchar[]))
      and organization_id is not null
      and coalesce(end_date >= begin_date, true)
)
select a.student_profile_id, coalesce(a.organization_id, e.organization_id)
from asked as a
left join enrollments as e on a.student_profile_id = e.student_profile_id and e.place = 1
"""


def organization_condition(scope: Scope, organization_id: str, municipality: str) -> tuple[str, list[str]]:
    """SQL for «this organization is within the scope», and its parameters; given the SQL of its id and municipality."""
    if scope.kind is ScopeKind.REGION:
        return "true", []
    if scope.kind is ScopeKind.MUNICIPALITY:
        return f"coalesce({municipality}, ?) = ?", [NO_MUNICIPALITY, scope.key]
    return f"{organization_id} = ?", [scope.key]


def is_within(publication: Opened, scope: Scope, organization_id: str | None) -> bool:
    """Whether the scope reaches an organization that is known; None (of no organization) is the region's."""
    if scope.kind is ScopeKind.REGION:
        return True
    if organization_id is None:
        return False
    if scope.kind is ScopeKind.ORGANIZATION:
        return organization_id == scope.key
    found = publication.connection.execute(_ORGANIZATION, [organization_id]).fetchall()
    return bool(found) and (NO_MUNICIPALITY if found[0][0] is None else found[0][0]) == scope.key


def reaches_anything(publication: Opened, scope: Scope) -> bool:
    """Whether the publication knows the organization, or an organization of the municipality, that the scope names."""
    if scope.kind is ScopeKind.ORGANIZATION:
        return is_known(publication, scope.key)
    condition, parameters = organization_condition(scope, "o.organization_id", "o.municipality")
    found = publication.connection.execute(
        f"select 1 from marts.organizations as o where {condition} limit 1", parameters
    ).fetchall()
    return bool(found)


def is_known(publication: Opened, organization_id: str) -> bool:
    """Whether there is such an organization at all."""
    return bool(publication.connection.execute(_ORGANIZATION, [organization_id]).fetchall())


def homes(publication: Opened, students: Collection[str]) -> dict[str, str | None]:
    """Where each of these students studies, or studied last; who is not known (a merged profile, too) is left out."""
    rows = publication.connection.execute(_HOMES, [list(students), publication.as_of]).fetchall()
    return dict(rows)
