"""The bytes of a package, against bytes written out by hand (specification 4-portal.md, «CSV rules»)."""

from __future__ import annotations

import hashlib
import json
import stat
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pytest
from loader_rules import read_file
from portal_region import REGION, publish

import portal.package
import portal.table_files
from extracts.errors import BadInput
from portal.manifest import Package
from portal.package import write_package
from portal.specification import load_specification

AS_OF = date(2026, 10, 1)
CREATED_AT = datetime(2026, 10, 1, 2, 0, 5)  # noqa: DTZ001
STAMP = '"2026-10-01 02:00:05";"2026-10-01 02:00:05"'

EXPECTED: dict[str, list[str]] = {
    "01_dict_organization_create.csv": [
        "id;name;short_name;kind;municipality;is_current;create_datetime;send_datetime",
        '"R59-10";"МАОУ ""СОШ № 1""";;"school";"г. Пермь";"True";' + STAMP,
    ],
    "02_dict_subject_create.csv": [
        "id;name;is_current;create_datetime;send_datetime",
        '"R59-11";"Русский язык";"False";' + STAMP,
        '"R59-7";"Алгебра; начала анализа";"True";' + STAMP,
    ],
    "03_dict_period_create.csv": [
        "id;academic_year_id;organization_id;name;kind;begin_date;end_date;create_datetime;send_datetime",
        '"R59-501";"R59-2026";"R59-10";"1 Четверть";"quarter";"2026-09-01";"2026-10-24";' + STAMP,
        '"R59-year-2025";"R59-2025";;"2025/2026";"year";"2025-09-01";"2026-08-31";' + STAMP,
        '"R59-year-2026";"R59-2026";;"2026/2027";"year";"2026-09-01";"2027-08-31";' + STAMP,
        '"R59-year-2027";"R59-2027";;"2027/2028";"year";"2027-09-01";"2028-08-31";' + STAMP,
    ],
    "04_student_create.csv": [
        "student_id;last_name;first_name;middle_name;birth_date;sex;snils;document_type;document_series;document_number;"
        "create_datetime;send_datetime",
        '"R59-s1";"Первая";"Анна";"Ивановна";"2012-05-06";"female";"11223344595";;;;' + STAMP,
        '"R59-s2";"Второй";"Пётр";;"2011-01-02";"male";;"2";"5701";"123456";' + STAMP,
    ],
    "05_student_representative_create.csv": [
        "student_id;representative_id;representative_type;last_name;first_name;middle_name;sex;snils;document_type;"
        "document_series;document_number;create_datetime;send_datetime",
        '"R59-s1";"R59-r1";"1";"Первая";"Мать";;"female";"11223344595";;;;' + STAMP,
    ],
    "06_student_class_create.csv": [
        "student_id;class_id;begin_date;end_date;organization_id;class_name;class_level;create_datetime;send_datetime",
        '"R59-s1";"R59-9a";"2026-09-01";;"R59-10";"9А";"9";' + STAMP,
        '"R59-s2";"R59-9a";"2026-09-01";"2027-05-31";"R59-10";"9А";"9";' + STAMP,
    ],
    "07_student_gpa_current_create.csv": [
        "student_id;academic_year_id;organization_id;class_id;parallel_id;average;class_rank;school_rank;"
        "create_datetime;send_datetime",
        '"R59-s1";"R59-2026";"R59-10";"R59-9a";"R59-2026-10-9";"4.08";"1";"1";' + STAMP,
        '"R59-s2";"R59-2026";"R59-10";"R59-9a";"R59-2026-10-9";"3.64";"2";"5";' + STAMP,
    ],
    "08_class_gpa_current_create.csv": [
        "class_id;academic_year_id;organization_id;class_average;students_count;create_datetime;send_datetime",
        '"R59-9a";"R59-2026";"R59-10";"3.45";"4";' + STAMP,
    ],
    "09_parallel_gpa_current_create.csv": [
        "parallel_id;academic_year_id;organization_id;class_level;parallel_average;students_count;create_datetime;send_datetime",
        '"R59-2026-10-9";"R59-2026";"R59-10";"9";"3.00";"9";' + STAMP,
    ],
    "10_student_statsubject_create.csv": [
        "student_id;subject_id;period_id;period_kind;marks_count;average;dynamic;target_mark;target_five_marks;"
        "create_datetime;send_datetime",
        '"R59-s1";"R59-11";"R59-501";"period";"0";;"NONE";;;' + STAMP,
        '"R59-s1";"R59-7";"R59-501";"period";"11";"4.08";"UP";"5";"6";' + STAMP,
        '"R59-s1";"R59-7";"R59-year-2026";"year";"11";"4.08";"UP";"5";"6";' + STAMP,
    ],
    "11_class_statsubject_create.csv": [
        "class_id;subject_id;period_id;period_kind;class_average;students_count;marks_count;create_datetime;send_datetime",
        '"R59-9a";"R59-7";"R59-501";"period";"4.01";"4";"60";' + STAMP,
        '"R59-9a";"R59-7";"R59-year-2026";"year";"3.63";"4";"60";' + STAMP,
    ],
    "12_student_statsubject_by_week_create.csv": [
        "student_id;subject_id;week_begin;marks_count;week_average;create_datetime;send_datetime",
        '"R59-s1";"R59-7";"2026-09-07";"11";"4.08";' + STAMP,
        '"R59-s1";"R59-7";"2026-09-14";"2";"3.13";' + STAMP,
        '"R59-s2";"R59-7";"2026-09-07";"3";"0.67";' + STAMP,
    ],
    "13_class_statsubject_by_week_create.csv": [
        "class_id;subject_id;week_begin;week_average;students_count;marks_count;create_datetime;send_datetime",
        '"R59-9a";"R59-11";"2026-09-07";"2.50";"1";"2";' + STAMP,
    ],
    "14_student_control_marks_create.csv": [
        "mark_id;student_id;subject_id;period_id;mark_date;control_form_name;topic;mark;five;weight;"
        "create_datetime;send_datetime",
        '"R59-m10";"R59-s2";"R59-7";"R59-501";"2026-09-10";"Контрольная";"Тема «""А""»и Б";"4-";"4.00";"2";' + STAMP,
        '"R59-m2";"R59-s1";"R59-7";;"2026-09-01";;;"Зачёт";;"1";' + STAMP,
    ],
    "15_student_pmarks_create.csv": [
        "student_id;subject_id;period_id;final_mark;final_five;is_academic_debt;create_datetime;send_datetime",
        '"R59-s1";"R59-7";"R59-501";"4";"4.00";"False";' + STAMP,
        '"R59-s2";"R59-7";"R59-501";"А/З";;"True";' + STAMP,
    ],
    "16_student_ymarks_create.csv": [
        "student_id;subject_id;academic_year_id;final_mark;final_five;is_academic_debt;create_datetime;send_datetime",
        '"R59-s1";"R59-7";"R59-2026";"5";"5.00";"False";' + STAMP,
    ],
    "17_student_skippings_create.csv": [
        "student_id;skip_date;lessons_held;lessons_missed;missed_excused;missed_unexcused;missed_by_illness;create_datetime;send_datetime",
        '"R59-s1";"2026-09-02";"6";"6";"5";"1";"5";' + STAMP,
    ],
    "18_class_skippings_create.csv": [
        "class_id;skip_date;students_enrolled;students_absent;students_absent_all_day;lessons_held;lessons_missed;"
        "create_datetime;send_datetime",
        '"R59-9a";"2026-09-02";"25";"3";"1";"150";"8";' + STAMP,
    ],
    "19_class_vacation_create.csv": [
        "class_id;vacation_name;begin_date;end_date;create_datetime;send_datetime",
        '"R59-9a";"Осенние каникулы";"2026-10-25";"2026-11-01";' + STAMP,
    ],
    "20_student_events_create.csv": [
        "student_id;event_id;event_name;category;level;place;begin_date;end_date;create_datetime;send_datetime",
        '"R59-s2";"R59-v1";"Олимпиада";;"школьный";;"2026-10-02";;' + STAMP,
    ],
    "21_student_achievements_create.csv": [
        "achievement_id;student_id;achievement_type;achievement_name;level;achievement_result;place;achievement_date;"
        "subject_id;has_document;create_datetime;send_datetime",
        '"R59-h1";"R59-s1";"Конкурс";"Грамота";;"1 место";;"2026-09-05";"R59-7";"True";' + STAMP,
        '"R59-h2";"R59-s1";;"Диплом";"школьный";;"Актовый зал";"2026-09-06";;;' + STAMP,
    ],
    "22_student_debts_create.csv": [
        "student_id;subject_id;debt_kind;source_id;period_id;mark;deadline;create_datetime;send_datetime",
        '"R59-s2";"R59-7";"point";"R59-m11";"R59-501";;"2026-10-10";' + STAMP,
    ],
}


def export(published: Path, exports: Path, **settings: object) -> Package:
    values: dict[str, object] = {"prefix": "R59", "created_at": CREATED_AT, "as_of": AS_OF} | settings
    return write_package(published, exports, **values)  # type: ignore[arg-type]


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return publish(tmp_path / "publication")


def lines(package: Package, table: str) -> list[str]:
    file = next(file for file in package.files if file.table == table)
    return (package.path / file.name).read_text("utf-8").split("\n")


def first_values(package: Package, table: str) -> list[str]:
    return [line.split(";")[0].strip('"') for line in lines(package, table)[1:]]


# --- bytes ----------------------------------------------------------------------------------------------------------


def test_every_file_has_exactly_the_bytes_of_the_rules(published: Path, tmp_path: Path) -> None:
    package = export(published, tmp_path / "exports")
    written = {path.name: path.read_bytes() for path in package.path.iterdir() if path.suffix == ".csv"}
    assert written == {name: "\n".join(expected).encode() for name, expected in EXPECTED.items()}


def test_manifest_says_what_the_files_hold(published: Path, tmp_path: Path) -> None:
    package = export(published, tmp_path / "exports")
    manifest = json.loads((package.path / "manifest.json").read_text("utf-8"))
    assert manifest == package.manifest()
    assert manifest["specification"] == "v1"
    assert (manifest["as_of"], manifest["number"], manifest["kind"]) == ("2026-10-01", 1, "full")
    assert manifest["base_package"] is None
    assert manifest["prefix"] == "R59"
    assert manifest["created_at"] == manifest["create_datetime"] == manifest["send_datetime"] == "2026-10-01 02:00:05"
    assert manifest["held_back"] == []
    assert [file["file"] for file in manifest["files"]] == sorted(EXPECTED)
    assert [file["order"] for file in manifest["files"]] == list(range(1, 23))
    for file in manifest["files"]:
        data = (package.path / file["file"]).read_bytes()
        assert file["operation"] == "create"
        assert file["bytes"] == len(data)
        assert file["sha256"] == hashlib.sha256(data).hexdigest()
        assert file["rows"] == len(EXPECTED[file["file"]]) - 1
    assert manifest["rows"] == sum(file["rows"] for file in manifest["files"])


def test_the_same_state_gives_the_same_bytes_whatever_the_order_of_its_rows(tmp_path: Path) -> None:
    backwards = {name: list(rows)[::-1] for name, rows in REGION.items()}
    packages = [
        export(publish(tmp_path / "a"), tmp_path / "exports"),
        export(publish(tmp_path / "b", backwards), tmp_path / "exports"),
    ]
    assert [file.sha256 for file in packages[0].files] == [file.sha256 for file in packages[1].files]


def test_a_time_zone_on_the_creation_time_changes_nothing(published: Path, tmp_path: Path) -> None:
    aware = CREATED_AT.replace(tzinfo=timezone(timedelta(hours=5)), microsecond=999_999)
    package = export(published, tmp_path / "exports", created_at=aware)
    assert lines(package, "dict_subject")[1].endswith(STAMP)


# --- who and what goes out ------------------------------------------------------------------------------------------


def test_without_the_condition_of_an_application_every_active_student_goes_out(published: Path, tmp_path: Path) -> None:
    package = export(published, tmp_path / "exports", connected_only=False)
    assert first_values(package, "student_gpa_current") == ["R59-s1", "R59-s2", "R59-s3", "R59-s5"]
    no_class = lines(package, "student_gpa_current")[3]
    assert no_class == '"R59-s3";"R59-2026";"R59-10";;;;;;' + STAMP


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (date(2026, 9, 1), "3.64"),  # first day of a year
        (date(2026, 8, 31), "5.00"),  # last day of the year before
        (date(2024, 1, 1), "5.00"),  # before all years: the first
    ],
)
def test_the_current_year_is_the_last_that_began(published: Path, tmp_path: Path, as_of: date, expected: str) -> None:
    package = export(published, tmp_path / "exports", as_of=as_of)
    assert lines(package, "student_gpa_current")[-1].split(";")[5] == f'"{expected}"'


def test_a_table_without_rows_has_no_file_and_stands_in_the_manifest(tmp_path: Path) -> None:
    published = publish(tmp_path / "publication", {"control_works": []})
    package = export(published, tmp_path / "exports")
    manifest = package.manifest()
    assert counts(manifest, "student_control_marks") == (0, 0)
    assert [file["file"] for file in manifest["files"]][13] == "14_student_pmarks_create.csv"
    assert not list(package.path.glob("*student_control_marks*"))


# --- held back ------------------------------------------------------------------------------------------------------


def counts(manifest: dict[str, Any], name: str) -> tuple[int, int]:
    table = next(table for table in manifest["tables"] if table["table"] == name)
    return table["rows"], table["held_back"]


def held(package: Package) -> list[tuple[str, str | None, str, int]]:
    return [(item.table, item.field, item.reason, item.rows) for item in package.held_back]


def test_a_value_that_is_too_long_holds_its_row_back_and_is_never_cut(tmp_path: Path) -> None:
    works = list(REGION["control_works"])
    fits, too_long = list(works[0]), list(works[0])
    fits[5], fits[10] = "fits", "я" * 4000 + "\n"  # without the control character it fits
    too_long[5], too_long[10] = "long", "я" * 4001
    package = export(publish(tmp_path / "p", {"control_works": [fits, too_long]}), tmp_path / "exports")
    assert first_values(package, "student_control_marks") == ["R59-fits"]
    assert held(package) == [("student_control_marks", "topic", "too_long", 1)]
    assert counts(package.manifest(), "student_control_marks") == (1, 1)


def test_the_prefix_counts_towards_the_length(tmp_path: Path) -> None:
    room = 128 - len("R59-")
    subjects = [("1" * room, "Алгебра", True), ("2" * (room + 1), "Химия", True)]
    package = export(publish(tmp_path / "p", {"subjects": subjects}), tmp_path / "exports")
    assert first_values(package, "dict_subject") == ["R59-" + "1" * room]
    assert ("dict_subject", "id", "too_long", 1) in held(package)


def test_children_of_a_row_that_was_held_back_are_held_back(tmp_path: Path) -> None:
    subjects = [("7", "А" * 501, True), ("11", "Русский язык", True)]
    package = export(publish(tmp_path / "p", {"subjects": subjects}), tmp_path / "exports")
    assert first_values(package, "dict_subject") == ["R59-11"]
    assert first_values(package, "student_statsubject") == ["R59-s1"]
    assert ("student_statsubject", "subject_id", "unknown_reference", 2) in held(package)
    assert ("student_pmarks", "subject_id", "unknown_reference", 2) in held(package)


def test_an_empty_key_and_a_value_of_another_type_hold_the_row_back(tmp_path: Path) -> None:
    marts = {
        "subjects": [("\t", "Без кода", True), ("7", "Алгебра", True)],
        "student_averages": [
            ("2026", "10", "9a", 9, "s1", "current", True, 2, "4.0", "4.00", 1, 1),
            ("2026", "10", "9a", 9, "s2", "current", True, 2, "4.0", "12.34", 1, 1),
        ],
    }
    package = export(publish(tmp_path / "p", marts), tmp_path / "exports")
    assert ("dict_subject", "id", "empty_key", 1) in held(package)
    assert ("student_gpa_current", "average", "wrong_type", 1) in held(package)
    assert first_values(package, "student_gpa_current") == ["R59-s1"]


def test_of_rows_with_one_key_one_goes_out_whatever_their_order(tmp_path: Path) -> None:
    weeks = list(REGION["weekly_dynamics"])
    double = list(weeks[1])
    double[0], double[5] = "2025", 4
    contents = []
    for number, rows in enumerate(([*weeks, double], [double, *weeks])):
        package = export(publish(tmp_path / str(number), {"weekly_dynamics": rows}), tmp_path / "exports")
        assert held(package) == [("student_statsubject_by_week", None, "duplicate_key", 1)]
        contents.append(lines(package, "student_statsubject_by_week"))
    assert contents[0] == contents[1]
    assert len(contents[0]) == 4


def test_doubles_that_two_batches_divide_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subjects = [(str(number // 2), f"Предмет {number}", True) for number in range(20_000)]
    monkeypatch.setattr(portal.table_files, "_BATCH_ROWS", 1)
    with duckdb.connect(str(publish(tmp_path / "p", {"subjects": []}) / "portfolio.duckdb")) as connection:
        connection.executemany("INSERT INTO marts.subjects VALUES (?, ?, ?)", subjects[:500])
    package = export(tmp_path / "p", tmp_path / "exports")
    assert ("dict_subject", None, "duplicate_key", 250) in held(package)
    assert len(first_values(package, "dict_subject")) == 250


def test_an_empty_required_value_is_two_quotes(tmp_path: Path) -> None:
    subjects = [("7", "", True), ("8", None, None), ("9", "\x01\x9f", True)]
    package = export(publish(tmp_path / "p", {"subjects": subjects}), tmp_path / "exports")
    assert lines(package, "dict_subject")[1:] == [
        '"R59-7";"";"True";' + STAMP,
        '"R59-8";"";"";' + STAMP,
        '"R59-9";"";"True";' + STAMP,
    ]


# --- the folder -----------------------------------------------------------------------------------------------------


def test_packages_of_one_date_are_numbered_and_a_number_is_not_given_twice(published: Path, tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    assert export(published, exports).path == exports / "2026-10-01-1"
    third = exports / "2026-10-01-3"
    third.mkdir()
    assert export(published, exports).path == exports / "2026-10-01-4"
    assert export(published, exports, as_of=date(2026, 10, 2)).path == exports / "2026-10-02-1"


def test_only_the_owner_may_read(published: Path, tmp_path: Path) -> None:
    package = export(published, tmp_path / "exports")
    assert stat.S_IMODE((tmp_path / "exports").stat().st_mode) == 0o700
    assert stat.S_IMODE(package.path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in package.path.iterdir()} == {0o600}


def test_what_a_killed_run_left_is_removed(published: Path, tmp_path: Path) -> None:
    left = tmp_path / "exports" / ".tmp-2026-10-01-1"
    (left / ".spill").mkdir(parents=True)
    (left / "01_dict_organization_create.csv").write_text("half")
    package = export(published, tmp_path / "exports")
    assert sorted(path.name for path in (tmp_path / "exports").iterdir()) == ["2026-10-01-1"]
    assert sorted(path.name for path in package.path.iterdir()) == [*sorted(EXPECTED), "manifest.json"]


def test_a_link_is_followed_once_and_the_published_files_are_not_touched(published: Path, tmp_path: Path) -> None:
    link = tmp_path / "published"
    link.symlink_to(published.name)
    before = {path.name: path.read_bytes() for path in published.iterdir()}
    export(link, tmp_path / "exports")
    assert {path.name: path.read_bytes() for path in published.iterdir()} == before


# --- what cannot be written -----------------------------------------------------------------------------------------


def test_a_student_with_a_blocker_is_held_back_and_the_others_go_out(tmp_path: Path) -> None:
    package = export(publish(tmp_path / "published", blocked=frozenset({"s1"})), tmp_path / "exports")
    everybody = export(publish(tmp_path / "all"), tmp_path / "exports")
    without, with_all = (set(first_values(one, "student_gpa_current")) for one in (package, everybody))
    assert {value for value in with_all if value.endswith("-s1")} == with_all - without != set()


def test_without_the_completeness_of_the_night_nothing_goes_out(published: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(published / "portfolio.duckdb")) as connection:
        connection.execute("DROP TABLE marts.completeness")
    with pytest.raises(BadInput, match="completeness"):
        export(published, tmp_path / "exports")


def test_a_missing_published_file_is_bad_input_and_leaves_nothing(published: Path, tmp_path: Path) -> None:
    (published / "people.duckdb").unlink()
    with pytest.raises(BadInput, match=r"people\.duckdb"):
        export(published, tmp_path / "exports")
    assert list((tmp_path / "exports").iterdir()) == []


def test_a_mart_or_column_that_is_not_there_is_named_with_its_line(published: Path, tmp_path: Path) -> None:
    text = (Path(portal.package.__file__).with_name("spec") / "v1.yaml").read_text("utf-8")
    text = text.replace("mart: final_marks", "mart: last_marks", 1).replace("source: short_name", "source: brief_name")
    changed = tmp_path / "changed.yaml"
    changed.write_text(text, "utf-8")
    with pytest.raises(BadInput) as error:
        export(published, tmp_path / "exports", specification=load_specification(changed))
    numbered = text.split("\n")
    name_line = next(number for number, line in enumerate(numbered, 1) if "brief_name" in line)
    mart_line = next(number for number, line in enumerate(numbered, 1) if "last_marks" in line)
    assert [message.split(": ")[0] for message in error.value.messages] == [
        f"changed.yaml:{name_line}",
        f"changed.yaml:{mart_line}",
    ]


@pytest.mark.parametrize("prefix", ["", "-59", 'R"59', "R;59", "R 59", "R\n59", "x" * 33])
def test_a_prefix_that_cannot_stand_in_an_id_is_refused(published: Path, tmp_path: Path, prefix: str) -> None:
    with pytest.raises(BadInput, match="префикс"):
        export(published, tmp_path / "exports", prefix=prefix)


# --- numbers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weighted_sum", "weight_sum", "shown"),
    [(49, 12, "4.08"), (102, 28, "3.64"), (25, 8, "3.13"), (201, 200, "1.01"), (1, 3, "0.33"), (5, 1, "5.00")],
)
def test_week_averages_round_half_away_from_zero_exactly(
    tmp_path: Path, weighted_sum: int, weight_sum: int, shown: str
) -> None:
    weeks = [("2026", "9a", "s1", "7", "2026-09-07", 1, weighted_sum, weight_sum, 0.0)]
    package = export(publish(tmp_path / "p", {"weekly_dynamics": weeks}), tmp_path / "exports")
    assert lines(package, "student_statsubject_by_week")[1].split(";")[4] == f'"{shown}"'


def test_a_double_is_rounded_to_nine_decimals_before_two(tmp_path: Path) -> None:
    published = publish(tmp_path / "p")
    with duckdb.connect(str(published / "portfolio.duckdb")) as connection:
        connection.execute("ALTER TABLE marts.student_averages ALTER average_shown TYPE DOUBLE")
        connection.execute("UPDATE marts.student_averages SET average_shown = 3.1249999999999996")
    package = export(published, tmp_path / "exports")
    assert lines(package, "student_gpa_current")[1].split(";")[5] == '"3.13"'


def test_the_independent_parser_reads_every_file(published: Path, tmp_path: Path) -> None:
    package = export(published, tmp_path / "exports")
    specification = load_specification()
    for file in package.files:
        names, rows = read_file((package.path / file.name).read_bytes())
        table = specification.table(file.table)
        assert names == [field.name for field in table.fields]
        assert len(rows) == file.rows
        for row in rows:
            for field, cell in zip(table.fields, row, strict=True):
                assert cell.is_quoted or not field.required
                assert not (cell.is_quoted and cell.text == "" and not field.required)


def test_an_aware_time_is_not_converted(published: Path, tmp_path: Path) -> None:
    package = export(published, tmp_path / "exports", created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert package.created_at == datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001
