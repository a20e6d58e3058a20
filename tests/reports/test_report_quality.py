"""The pages of data quality and the lists for schools: counts are the findings', names stand in the lists alone."""

from __future__ import annotations

import re
import stat
import zipfile
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import fastexcel
import pytest
from report_findings import (
    AS_OF,
    COLLEGE,
    FINDINGS,
    FORMULA,
    LAST_NIGHT,
    SCHOOL_1,
    SECRETS,
    STUDENTS,
    Finding,
    checked_region,
    open_findings,
)
from report_region import BIG, EDGE, EVIL, EVIL_CLASS, PATH_ID, SMALL, region
from test_report_site import PageReader, contents

from expectations.rules import load_rules
from extracts.errors import BadInput
from reports.site import build_site
from reports.text import list_name, quality_page_name, share_text

SCHOOL_PAGE = "quality-school-1.html"
PATH_PAGE = quality_page_name(PATH_ID)
CLASS_NAMES = {BIG: EVIL_CLASS, SMALL: "9Б", EDGE: "8А"}
BLOCKER = "Срочно: портфолио не показывается"
SECTION = "Важно: раздел портала пуст или неверен"
ADVICE = "Рекомендация"


@dataclass(frozen=True)
class Built:
    """A site and its pages."""

    site: Path

    def page(self, name: str) -> PageReader:
        return PageReader((self.site / name).read_text("utf-8"))

    def sheet(self, organization_id: str | None, sheet: str) -> list[list[str]]:
        return rows_of(self.site / "lists" / list_name(organization_id), sheet)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    home = tmp_path_factory.mktemp("quality")
    build_site(checked_region(home / "published"), home / "site")
    return Built(home / "site")


def rows_of(book: Path, sheet: str) -> list[list[str]]:
    frame = fastexcel.read_excel(book).load_sheet(sheet, header_row=None, dtypes="string").to_arrow().to_pydict()
    return [[cell or "" for cell in row] for row in zip(*frame.values(), strict=True)]


def all_cells(book: Path) -> list[str]:
    names = fastexcel.read_excel(book).sheet_names
    return [cell for name in names for row in rows_of(book, name) for cell in row]


def counts(findings: list[Finding], **wanted: object) -> Counter[str]:
    """Open findings by rule, counted from the list that the publication was written from."""
    places = {"organization_id": 4, "class_unit_id": 5}
    return Counter(
        row[0] for row in open_findings(findings) if all(row[places[key]] == value for key, value in wanted.items())
    )


def test_counts_of_a_school_are_its_findings(built: Built) -> None:
    page = built.page(SCHOOL_PAGE)
    shown = {row[0]: row[3] for row in page.rows if len(row) == 7 and re.fullmatch("[A-Z][0-9]{2}", row[0])}
    own = counts(FINDINGS, organization_id=SCHOOL_1)
    assert shown == {**{rule: str(count) for rule, count in own.items()}, "S03": "0"}
    rules = {row[0]: row[4:] for row in page.rows if len(row) == 7}
    assert rules["S03"] == ["—", "0", "1"]  # mended tonight; S05 was mended the night before
    assert rules["J03"] == ["1", "1", "0"]  # three marks of one student, one of them new
    assert rules["C02"] == ["—", "0", "0"]
    cards = " ".join(page.text.split())
    assert (
        "Блокирующих замечаний 3 По разделам замечаний 6 Рекомендаций 7 Новых за ночь 2 Исправлено за ночь 1" in cards
    )
    assert "Полных карточек (8 из 10) 80,0\u00a0%".replace("\u00a0", " ") in cards


def test_counts_of_classes_are_their_findings(built: Built) -> None:
    page = built.page(SCHOOL_PAGE)
    (head,) = [row for row in page.rows if row[:3] == ["Класс", "Полных карточек", "Замечаний"]]
    rules = head[3:]
    assert set(rules) == set(counts(FINDINGS, organization_id=SCHOOL_1))
    for class_id, name in [*CLASS_NAMES.items(), (None, "Вне классов")]:
        row = page.row(name, len(head))
        own = counts(FINDINGS, organization_id=SCHOOL_1, class_unit_id=class_id)
        assert dict(zip(rules, row[3:], strict=True)) == {rule: str(own[rule] or "") for rule in rules}
        assert row[2] == str(own.total())
    assert page.row(EVIL_CLASS, len(head))[1] == "60,0\u00a0% (3\u00a0из\u00a05)"
    assert page.row("9Б", len(head))[1] == "100,0\u00a0% (3\u00a0из\u00a03)"


def test_the_region_counts_everything_open(built: Built) -> None:
    page = built.page("quality.html")
    own = counts(FINDINGS)
    rules = {row[0]: row for row in page.rows if len(row) == 7 and re.fullmatch("[A-Z][0-9]{2}", row[0])}
    assert {rule: int(row[3]) for rule, row in rules.items() if row[3] != "0"} == dict(own)
    assert set(rules) == set(load_rules().rules)
    checked = {rule: row[4] for rule, row in rules.items() if row[4] != "—"}
    assert checked == {"S01": "10", "S04": "10", "S09": "10", "C06": "34", "J03": "500"}
    cards = " ".join(page.text.split())
    assert "Учащиеся 10 Полных карточек (8 из 10) 80,0 %" in cards
    assert (
        "Блокирующих замечаний 3 По разделам замечаний 7 Рекомендаций 8 Новых за ночь 2 Исправлено за ночь 1" in cards
    )
    assert page.row("Учащиеся", 5)[1:] == ["10", "5", "2", "3"]
    assert "1\u00a0замечание (общие справочники)" in page.text


def test_the_trend_is_that_of_the_published_nights(built: Built) -> None:
    figures = built.page("quality.html").figures
    (line,) = figures["complete-nights"]["data"]
    assert line["x"] == ["2026-10-26", "2026-10-27", "2026-10-28"]
    assert line["y"] == [60.0, 70.0, 80.0]
    by_severity = {trace["meta"]["severity"]: trace["y"] for trace in figures["findings-nights"]["data"]}
    assert by_severity == {"blocker": [5, 4, 3], "section": [7, 7, 7], "advice": [20, 21, 22]}


def test_a_unit_without_students_was_not_assessed(built: Built) -> None:
    region_page = built.page("quality.html")
    assert region_page.row("Школа без КУГ", 8)[1:] == ["Посёлок", "не оценивалось", "0", "1", "0", "0", "0"]
    assert region_page.row("Новый колледж", 8)[2] == "не оценивалось"
    assert region_page.row("Посёлок", 7)[1] == "не оценивалось"
    order = [row[0] for row in region_page.rows if len(row) == 8][1:]
    assert order == [EVIL, "Школа без КУГ", "Новый колледж"]  # what was not assessed stands at the end
    for name in (PATH_PAGE, quality_page_name(COLLEGE)):
        page = built.page(name)
        assert "Не оценивалось: действующих учащихся" in page.text
        assert "100,0" not in page.text
    assert "1А" in {row[0] for row in built.page(PATH_PAGE).rows if row[1] == "не оценивалось"}


def test_texts_of_the_rules_come_from_their_one_place(built: Built) -> None:
    rule = load_rules().rules["S06"]
    page = " ".join(built.page(SCHOOL_PAGE).text.split())
    for text in (rule.title, rule.what, rule.impact, rule.how_to_fix, rule.who_fixes):
        assert " ".join(text.split()) in page
    assert load_rules().rules["S02"].what not in page  # nothing of the rules that found nothing


def test_the_list_of_students_says_what_to_mend_by_class_and_name(built: Built) -> None:
    head, *rows = built.sheet(SCHOOL_1, "Учащиеся")
    assert head[:6] == ["Класс", "ФИО", "Что исправить", "Поле", "Где и как исправить", "Срочность"]
    rules = load_rules().rules
    assert [[row[0], row[1], row[7], row[5], row[6], row[8]] for row in rows] == [
        ["8А", "Яковлева Яна Юрьевна", "S09", ADVICE, "26.10.2026", ""],
        ["9Б", "Егоров … Борис Ильич", "S07", SECTION, "26.10.2026", ""],
        ["9Б", "Ёлкин Иван Ильич", "S10", ADVICE, "26.10.2026", ""],
        ["9Б", "Жуков Олег Ильич", "S09", SECTION, "26.10.2026", ""],
        # No surname: only the code tells the card; namesakes in one class likewise.
        [EVIL_CLASS, "(нет фамилии) Мария", "S01", BLOCKER, "26.10.2026", f"pupil-{BIG}-3"],
        [EVIL_CLASS, f"{FORMULA} Анна", "S12", ADVICE, "28.10.2026", ""],
        [EVIL_CLASS, "Иванов Пётр Сергеевич", "S06", BLOCKER, "27.10.2026", f"pupil-{BIG}-0"],
        [EVIL_CLASS, "Иванов Пётр Сергеевич", "P01", BLOCKER, "27.10.2026", f"pupil-{BIG}-0"],
    ]
    for row in rows:
        rule = rules[row[7]]
        assert row[2:5] == [rule.title, rule.field, rule.how_to_fix]


def test_the_other_sheets_of_a_list(built: Built) -> None:
    (parent,) = built.sheet(SCHOOL_1, "Законные представители")[1:]
    assert parent[:3] == ["8А", "Яковлева Яна Юрьевна", "Яковлев Юрий Ёжикович"]
    journal = [[row[1], row[2], row[3], row[4], row[9], row[10]] for row in built.sheet(SCHOOL_1, "Журнал")[1:]]
    student = "Абрамов Лев Львович"
    assert journal == [
        [student, "Физика", "1 Четверть", "1", "26.10.2026", "J01"],
        [student, "Физика", "год", "1", "26.10.2026", "J01"],
        [student, "", "", "3", "26.10.2026", "J03"],
    ]
    objects = [row[:3] for row in built.sheet(SCHOOL_1, "Классы и настройки")[1:]]
    assert objects == [["8А", "Учебная группа", "group-1"], ["", "КУГ", "kug-1"]]
    assert [row[1:3] for row in built.sheet(None, "Классы и настройки")[1:]] == [["Форма контроля", "form-1"]]
    assert [row[0] for row in built.sheet(PATH_ID, "Классы и настройки")[1:]] == ["1А"]
    guide = built.sheet(SCHOOL_1, "Как пользоваться")
    assert guide[0][0] == " ".join(EVIL.split())
    assert [row[1][-3:] for row in guide if row[0] == "Журнал"] == [": 5"]


def test_a_list_for_each_organization_with_findings(built: Built) -> None:
    names = {path.name for path in (built.site / "lists").iterdir()}
    assert names == {list_name(SCHOOL_1), list_name(PATH_ID), list_name(None)}
    assert f"lists/{list_name(SCHOOL_1)}" in built.page(SCHOOL_PAGE).loaded
    assert not any("xlsx" in address for address in built.page(quality_page_name(COLLEGE)).loaded)
    assert "Открытых замечаний нет" in built.page(quality_page_name(COLLEGE)).text


def test_no_number_or_birth_date_is_anywhere(built: Built) -> None:
    for path in built.site.rglob("*"):
        if path.suffix == ".xlsx":
            shown = "\n".join(all_cells(path))
            with zipfile.ZipFile(path) as book:
                raw = "\n".join(book.read(name).decode() for name in book.namelist())
            found = [secret for secret in SECRETS if secret in shown or secret in raw]
        elif path.is_file() and path.name != "plotly.min.js":
            text = path.read_text("utf-8")
            found = [secret for secret in SECRETS if secret in text]
        else:
            continue
        assert found == [], path.name


def test_no_person_is_on_any_page(built: Built) -> None:
    names = {name for _, *names in STUDENTS.values() for name in names if name and len(name) > 3} | {"Яковлев", "Юрий"}
    for path in [*built.site.glob("*.html"), built.site / ".made-of.json", built.site / "assets" / "publication.js"]:
        text = path.read_text("utf-8")
        assert [name for name in names if name in text] == []
        assert "pupil-" not in text
        assert "parent-1" not in text


def test_a_name_like_a_formula_stays_text(built: Built) -> None:
    with zipfile.ZipFile(built.site / "lists" / list_name(SCHOOL_1)) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        assert "externalLink" not in " ".join(book.namelist())
    assert len(sheets) == 5
    assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)
    assert sum("=HYPERLINK" in sheet for sheet in sheets) == 1


def test_a_list_can_be_filtered_and_printed(built: Built) -> None:
    with zipfile.ZipFile(built.site / "lists" / list_name(SCHOOL_1)) as book:
        sheet = book.read("xl/worksheets/sheet2.xml").decode()
        workbook = book.read("xl/workbook.xml").decode()
        created = book.read("docProps/core.xml").decode()
    assert 'topLeftCell="A2"' in sheet
    assert 'state="frozen"' in sheet
    assert '<autoFilter ref="A1:I9"/>' in sheet
    assert re.search(r'<pageSetup paperSize="9" [^>]*fitToHeight="0" orientation="landscape"/>', sheet)
    assert "Учащиеся!$1:$1" in workbook
    assert "2026-10-28T00:00:00Z" in created


def test_names_on_the_pages_never_become_markup(built: Built) -> None:
    for name in ("quality.html", SCHOOL_PAGE, PATH_PAGE):
        raw = (built.site / name).read_text("utf-8")
        assert not any(part in raw for part in ("<script>alert", "<img", "<svg", 'href="https'))
        assert PageReader(raw).handlers == []


def test_links_lead_to_files(built: Built) -> None:
    for page in built.site.glob("*.html"):
        raw = page.read_text("utf-8")
        for address in PageReader(raw).loaded:
            if address.startswith("#"):
                assert f'id="{address[1:]}"' in raw, (page.name, address)
            elif address != "data:,":
                assert (built.site / address).is_file(), (page.name, address)
    for name in ("index.html", "school-school-1.html"):
        assert any(address.startswith("quality") for address in built.page(name).loaded)
    assert "index.html" in built.page("quality.html").loaded
    assert "school-school-1.html" in built.page(SCHOOL_PAGE).loaded


def test_only_the_owner_may_read_lists(built: Built) -> None:
    for path in built.site.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def places(site: Path) -> dict[str, int]:
    made = [*site.glob("quality-*.html"), *site.glob("lists/*.xlsx")]
    return {path.name: path.stat().st_ino for path in made}


def changed(before: dict[str, int], after: dict[str, int]) -> set[str]:
    return {name for name, inode in after.items() if before.get(name) != inode}


def test_only_schools_whose_findings_changed_are_made_anew(tmp_path: Path) -> None:
    first = build_site(checked_region(tmp_path / "first"), tmp_path / "site")
    assert (first.quality_pages, first.lists, first.taken_over) == (4, 3, 0)
    before = places(tmp_path / "site")
    again = build_site(tmp_path / "first", tmp_path / "site")
    assert again.taken_over == 6
    assert places(tmp_path / "site") == before

    more: Finding = ("C03", "section", "class_unit", "c-bare", PATH_ID, "c-bare", None, LAST_NIGHT, None)
    build_site(checked_region(tmp_path / "second", [*FINDINGS, more]), tmp_path / "site")
    assert changed(before, places(tmp_path / "site")) == {PATH_PAGE, list_name(PATH_ID)}
    build_site(tmp_path / "second", tmp_path / "fresh")
    assert contents(tmp_path / "site") == contents(tmp_path / "fresh")


def test_a_night_without_news_rewrites_only_what_was_new_before(tmp_path: Path) -> None:
    build_site(checked_region(tmp_path / "first"), tmp_path / "site")
    before = places(tmp_path / "site")
    night = AS_OF + timedelta(days=1)
    built = build_site(checked_region(tmp_path / "second", as_of=night), tmp_path / "site")
    # What was new is new no longer: the page says so; the list stays.
    assert changed(before, places(tmp_path / "site")) == {SCHOOL_PAGE}
    assert built.taken_over == 5
    assert "29\u00a0октября 2026" in (tmp_path / "site" / "assets" / "publication.js").read_text("utf-8")
    build_site(tmp_path / "second", tmp_path / "fresh")
    assert contents(tmp_path / "site") == contents(tmp_path / "fresh")


def test_what_somebody_edited_or_lost_is_made_anew(tmp_path: Path) -> None:
    published = checked_region(tmp_path / "published")
    build_site(published, tmp_path / "site")
    before = contents(tmp_path / "site")
    (tmp_path / "site" / SCHOOL_PAGE).write_text("правка", "utf-8")
    (tmp_path / "site" / "lists" / list_name(PATH_ID)).unlink()
    assert build_site(published, tmp_path / "site").taken_over == 4
    assert contents(tmp_path / "site") == before
    (tmp_path / "site" / ".made-of.json").write_text("[]", "utf-8")
    assert build_site(published, tmp_path / "site").taken_over == 0
    assert contents(tmp_path / "site") == before


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    build_site(checked_region(tmp_path / "published"), tmp_path / "first")
    build_site(checked_region(tmp_path / "other", FINDINGS[::-1]), tmp_path / "second")
    assert contents(tmp_path / "first") == contents(tmp_path / "second")


def test_on_the_first_night_nothing_is_new(tmp_path: Path) -> None:
    first = [(*row[:7], AS_OF, None) for row in open_findings()]
    build_site(checked_region(tmp_path / "published", first, only_night=True), tmp_path / "site")
    page = PageReader((tmp_path / "site" / "quality.html").read_text("utf-8"))
    assert "Это первая опубликованная ночь" in page.text
    assert page.row("S01", 7)[5] == "—"
    assert "Новых за ночь" not in page.text


def test_without_checks_there_is_no_quality_page(tmp_path: Path) -> None:
    built = build_site(region(tmp_path / "published"), tmp_path / "site")
    assert (built.quality_pages, built.lists) == (0, 0)
    assert "quality.html" not in (tmp_path / "site" / "index.html").read_text("utf-8")


def test_without_names_no_site_is_made(tmp_path: Path) -> None:
    published = checked_region(tmp_path / "published")
    (published / "people.duckdb").unlink()
    with pytest.raises(BadInput, match="нет сведений о людях"):
        build_site(published, tmp_path / "site")
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 0, "не оценивалось"), (0, 3, "0,0\u00a0%"), (9999, 10000, "99,9\u00a0%"), (7, 7, "100,0\u00a0%")],
)
def test_all_is_said_only_of_all(part: int, whole: int, shown: str) -> None:
    assert share_text(part, whole) == shown
