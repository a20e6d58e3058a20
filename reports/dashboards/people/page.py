"""Pages from templates: everything of a source is escaped, no script, the look of the report site."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import current_app
from jinja2 import Environment
from markupsafe import Markup

from reports import text
from reports.dashboards.access.bar import who_bar
from reports.dashboards.people import addresses
from reports.pages import TEMPLATES, template_environment
from reports.quality import SEVERITIES
from reports.quality_lists import URGENCY, one_line

ASSETS = TEMPLATES.parent / "assets"

#: Urgency in a word or two, for heads of columns and marks; the whole of it stands in the filter.
SHORT_URGENCY = {severity: words.partition(":")[0] for severity, words in URGENCY.items()}


@cache
def _environment() -> Environment:
    environment = template_environment()
    environment.filters.update(number=text.number, day=text.short_date, long_day=text.long_date, line=one_line)
    environment.globals.update(
        style=Markup("\n".join((ASSETS / name).read_text("utf-8") for name in ("site.css", "people.css"))),  # noqa: S704 - ours
        severities=SEVERITIES,
        short_urgency=SHORT_URGENCY,
        urgency=URGENCY,
        home_href=addresses.home_href,
        organization_href=addresses.organization_href,
        student_href=addresses.student_href,
    )
    return environment


def page(template: str, *, sees_people: bool = True, **values: Any) -> str:
    """A page of `templates/people/`, with the bar that says who is logged in.

    sees_people: whether the pages that name children are open to whoever reads it.
    """
    return _environment().get_template(f"people/{template}").render(who=bar(), sees_people=sees_people, **values)


def message_page(words: str, *, sees_people: bool = True) -> str:
    """A page that says one thing; the same for the same words, whoever asks for whatever. sees_people: as of `page`."""
    return page("message.html", words=words, sees_people=sees_people)


def bar() -> Markup:
    """The bar that says who is logged in."""
    # Log-in draws the bar; a server without it has none.
    return Markup(who_bar()) if "access" in current_app.blueprints else Markup()  # noqa: S704 - ours, escaped there
