"""The report site: its numbers are the marts', small groups stay hidden, nothing from a source becomes markup."""

from __future__ import annotations

import json
import re
import stat
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest
from report_region import (
    AVERAGES,
    BIG,
    EDGE,
    EVIL,
    EVIL_CLASS,
    EVIL_SUBJECT,
    NEXT,
    PATH_ID,
    SMALL,
    mean,
    region,
    region_rows,
)

from extracts.errors import BadInput
from reports.site import build_site
from reports.text import clean_name, school_page_name

SCHOOL = "school-school-1.html"
CLASSES = [EDGE, SMALL, NEXT, BIG]  # in the order of the page: by level, then by name


class PageReader(HTMLParser):
    """What a browser would see: addresses that are loaded, script elements, figures' JSON, rows of tables, text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.loaded: list[str] = []
        self.scripts: list[dict[str, str | None]] = []
        self.handlers: list[str] = []
        self.figures: dict[str, dict[str, Any]] = {}
        self.rows: list[list[str]] = []
        self.text = ""
        self._figure: str | None = None
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.text += " "
        self.loaded += [value or "" for name, value in attrs if name in {"src", "href", "srcset", "action", "data"}]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self._in_cell = tag in {"td", "th"} or (self._in_cell and tag == "a")
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
        if tag == "script":
            self.scripts.append(values)
            self._figure = (values.get("id") or "").removeprefix("data-") or None

    def handle_endtag(self, tag: str) -> None:
        self._figure = None
        if tag in {"td", "th"}:
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._figure is not None:
            self.figures[self._figure] = json.loads(data)
        elif self._in_cell:
            self.rows[-1][-1] += data
        self.text += data

    def row(self, first: str, cells: int) -> list[str]:
        """The only row of so many cells that begins with this one."""
        (found,) = {tuple(row) for row in self.rows if row[0] == first and len(row) == cells}
        return list(found)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    build_site(region(home / "published"), home / "reports" / "site")
    return home / "reports" / "site"


@pytest.fixture(scope="module")
def school(site: Path) -> PageReader:
    return PageReader((site / SCHOOL).read_text("utf-8"))


@pytest.fixture(scope="module")
def index(site: Path) -> PageReader:
    return PageReader((site / "index.html").read_text("utf-8"))


def traces(page: PageReader, figure: str, **chosen: str) -> list[dict[str, Any]]:
    data = page.figures[figure]["data"]
    return [trace for trace in data if all(trace["meta"][key] == value for key, value in chosen.items())]


def test_a_page_for_each_organization_and_the_count_says_so(tmp_path: Path) -> None:
    built = build_site(region(tmp_path / "published"), tmp_path / "site")
    assert built.index == tmp_path / "site" / "index.html"
    assert (built.pages, built.school_pages) == (4, 3)
    assert len(list((tmp_path / "site").glob("*.html"))) == 4


def test_class_averages_are_the_marts_and_hide_three_students(school: PageReader) -> None:
    current, year = school.figures["classes"]["data"]
    expected = [round(mean(AVERAGES[EDGE][1]), 2), None, None, round(mean(AVERAGES[BIG][1]), 2)]
    assert current["y"] == expected
    assert year["y"] == expected
    assert school.row("9Б", 4)[1:] == ["менее 5 учащихся"] * 3
    assert school.row("8А", 4)[1:] == ["5", "3,90", "3,90"]


def test_a_parallel_is_shown_and_the_class_that_would_give_away_a_hidden_one_is_not(school: PageReader) -> None:
    eighth, ninth = school.figures["parallels"]["data"][0]["y"]
    assert eighth == 3.9
    assert ninth == round(mean([value for place in (BIG, SMALL, NEXT) for value in AVERAGES[place][1]]), 2)
    assert school.row("9В", 4)[1:] == ["скрыто"] * 3


def test_heat_map_shows_the_current_period_and_the_year(school: PageReader) -> None:
    (current,) = traces(school, "heat", scope="current")
    (year,) = traces(school, "heat", scope="year")
    # Subjects down (the markup sorts first), classes across; two groups' periods are put together: 4, 4, 3, 3, 3.
    assert current["z"] == [[None, None, None, 3.13], [3.4, None, None, None]]
    assert year["z"] == [[None, None, None, 3.64], [None, None, None, None]]
    assert "2,22" not in school.text
    assert "4,44" not in school.text
    assert "1,11" not in school.text


def test_histogram_counts_active_students_and_no_bar_is_below_five(school: PageReader) -> None:
    counts = school.figures["distribution"]["data"][0]["y"]
    # 19 students in halves of a mark: 2.00 1, 3.00 4, 3.50 1, 4.00 10, 4.50 3; all hidden but the ten
    assert counts == [0, None, 0, None, None, 10, None]


def test_week_averages_are_the_marts_and_small_weeks_are_gaps(school: PageReader) -> None:
    (line,) = traces(school, "dynamics", subject="0", level="9")
    common = school.figures["dynamics"]["common"]
    assert (common["x0"], common["dx"]) == ("2026-09-07", 7 * 86_400_000)
    assert line["y"] == [3.5, 4.08]
    (whole,) = traces(school, "dynamics", subject="0", level="all")
    assert whole["y"] == [3.4, 3.65, 3.64]  # (3.5 × 6 + 2.22 × 3 + 4 × 5) / 14 and so on: 14, 14 and 12 students


def test_attendance_by_date_and_absences_by_reason(school: PageReader) -> None:
    (edge,) = [trace for trace in traces(school, "attendance-days") if trace["meta"]["label"] == "8А"]
    assert edge["y"] == [84.0, 84.0, None, 84.0]
    (whole,) = traces(school, "attendance-days", **{"class": "all"})
    assert whole["y"] == [83.2, 83.2, None, 83.2]  # 16 of 95 lessons missed
    illness, excused, unexcused = (trace["y"] for trace in school.figures["absences"]["data"])
    assert (illness, excused, unexcused) == (
        [8.0, None, None, 6.7],
        [4.0, None, None, 3.3],
        [4.0, None, None, 3.3],
    )
    assert school.row("8А", 6)[-1] == "12"
    assert school.row("9Б", 6)[1:] == ["менее 5 учащихся"] * 5


def test_quality_and_success_follow_the_final_marks_and_debts(school: PageReader) -> None:
    (row,) = [row for row in school.rows if row[1:2] == ["1 Четверть"]]
    assert row[2:] == ["6", "33,3\u00a0%", "66,7\u00a0%"]


def test_the_region_rolls_up_students_not_schools(index: PageReader) -> None:
    everyone = [value for _, values in AVERAGES.values() for value in values]
    average = f"{mean(everyone):.2f}".replace(".", ",")
    assert index.row("Посёлок", 6)[1:] == ["2", "0", "—", "—", "—"]
    (town,) = {tuple(row) for row in index.rows if row[0].startswith("Город") and len(row) == 6}
    assert town[1:] == ("1", "19", average, average, "83,2\u00a0%")
    cards = " ".join(index.text.split())
    for name, value in (("Школы", "2"), ("Колледжи", "1"), ("Классы и группы", "5"), ("Учтено отметок", "133")):
        assert f" {name} {value} " in cards
    assert index.figures["municipalities"]["data"][1]["x"] == [round(mean(everyone), 2)]


def test_last_years_class_is_not_on_the_page(school: PageReader) -> None:
    assert "8Ж" not in school.text


@pytest.mark.parametrize("page", ["index.html", SCHOOL, school_page_name(PATH_ID), "school-college-1.html"])
def test_nothing_is_loaded_from_elsewhere(site: Path, page: str) -> None:
    reader = PageReader((site / page).read_text("utf-8"))
    outside = [address for address in reader.loaded if re.match(r"[a-z+.-]*:|//", address) and address != "data:,"]
    assert outside == []
    for address in reader.loaded:
        assert address == "data:," or address.startswith("#") or (site / address).is_file()


@pytest.mark.parametrize("name", ["index.html", SCHOOL, school_page_name(PATH_ID)])
def test_names_never_become_markup(site: Path, name: str) -> None:
    raw = (site / name).read_text("utf-8")
    reader = PageReader(raw)
    assert "<script>alert" not in raw
    assert "<img" not in raw
    assert "<svg" not in raw
    assert 'href="https' not in raw
    assert reader.handlers == []
    for script in reader.scripts:
        assert script.get("type") == "application/json" or (script.get("src") or "").startswith("assets/")


def test_names_are_shown_as_they_are(index: PageReader, school: PageReader) -> None:
    assert clean_name(EVIL) in index.text
    assert EVIL_CLASS in school.text
    assert EVIL_SUBJECT in school.text


def test_plotly_gets_names_without_tags(school: PageReader, index: PageReader) -> None:
    for page in (school, index):
        for figure in page.figures.values():
            for text in strings(figure["data"], skip=("meta",)) + strings(figure["layout"]):
                assert not re.search(r"<(?!br>|extra>|/extra>)", text), text


def strings(value: Any, skip: tuple[str, ...] = ()) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, item in value.items() if key not in skip for text in strings(item, skip)]
    if isinstance(value, list):
        return [text for item in value for text in strings(item, skip)]
    return []


def test_ids_make_no_paths(site: Path) -> None:
    assert re.fullmatch(r"school-x-[0-9a-f]{24}\.html", school_page_name(PATH_ID))
    assert sorted(path.name for path in site.parent.iterdir()) == ["site"]
    assert all(path.resolve().is_relative_to(site.resolve()) for path in site.rglob("*"))


def test_no_student_is_on_any_page(site: Path) -> None:
    for page in site.glob("*.html"):
        assert "pupil-" not in page.read_text("utf-8")


def test_the_share_button_is_off_everywhere(school: PageReader, index: PageReader) -> None:
    figures = [*school.figures.values(), *index.figures.values()]
    assert len(figures) == 10
    for figure in figures:
        assert figure["config"]["showSendToCloud"] is False
        assert figure["config"]["displaylogo"] is False
        assert figure["config"]["locale"] == "ru"
        assert figure["config"]["modeBarButtons"] == [["toImage"]]


def test_every_figure_has_a_table_and_a_description(site: Path) -> None:
    raw = (site / SCHOOL).read_text("utf-8")
    assert raw.count("<figure ") == raw.count("<details") == raw.count('role="img"') == 7
    assert 'lang="ru"' in raw


def test_the_same_publication_gives_the_same_bytes(tmp_path: Path) -> None:
    published = region(tmp_path / "published")
    for name in ("first", "second"):
        build_site(published, tmp_path / name)
    assert contents(tmp_path / "first") == contents(tmp_path / "second")


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    backwards = {table: list(reversed(rows)) for table, rows in region_rows().items()}
    build_site(region(tmp_path / "published"), tmp_path / "first")
    build_site(region(tmp_path / "other", backwards), tmp_path / "second")
    assert contents(tmp_path / "first") == contents(tmp_path / "second")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_time_is_printed_only_when_given(tmp_path: Path) -> None:
    published = region(tmp_path / "published")
    build_site(published, tmp_path / "site", generated_at=datetime(2026, 10, 29, 2, 7))  # noqa: DTZ001 - local time
    assert "29\u00a0октября 2026\u00a0г., 02:07" in (tmp_path / "site" / "index.html").read_text("utf-8").replace(
        "октября\u00a0", "октября "
    )


def test_only_the_owner_may_read(site: Path) -> None:
    assert stat.S_IMODE(site.stat().st_mode) == 0o700
    for path in site.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_failed_build_leaves_the_old_site(tmp_path: Path) -> None:
    published = region(tmp_path / "published")
    build_site(published, tmp_path / "site")
    before = contents(tmp_path / "site")
    (published / "portfolio.duckdb").write_bytes(b"no database")
    with pytest.raises(duckdb.Error):
        build_site(published, tmp_path / "site")
    assert contents(tmp_path / "site") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["published", "site"]


def test_a_new_build_replaces_the_old_one_and_leaves_nothing_behind(tmp_path: Path) -> None:
    build_site(region(tmp_path / "first"), tmp_path / "site")
    rows = region_rows()
    rows["organizations"] = rows["organizations"][:1]
    (tmp_path / ".site.tmp-killed").mkdir()
    build_site(region(tmp_path / "second", rows), tmp_path / "site")
    assert len(list((tmp_path / "site").glob("school-*.html"))) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "second", "site"]


def test_a_folder_with_something_else_is_not_touched(tmp_path: Path) -> None:
    published = region(tmp_path / "published")
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("важное", "utf-8")
    with pytest.raises(BadInput):
        build_site(published, tmp_path / "letters")
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["letter.txt"]


def test_nothing_published_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    with pytest.raises(BadInput, match="опубликованных данных ещё нет"):
        build_site(tmp_path / "published", tmp_path / "site")


def test_a_school_without_calendar_says_so(site: Path) -> None:
    text = PageReader((site / school_page_name(PATH_ID)).read_text("utf-8")).text
    assert "Не заполнен календарный учебный график (КУГ) (у всех классов)" in text
    assert "Не заполнены аттестационные периоды" in text
    assert "Отметок, по которым считается средний балл, пока нет" in text
    assert "Проведённых уроков пока нет" in text


def test_an_organization_without_a_year_says_so(site: Path) -> None:
    text = PageReader((site / "school-college-1.html").read_text("utf-8")).text
    assert "За текущий учебный год данных об этой организации нет" in text


def test_a_region_without_marks_says_so(tmp_path: Path) -> None:
    kept = ("publication", "academic_years", "organizations", "class_units", "calendar")
    rows = {table: rows for table, rows in region_rows().items() if table in kept}
    build_site(region(tmp_path / "published", rows), tmp_path / "site")
    assert "Отметок, по которым считается средний балл, пока нет" in (tmp_path / "site/index.html").read_text("utf-8")


def test_a_region_with_nothing_says_so(tmp_path: Path) -> None:
    rows = {"publication": region_rows()["publication"]}
    built = build_site(region(tmp_path / "published", rows), tmp_path / "site")
    assert built.pages == 1
    assert "Организаций в опубликованных данных пока нет" in built.index.read_text("utf-8")
