"""The static report site of a region: averages, attendance and dynamics, from the published file alone.

Aggregates only: no page holds a student's id or name, and groups below five students are hidden. The site works from a
folder without a network; the same publication gives the same bytes.
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
from reports.pages import Pages
from reports.region import read_region
from reports.school import read_schools, read_subjects
from reports.text import school_page_name

ASSETS = Path(__file__).parent / "assets"


@dataclass(frozen=True)
class Site:
    """A site that was built: its first page, all pages counted, and how many of them speak of one organization."""

    index: Path
    pages: int
    school_pages: int


def build_site(published: Path, out: Path, *, generated_at: datetime | None = None, keep: Collection[str] = ()) -> Site:
    """Builds the report site of the publication in the folder `published` and puts it in the place of the folder `out`.

    A reader of `out` sees the old site or the new one, never a part of one (specification 3-quality.md and
    5-operation.md: static HTML that works from a folder; files 0600, folders 0700). `generated_at` is printed when
    given; without it the pages depend on nothing but the publication. `keep`: folders inside `out` that are not ours.

    Raises BadInput where nothing is published or `out` holds something that is no report site.
    """
    with replaced_folder(out, keep=keep) as folder:
        school_pages = _write(published, folder, generated_at)
    return Site(index=out / "index.html", pages=1 + school_pages, school_pages=school_pages)


def _write(published: Path, folder: Path, generated_at: datetime | None) -> int:
    _write_assets(folder / "assets")
    with TemporaryDirectory(prefix=".work-", dir=folder) as work, opened_facts(published, Path(work)) as connection:
        region = read_region(connection)
        pages = Pages(region, read_subjects(connection), generated_at)
        write_private(folder / "index.html", pages.index())
        organizations = {row.organization_id: row for row in region.organizations}
        for organization_id, school in read_schools(connection, list(organizations)):
            page = pages.school(organizations[organization_id], school)
            write_private(folder / school_page_name(organization_id), page)
    return len(organizations)


def _write_assets(assets: Path) -> None:
    assets.mkdir(mode=0o700)
    write_private(assets / "plotly.min.js", get_plotlyjs())
    for name in ("site.css", "site.js"):
        write_private(assets / name, (ASSETS / name).read_bytes())
