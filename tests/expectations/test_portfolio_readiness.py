"""portfolio_readiness: what hides a portfolio, what hides a section, and the texts of both."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from quality_checked import Checked

from expectations.readiness import write_readiness
from expectations.readiness_texts import READINESS_FILE, load_readiness, read_readiness
from expectations.rules import load_rules

MODEL = Path(__file__).parents[2] / "models" / "intermediate" / "quality" / "int_portal_sections.sql"
SECTIONS = list(load_readiness().sections)

#: Student, rules found, statuses of the applications (the last one counts), own reason of the section `vacation`.
STUDENTS: list[tuple[str, list[str], list[str], str | None]] = [
    ("shown", [], ["connected"], None),
    ("shown-with-advice", ["S09", "S10"], ["connected"], None),
    ("no-kug", [], ["connected"], "no_kug"),
    ("nothing", [], [], None),
    ("waiting", [], ["submitted"], None),
    ("withdrawn", [], ["connected", "withdrawn"], "no_kug"),
    ("blocked", ["S05"], ["connected"], "no_kug"),
    ("blocked-twice", ["S03", "S06"], ["connected"], None),
    ("blocked-no-application", ["S06"], [], None),
]


@pytest.fixture
def build() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of a build that the mart is made from."""
    with duckdb.connect() as connection:
        for schema in ("marts", "intermediate", "staging"):
            connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(
            "CREATE TABLE marts.completeness (academic_year_id VARCHAR, organization_id VARCHAR, class_unit_id VARCHAR,"
            " student_profile_id VARCHAR, is_complete BOOLEAN, findings VARCHAR[])"
        )
        columns = ", ".join(f"{section} VARCHAR" for section in SECTIONS)
        connection.execute(
            "CREATE TABLE intermediate.int_portal_sections"
            f" (student_profile_id VARCHAR, class_unit_id VARCHAR, {columns})"
        )
        connection.execute("CREATE TABLE intermediate.int_quality_applications (student_profile_id VARCHAR)")
        connection.execute(
            "CREATE TABLE intermediate.int_student_profiles (profile_id VARCHAR, student_profile_id VARCHAR)"
        )
        connection.execute("CREATE TABLE staging.stg_portal_applications (student_profile_id VARCHAR, status VARCHAR)")
        for student, rules, statuses, vacation in STUDENTS:
            add_student(connection, student, rules, statuses, vacation)
        yield connection


def add_student(
    connection: duckdb.DuckDBPyConnection, student: str, rules: list[str], statuses: list[str], vacation: str | None
) -> None:
    blocked = bool({"S01", "S02", "S03", "S05", "S06", "S08"} & set(rules))
    connection.execute(
        "INSERT INTO marts.completeness VALUES ('Y26', 'O1', '9A', ?, ?, ?)", [student, not blocked, rules]
    )
    reasons = [vacation if section == "vacation" else None for section in SECTIONS]
    marks = ", ".join("?" for _ in SECTIONS)
    connection.execute(f"INSERT INTO intermediate.int_portal_sections VALUES (?, '9A', {marks})", [student, *reasons])
    # The applications stand under a profile that was merged into the student's.
    connection.execute("INSERT INTO intermediate.int_student_profiles VALUES (?, ?)", [f"{student}-old", student])
    for status in statuses:
        connection.execute("INSERT INTO staging.stg_portal_applications VALUES (?, ?)", [f"{student}-old", status])
    if statuses[-1:] == ["connected"]:
        connection.execute("INSERT INTO intermediate.int_quality_applications VALUES (?)", [student])


def hidden(connection: duckdb.DuckDBPyConnection) -> dict[str, str | tuple[str | None, ...] | None]:
    """For each student the reason of all sections if it is one, else of gpa and vacation."""
    found: dict[str, dict[str, str | None]] = {}
    for student, section, is_shown, reason in connection.execute(
        "SELECT student_profile_id, section, is_shown, reason_hidden FROM marts.portfolio_readiness"
    ).fetchall():
        assert is_shown == (reason is None)
        found.setdefault(student, {})[section] = reason
    assert all(list(sections) == SECTIONS for sections in found.values())
    return {
        student: next(iter(sections.values()))
        if len(set(sections.values())) == 1
        else (sections["gpa"], sections["vacation"])
        for student, sections in found.items()
    }


def test_what_hides_the_portfolio_comes_before_what_hides_a_section(build: duckdb.DuckDBPyConnection) -> None:
    write_readiness(build, load_readiness(), connected_only=True)
    assert hidden(build) == {
        "shown": None,
        "shown-with-advice": None,
        "no-kug": (None, "no_kug"),
        "nothing": "no_application",
        "waiting": "application_not_connected",
        "withdrawn": "application_not_connected",
        "blocked": "no_sex",
        "blocked-twice": "no_snils_and_no_document",
        "blocked-no-application": "no_application",
    }


def test_without_the_condition_of_an_application_only_rules_hold_back(build: duckdb.DuckDBPyConnection) -> None:
    write_readiness(build, load_readiness(), connected_only=False)
    assert hidden(build) == {
        "shown": None,
        "shown-with-advice": None,
        "no-kug": (None, "no_kug"),
        "nothing": None,
        "waiting": None,
        "withdrawn": (None, "no_kug"),
        "blocked": "no_sex",
        "blocked-twice": "no_snils_and_no_document",
        "blocked-no-application": "no_snils_and_no_document",
    }


def test_columns_stand_as_the_specification_names_them(build: duckdb.DuckDBPyConnection) -> None:
    write_readiness(build, load_readiness(), connected_only=True)
    described = build.execute("DESCRIBE marts.portfolio_readiness").fetchall()
    assert [(name, kind) for name, kind, *_ in described] == [
        ("academic_year_id", "VARCHAR"),
        ("organization_id", "VARCHAR"),
        ("class_unit_id", "VARCHAR"),
        ("student_profile_id", "VARCHAR"),
        ("section", "VARCHAR"),
        ("is_shown", "BOOLEAN"),
        ("reason_hidden", "VARCHAR"),
    ]


def test_a_code_without_a_text_is_an_error(build: duckdb.DuckDBPyConnection) -> None:
    build.execute("UPDATE intermediate.int_portal_sections SET gpa = 'no_such_code' WHERE student_profile_id = 'shown'")
    with pytest.raises(RuntimeError, match="no_such_code"):
        write_readiness(build, load_readiness(), connected_only=True)


def test_a_student_whom_the_models_forget_is_an_error(build: duckdb.DuckDBPyConnection) -> None:
    build.execute("DELETE FROM intermediate.int_portal_sections WHERE student_profile_id = 'blocked'")
    with pytest.raises(RuntimeError, match="rows"):
        write_readiness(build, load_readiness(), connected_only=True)


def test_a_student_who_is_held_back_for_no_reason_is_an_error(build: duckdb.DuckDBPyConnection) -> None:
    build.execute("UPDATE marts.completeness SET findings = ['S99'] WHERE student_profile_id = 'blocked'")
    with pytest.raises(RuntimeError, match="held back"):
        write_readiness(build, load_readiness(), connected_only=True)


def test_every_student_of_a_checked_build_has_every_section_once(checked: Checked) -> None:
    rows = checked.connection.execute(
        "SELECT student_profile_id, list(section ORDER BY section) FROM marts.portfolio_readiness GROUP BY ALL"
    ).fetchall()
    [(students,)] = checked.connection.execute("SELECT count(*) FROM marts.completeness").fetchall()
    assert len(rows) == students
    assert all(sections == sorted(SECTIONS) for _, sections in rows)
    assert checked.result.sections == students * len(SECTIONS)
    assert 0 < checked.result.shown_sections < checked.result.sections


def test_applications_of_a_checked_build(checked: Checked) -> None:
    found = hidden(checked.connection)
    assert found["fine-connected"] == ("no_groups", "no_vacations_ahead")
    assert found["blocked-connected"] == "no_sex"
    assert found["blocked-withdrawn"] == "application_not_connected"
    assert found["flawless"] == "no_application"


def test_every_code_of_the_model_has_a_text_and_every_text_a_code() -> None:
    codes = set(re.findall(r"'([a-z_]+)'", MODEL.read_text("utf-8")))
    assert codes == {code for code, reason in load_readiness().reasons.items() if not reason.hides_portfolio}


def test_every_text_says_what_and_how_to_mend() -> None:
    book = load_readiness()
    for reason in book.reasons.values():
        for text in (reason.title, reason.what, reason.how_to_fix, reason.who_fixes):
            assert text == text.strip()
            assert re.search("[А-Яа-я]", text), reason.code
        if reason.is_fault:
            assert "Исправлять нечего" not in reason.how_to_fix, reason.code
    for titles in ([one.title for one in book.reasons.values()], [one.title for one in book.sections.values()]):
        assert len(set(titles)) == len(titles)


def test_a_reason_of_a_rule_says_what_the_rule_says() -> None:
    reason, rule = load_readiness().reasons["no_kug"], load_rules().rules["C01"]
    assert (reason.rule_id, reason.title, reason.how_to_fix) == ("C01", rule.title, rule.how_to_fix)
    assert reason.is_fault


def test_the_texts_are_in_the_build(checked: Checked) -> None:
    book = load_readiness()
    rows = checked.connection.execute(
        "SELECT reason, hides_portfolio, is_fault, rule_id, title, what, how_to_fix, who_fixes"
        " FROM marts.readiness_reasons ORDER BY place"
    ).fetchall()
    assert rows == [
        (r.code, r.hides_portfolio, r.is_fault, r.rule_id, r.title, r.what, r.how_to_fix, r.who_fixes)
        for r in book.reasons.values()
    ]
    titles = checked.connection.execute(
        "SELECT section, title, shows FROM marts.readiness_sections ORDER BY place"
    ).fetchall()
    assert titles == [(one.section, one.title, one.shows) for one in book.sections.values()]


def spoil(content: dict[str, Any], how: str) -> None:
    if how == "a blocker that nobody tells of":
        del content["reasons"]["of_portfolio"]["no_sex"]
    if how == "a rule that is not there":
        content["reasons"]["of_section"]["no_kug"]["rule"] = "C99"
    if how == "texts beside a rule":
        content["reasons"]["of_section"]["no_kug"]["title"] = "Без КУГ"
    if how == "no cure":
        del content["reasons"]["of_section"]["no_events"]["fix"]
    if how == "nobody says whether it is a fault":
        del content["reasons"]["of_section"]["no_events"]["fault"]
    if how == "a code that stands twice":
        content["reasons"]["of_section"]["no_application"] = content["reasons"]["of_portfolio"]["no_application"]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("a blocker that nobody tells of", "S05"),
        ("a rule that is not there", "no_kug"),
        ("texts beside a rule", "no_kug"),
        ("no cure", "no_events: lacks fix"),
        ("nobody says whether it is a fault", "no_events: lacks fault"),
        ("a code that stands twice", "no_application"),
    ],
)
def test_a_wrong_file_of_texts_is_refused(how: str, told: str) -> None:
    content = copy.deepcopy(yaml.safe_load(READINESS_FILE.read_text("utf-8")))
    spoil(content, how)
    with pytest.raises(ValueError, match=told):
        read_readiness(content, load_rules())
