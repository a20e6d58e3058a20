"""The independent check is checked by hand: the numbers that real systems print, and fractions worked on paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.oracle import compare, compute
from tests.oracle.arithmetic import (
    mean_of_averages,
    rounded_mark,
    shown,
    shown_mean,
    target_five_marks,
    target_mark,
)
from tests.oracle.comparing import same
from tests.oracle.forms import CLASS, CONTROL, HOME, FormKinds
from tests.oracle.marts import MARTS
from tests.oracle.reading import current_tables
from tests.oracle.region import mark_value, merged_profiles
from tests.oracle.small_region import (
    Tables,
    absence,
    enrollment,
    final_mark,
    lesson,
    mark,
    member,
    row,
    school,
    student,
    write_delivery,
)

X51 = Fraction(51, 100)
AS_OF = date(2026, 11, 20)
ZONE = "Asia/Yekaterinburg"

Marts = dict[str, list[dict[str, Any]]]
Compute = Callable[..., Marts]


@pytest.fixture
def marts_of(tmp_path: Path) -> Compute:
    """Write one delivery of the tables and compute the marts."""

    def marts(tables: Tables, as_of: date = AS_OF, **options: Any) -> Marts:
        write_delivery(tmp_path / "landing", "2026-11-20", tables)
        return compute(tmp_path / "landing", as_of, **options)

    return marts


def the(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    """The one row with these values."""
    found = [one for one in rows if all(one[column] == value for column, value in wanted.items())]
    assert len(found) == 1, f"{len(found)} rows"
    return found[0]


def cells(found: dict[str, Any], columns: str) -> tuple[Any, ...]:
    """The row's values of the columns named in one string."""
    return tuple(found[column] for column in columns.split())


# --- numbers that real systems print ---------------------------------------------------------------------------------


def _two_half_years() -> Tables:
    """b1: eleven marks of weight 1 and 2 with sums 49 and 12, then sixteen of weight 1 with sum 53."""
    tables = school()
    first = [*(["4"] * 9), "3"]
    second = [*(["4"] * 5), *(["3"] * 11)]
    tables["marks"] = [
        mark("w", "b1", "2026-09-03", "5", weight="2", group_id="gB"),
        *(mark(f"f{n}", "b1", f"2026-09-{n + 4:02}", name, group_id="gB") for n, name in enumerate(first)),
        *(mark(f"s{n}", "b1", f"2027-02-{n + 1:02}", name, group_id="gB") for n, name in enumerate(second)),
    ]
    return tables


def test_49_over_12_shows_as_4_08(marts_of: Compute) -> None:
    found = the(marts_of(_two_half_years())["student_subject_averages"], attestation_period_id="h1")
    assert cells(found, "marks_count weighted_sum weight_sum average") == (11, 49, 12, Fraction(49, 12))
    assert cells(found, "average_shown is_current class_average class_students") == (
        Decimal("4.08"),
        True,
        mean_of_averages([Fraction(49, 12)]),
        1,
    )


def test_year_of_two_half_years_is_taken_over_all_marks_not_as_a_mean_of_periods(marts_of: Compute) -> None:
    rows = marts_of(_two_half_years(), date(2027, 3, 1))["student_subject_averages"]
    year = the(rows, student_profile_id="b1", attestation_period_id=None)
    assert cells(year, "weighted_sum weight_sum average_shown period_kind is_current") == (
        102,
        28,
        Decimal("3.64"),
        "year",
        False,
    )
    assert shown((Fraction(49, 12) + Fraction(53, 16)) / 2) == Decimal("3.70")


def test_3_3125_over_weight_16_needs_three_more_fives(marts_of: Compute) -> None:
    rows = marts_of(_two_half_years(), date(2027, 3, 1))["student_subject_averages"]
    second = the(rows, attestation_period_id="h2")
    assert second["average"] == Fraction("3.3125")
    assert cells(second, "target_mark target_five_marks") == (4, 3)


# --- arithmetic ------------------------------------------------------------------------------------------------------


def test_shown_rounds_half_away_from_zero() -> None:
    assert shown(Fraction(25, 8)) == Decimal("3.13")
    assert shown(Fraction(49, 12)) == Decimal("4.08")
    assert shown(4) == Decimal("4.00")
    assert shown(None) is None


def test_mean_of_averages_is_shown_over_nine_decimals() -> None:
    # 10/3 and 3.676666…7 lie a hair beside 3.505; at nine decimals they are on it, and half goes up.
    mean = mean_of_averages([Fraction(10, 3), Fraction(3505, 500) - Fraction(10, 3) - Fraction(1, 10**10)])
    assert mean is not None
    assert mean < Fraction(3505, 1000)
    assert shown_mean(mean) == Decimal("3.51")
    assert mean_of_averages([]) is None


def test_average_rounds_up_from_x51_only() -> None:
    assert rounded_mark(Fraction(35, 10), X51) == 3
    assert rounded_mark(Fraction(351, 100), X51) == 4
    assert rounded_mark(Fraction(35, 10), Fraction(1, 2)) == 4
    assert target_mark(Fraction(451, 100), X51) == 5
    assert target_five_marks(451, 100, X51) == 0


@pytest.mark.parametrize("weight_sum", [1, 2, 7, 16])
def test_target_is_the_fewest_fives_by_trial(weight_sum: int) -> None:
    for weighted_sum in range(weight_sum, 5 * weight_sum + 1):
        average = Fraction(weighted_sum, weight_sum)
        wanted = target_mark(average, X51)
        tried = next(
            n for n in range(10_000) if rounded_mark(Fraction(weighted_sum + 5 * n, weight_sum + n), X51) >= wanted
        )
        assert target_five_marks(weighted_sum, weight_sum, X51) == tried


@pytest.mark.parametrize(
    ("five", "scale", "name", "value"),
    [
        ("4", "five", "5", 4),
        ("4.5", "ten", "9", Fraction(9, 2)),
        ("0", "five", "5", None),
        (None, "five", "4-", 4),
        (None, None, "3+", 3),
        (None, "ten", "4", None),
        (None, "five", "6", None),
        (None, "five", "н", None),
        (None, "five", "Зачёт", None),
        (None, "five", "А/З", None),
    ],
)
def test_value_of_a_mark(five: str | None, scale: str | None, name: str, value: object) -> None:
    assert mark_value(None if five is None else Decimal(five), scale, name) == value


# --- who exists ------------------------------------------------------------------------------------------------------


def test_merges_are_followed_to_the_end_but_neither_into_cycles_nor_to_strangers() -> None:
    merged = {"a": "b", "b": "c", "c": None, "x": "y", "y": "x", "z": "x", "self": "self", "lost": "nobody"}
    assert merged_profiles(merged) == {
        "a": "c",
        "b": "c",
        "c": "c",
        "x": "x",
        "y": "y",
        "z": "x",
        "self": "self",
        "lost": "lost",
    }


def test_the_newest_version_of_a_row_counts_and_deleted_ones_go(tmp_path: Path) -> None:
    first = [
        mark("m1", "a1", "2026-09-02", "3", updated_at="2026-09-05 10:00"),
        mark("m2", "a1", "2026-09-02", "3"),
        mark("m3", "a1", "2026-09-02", "3", updated_at="", created_at="2026-09-02 09:00"),
        mark("m4", "a1", "2026-09-02", "3", updated_at=""),
        mark("m5", "a1", "2026-09-02", "3"),
    ]
    second = [
        mark("m1", "a1", "2026-09-02", "5", updated_at="2026-09-05T04:59:00+00:00"),
        mark("m1", "a1", "2026-09-02", "4", updated_at="2026-09-05T05:00:00Z"),
        mark("m2", "a1", "2026-09-02", "2", deleted_at="2026-09-20 10:00", updated_at="20.09.2026 10:00"),
        mark("m3", "a1", "2026-09-02", "4", updated_at="2026-09-02 08:59"),
        mark("m4", "a1", "2026-09-02", "4", updated_at="2026-09-10 23:00"),
        mark("m5", "a1", "2026-09-02", "9", five="9", updated_at="2026-09-21 10:00"),
        mark("m5", "a1", "2026-09-02", "2", weight="7", updated_at="2026-09-21 10:00"),
    ]
    write_delivery(tmp_path, "2026-09-10", {"marks": first})
    write_delivery(tmp_path, "2026-09-21", {"marks": second})
    current = {found["mark_id"]: found["name"] for found in current_tables(tmp_path, ZONE)["marks"]}
    # m1: 05:00Z is 10:00 local time: equal versions, the later row. m4: «the load date» is its end, 10 September.
    # m5: its new versions are rejects.
    assert current == {"m1": "4", "m3": "3", "m4": "3", "m5": "3"}


def test_dictionaries_keep_what_vanished_and_calendars_drop_it_within_their_years(tmp_path: Path) -> None:
    def period(period_id: str, year: str) -> dict[str, Any]:
        columns = (
            "attestation_period_id attestation_periods_schedule_id organization_id academic_year_id name"
            " begin_date end_date"
        )
        return row(columns, period_id, "s", "O1", year, "1", "2026-09-01", "2026-10-25")

    subjects = [row("subject_id name", "alg", "Алгебра"), row("subject_id name", "phy", "Физика")]
    first = {"subjects": subjects, "attestation_periods": [period("1", "Y25"), period("2", "Y26"), period("3", "Y26")]}
    second = {"subjects": subjects[:1], "attestation_periods": [period("3", "Y26")]}
    write_delivery(tmp_path, "2026-09-10", first)
    write_delivery(tmp_path, "2026-09-11", second)
    tables = current_tables(tmp_path, ZONE)
    assert {found["subject_id"] for found in tables["subjects"]} == {"alg", "phy"}
    assert {found["attestation_period_id"] for found in tables["attestation_periods"]} == {"1", "3"}


def test_commas_parts_and_foreign_names_are_read_as_the_contract_says(tmp_path: Path) -> None:
    folder = tmp_path / "2026-09-10"
    folder.mkdir()
    (folder / "subjects.part-1.csv").write_text('\ufeffname,subject_id\n"Алгебра, 9",01\n', "utf-8")
    (folder / "subjects.part-2.csv").write_text("subject_id,name\n2,Физика\n", "utf-8")
    (folder / "~$subjects.csv").write_text("x", "utf-8")
    (tmp_path / "2026-09-11.part").mkdir()
    tables = current_tables(tmp_path, ZONE)
    assert {(found["subject_id"], found["name"]) for found in tables["subjects"]} == {
        ("01", "Алгебра, 9"),
        ("2", "Физика"),
    }


def test_a_format_that_the_check_cannot_read_is_said_not_skipped(tmp_path: Path) -> None:
    folder = tmp_path / "2026-09-10"
    folder.mkdir()
    (folder / "marks.xlsx").write_bytes(b"PK")
    with pytest.raises(ValueError, match="marks"):
        current_tables(tmp_path, ZONE)


# --- averages --------------------------------------------------------------------------------------------------------


def _three_in_algebra() -> Tables:
    """a1: 5, 4 → 9/2 in q1, 3 in q2; a2: 4 in q1; a3 (left on 30 September): 2 in q1."""
    tables = school()
    tables["enrollments"][2]["end_date"] = "2026-09-30"
    tables["marks"] = [
        mark("m1", "a1", "2026-09-02", "5"),
        mark("m2", "a1", "2026-09-09", "4"),
        mark("m3", "a1", "2026-11-06", "3"),
        mark("m4", "a2", "2026-10-30", "4"),
        mark("m5", "a3", "2026-09-02", "2"),
        mark("m6", "a1", "2026-11-21", "5"),
    ]
    return tables


def test_vacation_marks_belong_to_the_period_just_ended_and_future_ones_to_none(marts_of: Compute) -> None:
    rows = marts_of(_three_in_algebra())["student_subject_averages"]
    first = the(rows, student_profile_id="a2", subject_id="alg", attestation_period_id="q1")
    assert cells(first, "marks_count is_current class_students class_average") == (1, False, 2, Fraction(17, 4))
    current = the(rows, student_profile_id="a1", subject_id="alg", attestation_period_id="q2")
    assert cells(current, "marks_count average is_current dynamic") == (1, Fraction(3), True, "NONE")
    year = the(rows, student_profile_id="a1", subject_id="alg", attestation_period_id=None)
    # 12/3 after the last marked day, 9/2 before it.
    assert cells(year, "weighted_sum weight_sum dynamic") == (12, 3, "DOWN")


def test_subjects_of_ones_groups_have_rows_without_marks(marts_of: Compute) -> None:
    rows = marts_of(_three_in_algebra())["student_subject_averages"]
    empty = the(rows, student_profile_id="a2", subject_id="alg", attestation_period_id="q2")
    assert cells(empty, "marks_count average average_shown target_mark dynamic is_current") == (
        0,
        None,
        None,
        None,
        "NONE",
        True,
    )
    assert cells(empty, "class_average class_students") == (Fraction(3), 1)
    physics = [one["attestation_period_id"] for one in rows if one["subject_id"] == "phy"]
    assert sorted(physics, key=str) == [None, None, None, "q2", "q2", "q2"]


def test_ranks_are_dense_by_what_is_shown_and_inactive_students_have_none(marts_of: Compute) -> None:
    rows = marts_of(_three_in_algebra())["student_averages"]
    columns = "average is_active class_average class_students class_rank school_rank class_ranked school_ranked"
    a1 = the(rows, student_profile_id="a1", scope="year")
    assert cells(a1, columns) == (Fraction(4), True, Fraction(4), 2, 1, 1, 2, 2)
    assert cells(the(rows, student_profile_id="a2", scope="year"), "class_rank school_rank") == (1, 1)
    a3 = the(rows, student_profile_id="a3", scope="year")
    assert cells(a3, columns) == (Fraction(2), False, Fraction(4), 2, None, None, 2, 2)
    b1 = the(rows, student_profile_id="b1", scope="current")
    assert cells(b1, "average subjects_count class_average class_students school_ranked") == (None, 0, None, 0, 1)


def test_current_scope_takes_each_subject_in_its_own_current_period(marts_of: Compute) -> None:
    tables = _three_in_algebra()
    tables["groups"][1]["attestation_periods_schedule_id"] = "halves"
    tables["marks"] += [
        mark("p1", "a1", "2026-09-02", "5", group_id="gP", subject_id="phy"),
        mark("p2", "a1", "2026-11-02", "4", group_id="gP", subject_id="phy"),
    ]
    rows = marts_of(tables)["student_averages"]
    # Algebra 3 (second quarter) and Physics 9/2 (first half-year): 15/4.
    assert cells(the(rows, student_profile_id="a1", scope="current"), "average average_shown subjects_count") == (
        Fraction(15, 4),
        Decimal("3.75"),
        2,
    )


def test_class_cells_count_active_students_at_risk(marts_of: Compute) -> None:
    tables = _three_in_algebra()
    tables["marks"].append(mark("r", "a2", "2026-11-09", "2"))
    rows = marts_of(tables)["class_subject_averages"]
    found = the(rows, class_unit_id="9A", subject_id="alg", attestation_period_id="q2")
    columns = "class_average students_count marks_count students_at_risk is_current"
    assert cells(found, columns) == (Fraction(5, 2), 2, 2, 1, True)
    year = the(rows, class_unit_id="9A", subject_id="alg", attestation_period_id=None)
    assert cells(year, columns) == (Fraction(7, 2), 2, 5, 0, False)


def test_weeks_run_from_monday_and_change_against_the_last_week_with_marks(marts_of: Compute) -> None:
    marts = marts_of(_three_in_algebra())
    rows = marts["weekly_dynamics"]
    september = the(rows, student_profile_id="a1", week_begin=date(2026, 8, 31))
    assert cells(september, "week_average change class_week_average class_students") == (5, None, 5, 1)
    november = the(rows, student_profile_id="a1", week_begin=date(2026, 11, 2))
    assert cells(november, "week_average change running_average") == (3, -1, 4)
    assert the(rows, student_profile_id="a3")["class_week_average"] == 5
    assert cells(
        the(marts["class_weekly_dynamics"], week_begin=date(2026, 8, 31)),
        "class_week_average class_students marks_count",
    ) == (5, 1, 1)


def test_a_merged_profile_has_no_row_and_its_marks_count_for_the_other(marts_of: Compute) -> None:
    tables = _three_in_algebra()
    tables["students"].append(student("old", merged_to="a2"))
    tables["marks"].append(mark("o", "old", "2026-09-03", "5"))
    tables["marks"].append(mark("n", "nobody", "2026-09-03", "5"))
    rows = marts_of(tables)["student_subject_averages"]
    assert {one["student_profile_id"] for one in rows} == {"a1", "a2", "a3", "b1"}
    assert the(rows, student_profile_id="a2", subject_id="alg", attestation_period_id=None)["weighted_sum"] == 9


def test_past_year_is_computed_as_of_its_own_end_and_closed_from_1_october(marts_of: Compute) -> None:
    tables = _three_in_algebra()
    open_still = marts_of(tables, date(2027, 9, 30))["student_averages"]
    assert the(open_still, student_profile_id="a1", scope="year")["average"] == Fraction(17, 4)
    assert the(open_still, student_profile_id="a1", scope="year")["is_active"]
    assert marts_of(tables, date(2027, 10, 1))["student_averages"] == []
    assert marts_of(tables, date(2027, 10, 1), open_only=False)["student_averages"] == open_still


def test_a_class_of_another_year_does_not_count(marts_of: Compute) -> None:
    tables = _three_in_algebra()
    tables["class_units"][0]["academic_year_id"] = "Y25"
    marts = marts_of(tables)
    found = the(marts["student_averages"], student_profile_id="a1", scope="year")
    assert cells(found, "class_unit_id class_level class_rank parallel_average class_students school_rank") == (
        None,
        None,
        None,
        None,
        None,
        1,
    )
    # Without a class there is no schedule: the marks count for the year only.
    rows = [one for one in marts["student_subject_averages"] if one["student_profile_id"] == "a1"]
    assert {one["attestation_period_id"] for one in rows} == {None}


# --- points, final marks, debts --------------------------------------------------------------------------------------


def _points() -> Tables:
    tables = school()
    tables["marks"] = [
        # Deadline 25 October at the latest: the end of the mark's period, though the point says December.
        mark("p1", "a1", "2026-10-01", "4", is_point="true", point_date="2026-12-01"),
        mark("p2", "a1", "2026-11-10", "5", is_point="true", point_date="2026-11-20"),
        mark("p3", "a1", "2026-11-10", "•", is_point="да"),
        mark("p4", "a1", "2026-10-01", "•", is_point="1", control_form_id="K"),
    ]
    return tables


def test_a_point_counts_only_after_its_deadline_and_is_a_debt_until_then(marts_of: Compute) -> None:
    marts = marts_of(_points())
    year = the(marts["student_subject_averages"], student_profile_id="a1", subject_id="alg", attestation_period_id=None)
    assert cells(year, "marks_count weighted_sum") == (1, 4)
    debts = {(one["source_id"], one["deadline"]) for one in marts["academic_debts"]}
    assert debts == {("p2", date(2026, 11, 20)), ("p3", date(2026, 12, 30))}
    assert marts["control_works"] == []
    later = marts_of(_points(), date(2026, 11, 21))
    year = the(later["student_subject_averages"], student_profile_id="a1", subject_id="alg", attestation_period_id=None)
    assert cells(year, "marks_count weighted_sum") == (2, 9)


def test_final_marks_take_the_newest_row_and_name_what_is_missing(marts_of: Compute) -> None:
    tables = _three_in_algebra()
    tables["final_marks"] = [
        final_mark("f1", "a1", "q1", "3"),
        final_mark("f2", "a1", "q1", "4", updated_at="2026-10-26 10:00"),
        final_mark("f3", "a2", "", "н/а"),
        final_mark("f4", "b1", "h1", "2", academic_debt="да"),
        final_mark("f5", "a3", "q2", "А/З", five="0"),
    ]
    marts = marts_of(tables)
    rows = marts["final_marks"]
    columns = "final_mark final_five subject_average gap is_missing recommended_five"
    found = the(rows, student_profile_id="a1", attestation_period_id="q1")
    assert cells(found, columns) == ("4", 4, Fraction(9, 2), Fraction(-1, 2), False, 4)
    missing = the(rows, student_profile_id="a2", attestation_period_id="q1")
    assert cells(missing, columns) == (None, None, 4, None, True, 4)
    assert not the(rows, student_profile_id="a1", attestation_period_id="q2")["is_missing"]
    kinds = {(one["source_id"], one["debt_kind"]) for one in marts["academic_debts"]}
    assert kinds == {("f3", "not_attested"), ("f4", "final_two"), ("f4", "academic_debt"), ("f5", "academic_debt")}


@pytest.mark.parametrize(
    ("control", "class_work", "home", "recommended"),
    [
        ("4", "555", "5", 4),  # the control work differs from the rest: it decides
        ("5", "5", "555", 5),  # it does not differ: class work decides
        ("4", "5", "333", 4),  # the rest is 14/4 = 3.5, which rounds to 3: it differs
        ("4", "5", "3", 5),  # the rest is 8/2 = 4: it does not differ, class work decides
        ("", "3", "555", 3),  # class work over homework
        ("", "", "55", 5),
        ("35", "", "", 4),  # no rest: the control works decide
    ],
)
def test_recommended_mark(marts_of: Compute, control: str, class_work: str, home: str, recommended: int) -> None:
    tables = school()
    kinds = [("K", name) for name in control] + [("U", name) for name in class_work] + [("D", name) for name in home]
    tables["marks"] = [
        mark(f"m{n}", "a1", "2026-09-02", name, control_form_id=form) for n, (form, name) in enumerate(kinds)
    ]
    found = the(marts_of(tables)["final_marks"], student_profile_id="a1", attestation_period_id="q1")
    assert found["recommended_five"] == recommended


def test_control_works_compare_with_active_classmates_at_the_same_lesson(marts_of: Compute) -> None:
    tables = _three_in_algebra()
    tables["lessons"] = [lesson("L1", "gA", "2026-09-16", 1, topic="Корни")]
    work = {"control_form_id": "K", "schedule_lesson_id": "L1"}
    tables["marks"] = [
        mark("k1", "a1", "2026-09-16", "5", weight="3", **work),
        mark("k2", "a2", "2026-09-16", "4", **work),
        mark("k3", "a3", "2026-09-16", "2", **work),
        mark("k4", "a1", "2026-09-16", "Зачёт", **work),
        mark("k5", "a2", "2026-09-16", " НВ ", **work),
        mark("k6", "a1", "2026-09-17", "3", control_form_id="K"),
    ]
    rows = marts_of(tables)["control_works"]
    assert [one["mark_id"] for one in rows] == ["k1", "k2", "k3", "k4", "k6"]
    first = the(rows, mark_id="k1")
    assert cells(first, "topic five weight class_average_of_work class_marks_of_work") == (
        "Корни",
        5,
        3,
        Fraction(9, 2),
        2,
    )
    assert cells(the(rows, mark_id="k4"), "mark five class_marks_of_work") == ("Зачёт", None, 2)
    assert cells(the(rows, mark_id="k6"), "class_average_of_work class_marks_of_work") == (None, 0)


def test_kind_of_a_control_form_is_its_own_or_that_of_its_name() -> None:
    kinds = FormKinds(
        [
            {"pattern": "контрольн", "match": "prefix", "kind": "Контрольная"},
            {"pattern": "контрольный зачёт дома", "match": "prefix", "kind": "Домашняя"},
            {"pattern": "кр", "match": "exact", "kind": "Контрольная"},
        ]
    )
    assert kinds.kind("  КОНТРОЛЬНАЯ   работа", None) == CONTROL
    assert kinds.kind("Контрольный  зачет дома №2", None) == HOME
    assert kinds.kind("Кр", None) == CONTROL
    assert kinds.kind("Крокодил", None) == CLASS
    assert kinds.kind("Контрольная работа", "Лабораторная") == CLASS
    assert kinds.kind("Эссе", "контрольная") == CONTROL


# --- attendance ------------------------------------------------------------------------------------------------------


def _one_monday() -> Tables:
    """7 September 2026: two lessons of Algebra, one of Physics, a cancelled one; a1 misses all, a2 one."""
    tables = school()
    tables["lessons"] = [
        lesson("L1", "gA", "2026-09-07", 1),
        lesson("L2", "gA", "2026-09-07", 2),
        lesson("L3", "gP", "2026-09-07", 3),
        lesson("L4", "gP", "2026-09-07", 4, cancelled="true"),
        lesson("L5", "gA", "2026-11-21", 1),
    ]
    tables["group_members"][5] = member("gP", "a3", end_date="2026-09-06")
    tables["attendances"] = [
        absence("n1", "a1", "L1", "1"),
        absence("n2", "a1", "L1", "4", updated_at="2026-09-08 08:00"),
        absence("n3", "a1", "L2", "3"),
        absence("n4", "a1", "L3", "7"),
        absence("n5", "a1", "L4", "7"),
        absence("n6", "a2", "L2", ""),
    ]
    return tables


def test_attendance_counts_each_missed_lesson_once_by_its_newest_row(marts_of: Compute) -> None:
    rows = marts_of(_one_monday())["attendance"]
    columns = (
        "lessons_held lessons_missed missed_excused missed_unexcused missed_by_illness full_day_missed class_unit_id"
    )
    assert cells(the(rows, student_profile_id="a1"), columns) == (3, 3, 2, 1, 1, True, "9A")
    assert cells(the(rows, student_profile_id="a2"), columns) == (3, 1, 0, 1, 0, False, "9A")
    assert cells(the(rows, student_profile_id="a3"), columns) == (2, 0, 0, 0, 0, False, "9A")


def test_class_attendance_counts_whoever_was_enrolled_on_the_day(marts_of: Compute) -> None:
    tables = _one_monday()
    tables["enrollments"][1]["end_date"] = "2026-09-10"
    tables["students"].append(student("a4"))
    tables["enrollments"].append(enrollment("e5", "a4", "9A"))
    found = the(marts_of(tables)["class_attendance"], class_unit_id="9A")
    columns = "date students_enrolled students_absent students_absent_all_day lessons_held lessons_missed"
    assert cells(found, columns) == (date(2026, 9, 7), 4, 2, 1, 8, 4)
    assert found["attendance_rate"] == Fraction(1, 2)


def test_attendance_summary_adds_up_by_period_and_year(marts_of: Compute) -> None:
    tables = _one_monday()
    tables["lessons"] += [lesson(f"N{n}", "gA", f"2026-11-{n:02}", 1) for n in range(5, 12)]
    rows = marts_of(tables)["attendance_summary"]
    columns = "lessons_held lessons_missed days_missed attendance_rate is_chronic"
    year = the(rows, student_profile_id="a2", attestation_period_id=None)
    assert cells(year, columns) == (10, 1, 0, Fraction(9, 10), True)
    assert cells(the(rows, student_profile_id="a2", attestation_period_id="q2"), columns) == (7, 0, 0, 1, False)
    assert cells(the(rows, student_profile_id="a1", attestation_period_id="q1"), columns) == (3, 3, 1, 0, True)


def test_the_class_on_a_day_is_that_of_the_enrollment_that_began_last(marts_of: Compute) -> None:
    tables = _one_monday()
    tables["enrollments"].append(enrollment("e9", "a1", "10A", begin_date="2026-09-05", end_date="2026-09-20"))
    rows = marts_of(tables)["attendance"]
    assert the(rows, student_profile_id="a1")["class_unit_id"] == "10A"


# --- calendar, events, achievements ----------------------------------------------------------------------------------


def _life() -> Tables:
    tables = school()
    kug = "kug_period_id periods_schedule_id organization_id academic_year_id kind name begin_date end_date"
    tables["kug_periods"] = [
        row(kug, "v1", "kug", "O1", "Y26", "vacation", "Осенние каникулы", "2026-10-26", "2026-11-03"),
        row(kug, "v2", "kug", "O1", "Y26", "vacation", "Зимние каникулы", "2026-12-31", "2027-01-10"),
        row(kug, "s1", "kug", "O1", "Y26", "study", "1 четверть", "2026-09-01", "2026-10-25"),
    ]
    event = "event_id organization_id name begin_date end_date updated_at"
    tables["events"] = [
        row(event, "v", "O1", "Концерт", "2026-11-25", "", "2026-09-01"),
        row(event, "w", "O1", "Поход", "2026-11-18", "2026-11-20", "2026-09-01"),
        row(event, "x", "O1", "Урок", "2026-11-18", "2026-11-19", "2026-09-01"),
    ]
    takes_part = "event_id student_profile_id updated_at"
    tables["event_participants"] = [row(takes_part, one, "a1", "2026-09-01") for one in "vwx"]
    tables["achievement_types"] = [row("achievement_type_id name", "1", "Олимпиада")]
    gained = "achievement_id student_profile_id achievement_type_id name level date updated_at"
    tables["achievements"] = [
        row(gained, "g1", "a1", "1", "Диплом", "школьный", "2026-10-01", "2026-10-01"),
        row(gained, "g2", "a1", "1", "Диплом", "школьный", "2026-10-02", "2026-10-01"),
        row(gained, "g3", "a2", "1", "Диплом", "школьный", "2026-10-02", "2026-10-01"),
        row(gained, "g4", "b1", "1", "Диплом", "", "2026-10-02", "2026-10-01"),
        row(gained, "g5", "a1", "1", "Диплом", "школьный", "2026-08-31", "2026-10-01"),
    ]
    return tables


def test_calendar_counts_the_days_to_the_next_vacation(marts_of: Compute) -> None:
    columns = "days_to_vacation vacation_name on_vacation current_period_name"
    found = the(marts_of(_life())["calendar"], class_unit_id="9A")
    assert cells(found, columns) == (41, "Зимние каникулы", False, "2 четверть")
    found = the(marts_of(_life(), date(2026, 10, 26))["calendar"], class_unit_id="9A")
    assert cells(found, columns) == (66, "Зимние каникулы", True, "1 четверть")
    found = the(marts_of(_life(), date(2026, 12, 31))["calendar"], class_unit_id="10A")
    assert cells(found, columns) == (None, None, True, "1 полугодие")
    nothing = _life() | {"kug_periods": [], "attestation_periods": []}
    found = the(marts_of(nothing)["calendar"], class_unit_id="9A")
    assert cells(found, columns) == (None, None, None, None)


def test_events_are_upcoming_until_their_last_day(marts_of: Compute) -> None:
    rows = marts_of(_life())["upcoming_events"]
    assert {(one["event_id"], one["days_to_event"]) for one in rows} == {("v", 5), ("w", -2)}


def test_achievements_are_counted_by_class_type_and_level_and_ranked(marts_of: Compute) -> None:
    marts = marts_of(_life())
    assert [one["achievement_id"] for one in marts["achievements"]] == ["g1", "g2", "g3", "g4"]
    found = the(marts["achievement_counts"], class_unit_id="9A")
    assert cells(found, "type_name level achievements_count students_count") == ("Олимпиада", "школьный", 3, 2)
    ranks = {
        one["student_profile_id"]: cells(one, "achievements_count class_rank school_rank")
        for one in marts["achievement_ranks"]
    }
    assert ranks == {"a1": (2, 1, 1), "a2": (1, 2, 2), "b1": (1, 1, 2)}


# --- the comparison --------------------------------------------------------------------------------------------------


def _everything() -> Tables:
    tables = _life() | _one_monday()
    tables["marks"] = _three_in_algebra()["marks"] + [
        mark("k", "a1", "2026-09-16", "5", control_form_id="K"),
        mark("p", "a1", "2026-11-10", "5", is_point="true"),
    ]
    return tables | {name: _life()[name] for name in ("kug_periods", "events", "achievements")}


def _publish(path: Path, marts: Marts) -> None:
    """A file of the shape of the published one, with the expected rows in it."""
    types = {bool: "BOOLEAN", int: "BIGINT", str: "VARCHAR", date: "DATE", Fraction: "DOUBLE", Decimal: "DECIMAL(9,2)"}
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        for name, rows in marts.items():
            kinds = {
                column: next((types[type(one[column])] for one in rows if one[column] is not None), "VARCHAR")
                for column in rows[0]
            }
            columns = ", ".join(f'"{column}" {kind}' for column, kind in kinds.items())
            connection.execute(f"create table marts.{name} ({columns})")
            values = [[float(cell) if isinstance(cell, Fraction) else cell for cell in one.values()] for one in rows]
            places = ", ".join("?" * len(kinds))
            connection.executemany(f"insert into marts.{name} values ({places})", values)


def test_comparison_finds_no_difference_in_equal_marts(marts_of: Compute, tmp_path: Path) -> None:
    expected = marts_of(_everything())
    assert set(expected) == set(MARTS)
    assert all(expected.values())
    _publish(tmp_path / "published.duckdb", expected)
    assert compare(tmp_path / "published.duckdb", expected) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("update marts.student_averages set average = average + 2e-9", "average differs"),
        ("update marts.student_averages set average_shown = average_shown + 0.01", "average_shown differs"),
        ("update marts.student_averages set class_students = class_students + 1", "class_students differs"),
        ("update marts.student_averages set is_active = not is_active", "is_active differs"),
        ("update marts.student_averages set class_rank = null", "class_rank differs"),
        ("delete from marts.student_averages where student_profile_id = 'a1'", "expected, not published"),
        ("insert into marts.student_averages select * from marts.student_averages", "published 2 times"),
        ("update marts.student_averages set student_profile_id = 'z'", "published, not expected"),
        ("alter table marts.student_averages drop column average", "column average is missing"),
        ("alter table marts.student_averages drop column scope", "column scope is missing"),
        ("drop table marts.student_averages", "there is no such table"),
    ],
)
def test_comparison_tells_every_kind_of_difference(marts_of: Compute, tmp_path: Path, change: str, told: str) -> None:
    expected = marts_of(_everything())
    path = tmp_path / "published.duckdb"
    _publish(path, expected)
    with duckdb.connect(str(path)) as connection:
        connection.execute(change)
    messages = compare(path, expected)
    assert any(told in message for message in messages)
    assert all(message.startswith("student_averages: ") for message in messages)


def test_comparison_tells_at_most_twenty_differences_and_their_number(marts_of: Compute, tmp_path: Path) -> None:
    expected = marts_of(_everything())
    path = tmp_path / "published.duckdb"
    _publish(path, expected)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update marts.student_subject_averages set weight_sum = -1, marks_count = -1")
    messages = compare(path, expected, ["student_subject_averages"])
    assert len(messages) == 21
    assert messages[-1].endswith(f"{2 * len(expected['student_subject_averages'])} differences in all, 20 told")


def test_cells_are_the_same_only_in_kind_and_figure() -> None:
    assert same(Decimal("4.08"), 4.08, exactly=True)
    assert same(Fraction(1, 3), 1 / 3, exactly=False)
    assert same(5, Decimal("5.000000000"), exactly=False)
    assert not same(1, True, exactly=False)
    assert not same("7", 7, exactly=False)
    assert not same(0, None, exactly=False)
    assert not same(Fraction(1, 3), float("nan"), exactly=False)
