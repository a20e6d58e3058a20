"""What a saved table or figure is about: without it nobody tells two schools' files apart a week later."""

from __future__ import annotations

import re

from reports.dashboards.address import PERIOD, SCOPE, SUBJECT, YEAR, View
from reports.dashboards.catalog import Catalog
from reports.dashboards.filters import LABELS, SCOPE_OPTIONS
from reports.dashboards.pages.directory import PAGES
from reports.dashboards.places import subject_name, way_names

#: Characters that some system does not take in the name of a file.
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
LONGEST_NAME = 150


def facts_about(view: View, title: str, catalog: Catalog) -> list[tuple[str, str]]:
    """What is shown, of which place, for what and on which date: names of facts, and the facts."""
    kind = PAGES[view.page]
    subjects = ", ".join(subject_name(one, catalog) for one in view.subjects)
    scope = dict(SCOPE_OPTIONS)[view.scope] if SCOPE in kind.filters else ""
    facts = [
        ("Страница", kind.title),
        ("Что", title),
        ("Где", " › ".join(name for name, _ in way_names(view, catalog))),
        (LABELS[YEAR], catalog.years.get(view.year, "")),
        (LABELS[SUBJECT], subjects),
        (LABELS[SCOPE], scope),
        (LABELS[PERIOD], view.period or ""),
        ("Данные на", catalog.as_of.isoformat()),
    ]
    return [(name, fact) for name, fact in facts if fact]


def file_name(view: View, title: str, catalog: Catalog) -> str:
    """A name for a file of it, without an extension: the page, what is shown, the place and the date."""
    place = way_names(view, catalog)[-1][0]
    name = _NOT_IN_NAMES.sub(" ", f"{PAGES[view.page].title}. {title}. {place}")
    return f"{' '.join(name.split())[:LONGEST_NAME]} {catalog.as_of.isoformat()}"
