"""Pages of the journal API as they are: told by the shape of their records, not by settings."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from extract_station import DAY, Station

from extracts.contract import load_contract
from extracts.errors import BadInput
from extracts.options import accepted_columns
from extracts.readers.pages import PAGES_FILE
from extracts.readers.pages_groups import REMARK as FROM_CLASS
from extracts.readers.pages_marks import REMARK as MISMATCH
from extracts.readers.pages_periods import EMPTY_REMARK, FILLED_REMARK

local = datetime.fromisoformat

NEXT_DAY = date(2026, 10, 2)

MARK: dict[str, Any] = {
    "id": 700100200300,
    "student_profile_id": 9100001,
    "group_id": 2200001,
    "subject_id": 33,
    "schedule_lesson_id": 55000001,
    "control_form_id": 4700001,
    "teacher_id": 61,
    "date": "08.12.2026",
    "created_at": "14.12.2026 00:55",
    "updated_at": "15.12.2026 10:05",
    "name": "4",
    "weight": 2,
    "comment": None,
    "is_exam": False,
    "is_point": True,
    "is_criterion": False,
    "point_date": "29.12.2026",
    "grade_system_type": "five",
    "values": [
        {
            "grade_system_id": 8,
            "name": "4",
            "nmax": 6,
            "grade_system_type": "five",
            "grade": {"origin": "4", "five": 4.0, "hundred": 80.0},
        }
    ],
    "deleted_by": None,
}


def value(five: float | None, origin: Any, kind: str | None = "five", name: str | None = None) -> dict[str, Any]:
    return {"name": name, "grade_system_type": kind, "grade": {"origin": origin, "five": five, "hundred": 20.0}}


def mark(number: int, *values: Any, **more: Any) -> dict[str, Any]:
    return MARK | {"id": number} | ({"values": list(values)} if values else {}) | more


def schedule(number: int, *periods: Any, **more: Any) -> dict[str, Any]:
    return {"id": number, "name": "График", "periods": list(periods)} | more


def period(number: int, name: str = "1 Четверть", begin: str = "01.09.2026", end: str = "25.10.2026") -> dict[str, Any]:
    return {"id": number, "name": name, "begin_date": begin, "end_date": end}


def load(station: Station, files: dict[str, Any], day: date = DAY, **options: Any) -> dict[str, Any]:
    """Loads files of these records and gives their reports."""
    for name, content in files.items():
        is_lines = name.endswith("jsonl")
        text = "".join(json.dumps(record) + "\n" for record in content) if is_lines else json.dumps(content, indent=1)
        station.put(name, content if isinstance(content, str) else text, day)
    return {report.file: report for report in station.load(day, **options).files}


@pytest.mark.parametrize("name", ["marks.json", "marks.page-0001.json", "marks.jsonl"])
def test_mark(station: Station, name: str) -> None:
    report = load(station, {name: [MARK]})[name]
    columns = [name for name in accepted_columns(load_contract()["marks"]) if name != "deleted_at"]
    assert dict(zip(columns, station.rows("marks", ", ".join(columns))[0], strict=True)) == {
        "mark_id": "700100200300",
        "student_profile_id": "9100001",
        "group_id": "2200001",
        "subject_id": "33",
        "schedule_lesson_id": "55000001",
        "control_form_id": "4700001",
        "date": date(2026, 12, 8),
        "name": "4",
        "five": Decimal(4),
        "grade_system_type": "five",
        "weight": 2,
        "is_exam": False,
        "is_point": True,
        "point_date": date(2026, 12, 29),
        "comment": None,
        "teacher_id": "61",
        "created_at": local("2026-12-14 00:55:00"),
        "updated_at": local("2026-12-15 10:05:00"),
        "deleted": None,
    }
    assert (report.unknown_columns, report.remarks) == (("is_criterion",), {})
    assert report.absent_columns == ("deleted_at",)


def test_value_of_the_marks_own_scale_counts_else_the_first(station: Station) -> None:
    marks = [
        mark(1, value(3.0, 30, "hundred"), value(5.0, 5)),
        mark(2, value(3.0, 3, "ten"), value(4.0, 4, "hundred")),
        mark(3, value(3.0, 3, "ten"), value(2.0, 4, None), grade_system_type=None),
        mark(4, value(None, "н"), name="н"),
        mark(5, {"name": "4"}),
        mark(6, None),
        mark(7) | {"values": []},
        mark(8) | {"values": None},
        mark(9) | {"values": "x"},
        mark(10, value(4.5, "4", "ten", name="8"), grade_system_type="ten", name=None),
        mark(11, value(4.0, 4), five=4.25),
    ]
    report = load(station, {"marks.json": marks})["marks.json"]
    assert (report.rows_loaded, report.unknown_columns) == (11, ("is_criterion",))
    fives = [row[0] for row in station.rows("marks", "five")]
    assert fives == [5, 4 - 1, 3, None, None, None, None, None, None, Decimal("4.5"), Decimal("4.25")]
    assert [row[0] for row in station.rows("marks", "name")] == ["4", "4", "4", "н", *["4"] * 5, "8", "4"]


def test_origin_that_contradicts_the_mark_is_counted(station: Station) -> None:
    agreeing = [
        mark(1, value(4.0, 4)),
        mark(2, value(4.0, "4")),
        mark(3, value(4.0, "4,0")),
        mark(4, value(4.0, None)),
        mark(5, value(4.0, 4), name="4-"),
        mark(6, value(3.7, "4-"), name="4-"),
        mark(7, value(4.0, 80, "hundred"), name="80", grade_system_type="hundred"),
        mark(8, value(None, "н"), name="н"),
        mark(9, value(5.0, 1, "pass"), name="Зачёт", grade_system_type="pass"),
    ]
    contradicting = [
        mark(11, value(4.0, 5)),
        mark(12, value(4.0, "3")),
        mark(13, value(None, 3), name="4"),
        mark(14, value(4.0, 70, "hundred"), name="80", grade_system_type="hundred"),
        mark(15, value(None, "н"), name="Зачёт"),
    ]
    reports = load(station, {"marks.1.json": agreeing, "marks.2.jsonl": [*agreeing, *contradicting]})
    assert reports["marks.1.json"].remarks == {}
    assert reports["marks.2.jsonl"].remarks == {MISMATCH: 5}
    assert [row[0] for row in station.rows("marks", "name")][-5:] == ["4", "4", "4", "80", "Зачёт"]
    assert [row[0] for row in station.rows("marks", "five")][-5:] == [4, 4, None, 4, None]


def test_deleted_by_is_a_soft_deletion(station: Station) -> None:
    marks = [
        mark(1, deleted_by=77),
        {"id": 2, "deleted_by": "u7"},
        mark(3, deleted_by=""),
        {"id": 4},
        mark(5, deleted_by=False),
    ]
    report = load(station, {"marks.json": marks})["marks.json"]
    assert station.rows("marks", "mark_id, deleted") == [("1", True), ("2", True), ("3", None), ("5", None)]
    assert report.rows_rejected == 1


def test_pages_overlap_and_hold_several_marks_of_a_lesson(station: Station) -> None:
    load(station, {"marks.page-0001.json": [mark(1), mark(2)], "marks.page-0002.json": [mark(2), mark(3)]})
    assert [row[0] for row in station.rows("marks", "mark_id")] == ["1", "2", "2", "3"]


def test_mark_of_the_editor_has_no_id(station: Station) -> None:
    record = {key: found for key, found in MARK.items() if key not in ("id", "values", "group_id")}
    record |= {"grade_origins": [{"grade_origin": 4}], "valuesByIds": {"8": 4}, "controlForm": {"id": 5}}
    with pytest.raises(BadInput, match="нет ключа mark_id"):
        load(station, {"marks.json": [record]})
    report = load(station, {"marks.json": [record | {"id": 1, "group_id": 2}]}, NEXT_DAY)["marks.json"]
    assert (report.rows_loaded, {"controlForm", "grade_origins"} <= set(report.unknown_columns)) == (1, True)


def test_broken_page_of_marks(station: Station) -> None:
    text = "".join(json.dumps(record) + "\n" for record in [mark(1), mark(2, weight=9), mark(3, name={"a": 1})])
    report = load(station, {"marks.jsonl": text + "{\n" + json.dumps(mark(5, value(5.0, "5")))})["marks.jsonl"]
    assert (report.rows_read, report.rows_loaded) == (5, 2)
    assert sorted(station.reject_places()) == [(2, "weight"), (3, "name"), (4, "")]
    assert station.rows("marks", "mark_id, five") == [("1", 4), ("5", 5)]


def test_renamed_keys_of_a_page(station: Station) -> None:
    record = mark(1) | {"ученик": "s7"}
    del record["student_profile_id"]
    load(station, {"marks.json": [record]}, rename={"marks": {"ученик": "student_profile_id"}})
    assert station.rows("marks", "mark_id, student_profile_id, five") == [("1", "s7", 4)]


def scale(*marks: int) -> dict[str, Any]:
    default = {"nmax": 6, "five": [{"mark": mark} for mark in marks], "names": [f"Оценка {mark}" for mark in marks]}
    return {"id": 8, "nmax": 6, "type": "five", "defaults": [default]}


def test_control_forms_with_scales_in_either_order(station: Station) -> None:
    form = {"subject_id": 33, "name": "Тест", "short_name": "", "school_id": 586, "is_exam": False, "weight": 1}
    forms = [
        form | {"id": 1, "grade_system": scale(5, 4, 3, 2, 1, 0), "deleted_at": None, "type": None},
        form | {"id": 2, "grade_system": scale(0, 1, 2, 3, 4, 5), "deleted_at": None, "type": "digital_training"},
        form | {"id": 3, "organization_id": 40, "kind": "Контрольная", "type": "x", "deleted_at": "01.09.2026 10:00"},
    ]
    load(station, {"control_forms.json": forms})
    columns = "control_form_id, organization_id, name, short_name, kind, is_exam, weight, deleted_at"
    assert station.rows("control_forms", columns) == [
        ("1", None, "Тест", None, None, False, 1, None),
        ("2", None, "Тест", None, None, False, 1, None),  # a code of the system says nothing of our kinds
        ("3", "40", "Тест", None, "Контрольная", False, 1, local("2026-09-01 10:00:00")),
    ]


PERIODS = "attestation_period_id, attestation_periods_schedule_id, organization_id, academic_year_id, kind"


def test_periods_are_rows_and_schedules_without_them_none(station: Station) -> None:
    whole = {"organization_id": "40", "academic_year_id": 14, "school_id": 586}
    names = ["1 Четверть", "II триместр", "1 ПОЛУГОДИЕ", "Модуль 3", "2-й семестр", "Год"]
    schedules = [
        schedule(1, *(period(n, name) for n, name in enumerate(names)), **whole),
        schedule(2, **whole),
        {"id": 3, "name": "Пустой", "periods": None} | whole,
        schedule(4, period(9) | {"kind": "module", "color": "red", "organization_id": 41}, **whole),
    ]
    name = "attestation_periods_schedules.json"
    report = load(station, {name: schedules})[name]
    kinds = ["quarter", "trimester", "half_year", "module", "semester", None]
    assert station.rows("attestation_periods", PERIODS) == [
        *((str(n), "1", "40", "14", kind) for n, kind in enumerate(kinds)),
        ("9", "4", "41", "14", "module"),
    ]
    assert station.rows("attestation_periods", "name, begin_date, end_date")[0] == (
        "1 Четверть",
        date(2026, 9, 1),
        date(2026, 10, 25),
    )
    assert (report.rows_read, report.rows_loaded, report.remarks) == (7, 7, {EMPTY_REMARK: 2})
    assert report.unknown_columns == ("school_id", "periods.color")


def test_bad_periods_are_rejects_of_their_own(station: Station) -> None:
    whole = {"organization_id": "40", "academic_year_id": 14}
    schedules = [
        schedule(1, period(1), period(2, end="31.02.2026"), None, 7, **whole),
        {"id": 2, "periods": "none"} | whole,
        {"id": 3, "periods": period(3)} | whole,
        {"id": {"x": 1}, "periods": [period(4)]} | whole,
    ]
    report = load(station, {"attestation_periods.jsonl": schedules})["attestation_periods.jsonl"]
    assert (report.rows_read, report.rows_loaded) == (7, 2)
    assert [row[0] for row in station.rows("attestation_periods", "attestation_period_id")] == ["1", "3"]
    places = station.reject_places()
    assert [line for line, column in places if column == "attestation_period_id"] == [1, 1, 2]
    assert {(1, "end_date"), (4, "attestation_periods_schedule_id")} <= set(places)


def test_periods_without_a_schedule_around_them(station: Station) -> None:
    whole = {"organization_id": "40", "academic_year_id": 14, "attestation_periods_schedule_id": 5}
    load(station, {"attestation_periods.json": [period(1) | whole, period(2) | whole]})
    rows = [("1", "5", "40", "14", "quarter"), ("2", "5", "40", "14", "quarter")]
    assert station.rows("attestation_periods", PERIODS) == rows


def test_schedule_takes_from_the_others_of_its_file_what_they_agree_on(station: Station) -> None:
    others = [schedule(1, period(1), organization_id="40", academic_year_id=14), schedule(2, period(2))]
    report = load(station, {"attestation_periods.json": others})["attestation_periods.json"]
    assert station.rows("attestation_periods", PERIODS)[1] == ("2", "2", "40", "14", "quarter")
    assert report.remarks == {FILLED_REMARK: 1}


def test_class_that_follows_a_schedule_knows_better_than_the_other_schedules(station: Station) -> None:
    unit = {"class_level": 2, "name": "2А", "organization_id": "43", "academic_year_id": 13}
    schedules = [schedule(1, period(1), organization_id="40", academic_year_id=14), schedule(2, period(2))]
    units = [unit | {"class_unit_id": 1, "attestation_periods_schedule_id": 2}]
    load(station, {"class_units.json": units, "attestation_periods.json": schedules})
    assert station.rows("attestation_periods", PERIODS)[1] == ("2", "2", "43", "13", "quarter")


def test_schedule_of_which_nothing_tells_whose_it_is_is_rejected(station: Station) -> None:
    others = [
        schedule(1, period(1), organization_id="40", academic_year_id=14),
        schedule(2, period(2), organization_id="41", academic_year_id=15),
        schedule(3, period(3), organization_id=" "),
    ]
    report = load(station, {"attestation_periods.json": others})["attestation_periods.json"]
    assert (report.rows_loaded, report.remarks) == (2, {})
    rejects = station.rejects()
    assert [(reject["line"], reject["column"]) for reject in rejects] == [
        ("3", "organization_id"),
        ("3", "academic_year_id"),
    ]
    assert "class_units" in rejects[0]["reason"]
    assert "academic_years" in rejects[1]["reason"]


CLASS = {"class_unit_id": "c1", "class_level": 2, "name": "2А"}
YEARS = [
    {"id": 14, "name": "2026/27", "begin_date": [2026, 9, 1], "end_date": [2027, 8, 31]},
    {"id": 15, "name": "2027/28", "begin_date": "2027-09-01", "end_date": "31.08.2028"},
]


def test_schedule_takes_its_owner_from_classes_and_groups_and_its_year_from_its_dates(station: Station) -> None:
    group = {"academic_year_id": 14, "subject_id": 1, "name": "Группа"}
    load(
        station,
        {
            "academic_years.json": YEARS,
            "class_units.json": [CLASS | {"organization_id": "50", "academic_year_id": 9}],
        },
    )
    schedules = [
        schedule(1, period(1), organization_id="40", academic_year_id=14),
        schedule(2, period(2), organization_id="41", academic_year_id=15),
        schedule(3, period(3)),
        schedule(4, period(4)),
        schedule(5, period(5)),
        schedule(6, period(6, begin="01.06.2027", end="30.09.2027"), organization_id="40"),
    ]
    unit = CLASS | {"organization_id": "43", "academic_year_id": 13}
    load(
        station,
        {
            "class_units.json": [unit | {"class_unit_id": n, "attestation_periods_schedule_id": 3} for n in (1, 2)]
            + [unit | {"class_unit_id": 5, "attestation_periods_schedule_id": 5}]
            + [unit | {"class_unit_id": 6, "attestation_periods_schedule_id": 5, "organization_id": 44}],
            "groups.json": [
                group | {"group_id": 1, "organization_id": "44", "attestation_periods_schedule_id": 4},
                group | {"group_id": 2, "organization_id": "44", "attestation_periods_schedule_id": 3},
            ],
            "attestation_periods.json": schedules,
        },
        NEXT_DAY,
    )
    assert station.rows("attestation_periods", PERIODS)[2:] == [
        ("3", "3", "43", "13", "quarter"),
        ("4", "4", "44", "14", "quarter"),
    ]
    assert sorted(station.reject_places(NEXT_DAY)) == [(5, "organization_id"), (6, "academic_year_id")]


GROUP = {
    "id": 2200001,
    "name": "Химия 2А",
    "short_name": "2А 1",
    "subject_id": 33,
    "periods_schedule_id": 222,
    "class_level_id": 2,
    "class_unit_id": 1190,
    "academic_year_id": 14,
    "attestation_periods_schedule_id": 16,
}
GROUPS = "group_id, organization_id, academic_year_id, class_unit_id, periods_schedule_id"


def class_unit(number: int, organization: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "organization_id": organization,
        "academic_year_id": 14,
        "class_level_id": 2,
        "name": "2А",
    } | more


def test_group_takes_its_organization_from_its_class(station: Station) -> None:
    files = {"class_units.json": [class_unit(1190, 40), class_unit(1191, "41", academic_year_id=13)]}
    load(station, files)
    unit = {key: found for key, found in GROUP.items() if key != "academic_year_id"} | {"class_unit_id": 1191}
    groups = [
        GROUP,
        GROUP | {"id": 2, "organization_id": "77"},
        unit | {"id": 3},
        GROUP | {"id": 4, "class_unit_id": 5},
    ]
    files = {"class_units.json": [class_unit(1190, "42")], "groups.json": groups}
    report = load(station, files, NEXT_DAY)["groups.json"]
    assert station.rows("class_units", "class_level") == [(2,), (2,), (2,)]
    assert station.rows("groups", GROUPS) == [
        ("2200001", "42", "14", "1190", "222"),
        ("2", "77", "14", "1190", "222"),
        ("3", "41", "13", "1191", "222"),
    ]
    assert (report.remarks, report.rows_rejected) == ({FROM_CLASS: 2}, 1)
    (reject,) = station.rejects(NEXT_DAY)
    assert (reject["line"], reject["column"]) == ("4", "organization_id")
    assert "class_units" in reject["reason"]


def test_single_group_is_a_page_too(station: Station) -> None:
    load(station, {"groups.json": GROUP | {"organization_id": 40}})
    assert station.rows("groups", GROUPS) == [("2200001", "40", "14", "1190", "222")]


def test_group_across_classes_takes_the_organization_of_its_schedules_or_the_only_one(station: Station) -> None:
    across = GROUP | {"class_unit_id": None}
    groups = [
        across,
        across | {"id": 2, "attestation_periods_schedule_id": None},
        across | {"id": 3, "periods_schedule_id": 1},
    ]
    units = [
        class_unit(1, 40, periods_schedule_id=222, attestation_periods_schedule_id=16),
        class_unit(2, 40, periods_schedule_id=222),
        class_unit(3, 41, attestation_periods_schedule_id=16),
    ]
    load(station, {"class_units.json": units, "groups.json": groups})
    assert station.rows("groups", "group_id, organization_id") == [("2200001", "40"), ("2", "40")]
    school = {"organization_id": 40, "name": "Школа", "kind": "school", "municipality": "Центр"}
    load(station, {"organizations.json": [school], "groups.json": groups}, NEXT_DAY)
    assert station.rows("groups", "group_id, organization_id")[-1] == ("3", "40")


def test_order_of_many_groups_is_kept(station: Station) -> None:
    groups = [GROUP | {"id": n, "class_unit_id": n % 700} for n in range(5000)]
    load(station, {"class_units.json": [class_unit(n, n % 7) for n in range(700)], "groups.json": groups})
    assert [int(row[0]) for row in station.rows("groups", "group_id")] == list(range(5000))


OTHER_PAGES: list[tuple[str, dict[str, Any], str, tuple[Any, ...]]] = [
    ("subjects", {"name": "Химия"}, "name", ("Химия",)),
    (
        "academic_years",
        {"name": "2026/27", "begin_date": "01.09.2026", "end_date": "31.08.2027", "current_year": True},
        "name, begin_date",
        ("2026/27", date(2026, 9, 1)),
    ),
    (
        "students",
        {"person_id": "5f1e", "last_name": "Иванов", "birth_date": "01.02.2015", "sex": "male"},
        "person_id, birth_date, sex",
        ("5f1e", date(2015, 2, 1), "male"),
    ),
    (
        "lessons",
        {"group_id": 2, "date": [2026, 9, 1], "lesson_number": 1, "begin_time": [8, 30], "end_time": [9, 15]}
        | {"lesson_name": "Кислоты", "is_cancelled": False},
        "date, begin_time, end_time, topic, cancelled",
        (date(2026, 9, 1), "08:30", "09:15", "Кислоты", False),
    ),
    (
        "attendances",
        {"student_profile_id": 1, "schedule_lesson_id": 2, "lesson_date": "01.09.2026", "nonattendance_reason_id": 3}
        | {"deleted_by": 8},
        "date, absence_reason_id, deleted",
        (date(2026, 9, 1), "3", True),
    ),
    (
        "final_marks",
        {"student_profile_id": 1, "subject_id": 2, "academic_year_id": 3, "is_year_mark": True, "name": "5", "five": 5},
        "name, five",
        ("5", 5),
    ),
]


@pytest.mark.parametrize(
    ("dataset", "record", "columns", "expected"), OTHER_PAGES, ids=[page[0] for page in OTHER_PAGES]
)
def test_pages_of_other_datasets(
    station: Station, dataset: str, record: dict[str, Any], columns: str, expected: tuple[Any, ...]
) -> None:
    load(station, {f"{dataset}.json": [{"id": 17} | record]})
    key = load_contract()[dataset].key[0]
    assert station.rows(dataset, f"{key}, {columns}") == [("17", *expected)]


def test_dataset_with_a_key_of_several_columns_has_no_pages(station: Station) -> None:
    with pytest.raises(BadInput, match="нет ключа event_id, student_profile_id"):
        load(station, {"event_participants.json": [{"id": 1}]})


def test_shapes_name_columns_of_the_contract() -> None:
    contract = load_contract()
    shapes = yaml.safe_load(PAGES_FILE.read_text("utf-8"))
    assert all(column in accepted_columns(contract[name]) for name, shape in shapes.items() for column in shape)
    assert Path("extracts") / "pages.yaml" == PAGES_FILE.relative_to(PAGES_FILE.parents[1])
