"""What is closed on the report's pages: small groups and those by which they could be had, as in the dashboards."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from published_sample import write_published
from report_region import YEAR
from test_report_site import PageReader, traces

from dbt_project.generate_marts import documented_tables
from reports.closed import STEPS, read_closed
from reports.dashboards.address import View
from reports.dashboards.questions import CLASS, LEVEL, MUNICIPALITY, ORGANIZATION, Question, ask
from reports.dashboards.store import NEEDED, Reader
from reports.facts import opened_facts
from reports.site import build_site
from reports.text import school_page_name

#: Of each class (town, school, parallel, class) the number of students and their average.
Sizes = Mapping[tuple[str, str, int, str], tuple[int, float]]
DAY = date(2026, 9, 7)

#: Everybody's averages, asked as the dashboards ask.
AVERAGES = Question(
    table="marts.student_averages",
    students="count(a.average)",
    measures={},
    where="a.is_active and a.scope = 'current'",
)
BY_DAY = {"week", "all_week", "day"}

#: The parallel of 20 + 3 + 10; a parallel where nobody is small; a school of 4 beside two others; one of them alone
#: in its parallel; a town of its own.
REGION: Sizes = {
    ("Энск", "one", 9, "9А"): (20, 3.21),
    ("Энск", "one", 9, "9Б"): (3, 2.34),
    ("Энск", "one", 9, "9В"): (10, 4.56),
    ("Энск", "one", 8, "8А"): (12, 3.45),
    ("Энск", "one", 8, "8Б"): (11, 3.87),
    ("Посёлок", "tiny", 5, "5А"): (4, 2.67),
    ("Посёлок", "beside", 5, "5Б"): (16, 4.78),
    ("Посёлок", "large", 5, "5А"): (30, 3.98),
}


def rows_of(sizes: Sizes) -> dict[str, list[dict[str, Any]]]:
    """Marts of a region in which everybody has averages, marks of a week, a day with lessons and a final mark."""
    rows: dict[str, list[dict[str, Any]]] = {
        "publication": [{"as_of": date(2026, 10, 28), "marks": 1}],
        "academic_years": [
            {"academic_year_id": YEAR, "name": "2026/2027", "begin_date": "2026-09-01", "end_date": "2027-08-31"}
        ],
        "subjects": [{"subject_id": "s1", "name": "Физика", "is_current": True}],
        "organizations": [
            {"organization_id": school, "name": school, "kind": "school", "municipality": town, "is_current": True}
            for town, school in dict.fromkeys((town, school) for town, school, *_ in sizes)
        ],
        "attestation_periods": [
            {"attestation_period_id": "p1", "name": "1 Четверть", "begin_date": "2026-09-01", "end_date": "2026-10-25"}
        ],
    }
    for place, (students, average) in sizes.items():
        _, school, level, name = place
        class_id = f"{school}-{name}"
        of_class = {"academic_year_id": YEAR, "class_unit_id": class_id}
        own = of_class | {"organization_id": school}
        parallel = [other for other in sizes if other[:3] == place[:3]]
        of_parallel = sum(sizes[other][0] for other in parallel)
        total = sum(sizes[other][0] * sizes[other][1] for other in parallel)
        pupils = [f"{class_id}-{number}" for number in range(students)]
        add = {
            "class_units": [own | {"class_level": level, "name": name, "is_current": True}],
            "student_averages": [
                own
                | {
                    "class_level": level, "student_profile_id": pupil, "scope": scope, "is_active": True,
                    "average": average, "average_shown": average, "class_average": average,
                    "class_students": students, "parallel_average": total / of_parallel,
                    "parallel_students": of_parallel,
                }
                for pupil in pupils
                for scope in ("current", "year")
            ],
            "class_subject_averages": [
                own
                | {
                    "subject_id": "s1", "period_kind": kind, "is_current": True, "class_average": average,
                    "students_count": students,
                }
                for kind in ("period", "year")
            ],
            "class_weekly_dynamics": [
                own
                | {"subject_id": "s1", "week_begin": DAY, "class_week_average": average, "class_students": students}
            ],
            "attendance": [
                of_class
                | {
                    "student_profile_id": pupil, "date": DAY, "lessons_held": 100,
                    "lessons_missed": round(average * 10), "missed_excused": 0,
                    "missed_unexcused": round(average * 10), "missed_by_illness": 0,
                }
                for pupil in pupils
            ],
            "class_attendance": [
                of_class
                | {
                    "date": DAY, "students_enrolled": students, "lessons_held": 100 * students,
                    "lessons_missed": round(average * 10) * students,
                }
            ],
            "final_marks": [
                {
                    "academic_year_id": YEAR, "student_profile_id": pupil, "subject_id": "s1",
                    "attestation_period_id": "p1", "final_mark": "4", "final_five": 4,
                }
                for pupil in pupils
            ],
        }  # fmt: skip
        for table, values in add.items():
            rows.setdefault(table, []).extend(values)
    return rows


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("closed")
    build_site(write_published(home / "published", rows_of(REGION)), home / "site")
    return home / "site"


def page(site: Path, school: str | None = None) -> PageReader:
    name = "index.html" if school is None else school_page_name(school)
    return PageReader((site / name).read_text("utf-8"))


def test_of_a_parallel_of_20_3_and_10_the_parallel_and_the_20_are_shown(site: Path) -> None:
    school = page(site, "one")
    assert school.row("9А", 4) == ["9А", "20", "3,21", "3,21"]
    assert school.row("9Б", 4)[1:] == ["менее 5 учащихся"] * 3
    assert school.row("9В", 4)[1:] == ["скрыто"] * 3
    assert school.row("9", 4) == ["9", "33", "3,54", "3,54"]
    assert school.row("8", 4) == ["8", "23", "3,65", "3,65"]
    for trace in school.figures["classes"]["data"]:
        assert trace["y"] == [3.45, 3.87, 3.21, None, None]


def test_so_are_cells_weeks_days_absences_and_finals(site: Path) -> None:
    school = page(site, "one")
    for scope in ("current", "year"):
        (trace,) = traces(school, "heat", scope=scope)
        assert trace["z"] == [[3.45, 3.87, 3.21, None, None]]
    labels = {trace["meta"]["label"] for trace in traces(school, "dynamics")}
    assert labels == {"Вся организация", "8А", "8Б", "9А"}
    assert {trace["meta"]["label"] for trace in traces(school, "attendance-days")} == labels
    for trace in school.figures["absences"]["data"]:
        assert [value is None for value in trace["y"]] == [False, False, False, True, True]
    assert school.row("9В", 6)[1:] == ["скрыто"] * 5
    assert school.row("9А", 5)[1:] == ["1 Четверть", "20", "100,0\u00a0%", "100,0\u00a0%"]
    assert school.row("9В", 5)[1:] == ["1 Четверть", "скрыто", "скрыто", "скрыто"]


def test_no_value_of_a_hidden_group_stands_anywhere(site: Path) -> None:
    for name, hidden in (
        ("one", ("2.34", "4.56")),
        (None, ("2.67", "4.78")),
        ("tiny", ("2.67",)),
        ("beside", ("4.78",)),
    ):
        reader = page(site, name)
        raw = (site / ("index.html" if name is None else school_page_name(name))).read_text("utf-8")
        for value in hidden:
            assert value not in raw
            assert value.replace(".", ",") not in reader.text


def test_of_a_municipality_the_small_school_and_the_next_are_hidden_with_all_inside(site: Path) -> None:
    index = page(site)
    assert index.row("large", 6)[2:5] == ["30", "3,98", "3,98"]
    assert index.row("tiny", 6)[2:] == ["менее 5 учащихся"] * 4
    assert index.row("beside", 6)[2:] == ["скрыто"] * 4
    assert index.row("Посёлок", 6)[2:5] == ["50", "4,13", "4,13"]
    assert [label for label, *_ in index.figures["schools"]["data"][0]["customdata"]] == ["large", "one"]
    # Alone in its parallel and large enough: hidden because its school is.
    beside = page(site, "beside")
    assert beside.figures == {}
    assert beside.row("5Б", 5)[2:] == ["скрыто"] * 3
    assert beside.text.count("Показатели организации скрыты") == 3
    assert "пока нет" not in beside.text
    cards = " ".join(beside.text.split())
    assert "Учащиеся скрыто" in cards
    assert "Средний балл, текущий период скрыто" in cards
    assert "Посещаемость скрыто" in cards


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 8))])
def test_what_is_closed_is_what_the_dashboards_hide(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    sizes: Sizes = {
        (f"town {town}", f"school {town}{school}", level, f"{level}{letter}"): (chance.choice((1, 2, 4, 5, 6, 9)), 4.0)
        for town in range(4)
        for school in range(chance.choice((1, 2, 4)))
        for level in range(1, chance.choice((2, 4)))
        for letter in "АБВ"[: chance.choice((1, 2, 3))]
    }
    published = write_published(tmp_path / "published", rows_of(sizes))
    with opened_facts(published, tmp_path) as connection:
        closed = read_closed(connection, *STEPS)
        by_day = connection.execute(
            "select measure, class_unit_id from report_closed_class_unit_id where day is not null"
        ).fetchall()
    described = documented_tables()
    with duckdb.connect(str(published / "portfolio.duckdb")) as connection:
        for table in {table for table, _ in NEEDED}:
            columns = ", ".join(f'"{column.name}" {column.data_type}' for column in described[table].columns)
            connection.execute(f"create table if not exists marts.{table} ({columns})")
    reader = Reader(published / "portfolio.duckdb")
    seen: set[tuple[int, bool]] = set()
    for town, school, level, name in sizes:
        class_id = f"{school}-{name}"
        way = {"municipality": town, "organization": school, "level": level, "class_unit": class_id}
        own = (town, school, (school, level), class_id)
        for depth, (step, by) in enumerate(zip(STEPS, (MUNICIPALITY, ORGANIZATION, LEVEL, CLASS), strict=True)):
            view = View(year=YEAR, **dict([*way.items()][:depth]))  # type: ignore[arg-type]
            answers = {answer.part: answer.is_hidden for answer in ask(reader, view, AVERAGES, by=by)}
            hidden = answers[[*way.values()][depth]]
            seen.add((depth, hidden))
            for measure in ("students", "current", "year", "absences", "finals"):
                assert closed.has(step, own[depth], measure) == hidden, (own, step, measure)
        assert {measure for measure, class_unit in by_day if class_unit == class_id} == (BY_DAY if hidden else set())
    reader.close()
    assert {(3, True), (3, False)} <= seen


def test_who_is_hidden_by_size_is_hidden_in_everything(tmp_path: Path) -> None:
    rows = rows_of(REGION)
    for row in rows["student_averages"]:
        if row["class_unit_id"] == "one-9Б":
            row["average"] = None
    with opened_facts(write_published(tmp_path / "published", rows), tmp_path) as connection:
        closed = read_closed(connection, "class_unit_id", organizations=["one"])
    # Nobody small has an average, but the class of 10 has its size hidden, and with it all the rest.
    assert closed.has("class_unit_id", "one-9В", "current")
    assert not closed.has("class_unit_id", "one-9А", "current")
