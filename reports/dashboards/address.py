"""A view and its address: every filter stands in the address, so a link shows the same to whoever opens it.

An address is written by anybody: what the catalog does not know is left out and told, never put into a query.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlencode

from reports.dashboards.catalog import Catalog, ClassUnit
from reports.dashboards.order import Order, order_of

#: Names of the filters in an address.
YEAR, TOWN, SCHOOL, LEVEL, CLASS, SUBJECT, SCOPE, PERIOD, PICTURES, SORT = (
    "year", "municipality", "school", "level", "class", "subject", "scope", "period", "pictures", "sort",
)  # fmt: skip
SCOPES = ("current", "year")
PICTURE_FORMATS = ("png", "svg")
MAX_SUBJECTS = 8


@dataclass(frozen=True)
class View:
    """What is looked at: a page, a place (region where all four are empty), and filters."""

    page: str = ""
    year: str = ""
    municipality: str | None = None
    organization: str | None = None
    level: int | None = None
    class_unit: str | None = None
    subjects: tuple[str, ...] = ()
    scope: str = "current"
    period: str | None = None
    pictures: str = "png"
    order: Order | None = None
    unknown: tuple[str, ...] = field(default=(), compare=False)

    @property
    def subject(self) -> str | None:
        """The only (or first) subject chosen."""
        return self.subjects[0] if self.subjects else None


def view_of(page: str, search: str, catalog: Catalog) -> View:
    """The view that an address means; `unknown` names the filters whose value the publication does not know."""
    try:
        given = parse_qs(search.removeprefix("?"), max_num_fields=50, errors="replace")
    except ValueError:
        given = {}
    unknown: list[str] = []

    def known(name: str, allowed: object) -> str | None:
        value = given.get(name, [None])[0]
        if value is None or value in allowed:  # type: ignore[operator]
            return value
        unknown.append(name)
        return None

    year = known(YEAR, catalog.years) or next(iter(catalog.years), "")
    subjects = tuple(subject for subject in dict.fromkeys(given.get(SUBJECT, [])) if subject in catalog.subjects)
    unknown += [SUBJECT] if len(subjects) < len({*given.get(SUBJECT, [])}) else []
    level = known(LEVEL, catalog.levels)
    view = View(
        page=page,
        year=year,
        municipality=known(TOWN, catalog.municipalities),
        organization=known(SCHOOL, catalog.organizations),
        level=None if level is None else int(level),
        class_unit=known(CLASS, catalog.class_ids(year)),
        subjects=subjects[:MAX_SUBJECTS],
        scope=known(SCOPE, SCOPES) or SCOPES[0],
        period=known(PERIOD, catalog.periods),
        pictures=known(PICTURES, PICTURE_FORMATS) or PICTURE_FORMATS[0],
        order=order_of(given.get(SORT, [""])[0]),
    )
    unknown += [SORT] if SORT in given and view.order is None else []
    return replace(_settled(view, catalog), unknown=tuple(unknown))


def _settled(view: View, catalog: Catalog) -> View:
    """The narrowest place decides over the wider ones; a parallel is one of a school."""
    if view.class_unit is not None:
        unit: ClassUnit = catalog.classes[view.class_unit]
        view = replace(view, organization=unit.organization_id, level=unit.level)
    if view.organization is None:
        return replace(view, level=None)
    owner = catalog.organizations.get(view.organization)
    return replace(view, municipality=owner.municipality if owner else None)


def search_of(view: View, catalog: Catalog) -> str:
    """The filters of a view as they stand in its address; what is usual is left out."""
    newest = next(iter(catalog.years), "")
    pairs: list[tuple[str, str]] = []
    pairs += [(YEAR, view.year)] if view.year != newest else []
    place = ((TOWN, view.municipality), (SCHOOL, view.organization), (LEVEL, view.level), (CLASS, view.class_unit))
    pairs += [(name, str(value)) for name, value in place if value is not None]
    pairs += [(SUBJECT, subject) for subject in view.subjects]
    pairs += [(SCOPE, view.scope)] if view.scope != SCOPES[0] else []
    pairs += [(PERIOD, view.period)] if view.period is not None else []
    pairs += [(PICTURES, view.pictures)] if view.pictures != PICTURE_FORMATS[0] else []
    pairs += [(SORT, str(view.order))] if view.order is not None else []
    return "?" + urlencode(pairs) if pairs else ""


def address_of(view: View, catalog: Catalog) -> str:
    """The whole address of a view below the server's name."""
    return f"/{view.page}{search_of(view, catalog)}"
