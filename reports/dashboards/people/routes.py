"""The addresses below `/people/`. Each is guarded here, whatever else guards the server.

    /people/                              the organizations of the scope that have something to mend
    /people/organizations/<id>            what is to be mended in one of them; …/list.xlsx is its list as a file
    /people/region                        the same of what belongs to no organization: for the scope «region»
    /people/students/<id>                 the preview of a student's portfolio

An id may also come as `?id=` (`addresses.py`), and a student's from a form as `?code=`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from flask import Flask, request
from werkzeug.wrappers import Response as Answer

from portal.model import Specification
from portal.specification import load_specification
from reports.dashboards.people import addresses
from reports.dashboards.people.guard import Guard
from reports.dashboards.people.source import PeopleSource
from reports.dashboards.people.views import home_view, list_view, organization_view, student_view


def add_people_pages(server: Flask, people: PeopleSource, record: Callable[..., None]) -> None:
    """Registers the pages that name children.

    record: writes a line of the audit log (`record(action, **facts)`: ids and counts only); where it raises, nothing is
    shown.
    """
    server.url_map.converters["any_id"] = addresses.AnyId
    guard = Guard(people, record)

    @cache
    def specification() -> Specification:
        return people.specification or load_specification()

    def organization(organization_id: str | None) -> Answer:
        return guard.answer("organization", organization_view(organization_id, request.args))

    def organization_list(organization_id: str | None) -> Answer:
        return guard.answer("list", list_view(organization_id))

    def student(student_profile_id: str) -> Answer:
        return guard.answer("student", student_view(student_profile_id, request.args, people, specification))

    @server.get(addresses.HOME)
    def people_home() -> Answer:
        return guard.answer("organizations", home_view(request.args))

    @server.get(addresses.ELSEWHERE)
    def people_elsewhere() -> Answer:
        return organization(None)

    @server.get(f"{addresses.ELSEWHERE}/{addresses.LIST}")
    def people_elsewhere_list() -> Answer:
        return organization_list(None)

    @server.get(f"{addresses.ORGANIZATIONS}/<any_id:organization_id>")
    def people_organization(organization_id: str) -> Answer:
        return organization(organization_id)

    @server.get(f"{addresses.ORGANIZATIONS}/<any_id:organization_id>/{addresses.LIST}")
    def people_list(organization_id: str) -> Answer:
        return organization_list(organization_id)

    @server.get(addresses.ORGANIZATIONS)
    def people_organization_by_query() -> Answer:
        return organization(request.args.get("id", ""))

    @server.get(f"{addresses.ORGANIZATIONS}/{addresses.LIST}")
    def people_list_by_query() -> Answer:
        return organization_list(request.args.get("id", ""))

    @server.get(f"{addresses.STUDENTS}/<any_id:student_profile_id>")
    def people_student(student_profile_id: str) -> Answer:
        return student(student_profile_id)

    @server.get(addresses.STUDENTS)
    def people_student_by_query() -> Answer:
        return student(request.args.get("id") or request.args.get("code", "").strip())
