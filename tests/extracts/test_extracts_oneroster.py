"""OneRoster exports: what becomes of every row, written out by hand (docs/oneroster.md)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import pytest
from extract_station import DAY, Station
from oneroster_exports import EXPORT_11, EXPORT_12, RESULTS_11, manifest, put_export, table

from extracts.errors import BadInput
from extracts.oneroster.tables import recognize

AUTUMN = date(2026, 9, 1)


@pytest.fixture(scope="module")
def loaded_11(tmp_path_factory: pytest.TempPathFactory) -> Station:
    """The export of 1.1, loaded once: nobody changes it."""
    station = Station(tmp_path_factory.mktemp("export_11"))
    put_export(station, EXPORT_11, DAY)
    station.load()
    return station


@pytest.fixture(scope="module")
def loaded_12(tmp_path_factory: pytest.TempPathFactory) -> Station:
    """The export of 1.2, loaded once: nobody changes it."""
    station = Station(tmp_path_factory.mktemp("export_12"))
    put_export(station, EXPORT_12, DAY, version="1.2")
    station.load()
    return station


def test_schools_get_the_nearest_district_as_municipality(loaded_11: Station) -> None:
    assert loaded_11.rows("organizations", "organization_id, name, kind, municipality") == [
        ("sch1", "Школа № 1", "school", "Северный район"),
        ("sch2", "Колледж связи", "college", "Южный район"),
    ]


def test_ends_of_sessions_are_exclusive(loaded_11: Station) -> None:
    assert loaded_11.rows("academic_years", "academic_year_id, name, begin_date, end_date") == [
        ("y27", "2026/2027", AUTUMN, date(2027, 5, 31))
    ]


def test_grading_periods_below_the_terms_of_a_class_are_its_attestation_periods(loaded_11: Station) -> None:
    schedule = "y27:sch1:gradingperiod-quarter"
    columns = (
        "attestation_period_id, attestation_periods_schedule_id, organization_id, name, kind, begin_date, end_date"
    )
    assert loaded_11.rows("attestation_periods", columns) == [
        ("q1:sch1", schedule, "sch1", "1 четверть", "quarter", AUTUMN, date(2026, 10, 23)),
        ("q2:sch1", schedule, "sch1", "2 четверть", "quarter", date(2026, 11, 2), date(2026, 12, 28)),
        ("q3:sch1", schedule, "sch1", "3 четверть", "quarter", date(2027, 1, 11), date(2027, 3, 19)),
        ("q4:sch1", schedule, "sch1", "4 четверть", "quarter", date(2027, 3, 29), date(2027, 5, 28)),
    ]


def test_gaps_between_periods_are_vacations(loaded_11: Station) -> None:
    vacations = [row for row in loaded_11.rows("kug_periods", "kind, begin_date, end_date") if row[0] == "vacation"]
    assert vacations == [
        ("vacation", date(2026, 10, 24), date(2026, 11, 1)),
        ("vacation", date(2026, 12, 29), date(2027, 1, 10)),
        ("vacation", date(2027, 3, 20), date(2027, 3, 28)),
    ]


def test_a_weekend_between_periods_is_no_vacation(loaded_12: Station) -> None:
    vacations = [row for row in loaded_12.rows("kug_periods", "kind, begin_date, end_date") if row[0] == "vacation"]
    assert vacations == [("vacation", date(2026, 12, 28), date(2027, 1, 10))]  # of the half-years alone


def test_homerooms_are_class_units(loaded_11: Station) -> None:
    columns = "class_unit_id, organization_id, academic_year_id, class_level, letter, name"
    assert loaded_11.rows("class_units", columns) == [
        ("10b", "sch1", "y27", 10, "Б", '10 "Б"'),
        ("9a", "sch1", "y27", 9, "А", "9А"),
    ]


def test_scheduled_classes_are_groups(loaded_11: Station) -> None:
    columns = "group_id, organization_id, academic_year_id, subject_id, class_unit_id, name"
    assert loaded_11.rows("groups", columns) == [("alg9", "sch1", "y27", "alg", None, "Алгебра 9А")]


def test_quarters_and_half_years_of_one_school_are_two_schedules(loaded_12: Station) -> None:
    quarters, halves = "y:sch:gradingperiod-quarter", "y:sch:gradingperiod-half_year"
    schedule = "attestation_periods_schedule_id"
    assert loaded_12.rows("class_units", f"class_unit_id, {schedule}") == [("c11", halves), ("c9", quarters)]
    assert loaded_12.rows("groups", f"group_id, {schedule}") == [("h11", halves), ("h9", quarters)]
    assert loaded_12.rows("attestation_periods", f"attestation_period_id, {schedule}") == [
        ("h1:sch", halves),
        ("h2:sch", halves),
        ("q1:sch", quarters),
        ("q2:sch", quarters),
    ]


def test_students_of_1_1_by_their_role(loaded_11: Station) -> None:
    columns = "student_profile_id, person_id, last_name, first_name, middle_name, birth_date, birth_place, sex, snils"
    assert loaded_11.rows("students", columns) == [
        ("u1", "u1", "Ельцова", "Анна", "Игоревна", date(2011, 5, 6), "Пермь", "female", "112-233-445 95"),
        ("u2", "u2", "Жуков", "Борис", None, None, None, None, None),
    ]


def test_students_of_1_2_by_roles_csv(loaded_12: Station) -> None:
    columns = "student_profile_id, person_id, last_name, birth_date, snils, updated_at::VARCHAR"
    morning = "2026-09-01 09:00:00"  # 04:00 UTC in Yekaterinburg
    assert loaded_12.rows("students", columns) == [
        ("a", "person-a", "Лова", date(2011, 1, 31), "112-233-445 95", morning),
        ("b", "b", "Крон", None, None, morning),
        ("d", "d", "Титов", None, None, morning),
    ]


def test_kin_named_by_either_side_are_representatives(loaded_11: Station) -> None:
    columns = "representative_id, student_profile_id, person_id, type_id, last_name, sex"
    assert loaded_11.rows("representatives", columns) == [
        ("u1:m1", "u1", "m1", 1, "Ельцова", "female"),
        ("u2:g1", "u2", "g1", 7, "Жуков", None),
    ]


def test_students_without_a_homeroom_are_enrolled_in_their_schools(loaded_11: Station) -> None:
    columns = "enrollment_id, student_profile_id, organization_id, class_unit_id, begin_date, end_date"
    assert loaded_11.rows("enrollments", columns) == [
        ("e1", "u1", "sch1", "9a", AUTUMN, None),
        ("u2:sch1:y27", "u2", "sch1", None, AUTUMN, None),  # has a group there, and none in sch2
    ]


def test_a_role_tells_the_days_of_a_stay_without_a_homeroom(loaded_12: Station) -> None:
    columns = "enrollment_id, class_unit_id, begin_date, end_date"
    assert loaded_12.rows("enrollments", columns) == [
        ("d:sch:y", None, date(2026, 9, 3), date(2027, 5, 31)),
        ("ea", "c9", AUTUMN, None),
        ("eb", "c11", AUTUMN, None),
    ]


def test_enrollments_in_scheduled_classes_are_memberships(loaded_11: Station) -> None:
    columns = "group_id, student_profile_id, begin_date, end_date"
    assert loaded_11.rows("group_members", columns) == [
        ("alg9", "u1", date(2026, 9, 2), date(2026, 11, 30)),
        ("alg9", "u2", AUTUMN, None),
    ]


def test_scores_have_a_five_point_value_on_a_scale_to_5_alone(loaded_11: Station) -> None:
    columns = "mark_id, student_profile_id, group_id, subject_id, control_form_id, date, name, five, "
    columns += "grade_system_type, weight"
    assert loaded_11.rows("marks", columns) == [
        ("r1", "u1", "alg9", "alg", "c1", date(2026, 9, 10), "4", Decimal(4), "five", 3),
        ("r2", "u2", "alg9", "alg", "c1", date(2026, 9, 10), "4.5", Decimal("4.5"), "five", 3),
        ("r3", "u1", "alg9", "alg", "c2", date(2026, 9, 11), "87", None, "hundred", None),
    ]


def test_text_scores_are_shown_and_shares_are_no_weights(loaded_12: Station) -> None:
    assert loaded_12.rows("marks", "mark_id, name, five, grade_system_type, weight, updated_at::VARCHAR") == [
        ("x1", "4-", Decimal(4), "five", None, "2026-09-07 15:00:00"),
        ("x2", "5", Decimal(5), "five", None, "2026-09-07 15:00:00"),
        ("x3", "Зачёт", None, None, None, "2026-09-07 15:00:00"),
        ("x4", "3+", None, None, None, "2026-09-07 15:00:00"),
        ("x5", "4", None, "hundred", None, "2026-09-07 15:00:00"),
    ]


def test_categories_are_control_forms(loaded_11: Station) -> None:
    columns = "control_form_id, name, weight"
    assert loaded_11.rows("control_forms", columns) == [("c1", "Контрольная работа", 3), ("c2", "Ответ", None)]


def test_every_row_of_every_file_is_accounted_for(station: Station) -> None:
    put_export(station, EXPORT_11, DAY)
    report = station.load()

    counted = {
        one.table: (one.rows_read, one.rows_loaded, one.rows_rejected, one.rows_passed_over) for one in report.sources
    }
    assert counted == {
        "manifest": (12, 12, 0, 0),
        "orgs": (6, 2, 0, 4),
        "academicSessions": (7, 5, 0, 2),
        "courses": (2, 2, 0, 0),
        "classes": (3, 3, 0, 0),
        "users": (6, 4, 0, 2),
        "demographics": (4, 3, 0, 1),
        "enrollments": (5, 3, 0, 2),
        "categories": (2, 2, 0, 0),
        "lineItems": (2, 2, 0, 0),
        "results": (9, 3, 3, 3),
    }
    assert all(sum(one.remarks.values()) == one.rows_passed_over for one in report.sources)
    assert all(one.rows_read == one.rows_loaded + one.rows_rejected for one in report.files)
    marks = next(one for one in report.datasets if one.dataset == "marks")
    assert (marks.rows_read, marks.rows_loaded, marks.rows_rejected) == (6, 3, 3)
    assert {one.mode for one in report.datasets} == {"snapshot"}
    assert {one.shape for one in report.sources} == {"oneroster 1.1"}


def test_rejects_name_file_line_and_column_of_the_export(loaded_11: Station) -> None:
    told = [(one["file"], int(one["line"]), one["column"], one["value"]) for one in loaded_11.rejects()]
    assert told == [
        ("results.csv", 7, "score", "5.5"),
        ("results.csv", 8, "score", ""),
        ("results.csv", 9, "scoreDate", "12-09-2026"),
    ]


def test_lines_are_told_behind_a_value_of_two_lines_a_mark_of_byte_order_and_other_delimiters(station: Station) -> None:
    results = RESULTS_11.replace('"хорошо, но"', '"хорошо,\nно"').replace("r1,,,li5,u1", "r1,,,,u1")
    put_export(station, {**EXPORT_11, "results": "\ufeff" + results}, DAY)
    station.put("courses.csv", "title;sourcedId;Лишний\nАлгебра;alg;1\n;cls;2\n".encode("cp1251"))
    report = station.load()

    assert [(one["file"], one["line"], one["column"]) for one in station.rejects()] == [
        ("courses.csv", "3", "title"),
        ("results.csv", "2", "lineItemSourcedId"),
        ("results.csv", "8", "score"),
        ("results.csv", "9", "score"),
        ("results.csv", "10", "scoreDate"),
    ]
    assert next(one.unknown_columns for one in report.sources if one.table == "courses") == ("Лишний",)


def test_lines_are_told_where_nothing_else_is_wrong_with_the_file(station: Station) -> None:
    header = "sourcedId,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,comment"
    rows = ('1,li5,u1,fully graded,4,2026-09-10,"так,\nвот"', "2,li5,u1,fully graded,6,2026-09-10,")
    put_export(station, {**EXPORT_11, "results": table(header, *rows)}, DAY)
    station.load()

    assert station.reject_places() == [(4, "score")]


def test_of_equal_versions_the_later_row_counts(station: Station) -> None:
    put_export(station, {**EXPORT_11, "courses": table("sourcedId,title", "alg,Алгебра", "alg,Алгебра и начала")}, DAY)
    station.load()

    assert station.rows("subjects", "subject_id, name") == [("alg", "Алгебра и начала")]


def test_no_password_or_address_is_read(loaded_11: Station) -> None:
    kept = (loaded_11.home / "raw").rglob("*.parquet")
    columns = {
        str(row[0]) for file in kept for row in duckdb.sql(f"SELECT name FROM parquet_schema('{file}')").fetchall()
    }
    assert "familyName" in columns
    assert not columns & {"password", "email", "phone", "sms", "username", "identifier"}
    assert not any(b"s3cret" in file.read_bytes() for file in (loaded_11.home / "raw").rglob("*") if file.is_file())


def test_two_schools_with_a_school_year_of_their_own_have_one_academic_year(station: Station) -> None:
    sessions = table(
        "sourcedId,title,type,startDate,endDate,parentSourcedId,schoolYear",
        "ya,2026/2027,schoolYear,2026-09-01,2027-06-01,,2027",
        "yb,2026/2027,schoolYear,2026-09-01,2027-06-26,,2027",
        "ta,Осень,term,2026-09-01,2026-12-29,ya,2027",
        "tb,Осень,term,2026-09-01,2026-12-26,yb,2027",
    )
    classes = table(
        "sourcedId,title,grades,courseSourcedId,classType,schoolSourcedId,termSourcedIds",
        "ca,5А,5,c,homeroom,a,ta",
        "cb,5Б,5,c,homeroom,b,tb",
    )
    station.put("academicSessions.csv", sessions)
    station.put("classes.csv", classes)
    station.load()

    assert station.rows("academic_years", "academic_year_id, begin_date, end_date") == [
        ("ya", AUTUMN, date(2027, 6, 25))
    ]
    assert station.rows("class_units", "class_unit_id, academic_year_id") == [("ca", "ya"), ("cb", "ya")]
    assert station.rows(
        "attestation_periods", "attestation_period_id, organization_id, academic_year_id, end_date"
    ) == [
        ("ta:a", "a", "ya", date(2026, 12, 28)),
        ("tb:b", "b", "ya", date(2026, 12, 25)),
    ]


def test_an_export_without_school_years_has_the_years_of_its_terms(station: Station) -> None:
    station.put(
        "academicSessions.csv",
        table("sourcedId,title,type,startDate,endDate,schoolYear", "t1,Осень,term,2026-09-01,2026-12-29,2027"),
    )
    station.load()

    assert station.rows("academic_years", "academic_year_id, name, begin_date, end_date") == [
        ("2027", "2026/2027", AUTUMN, date(2026, 12, 28))
    ]


def test_names_of_files_are_known_in_any_case_and_parts_belong_together(station: Station) -> None:
    station.put("ORGS.csv", table("sourcedId,name,type,parentSourcedId", "s1,Школа 1,school,"))
    station.put(
        "Orgs.part-2.CSV.gz", table("sourcedId,name,type,parentSourcedId", "s2,Школа 2,school,d", ",Нет,school,d")
    )
    report = station.load()

    assert station.rows("organizations", "organization_id, municipality") == [("s1", "не указан"), ("s2", "не указан")]
    assert [(one.file, one.rows_read, one.rows_rejected) for one in report.sources] == [
        ("ORGS.csv", 1, 0),
        ("Orgs.part-2.CSV.gz", 2, 1),
    ]
    assert station.reject_places() == [(3, "sourcedId")]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["enrollments.csv", "marks.csv"], {}),
        (["categories.csv", "roles.csv"], {}),
        (["users.parquet"], {}),
        (["enrollments.csv", "orgs.csv"], {"enrollments.csv": "enrollments", "orgs.csv": "orgs"}),
        (["manifest.csv", "marks.csv"], {"manifest.csv": "manifest"}),
    ],
)
def test_an_export_is_known_by_names_that_only_oneroster_has(names: list[str], found: dict[str, str]) -> None:
    assert recognize(names) == found


def test_our_own_files_load_beside_an_export(station: Station) -> None:
    put_export(station, EXPORT_11, DAY)
    station.put(
        "kug_periods.csv",
        "kug_period_id;periods_schedule_id;organization_id;academic_year_id;kind;name;begin_date;end_date\n"
        "k1;y27:sch1:gradingperiod-quarter;sch1;y27;vacation;Осенние;2026-10-24;2026-11-01\n",
    )
    station.put("subjects.csv", "subject_id;name\nphys;Физика\n")
    station.load()

    assert station.rows("kug_periods", "kug_period_id") == [("k1",)]
    assert station.rows("subjects", "subject_id, _file") == [
        ("alg", "courses.csv"),
        ("cls", "courses.csv"),
        ("phys", "subjects.csv"),
    ]


def test_without_a_manifest_datasets_come_as_the_contract_says(station: Station) -> None:
    put_export(station, EXPORT_11, DAY, mode=None)
    report = station.load()

    modes = {one.dataset: one.mode for one in report.datasets}
    assert modes["organizations"] == modes["groups"] == modes["attestation_periods"] == "snapshot"
    assert modes["students"] == modes["marks"] == modes["enrollments"] == "change_set"
    assert {one.table: one.mode for one in report.sources}["users"] == "delta"


def test_a_file_or_a_dataset_can_be_passed_over(station: Station) -> None:
    put_export(station, EXPORT_11, DAY)
    station.put("users.csv", b"")
    report = station.load(without=("users", "subjects"))

    assert {"users", "manifest"}.isdisjoint(one.dataset for one in report.datasets)
    assert "subjects" not in {one.dataset for one in report.datasets}
    assert "users" not in {one.table for one in report.sources}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("users.csv", "id,role\n1,student\n", "users.csv, строка 1: нет ключевого столбца sourcedId"),
        ("users.csv", "", "users.csv: файл пуст (0 байт)"),
        ("orgs.csv", "\n\n", "orgs.csv: нет строки заголовков"),
        (
            "manifest.csv",
            manifest("1.1", orgs="bulk", results="bulk", roles="bulk"),
            "которых в поставке нет: roles.csv",
        ),
        ("manifest.csv", manifest("2.0", orgs="bulk"), "версия OneRoster не поддерживается"),
        ("manifest.csv", manifest("1.1", orgs="сколько есть"), "недопустимое значение у file.orgs"),
    ],
)
def test_what_cannot_be_read_stops_the_delivery_in_one_line(
    station: Station, name: str, content: str, message: str
) -> None:
    put_export(station, EXPORT_11, DAY)
    station.put(name, content)

    with pytest.raises(BadInput) as raised:
        station.load()

    (line,) = raised.value.messages
    assert message in line
    assert "сколько" not in line
    assert not station.is_merged()
    assert not (station.home / "warehouse" / "incoming").exists()


def test_the_same_export_gives_the_same_raw_rows(loaded_12: Station, station: Station) -> None:
    put_export(station, EXPORT_12, DAY, version="1.2")
    station.load()

    written = [(one.home / "raw" / str(DAY) / "delivery.json").read_text("utf-8") for one in (station, loaded_12)]
    assert written[0] == written[1]
    assert all(station.rows(name) == loaded_12.rows(name) for name in ("students", "enrollments", "marks", "groups"))
