"""The static overview: the dashboards' numbers and what they hide, pages that lead to each other, the same bytes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pytest
from report_region import EVIL_TOWN, YEAR, region, region_rows
from test_report_site import PageReader, contents

from dbt_project.generate_marts import documented_tables
from reports.dashboards.address import view_of
from reports.dashboards.blocks import HIDDEN, Cards, Note, Picture, Table
from reports.dashboards.catalog import Catalog
from reports.dashboards.pages.overview import blocks
from reports.dashboards.store import NEEDED, Reader
from reports.site import build_site
from reports.text import clean_name, overview_page_name

#: organization, town, students, average. Of «Посёлок» the small college hides the school beside it; one school is
#: closed and has no page in the report.
SCHOOLS = (
    ("school-1", EVIL_TOWN, 14, "3.5"),
    ("school-2", EVIL_TOWN, 30, "4.125"),
    ("school-3", EVIL_TOWN, 3, "2"),
    ("closed-1", EVIL_TOWN, 40, "4"),
    ("school-4", "Посёлок", 20, "4"),
    ("college-1", "Посёлок", 2, "3"),
)


def overview_region(folder: Path) -> Path:
    """The region of the report's tests with more schools, and with the dashboards' aggregates of them."""
    rows = region_rows()
    known = {row["organization_id"] for row in rows["organizations"]}
    rows["organizations"] += [
        {
            "organization_id": key,
            "name": f"Школа {key}",
            "kind": "school",
            "municipality": town,
            "is_current": key != "closed-1",
        }
        for key, town, *_ in SCHOOLS
        if key not in known
    ]
    region(folder, rows)
    described = documented_tables()
    with duckdb.connect(str(folder / "portfolio.duckdb")) as connection:
        for table in {table for table, _ in NEEDED}:
            columns = ", ".join(f'"{column.name}" {column.data_type}' for column in described[table].columns)
            connection.execute(f"create table marts.{table} ({columns})")
        for organization, _, students, average in SCHOOLS:
            _add(connection, organization, students, average)
    return folder


def _add(connection: duckdb.DuckDBPyConnection, organization: str, students: int, average: str) -> None:
    def add(table: str, **values: Any) -> None:
        place = {"academic_year_id": YEAR, "organization_id": organization, "class_unit_id": f"class-{organization}"}
        row = place | values
        marks = ", ".join("?" for _ in row)
        connection.execute(f"insert into marts.{table} ({', '.join(row)}) values ({marks})", [*row.values()])

    counts = dict.fromkeys(("students_two", "students_three", "students_five", "students_at_risk"), 0)
    for subject in ("s2", None):
        add(
            "agg_averages", class_level=9, subject_id=subject, scope="current", students_total=students,
            students_count=students, average_sum=float(average) * students, students_four=students,
            compared_count=students, change_sum=-students, **counts,
        )  # fmt: skip
    add(
        "agg_attendance", class_level=9, students_count=students, students_chronic=0, lessons_held=10 * students,
        lessons_missed=students, missed_excused=students, missed_unexcused=0, missed_by_illness=students,
    )  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The publication, and the site made of it."""
    home = tmp_path_factory.mktemp("overview")
    made = build_site(overview_region(home / "published"), home / "site")
    assert made.overview_pages == 3
    assert made.pages == len([*(home / "site").glob("*.html")])
    return home / "published", home / "site"


@pytest.mark.parametrize("town", [None, EVIL_TOWN, "Посёлок"])
def test_a_page_says_what_the_dashboards_say(built: tuple[Path, Path], town: str | None) -> None:
    published, site = built
    reader = Reader(published / "portfolio.duckdb")
    view = view_of("", "", reader.catalog)
    if town is not None:
        view = next(one for one in _places(reader.catalog) if one.municipality == town)
    found = blocks(reader, view)
    page = PageReader((site / ("overview.html" if town is None else overview_page_name(town))).read_text("utf-8"))
    seen = " ".join(page.text.split())
    shown = [block for block in found if isinstance(block, Table)]
    assert [
        row for block in shown for row in ([*block.head], *([cell.text for cell in row] for row in block.rows))
    ] == (page.rows)
    for block in found:
        if isinstance(block, Cards):
            assert block.facts
            for what, value in block.facts:
                assert f"{what} {' '.join(value.split())}" in seen
        if isinstance(block, Note):
            assert block.text in seen
    pictures = {f"figure-{block.name}": block.figure for block in found if isinstance(block, Picture)}
    assert {name: figure["data"] for name, figure in pictures.items()} == {
        name: figure["data"] for name, figure in page.figures.items()
    }


def _places(catalog: Catalog) -> list[Any]:
    return [view_of("", f"?municipality={town}", catalog) for town in map(_quoted, catalog.municipalities)]


def _quoted(town: str) -> str:
    return "".join(f"%{byte:02x}" for byte in town.encode())


def test_small_groups_and_what_would_give_them_away_are_hidden(built: tuple[Path, Path]) -> None:
    page = PageReader((built[1] / overview_page_name(EVIL_TOWN)).read_text("utf-8"))
    hidden = {row[0]: row[1] == HIDDEN for row in page.rows if row[0].startswith("Школа school")}
    assert hidden == {"Школа school-2": False, "Школа school-3": True}
    assert page.row("Школа closed-1", 7)[1] == "4,00"
    assert "14" not in {cell for row in page.rows for cell in row}  # school-1, the smallest beside the small one


def test_every_page_is_reached_and_every_link_leads_somewhere(built: tuple[Path, Path]) -> None:
    site = built[1]
    seen, left = set(), ["index.html"]
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        page = PageReader((site / name).read_text("utf-8"))
        targets = [unquote(target.split("#")[0]) for target in page.loaded if not target.startswith(("data:", "#"))]
        assert [target for target in targets if not (site / target).is_file()] == []
        left += [target for target in targets if target.endswith(".html")]
    assert {"overview.html", overview_page_name(EVIL_TOWN), overview_page_name("Посёлок")} <= seen
    town = PageReader((site / overview_page_name(EVIL_TOWN)).read_text("utf-8"))
    # A school that is shown leads to its page of the report; one that is hidden or has none, and a subject, nowhere.
    assert "Физика" in {row[0] for row in town.rows}
    assert ">Физика</a>" not in (site / "overview.html").read_text("utf-8")
    assert {target for target in town.loaded if target.startswith("school-")} == {"school-school-2.html"}


def test_names_are_text_and_nothing_is_loaded_from_elsewhere(built: tuple[Path, Path]) -> None:
    for file in built[1].glob("overview*.html"):
        raw = file.read_text("utf-8")
        page = PageReader(raw)
        assert "<svg" not in raw
        assert page.handlers == []
        assert [one for one in page.loaded if re.match(r"[a-z+.-]*:|//", one) and one != "data:,"] == []
        assert "pupil-" not in raw
    assert clean_name(EVIL_TOWN) in PageReader((built[1] / "overview.html").read_text("utf-8")).text


def test_the_same_publication_gives_the_same_bytes(built: tuple[Path, Path], tmp_path: Path) -> None:
    build_site(built[0], tmp_path / "site")
    assert contents(tmp_path / "site") == contents(built[1])


def test_a_publication_without_aggregates_has_no_overview(tmp_path: Path) -> None:
    made = build_site(region(tmp_path / "published"), tmp_path / "site")
    assert made.overview_pages == 0
    assert not [*(tmp_path / "site").glob("overview*")]
    assert "overview" not in (tmp_path / "site" / "index.html").read_text("utf-8")
