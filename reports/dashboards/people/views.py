"""What each page shows to whom: the scope first, then what was asked for, then the page and what is noted of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from extracts.errors import BadInput
from portal.document import Document, student_document
from portal.model import Specification
from reports.dashboards.access.visitor import ScopeKind
from reports.dashboards.people import addresses
from reports.dashboards.people.guard import Asked, Elsewhere, Facts, NotForThem, Shown, View
from reports.dashboards.people.mending import chosen_rows, list_file, read_mending
from reports.dashboards.people.organizations import OrganizationCard, findings_elsewhere, organization_card, to_mend
from reports.dashboards.people.page import bar, page
from reports.dashboards.people.paging import page_of
from reports.dashboards.people.rows import shown_rows
from reports.dashboards.people.scope import homes, is_known, is_within, reaches_anything
from reports.dashboards.people.source import PeopleSource
from reports.dashboards.store import MADE_BEFORE, NothingToShow
from reports.preview import preview_page
from reports.quality import ELSEWHERE_NAME
from reports.quality_lists import URGENCY
from reports.text import list_name

ORGANIZATIONS_A_PAGE = 50
ROWS_A_PAGE = 200
LONGEST_SEARCH = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_ELSEWHERE = OrganizationCard(ELSEWHERE_NAME, ELSEWHERE_NAME, "", 0, 0)


def home_view(asked_for: Mapping[str, str]) -> View:
    """The organizations of the scope with something to mend, and the way to a student."""
    search = asked_for.get("q", "")[:LONGEST_SEARCH]

    def view(asked: Asked) -> Shown:
        scope = asked.visitor.scope
        found = page_of(to_mend(asked.publication, scope, search), asked_for.get("page", ""), ORGANIZATIONS_A_PAGE)
        body = page(
            "organizations.html",
            as_of=asked.publication.as_of,
            search=search,
            found=found,
            query={"q": search} if search else {},
            elsewhere=findings_elsewhere(asked.publication) if is_within(asked.publication, scope, None) else 0,
            elsewhere_name=ELSEWHERE_NAME,
            is_reached=reaches_anything(asked.publication, scope),
            own=scope.key if scope.kind is ScopeKind.ORGANIZATION else None,
        )
        return Shown(body, {"rows": len(found.rows)})

    return view


def organization_view(organization_id: str | None, asked_for: Mapping[str, str]) -> View:
    """What is to be mended in an organization of the scope."""

    def view(asked: Asked) -> Shown:
        _check_organization(asked, organization_id)
        mending = read_mending(asked.publication, organization_id)
        chosen = chosen_rows(mending, asked_for, URGENCY)
        found = page_of(chosen.rows, asked_for.get("page", ""), ROWS_A_PAGE)
        path, own = addresses.organization_base(organization_id)
        body = page(
            "organization.html",
            as_of=asked.publication.as_of,
            organization=_card(asked, organization_id),
            is_organization=organization_id is not None,
            mending=mending,
            found=found,
            groups=shown_rows(asked, mending, found.rows),
            chosen=chosen,
            path=path,
            own=own,
            organization_id=organization_id,
            list_href=addresses.list_href(organization_id),
        )
        return Shown(body, _organization_facts(organization_id) | {"rows": len(found.rows)})

    return view


def list_view(organization_id: str | None) -> View:
    """The list of an organization of the scope as XLSX; where nothing is to be mended its page says so."""

    def view(asked: Asked) -> Shown | Elsewhere:
        _check_organization(asked, organization_id)
        mending = read_mending(asked.publication, organization_id)
        if not mending.rows:
            return Elsewhere(addresses.organization_href(organization_id))
        body = list_file(asked.publication, mending, _card(asked, organization_id).name)
        facts = _organization_facts(organization_id) | {"rows": len(mending.rows)}
        return Shown(body, facts, XLSX, list_name(organization_id))

    return view


def student_view(
    student_profile_id: str,
    asked_for: Mapping[str, str],
    source: PeopleSource,
    specification: Callable[[], Specification],
) -> View:
    """The preview of a student of the scope, from the publication that said so."""

    def view(asked: Asked) -> Shown:
        known = homes(asked.publication, [student_profile_id])
        if student_profile_id not in known:
            raise NotForThem
        organization_id = known[student_profile_id]
        facts: Facts = {"student": student_profile_id, **_organization_facts(organization_id)}
        if not is_within(asked.publication, asked.visitor.scope, organization_id):
            raise NotForThem(facts)
        document = _document(asked, student_profile_id, source, specification())
        back_to = _list_that_led_here(asked, asked_for.get("from"), organization_id)
        back = addresses.HOME if back_to is None else addresses.organization_href(back_to)
        return Shown(preview_page(document, back=back, bar=bar()), facts | {"rows": _rows(document)})

    return view


def _document(asked: Asked, student_profile_id: str, source: PeopleSource, specification: Specification) -> Document:
    try:
        return student_document(
            asked.publication.folder,
            student_profile_id,
            prefix=source.prefix,
            as_of=asked.publication.as_of,
            specification=specification,
            connected_only=source.connected_only,
            memory_limit=source.memory_limit,
            years=source.years,
        )
    except BadInput:
        # The student is known: it is the publication that lacks what the specification asks for.
        raise NothingToShow(MADE_BEFORE) from None


def _list_that_led_here(asked: Asked, named: str | None, own: str | None) -> str | None:
    if named is None or not is_known(asked.publication, named):
        return own
    return named if is_within(asked.publication, asked.visitor.scope, named) else own


def _check_organization(asked: Asked, organization_id: str | None) -> None:
    known = organization_id is None or is_known(asked.publication, organization_id)
    if not known or not is_within(asked.publication, asked.visitor.scope, organization_id):
        raise NotForThem(_organization_facts(organization_id) if known else None)


def _card(asked: Asked, organization_id: str | None) -> OrganizationCard:
    return _ELSEWHERE if organization_id is None else organization_card(asked.publication, organization_id)


def _organization_facts(organization_id: str | None) -> Facts:
    return {} if organization_id is None else {"organization": organization_id}


def _rows(document: Document) -> int:
    return sum(len(rows) for section in document["sections"] for rows in section["tables"].values())
