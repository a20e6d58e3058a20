"""Addresses of the pages: ids are the source's and may hold anything; one that a path would not survive goes as `?id=`.

Browsers and proxies take `.`, `..` and slashes of a path apart, also encoded ones. A query is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from werkzeug.routing import BaseConverter

HOME = "/people/"
ORGANIZATIONS = "/people/organizations"
STUDENTS = "/people/students"
ELSEWHERE = "/people/region"
LIST = "list.xlsx"

_PLAIN_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.~-]*")


class AnyId(BaseConverter):
    """Whatever stands in the path to its end, slashes and line ends too."""

    regex = "(?s:.+)"
    part_isolating = False
    weight = 300


def organization_base(organization_id: str | None) -> tuple[str, dict[str, str]]:
    """The path of an organization's page and what its query begins with; None: what belongs to no organization."""
    if organization_id is None:
        return ELSEWHERE, {}
    return _base(ORGANIZATIONS, organization_id)


def organization_href(organization_id: str | None, query: Mapping[str, str] | None = None) -> str:
    """The address of an organization's page."""
    path, own = organization_base(organization_id)
    return _href(path, {**own, **(query or {})})


def list_href(organization_id: str | None) -> str:
    """The address of an organization's list as a file."""
    path, own = organization_base(organization_id)
    return _href(f"{path}/{LIST}", own)


def student_href(student_profile_id: str, back_to: str | None = None) -> str:
    """The address of a student's preview; `back_to`: the organization whose list leads there, if not the student's."""
    path, own = _base(STUDENTS, student_profile_id)
    return _href(path, own if back_to is None else {**own, "from": back_to})


def home_href(query: Mapping[str, str]) -> str:
    """The address of the list of organizations."""
    return _href(HOME, query)


def _base(path: str, identifier: str) -> tuple[str, dict[str, str]]:
    if _PLAIN_ID.fullmatch(identifier) and identifier != LIST:
        return f"{path}/{quote(identifier, safe='')}", {}
    return path, {"id": identifier}


def _href(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
