"""The part of the site that speaks of data quality: a page for the region, one for each school, and the lists.

A school's page and list are made of its findings, the rules' texts and the code that shapes them, and of nothing else:
as long as these stay, the files of the last night stay (specification 3-quality.md; a night costs what changed). The
date of the data therefore comes to a school's page from a small script that all pages share.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import xlsxwriter
from jinja2 import Environment

from reports import text
from reports.folder import write_private
from reports.quality import Quality, QualitySchool, read_quality
from reports.quality_facts import add_quality_facts
from reports.quality_lists import list_bytes, read_lists
from reports.quality_pages import QualityPages
from reports.unchanged import Unchanged

ROOM = Path(__file__).parent
REGION_PAGE = "quality.html"
LISTS = "lists"


@dataclass(frozen=True)
class QualitySite:
    """What was made: whose pages, how many lists, and how many of these files stand as they stood."""

    organization_ids: frozenset[str]
    lists: int
    taken_over: int

    @property
    def school_pages(self) -> int:
        """How many organizations have a page."""
        return len(self.organization_ids)


def write_quality(
    connection: duckdb.DuckDBPyConnection,
    published: Path,
    environment: Environment,
    *,
    old: Path,
    new: Path,
    temporary: Path,
) -> QualitySite:
    """Writes the quality part of the site of `published` into the folder `new`; `old` is the site that stands.

    `connection` is one of `facts.opened_facts`. Raises BadInput where the publication has no `people.duckdb`.
    """
    add_quality_facts(connection, published)
    quality = read_quality(connection)
    pages = QualityPages(environment, quality, lists=LISTS)
    write_private(new / REGION_PAGE, pages.region())
    write_private(new / "assets" / "publication.js", _date_script(quality))
    (new / LISTS).mkdir(mode=0o700)
    unchanged = Unchanged(old, new)
    version = _version(quality)
    for school in quality.schools:
        name = text.quality_page_name(school.organization_id)
        made_of = _digest(version, repr(school))
        if not unchanged.take(name, made_of):
            unchanged.write(name, made_of, pages.school(school))
    lists = _write_lists(connection, quality, unchanged, version, temporary)
    unchanged.remember()
    organization_ids = frozenset(school.organization_id for school in quality.schools)
    return QualitySite(organization_ids=organization_ids, lists=lists, taken_over=unchanged.taken)


def _write_lists(
    connection: duckdb.DuckDBPyConnection, quality: Quality, unchanged: Unchanged, version: str, temporary: Path
) -> int:
    listed: dict[str | None, QualitySchool] = {
        school.organization_id: school for school in quality.schools if school.list_digest is not None
    }
    if quality.elsewhere is not None:
        listed[None] = quality.elsewhere
    made_of = {key: _list_digest(version, school) for key, school in listed.items()}
    new = [key for key in listed if not unchanged.take(_list_path(key), made_of[key])]
    for key, rows in read_lists(connection, new):
        school = listed[key]
        body = list_bytes(
            school.full_name,
            rows,
            quality.texts,
            changed_on=school.changed_on or quality.as_of,
            temporary=temporary,
        )
        unchanged.write(_list_path(key), made_of[key], body)
    return len(listed)


def _list_path(organization_id: str | None) -> str:
    return f"{LISTS}/{text.list_name(organization_id)}"


def _list_digest(version: str, school: QualitySchool) -> str:
    return _digest(version, school.full_name, str(school.changed_on), str(school.list_digest))


def _date_script(quality: Quality) -> str:
    shown = json.dumps(text.long_date(quality.as_of), ensure_ascii=False)
    return (
        "/* The date of the data, for pages that stay from night to night. */\n"
        f'"use strict";\nfor (const place of document.querySelectorAll("[data-as-of]")) place.textContent = {shown};\n'
    )


def _version(quality: Quality) -> str:
    """Of what all pages and lists are made: the code and templates of this room, the writer, the rules' texts."""
    return _digest(_code(), xlsxwriter.__version__, repr(list(quality.texts.values())))


@cache
def _code() -> str:
    files = [*sorted(ROOM.glob("*.py")), *sorted(ROOM.glob("templates/*.html"))]
    return _digest(*(path.read_text("utf-8") for path in files))


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode("ascii")).hexdigest()
