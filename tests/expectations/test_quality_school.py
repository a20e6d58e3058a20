"""C01…C06 and J01…J08: objects that must be found, and objects next to them that must not (3-quality.md)."""

from __future__ import annotations

import pytest
from quality_checked import Checked

FOUND: dict[tuple[str, str], set[str]] = {
    ("C01", "class_unit"): {"no-kug", "lost-kug"},
    ("C02", "periods_schedule"): {"no-vacation"},
    ("C03", "class_unit"): {"no-periods", "lost-periods"},
    ("C03", "group"): {"g-no-periods", "g-lost-periods", "g-across-lost", "g-lost-schedule"},
    ("C04", "attestation_periods_schedule"): {"overlapping", "leaving"},
    ("C05", "class_unit"): {"vacation-with-gap", "lesson-outside", "lesson-cancelled", "K1", "empty"},
    ("C06", "class_unit"): {"empty"},
    ("C06", "group"): {"g-nobody", "g-all-left"},
    ("J01", "subject_cell"): {"marked/alg/q1", "marked/phy/q1", "left-after/alg/q1"},
    ("J02", "final_mark"): {"f-graded"},
    ("J03", "mark"): {"in-15-days", "after-period", "lesson-decides"},
    ("J04", "mark"): {"disagrees", "zero", "with-minus-far", "absent-with-value"},
    ("J05", "subject_cell"): {"silent/alg/q1"},
    ("J06", "mark"): {"day-after-group"},
    ("J06", "attendance"): {"not-in-group"},
    ("J08", "control_form"): {"strange"},
}


@pytest.mark.parametrize("rule_and_kind", FOUND, ids=" ".join)
def test_each_rule_finds_exactly_what_breaks_it(checked: Checked, rule_and_kind: tuple[str, str]) -> None:
    assert checked.found(*rule_and_kind) == FOUND[rule_and_kind]


def test_nothing_else_is_found(checked: Checked) -> None:
    rows = checked.connection.execute(
        "SELECT DISTINCT rule_id, object_kind FROM marts.findings WHERE rule_id[1] IN ('C', 'J')"
    ).fetchall()
    assert set(rows) == set(FOUND)


def test_a_finding_has_its_place(checked: Checked) -> None:
    rows = checked.connection.execute(
        "SELECT object_id, organization_id, class_unit_id, student_profile_id FROM marts.findings"
        " WHERE rule_id IN ('C02', 'J04', 'J05', 'J08') AND object_id IN"
        " ('no-vacation', 'disagrees', 'silent/alg/q1', 'strange') ORDER BY rule_id"
    ).fetchall()
    assert rows == [
        ("no-vacation", "O1", None, None),
        ("disagrees", "O1", "9A", "marked"),
        ("silent/alg/q1", "O1", "9A", "silent"),
        ("strange", "O1", None, None),
    ]


def test_counts_are_those_of_the_findings(checked: Checked) -> None:
    rows = dict(checked.connection.execute("SELECT rule_id, count(*) FROM marts.findings GROUP BY rule_id").fetchall())
    counts = {count.rule_id: count for count in checked.result.rules}
    assert {rule_id: count.failed for rule_id, count in counts.items() if count.failed} == rows
    assert all(count.failed <= count.checked for count in counts.values())
    assert counts["S01"].checked == checked.result.students
    assert counts["S04"].checked == checked.result.students
    assert counts["J04"].checked == 21
    assert counts["C03"].checked == 16 + 22


def test_rollup_says_not_assessed_where_nobody_was_delivered(checked: Checked) -> None:
    rows = checked.connection.execute(
        "SELECT organization_id, class_unit_id, is_assessed, students, complete_share"
        " FROM marts.completeness_rollup WHERE class_unit_id = 'empty' OR (organization_id = 'O3')"
    ).fetchall()
    assert sorted(rows, key=str) == [("O1", "empty", False, 0, None), ("O3", None, False, 0, None)]


def test_rollup_adds_up(checked: Checked) -> None:
    rows = checked.connection.execute(
        "SELECT level, sum(students), sum(complete_students), sum(s06_failed), sum(blocker_findings)"
        " FROM marts.completeness_rollup GROUP BY level"
    ).fetchall()
    sums = {tuple(row[1:]) for row in rows}
    assert len(rows) == 4
    assert len(sums) == 1
    [(students, complete, _, _)] = sums
    assert (students, complete) == (checked.result.students, checked.result.complete_students)
