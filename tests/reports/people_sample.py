"""A home with a publication for the pages that name children: `report_findings`, and students who are hard to place."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from report_findings import AS_OF, FINDINGS, STUDENTS, Finding, checked_region
from report_region import BIG, EVIL_TOWN, PATH_ID, SMALL, YEAR

from expectations.readiness import _write_texts
from expectations.readiness_texts import load_readiness

PUBLICATION = f"{AS_OF}-1"
SCHOOL, COLLEGE = "school-1", "college-1"
#: Of no municipality, and an id that SQL, HTML and addresses could stumble over.
ODD_SCHOOL = "x' OR '1'='1\"; drop table <b>?#&%2F/list.xlsx"
QUIET_SCHOOL = "quiet"
MOVED, GONE, NOBODY, COMING, MERGED = "moved", "gone", "nobody", "coming", "merged-away"
ODD_STUDENT = "../о'Нил/<i>\"?#%41 \n//"
SHOWN = f"pupil-{BIG}-4"
EVIL_NAME = "<script>alert(7)</script>"
OLD = date(2026, 10, 26)

#: student → organization and class of the year, last and first name.
MORE: dict[str, tuple[str | None, str | None, str, str]] = {
    MOVED: (PATH_ID, "c-bare", "Переехавшая", "Зоя"),
    GONE: (None, None, "Выбывший", "Глеб"),
    NOBODY: (None, None, "Ничей", "Фома"),
    COMING: (None, None, "Будущая", "Ева"),
    ODD_STUDENT: (ODD_SCHOOL, None, EVIL_NAME, "Ян"),
}

#: enrollment, student, organization, first and last day
ENROLLMENTS = [
    ("e1", MOVED, SCHOOL, "2026-09-01", "2026-10-01"),
    ("e2", MOVED, PATH_ID, "2026-10-02", None),
    ("e3", GONE, COLLEGE, "2023-09-01", "2024-05-31"),
    ("e4", GONE, SCHOOL, "2024-09-01", "2026-05-31"),
    # These cover no day, or none yet.
    ("e5", GONE, PATH_ID, "2026-06-10", "2026-06-01"),
    ("e6", GONE, ODD_SCHOOL, "2026-12-01", None),
    ("e7", COMING, COLLEGE, "2026-12-01", None),
    ("e8", ODD_STUDENT, ODD_SCHOOL, "2026-09-01", None),
]

MORE_FINDINGS: list[Finding] = [
    ("S06", "blocker", "student", MOVED, SCHOOL, SMALL, MOVED, OLD, None),
    ("S06", "blocker", "student", ODD_STUDENT, ODD_SCHOOL, None, ODD_STUDENT, OLD, None),
    # Mended: it stands in no list, but it is the day when the school's list last changed.
    ("S03", "blocker", "student", MOVED, PATH_ID, "c-bare", MOVED, OLD, AS_OF),
    ("S12", "advice", "student", "elsewhere", None, None, NOBODY, OLD, None),
]

#: Who studies where, or studied last.
HOMES: dict[str, str | None] = {
    **dict.fromkeys(STUDENTS, SCHOOL),
    MOVED: PATH_ID,
    GONE: SCHOOL,
    NOBODY: None,
    COMING: COLLEGE,
    ODD_STUDENT: ODD_SCHOOL,
}
TOWNS = {SCHOOL: EVIL_TOWN, PATH_ID: "Посёлок", COLLEGE: "Посёлок", ODD_SCHOOL: None, QUIET_SCHOOL: "Посёлок"}

#: What nothing but a page for those who may see it may hold.
NAMES = [name for _, last, first, _ in STUDENTS.values() for name in (last, first) if name]
NAMES += [name for _, _, last, first in MORE.values() for name in (last, first)]

_MARTS = {
    "student_subject_averages": "average_shown decimal(9, 2); dynamic varchar; target_mark integer; "
    "target_five_marks integer",
}
_NEW_MARTS = {
    "weekly_dynamics": "academic_year_id varchar, class_unit_id varchar, student_profile_id varchar, "
    "subject_id varchar, week_begin date, marks_count bigint, weighted_sum bigint, weight_sum bigint",
    "control_works": "academic_year_id varchar, student_profile_id varchar, subject_id varchar, mark_id varchar, "
    "date date, attestation_period_id varchar, control_form_name varchar, topic varchar, mark varchar, "
    "five decimal(18, 9), weight integer",
    "upcoming_events": "student_profile_id varchar, event_id varchar, name varchar, category varchar, level varchar, "
    "place varchar, begin_date date, end_date date",
    "achievements": "academic_year_id varchar, student_profile_id varchar, achievement_id varchar, type_name varchar, "
    "name varchar, level varchar, result varchar, place varchar, date date, subject_id varchar, has_document boolean",
    "completeness": "student_profile_id varchar, is_complete boolean",
    "portfolio_readiness": "student_profile_id varchar, section varchar, is_shown boolean, reason_hidden varchar",
}
_PEOPLE = {
    "students": "document_type_id varchar; sex varchar; valid_snils varchar; organization_id varchar; "
    "application_status varchar",
    "representatives": "document_series varchar; document_type_id varchar; sex varchar; type_id integer; "
    "valid_snils varchar",
}


def write_home(home: Path) -> Path:
    """Writes the publication into the home and points `published` to it; gives the link."""
    folder = checked_region(home / "publications" / PUBLICATION, [*FINDINGS, *MORE_FINDINGS])
    with duckdb.connect(str(folder / "portfolio.duckdb")) as connection:
        connection.execute("begin")
        _add_columns(connection, "marts.", _MARTS)
        for table, columns in _NEW_MARTS.items():
            connection.execute(f"create table marts.{table} ({columns})")
        _add_marts(connection)
        connection.execute("commit")
    with duckdb.connect(str(folder / "people.duckdb")) as connection:
        connection.execute("begin")
        _add_columns(connection, "", _PEOPLE)
        _add_people(connection)
        connection.execute("commit")
    link = home / "published"
    link.symlink_to(folder.relative_to(home))
    return link


def _add_columns(connection: duckdb.DuckDBPyConnection, schema: str, tables: dict[str, str]) -> None:
    for table, columns in tables.items():
        for column in columns.split("; "):
            connection.execute(f"alter table {schema}{table} add column {column}")


def _add_marts(connection: duckdb.DuckDBPyConnection) -> None:
    _write_texts(connection, load_readiness())
    connection.execute("update marts.student_subject_averages set dynamic = 'NONE'")
    for organization_id, name, short_name in (
        (ODD_SCHOOL, "Школа <u>Странная</u>", None),
        (QUIET_SCHOOL, "Тихая", "Т"),
    ):
        connection.execute(
            "insert into marts.organizations values (?, ?, ?, 'school', ?, true)",
            [organization_id, name, short_name, TOWNS[organization_id]],
        )
    connection.execute("insert into marts.completeness values (?, true)", [SHOWN])
    for section in load_readiness().sections:
        connection.execute(
            "insert into marts.portfolio_readiness values (?, ?, ?, ?)",
            [SHOWN, section, section == "personal_data", None if section == "personal_data" else "no_marks"],
        )
    connection.execute(
        "insert into marts.weekly_dynamics values (?, ?, ?, 's2', '2026-09-07', 2, 9, 2)", [YEAR, BIG, SHOWN]
    )


def _add_people(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("update students set organization_id = ?, application_status = 'connected'", [SCHOOL])
    for student, (organization_id, class_unit_id, last_name, first_name) in MORE.items():
        values: dict[str, Any] = {
            "student_profile_id": student,
            "last_name": last_name,
            "first_name": first_name,
            "birth_date": "2011-03-14",
            "snils": "112-233-445 95",
            "class_unit_id": class_unit_id,
            "organization_id": organization_id,
            "is_active": organization_id is not None,
            "application_status": "connected",
        }
        marks = ", ".join("?" for _ in values)
        connection.execute(f"insert into students ({', '.join(values)}) values ({marks})", list(values.values()))
    connection.execute(
        "create table student_classes (enrollment_id varchar, student_profile_id varchar, organization_id varchar, "
        "class_unit_id varchar, academic_year_id varchar, class_level integer, class_name varchar, begin_date date, "
        "end_date date, leave_reason varchar)"
    )
    for row in ENROLLMENTS:
        connection.execute(
            "insert into student_classes (enrollment_id, student_profile_id, organization_id, begin_date, end_date) "
            "values (?, ?, ?, ?, ?)",
            list(row),
        )
