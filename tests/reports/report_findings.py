"""A publication with findings, written by hand upon the region of `report_region`: counts can be checked on paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from report_region import BIG, EDGE, PATH_ID, SMALL, region, region_rows

from expectations.rules import load_rules
from expectations.texts import write_rules

AS_OF = date(2026, 10, 28)
LAST_NIGHT = date(2026, 10, 27)
EARLIER = date(2026, 10, 26)
SCHOOL_1, COLLEGE = "school-1", "college-1"
FORMULA = '=HYPERLINK("https://evil.example","нажмите")'

#: student → class, last, first and middle name. Birth dates, СНИЛС and numbers below must show up nowhere.
STUDENTS: dict[str, tuple[str, str | None, str | None, str | None]] = {
    f"pupil-{BIG}-0": (BIG, "Иванов", "Пётр", "Сергеевич"),
    f"pupil-{BIG}-1": (BIG, "Иванов", "Пётр", "Олегович"),
    f"pupil-{BIG}-2": (BIG, FORMULA, "Анна", None),
    f"pupil-{BIG}-3": (BIG, None, "Мария", "-"),
    f"pupil-{BIG}-4": (BIG, "Полный", "Яков", "Янович"),
    f"pupil-{SMALL}-0": (SMALL, "Ёлкин", "Иван", "Ильич"),
    f"pupil-{SMALL}-1": (SMALL, "Егоров 112-233-445 95", "Борис", "Ильич"),
    f"pupil-{SMALL}-2": (SMALL, "Жуков\x07\ufffe", "Олег", "Ильич"),
    f"pupil-{EDGE}-0": (EDGE, "Яковлева", "Яна", "Юрьевна"),
    f"pupil-{EDGE}-1": (EDGE, "Абрамов", "Лев", "Львович"),
}
SECRETS = ("112-233-445 95", "11223344595", "2011-03-14", "14.03.2011", "654321", "6500")

Finding = tuple[str, str, str, str, str | None, str | None, str | None, date, date | None]

#: rule, severity, kind, object, organization, class, student, first seen, closed on
FINDINGS: list[Finding] = [
    ("S01", "blocker", "student", f"pupil-{BIG}-3", SCHOOL_1, BIG, f"pupil-{BIG}-3", EARLIER, None),
    ("S06", "blocker", "student", f"pupil-{BIG}-0", SCHOOL_1, BIG, f"pupil-{BIG}-0", LAST_NIGHT, None),
    ("P01", "blocker", "portal_application", "app-1", SCHOOL_1, BIG, f"pupil-{BIG}-0", LAST_NIGHT, None),
    ("S12", "advice", "student", f"pupil-{BIG}-2", SCHOOL_1, BIG, f"pupil-{BIG}-2", AS_OF, None),
    ("S10", "advice", "student", f"pupil-{SMALL}-0", SCHOOL_1, SMALL, f"pupil-{SMALL}-0", EARLIER, None),
    ("S07", "section", "student", f"pupil-{SMALL}-1", SCHOOL_1, SMALL, f"pupil-{SMALL}-1", EARLIER, None),
    ("S09", "section", "student", f"pupil-{SMALL}-2", SCHOOL_1, SMALL, f"pupil-{SMALL}-2", EARLIER, None),
    ("S09", "advice", "student", f"pupil-{EDGE}-0", SCHOOL_1, EDGE, f"pupil-{EDGE}-0", EARLIER, None),
    ("R03", "section", "representative", "parent-1", SCHOOL_1, EDGE, f"pupil-{EDGE}-0", EARLIER, None),
    *(
        ("J03", "advice", "mark", f"mark-{place}", SCHOOL_1, EDGE, f"pupil-{EDGE}-1", night, None)
        for place, night in enumerate((LAST_NIGHT, EARLIER, AS_OF))
    ),
    ("J01", "section", "subject_cell", f"pupil-{EDGE}-1/s2/p1", SCHOOL_1, EDGE, f"pupil-{EDGE}-1", EARLIER, None),
    (
        "J01",
        "section",
        "subject_cell",
        f"pupil-{EDGE}-1/s2/year-2026",
        SCHOOL_1,
        EDGE,
        f"pupil-{EDGE}-1",
        EARLIER,
        None,
    ),
    ("C02", "section", "periods_schedule", "kug-1", SCHOOL_1, None, None, EARLIER, None),
    ("C06", "advice", "group", "group-1", SCHOOL_1, EDGE, None, EARLIER, None),
    ("C01", "section", "class_unit", "c-bare", PATH_ID, "c-bare", None, EARLIER, None),
    ("J08", "advice", "control_form", "form-1", None, None, None, EARLIER, None),
    ("S03", "blocker", "student", f"pupil-{BIG}-4", SCHOOL_1, BIG, f"pupil-{BIG}-4", EARLIER, AS_OF),
    ("S05", "blocker", "student", f"pupil-{BIG}-4", SCHOOL_1, BIG, f"pupil-{BIG}-4", EARLIER, LAST_NIGHT),
]

ORGANIZATIONS = {SCHOOL_1: [BIG, SMALL, EDGE], PATH_ID: ["c-bare"], COLLEGE: []}


def open_findings(findings: Sequence[Finding] = FINDINGS) -> list[Finding]:
    """Those that stand."""
    return [row for row in findings if row[8] is None]


def checked_region(
    folder: Path, findings: Sequence[Finding] = FINDINGS, *, as_of: date = AS_OF, only_night: bool = False
) -> Path:
    """The published folder of the region with these findings: `portfolio.duckdb` and `people.duckdb`."""
    rows = {**region_rows(), "publication": [{"as_of": as_of, "marks": 1}]}
    region(folder, rows)
    with duckdb.connect(str(folder / "portfolio.duckdb")) as connection:
        connection.execute("begin")
        write_rules(connection, load_rules())
        _write_findings(connection, findings, as_of)
        _write_rollup(connection, findings)
        _write_history(connection, [as_of] if only_night else [EARLIER, LAST_NIGHT, as_of])
        _write_checks(connection)
        connection.execute("commit")
    with duckdb.connect(str(folder / "people.duckdb")) as connection:
        connection.execute("begin")
        _write_people(connection)
        connection.execute("commit")
    return folder


def _write_findings(connection: duckdb.DuckDBPyConnection, findings: Sequence[Finding], as_of: date) -> None:
    connection.execute(
        "create table marts.findings (rule_id varchar, severity varchar, object_kind varchar, object_id varchar, "
        "organization_id varchar, class_unit_id varchar, student_profile_id varchar, first_seen date, last_seen date, "
        "closed_on date)"
    )
    for *row, first_seen, closed_on in findings:
        last_seen = as_of if closed_on is None else EARLIER
        connection.execute(
            "insert into marts.findings values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [*row, first_seen, last_seen, closed_on]
        )


def _write_rollup(connection: duckdb.DuckDBPyConnection, findings: Sequence[Finding]) -> None:
    connection.execute(
        "create table marts.completeness_rollup (level varchar, municipality varchar, organization_id varchar, "
        "class_unit_id varchar, is_assessed boolean, students bigint, complete_students bigint, complete_share double, "
        "blocker_findings bigint, section_findings bigint, advice_findings bigint)"
    )
    towns = dict(connection.execute("select organization_id, municipality from marts.organizations").fetchall())
    blocked = {row[6] for row in open_findings(findings) if row[1] == "blocker"}
    units: dict[tuple[Any, ...], list[str]] = {("region", None, None, None): list(STUDENTS)}
    for organization_id, classes in ORGANIZATIONS.items():
        own = [student for student, (class_id, *_) in STUDENTS.items() if class_id in classes]
        town = towns[organization_id]
        units[("organization", town, organization_id, None)] = own
        units.setdefault(("municipality", town, None, None), []).extend(own)
        for class_id in classes:
            units[("class_unit", town, organization_id, class_id)] = [s for s in own if STUDENTS[s][0] == class_id]
    for unit, students in units.items():
        complete = sum(student not in blocked for student in students)
        numbers = [bool(students), len(students), complete, complete / len(students) if students else None, 0, 0, 0]
        marks = ", ".join("?" for _ in range(11))
        connection.execute(f"insert into marts.completeness_rollup values ({marks})", [*unit, *numbers])


def _write_history(connection: duckdb.DuckDBPyConnection, nights: Sequence[date]) -> None:
    connection.execute(
        "create table marts.completeness_history (night date, level varchar, municipality varchar, "
        "organization_id varchar, students bigint, complete_students bigint, blocker_findings bigint, "
        "section_findings bigint, advice_findings bigint)"
    )
    for place, night in enumerate(nights):
        connection.execute(
            "insert into marts.completeness_history values (?, 'region', null, null, 10, ?, ?, ?, ?)",
            [night, 6 + place, 5 - place, 7, 20 + place],
        )
        connection.execute(
            "insert into marts.completeness_history values (?, 'municipality', 'Посёлок', null, 99, 99, 99, 99, 99)",
            [night],
        )


def _write_checks(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create table marts.quality_checks (suite varchar, suite_title varchar, rule_id varchar, severity varchar, "
        "expectation varchar, fact varchar, checked bigint, failed bigint)"
    )
    between = "expect_column_values_to_be_between"
    rows = [
        ("students", "Учащиеся", "S01", "blocker", "expect_column_values_to_be_in_set", "has_last_name", 10, 1),
        # Two kinds of organization, each checked for itself; and a condition within all of them.
        ("students", "Учащиеся", "S04", "section", between, "age_on_september_first", 7, 0),
        ("students", "Учащиеся", "S04", "section", between, "age_on_september_first", 3, 0),
        ("students", "Учащиеся", "S09", "section", between, "incomplete_documents", 10, 1),
        ("students", "Учащиеся", "S09", "advice", between, "lookalike_documents", 9, 1),
        # Two suites of one rule.
        ("class_units", "Классы", "C06", "advice", between, "students", 4, 0),
        ("groups", "Учебные группы", "C06", "advice", between, "members", 30, 1),
        ("marks", "Отметки", "J03", "advice", "expect_column_values_to_be_in_set", "is_entered_in_time", 500, 3),
    ]
    for row in rows:
        connection.execute("insert into marts.quality_checks values (?, ?, ?, ?, ?, ?, ?, ?)", row)


def _write_people(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create table students (student_profile_id varchar, last_name varchar, first_name varchar, "
        "middle_name varchar, birth_date date, snils varchar, document_series varchar, document_number varchar, "
        "class_unit_id varchar, is_active boolean)"
    )
    for student, (class_id, *names) in STUDENTS.items():
        connection.execute(
            "insert into students values (?, ?, ?, ?, '2011-03-14', '112-233-445 95', '6500', '654321', ?, true)",
            [student, *names, class_id],
        )
    connection.execute(
        "create table representatives (representative_id varchar, student_profile_id varchar, last_name varchar, "
        "first_name varchar, middle_name varchar, snils varchar, document_number varchar)"
    )
    connection.execute(
        "insert into representatives values "
        f"('parent-1', 'pupil-{EDGE}-0', 'Яковлев', 'Юрий', 'Ёжикович', '11223344595', '654321')"
    )
