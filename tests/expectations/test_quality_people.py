"""S01…S12, R01…R05 and P01: rows that must be found, and rows next to them that must not (3-quality.md)."""

from __future__ import annotations

import pytest
from quality_checked import Checked
from quality_people import CASES, Case

from expectations.completeness import student_rules
from expectations.rules import load_rules


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_student_has_exactly_the_findings_of_the_case(checked: Checked, case: Case) -> None:
    rows = checked.connection.execute(
        "SELECT findings FROM marts.completeness WHERE student_profile_id = ?", [case.name]
    ).fetchall()
    assert rows == [(sorted(case.found),)]


def test_flags_and_the_list_say_the_same(checked: Checked) -> None:
    book = load_rules()
    for rule in student_rules(book):
        [(differing,)] = checked.connection.execute(
            f"SELECT count(*) FROM marts.completeness WHERE {rule}_ok = list_contains(findings, '{rule}')"
        ).fetchall()
        assert differing == 0, rule


def test_only_a_blocker_makes_a_student_incomplete(checked: Checked) -> None:
    rows = checked.connection.execute("SELECT findings, is_complete FROM marts.completeness").fetchall()
    blockers = {"S01", "S02", "S03", "S05", "S06", "S08"}
    assert {is_complete for _, is_complete in rows} == {True, False}
    assert all(is_complete == (not blockers & set(findings)) for findings, is_complete in rows)


def test_one_snils_on_two_persons(checked: Checked) -> None:
    assert checked.found("S08", "student") == {"shared-1", "shared-2", "gone-1", "of-parent"}


def test_lookalikes_are_an_advice(checked: Checked) -> None:
    rows = checked.connection.execute(
        "SELECT object_id FROM marts.findings WHERE rule_id = 'S09' AND severity = 'advice' ORDER BY object_id"
    ).fetchall()
    expected = ["certificate-cyrillic-numeral", "certificate-latin-letters", "certificate-mixed-letters"]
    assert [name for (name,) in rows] == [*expected, "paper-instead-lookalike"]


def test_findings_of_representatives_name_the_representative_and_the_student(checked: Checked) -> None:
    assert checked.found("R04", "representative") == {"r-parent-invalid-1"}
    rows = checked.connection.execute(
        "SELECT student_profile_id, organization_id, class_unit_id FROM marts.findings WHERE rule_id = 'R04'"
    ).fetchall()
    assert rows == [("parent-invalid", "O1", "9A")]


def test_connected_applications_of_students_who_cannot_be_shown(checked: Checked) -> None:
    assert checked.found("P01", "portal_application") == {"blocked-connected-1", "blocked-same-moment-1"}


def test_who_is_not_active_is_not_judged(checked: Checked) -> None:
    rows = checked.connection.execute(
        "SELECT student_profile_id FROM marts.completeness"
        " WHERE student_profile_id IN ('left', 'gone-2', 'merged-away')"
    ).fetchall()
    assert rows == []
    [(findings,)] = checked.connection.execute(
        "SELECT count(*) FROM marts.findings WHERE student_profile_id = 'left'"
    ).fetchall()
    assert findings == 0
