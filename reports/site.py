"""The static report site of a region, from the published files alone: averages and attendance, overview, data quality.

Pages hold aggregates only: no page has a student's id or name, and averages of groups below five students are hidden.
Names stand in the lists for schools (`lists/`, XLSX) and nowhere else. The site works from a folder without a network;
the same publication gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from plotly.offline import get_plotlyjs

from reports.facts import opened_facts
from reports.folder import replaced_folder, write_private
from reports.overview import read_overview, write_overview
from reports.pages import Pages, page_environment
from reports.quality_facts import has_quality
from reports.quality_site import QualitySite, write_quality
from reports.region import read_region
from reports.school import read_schools, read_subjects
from reports.text import school_page_name

ASSETS = Path(__file__).parent / "assets"


@dataclass(frozen=True)
class Site:
    """A site that was built: its first page, and its pages counted.

    `school_pages` are those of averages, `overview_pages` those of the dashboards' overview, `quality_pages` those of
    findings (both with the region's), `lists` the XLSX; `taken_over` is how many of the last two kinds stand as they
    stood, because nothing of a school has changed.
    """

    index: Path
    pages: int
    school_pages: int
    overview_pages: int = 0
    quality_pages: int = 0
    lists: int = 0
    taken_over: int = 0


def build_site(published: Path, out: Path, *, generated_at: datetime | None = None, keep: Collection[str] = ()) -> Site:
    """Builds the report site of the publication in the folder `published` and puts it in the place of the folder `out`.

    A reader of `out` sees the old site or the new one, never a part of one (specification 3-quality.md and
    5-operation.md: static HTML that works from a folder; files 0600, folders 0700). `generated_at` is printed when
    given; without it the pages depend on nothing but the publication. `keep`: folders inside `out` that are not ours.

    Raises BadInput where nothing is published or `out` holds something that is no report site.
    """
    with replaced_folder(out, keep=keep) as folder:
        school_pages, overview_pages, quality = _write(published, folder, out.resolve(), generated_at)
    quality_pages = 0 if quality is None else 1 + quality.school_pages
    return Site(
        index=out / "index.html",
        pages=1 + school_pages + overview_pages + quality_pages,
        school_pages=school_pages,
        overview_pages=overview_pages,
        quality_pages=quality_pages,
        lists=0 if quality is None else quality.lists,
        taken_over=0 if quality is None else quality.taken_over,
    )


def _write(
    published: Path, folder: Path, old: Path, generated_at: datetime | None
) -> tuple[int, int, QualitySite | None]:
    _write_assets(folder / "assets")
    # Before the facts are opened: DuckDB opens a file once a process.
    overview = read_overview(published)
    with TemporaryDirectory(prefix=".work-", dir=folder) as work, opened_facts(published, Path(work)) as connection:
        region = read_region(connection)
        checked = has_quality(connection)
        environment = page_environment(
            region.as_of, generated_at, has_quality=checked, has_overview=overview is not None
        )
        quality = None
        if checked:
            quality = write_quality(connection, published, environment, old=old, new=folder, temporary=Path(work))
        pages = Pages(
            environment,
            region,
            read_subjects(connection),
            quality_schools=() if quality is None else quality.organization_ids,
        )
        write_private(folder / "index.html", pages.index())
        organizations = {row.organization_id: row for row in region.organizations}
        for organization_id, school in read_schools(connection, list(organizations)):
            page = pages.school(organizations[organization_id], school)
            write_private(folder / school_page_name(organization_id), page)
        overview_pages = 0 if overview is None else write_overview(overview, environment, folder, organizations)
    return len(organizations), overview_pages, quality


def _write_assets(assets: Path) -> None:
    assets.mkdir(mode=0o700)
    write_private(assets / "plotly.min.js", get_plotlyjs())
    for name in ("site.css", "site.js"):
        write_private(assets / name, (ASSETS / name).read_bytes())
