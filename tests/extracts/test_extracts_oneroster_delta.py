"""OneRoster deltas and later bulk exports: what a part of an export says of the rows that are made of several parts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from extract_station import DAY, Station
from oneroster_exports import CLASSES_12, ENROLLMENTS_12, EXPORT_12, RESULTS_12, lines_of, manifest, put_export, table

from extracts.errors import BadInput, LoadStopped

SECOND = date(2026, 10, 2)
THIRD = date(2026, 10, 3)

USERS = "sourcedId,status,dateLastModified,givenName,familyName"
DEMOGRAPHICS = "sourcedId,status,dateLastModified,birthDate,sex,cityOfBirth"
ENROLLMENTS = "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate,endDate"
RESULTS = "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,textScore,scoreDate"
NOON = "2026-10-02T07:00:00Z"  # 12:00 in Yekaterinburg

Delta = Callable[..., Any]


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of 1.2 as loaded on the first day: made once, to be copied."""
    station = Station(tmp_path_factory.mktemp("first_day"))
    put_export(station, EXPORT_12, DAY, version="1.2")
    station.load()
    return station.home


@pytest.fixture
def later(station: Station, first_day: Path) -> Delta:
    """A station with the export of 1.2 as of the first day; gives what loads a later delivery of these files."""
    shutil.copytree(first_day, station.home)

    def load(day: date = SECOND, mode: str = "delta", **tables: str) -> Any:
        put_export(station, tables, day, mode, version="1.2")
        return station.load(day)

    return load


def came(station: Station, dataset: str, columns: str, day: date = SECOND) -> list[tuple[Any, ...]]:
    """The raw rows of one day."""
    rows = station.rows(dataset, f"_load_date, {columns}")
    return [row[1:] for row in rows if row[0] == day]


def test_a_user_without_demographics_keeps_what_is_known_of_them(station: Station, later: Delta) -> None:
    report = later(users=table(USERS, f"a,active,{NOON},Ада,Новая"))

    columns = "student_profile_id, last_name, birth_date, sex, deleted"
    assert came(station, "students", columns) == [("a", "Новая", date(2011, 1, 31), "female", False)]
    assert {one.dataset: one.mode for one in report.datasets}["students"] == "change_set"


def test_demographics_alone_change_the_student(station: Station, later: Delta) -> None:
    later(demographics=table(DEMOGRAPHICS, f"b,active,{NOON},2009-02-03,male,", f"zz,active,{NOON},2009-02-03,male,"))

    assert came(station, "students", "student_profile_id, last_name, birth_date") == [("b", "Крон", date(2009, 2, 3))]


def test_a_user_who_is_to_be_deleted_is_deleted_with_their_kin(station: Station, later: Delta) -> None:
    later(users=table(USERS, f"a,tobedeleted,{NOON},,"))

    assert came(station, "students", "student_profile_id, deleted") == [("a", True)]
    assert came(station, "representatives", "representative_id, deleted") == [("a:p", True)]


def test_a_deletion_may_come_before_what_it_deletes(station: Station, later: Delta) -> None:
    later(results=table(RESULTS, f"x99,tobedeleted,{NOON},,,,,,"))

    assert came(station, "marks", "mark_id, deleted") == [("x99", True)]


def test_results_of_a_delta_find_line_items_and_classes_of_earlier_deliveries(station: Station, later: Delta) -> None:
    later(
        results=table(
            RESULTS,
            f"x1,active,{NOON},l1,a,fully graded,5,,2026-09-07",  # corrected
            f"x2,active,{NOON},l1,d,exempt,,,",  # no mark any more
            f"x4,tobedeleted,{NOON},,,,,,",
            f"x7,active,{NOON},l1,d,fully graded,3,,2026-10-01",  # new
        )
    )

    assert came(station, "marks", "mark_id, group_id, subject_id, name, deleted") == [
        ("x1", "h9", "his", "5", False),
        ("x2", None, None, None, True),
        ("x4", None, None, None, True),
        ("x7", "h9", "his", "3", False),
    ]


def test_a_changed_line_item_changes_its_marks(station: Station, later: Delta) -> None:
    header = "sourcedId,status,dateLastModified,classSourcedId,categorySourcedId,resultValueMax"
    later(lineItems=table(header, f"l3,active,{NOON},h11,k,5", f"l2,tobedeleted,{NOON},,,"))

    assert came(station, "marks", "mark_id, five, grade_system_type, deleted") == [
        ("x3", None, None, True),
        ("x4", None, None, True),
        ("x5", 4, "five", False),
    ]


def test_results_wait_for_their_line_item(station: Station, later: Delta) -> None:
    header = "sourcedId,status,dateLastModified,classSourcedId,categorySourcedId,resultValueMax"
    first = later(results=table(RESULTS, f"x8,active,{NOON},l9,a,fully graded,4,,2026-09-30"))
    assert came(station, "marks", "mark_id") == []
    (source,) = (one for one in first.sources if one.table == "results")
    assert dict(source.remarks) == {"ждёт работы: её нет в lineItems.csv": 1}

    later(THIRD, lineItems=table(header, "l9,active,2026-10-03T07:00:00Z,h9,k,5"))

    assert came(station, "marks", "mark_id, group_id, five", THIRD) == [("x8", "h9", 4)]


def test_an_enrollment_that_moves_leaves_its_group(station: Station, later: Delta) -> None:
    later(
        enrollments=table(
            ENROLLMENTS, f"ga,active,{NOON},h11,sch,a,student,2026-10-02,", f"gb,tobedeleted,{NOON},,,,,,"
        )
    )

    assert came(station, "group_members", "group_id, student_profile_id, begin_date, deleted") == [
        ("h11", "a", date(2026, 10, 2), False),
        ("h11", "b", date(2026, 9, 1), True),
        ("h9", "a", date(2026, 9, 1), True),
    ]


def test_a_student_who_gets_a_homeroom_has_no_other_enrollment(station: Station, later: Delta) -> None:
    later(enrollments=table(ENROLLMENTS, f"ed,active,{NOON},c9,sch,d,student,2026-09-03,"))

    assert came(station, "enrollments", "enrollment_id, class_unit_id, deleted") == [
        ("d:sch:y", None, True),
        ("ed", "c9", False),
    ]


def test_a_delta_of_classes_is_put_into_what_is_known(station: Station, later: Delta) -> None:
    header = CLASSES_12.splitlines()[0]
    report = later(
        classes=table(
            header, f'c9,active,{NOON},9-Г,09,his,,homeroom,,sch,"q1,q2",,,', f"h11,tobedeleted,{NOON},,,,,,,,,,,"
        )
    )

    assert {one.dataset: one.mode for one in report.datasets}["groups"] == "snapshot"
    assert came(station, "class_units", "class_unit_id, name") == [("c11", "11А"), ("c9", "9-Г")]
    assert came(station, "groups", "group_id") == [("h9",)]
    # Who was in it, and the marks given there, stay what they were.
    assert came(station, "group_members", "group_id") == []


def test_a_later_bulk_export_forgets_what_it_does_not_hold(station: Station, later: Delta) -> None:
    report = later(mode="bulk", **{**EXPORT_12, "results": lines_of(RESULTS_12, "x1", "x2")})

    assert came(station, "marks", "mark_id") == [("x1",), ("x2",)]
    assert {one.dataset: one.mode for one in report.datasets}["marks"] == "snapshot"


def test_in_a_bulk_export_a_row_whose_new_version_is_rejected_keeps_its_old_one(station: Station, later: Delta) -> None:
    results = RESULTS_12.replace(
        "x1,active,2026-09-07T10:00:00Z,l1,a,fully graded,4,4-", "x1,active,2026-10-02T10:00:00Z,l1,a,fully graded,7,"
    )
    users = EXPORT_12["users"].replace("b,active,2026-09-01T04:00:00Z", "b,active,вчера")
    later(mode="bulk", **{**EXPORT_12, "results": results, "users": users})

    assert [(one["file"], one["line"], one["column"]) for one in station.rejects(SECOND)] == [
        ("results.csv", "2", "score"),
        ("users.csv", "3", "dateLastModified"),
    ]
    assert came(station, "marks", "mark_id, name")[0] == ("x1", "4-")
    assert came(station, "students", "student_profile_id") == [("a",), ("b",), ("d",)]

    later(THIRD, users=table(USERS, "a,active,2026-10-03T07:00:00Z,Ада,Иная"))  # the old version is still known
    assert came(station, "students", "student_profile_id, last_name", THIRD) == [("a", "Иная")]


def test_a_delta_builds_on_the_last_bulk_file_alone(station: Station, later: Delta) -> None:
    later(mode="bulk", **{**EXPORT_12, "demographics": table(DEMOGRAPHICS, "b,,,2009-02-03,male,")})
    later(THIRD, users=table(USERS, "a,active,2026-10-03T07:00:00Z,Ада,Иная", "b,active,2026-10-03T07:00:00Z,Боб,Иной"))

    columns = "student_profile_id, last_name, birth_date"
    assert came(station, "students", columns, THIRD) == [("a", "Иная", None), ("b", "Иной", date(2009, 2, 3))]


def test_files_of_one_export_may_be_bulk_and_delta(station: Station, later: Delta) -> None:
    station.put("enrollments.csv", lines_of(ENROLLMENTS_12, "ea", "eb", "ga"), SECOND)
    station.put("users.csv", table(USERS, f"b,active,{NOON},Боб,Кронов"), SECOND)
    station.put("manifest.csv", manifest("1.2", enrollments="bulk", users="delta"), SECOND)
    report = station.load(SECOND)

    modes = {one.dataset: one.mode for one in report.datasets}
    assert (modes["enrollments"], modes["group_members"], modes["students"]) == ("snapshot", "snapshot", "change_set")
    assert came(station, "group_members", "group_id, student_profile_id") == [("h9", "a")]
    assert came(station, "students", "student_profile_id") == [("b",)]


def test_rows_that_say_what_is_known_change_nothing(station: Station, later: Delta) -> None:
    later(results=lines_of(RESULTS_12, "x1", "x2"), users=lines_of(EXPORT_12["users"], "a"))

    assert came(station, "marks", "mark_id") == came(station, "students", "student_profile_id") == []


def test_a_day_that_was_stopped_leaves_nothing_that_a_later_one_could_build_on(station: Station, later: Delta) -> None:
    bad = table(RESULTS, *(f"n{number},active,{NOON},l1,a,fully graded,x,,2026-09-07" for number in range(200)))
    with pytest.raises(LoadStopped):
        later(results=bad, users=table(USERS, f"a,active,{NOON},Ада,Ложная"))
    with pytest.raises(BadInput):
        later(THIRD, users="", results=lines_of(RESULTS_12, "x1"))
    assert not station.is_merged(SECOND)

    later(date(2026, 10, 4), demographics=table(DEMOGRAPHICS, "a,active,2026-10-04T07:00:00Z,2011-02-01,female,"))

    found = came(station, "students", "last_name, birth_date", date(2026, 10, 4))
    assert found == [("Лова", date(2011, 2, 1))]
