"""Keys, references and the sense of what the region tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from extracts.contract import Dataset, load_contract
from extracts.sample import write_region
from extracts.sample.parameters import MOST_HISTORY, MOST_SEED, MOST_STUDENTS
from extracts.sample.shape import Organization, shape_region

from .conftest import FIRST_NIGHT, STUDENTS
from .reading import Region
from .rules import is_valid_snils

REFERENCES = [
    ("class_units", "organization_id", "organizations", "organization_id"),
    ("class_units", "academic_year_id", "academic_years", "academic_year_id"),
    ("class_units", "attestation_periods_schedule_id", "attestation_periods", "attestation_periods_schedule_id"),
    ("class_units", "periods_schedule_id", "kug_periods", "periods_schedule_id"),
    ("students", "merged_to", "students", "student_profile_id"),
    ("enrollments", "student_profile_id", "students", "student_profile_id"),
    ("enrollments", "organization_id", "organizations", "organization_id"),
    ("enrollments", "class_unit_id", "class_units", "class_unit_id"),
    ("representatives", "student_profile_id", "students", "student_profile_id"),
    ("portal_applications", "student_profile_id", "students", "student_profile_id"),
    ("control_forms", "organization_id", "organizations", "organization_id"),
    ("groups", "organization_id", "organizations", "organization_id"),
    ("groups", "subject_id", "subjects", "subject_id"),
    ("groups", "class_unit_id", "class_units", "class_unit_id"),
    ("groups", "attestation_periods_schedule_id", "attestation_periods", "attestation_periods_schedule_id"),
    ("group_members", "group_id", "groups", "group_id"),
    ("group_members", "student_profile_id", "students", "student_profile_id"),
    ("lessons", "group_id", "groups", "group_id"),
    ("marks", "student_profile_id", "students", "student_profile_id"),
    ("marks", "group_id", "groups", "group_id"),
    ("marks", "subject_id", "subjects", "subject_id"),
    ("marks", "schedule_lesson_id", "lessons", "schedule_lesson_id"),
    ("marks", "control_form_id", "control_forms", "control_form_id"),
    ("attendances", "student_profile_id", "students", "student_profile_id"),
    ("attendances", "schedule_lesson_id", "lessons", "schedule_lesson_id"),
    ("final_marks", "student_profile_id", "students", "student_profile_id"),
    ("final_marks", "subject_id", "subjects", "subject_id"),
    ("final_marks", "academic_year_id", "academic_years", "academic_year_id"),
    ("final_marks", "attestation_period_id", "attestation_periods", "attestation_period_id"),
    ("events", "organization_id", "organizations", "organization_id"),
    ("event_participants", "event_id", "events", "event_id"),
    ("event_participants", "student_profile_id", "students", "student_profile_id"),
    ("achievements", "student_profile_id", "students", "student_profile_id"),
    ("achievements", "achievement_type_id", "achievement_types", "achievement_type_id"),
    ("achievements", "subject_id", "subjects", "subject_id"),
    ("achievements", "event_id", "events", "event_id"),
    ("attestation_periods", "organization_id", "organizations", "organization_id"),
    ("kug_periods", "organization_id", "organizations", "organization_id"),
    ("calendar_transpositions", "organization_id", "organizations", "organization_id"),
]


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: f"{reference[0]}-{reference[1]}")
def test_references_lead_somewhere(region: Region, reference: tuple[str, str, str, str]) -> None:
    dataset, column, target, target_column = reference
    lost = region.value(
        f"SELECT count(*) FROM {dataset} WHERE {column} IS NOT NULL "
        f"AND {column} NOT IN (SELECT {target_column} FROM {target} WHERE {target_column} IS NOT NULL)"
    )
    assert lost == 0


@pytest.mark.parametrize("dataset", load_contract().values(), ids=lambda dataset: dataset.name)
def test_keys_are_unique_and_limits_are_kept(region: Region, dataset: Dataset) -> None:
    keys = ", ".join(dataset.key)
    for night in (1, 2, 3):
        table = f"night_{night}_{dataset.name}"
        assert region.rows(f"SELECT {keys} FROM {table} GROUP BY {keys} HAVING count(*) > 1") == []
        for column in dataset.columns:
            if column.required:
                assert region.value(f"SELECT count(*) FROM {table} WHERE {column.name} IS NULL") == 0
            if column.values:
                found = {row[0] for row in region.rows(f"SELECT DISTINCT {column.name} FROM {table}")}
                assert found <= set(column.values)
            if column.minimum is not None:
                outside = f"{column.name} NOT BETWEEN {column.minimum} AND {column.maximum}"
                assert region.value(f"SELECT count(*) FROM {table} WHERE {outside}") == 0


def test_size_is_as_asked(region: Region) -> None:
    kinds = dict(region.rows("SELECT kind, count(*) FROM organizations GROUP BY kind"))
    assert kinds == {"school": 2, "college": 1}
    persons = region.value("SELECT count(DISTINCT snils) FROM students WHERE length(snils) = 11")
    assert 0.8 * STUDENTS < persons <= STUDENTS
    levels = region.rows(
        "SELECT kind, class_level FROM class_units JOIN organizations USING (organization_id) GROUP BY ALL ORDER BY ALL"
    )
    assert levels == [("college", level) for level in range(1, 5)] + [("school", level) for level in range(1, 12)]


def test_marks_stand_on_lessons_of_their_groups_and_days(region: Region) -> None:
    wrong = region.value(
        """SELECT count(*) FROM marks AS m JOIN lessons AS l USING (schedule_lesson_id)
        WHERE m.group_id <> l.group_id OR m.date <> l.date OR l.cancelled OR m.created_at::DATE < m.date"""
    )
    assert wrong == 0
    strangers = region.value(
        """SELECT count(*) FROM marks AS m WHERE NOT EXISTS (
            SELECT 1 FROM group_members AS g
            WHERE g.group_id = m.group_id AND g.student_profile_id = m.student_profile_id
              AND m.date BETWEEN g.begin_date AND coalesce(g.end_date, DATE '9999-12-31'))"""
    )
    assert strangers == 0


def test_nobody_has_two_lessons_at_once(region: Region) -> None:
    clashes = region.value(
        """SELECT count(*) FROM (
            SELECT g.student_profile_id, l.date, l.lesson_number FROM lessons AS l JOIN group_members AS g
                ON g.group_id = l.group_id AND l.date BETWEEN g.begin_date AND coalesce(g.end_date, DATE '9999-12-31')
            GROUP BY ALL HAVING count(*) > 1)"""
    )
    assert clashes == 0


def test_no_lessons_on_vacations_and_days_off(region: Region) -> None:
    dates = {
        row[0]
        for row in region.rows(
            "SELECT DISTINCT date FROM lessons JOIN groups USING (group_id) "
            "JOIN organizations USING (organization_id) WHERE kind = 'school'"
        )
    }
    autumn = {date(2026, 10, 26) + timedelta(days=shift) for shift in range(10)}
    assert not dates & autumn
    assert date(2026, 11, 5) in dates
    assert {day.isoweekday() for day in dates} >= {1, 2, 3, 4, 5}


def test_snils_of_unplanted_people_are_right_and_their_own(region: Region) -> None:
    numbers = [row[0] for row in region.rows("SELECT snils FROM students UNION ALL SELECT snils FROM representatives")]
    given = [number for number in numbers if number is not None]
    wrong = [number for number in given if not is_valid_snils(number)]
    assert 0 < len(wrong) < 0.02 * len(given)
    assert any("-" in number for number in given)


def test_journal_holds_its_oddities(region: Region) -> None:
    counts = {
        "point without value": "is_point AND five IS NULL",
        "point with value": "is_point AND five IS NOT NULL",
        "point without date": "is_point AND point_date IS NULL",
        "point that is over": f"is_point AND point_date < DATE '{FIRST_NIGHT}'",
        "point that is active": f"is_point AND point_date > DATE '{FIRST_NIGHT}'",
        "no five": "five IS NULL AND name IN ('5', '4', '3')",
        "plus or minus": "name IN ('4-', '4+', '3+', '5-')",
        "letters": "name IN ('Зачёт', 'осв', 'н')",
        "no weight": "weight IS NULL",
        "no form": "control_form_id IS NULL",
        "no lesson": "schedule_lesson_id IS NULL",
        "late": "created_at::DATE > date + 14",
        "corrected": "updated_at > created_at",
        "scale left out": "grade_system_type IS NULL",
    }
    found = {name: region.value(f"SELECT count(*) FROM marks WHERE {condition}") for name, condition in counts.items()}
    assert all(found.values()), found
    assert {row[0] for row in region.rows("SELECT DISTINCT weight FROM marks")} >= {1, 2, 3, 4}
    assert region.value(
        "SELECT count(*) FROM (SELECT 1 FROM marks GROUP BY student_profile_id, schedule_lesson_id HAVING count(*) > 1)"
    )
    assert region.value("SELECT count(*) FROM attendances JOIN marks USING (student_profile_id, schedule_lesson_id)")
    assert region.value("SELECT count(*) FROM attendances WHERE absence_reason_id IS NULL")
    assert region.value("SELECT count(*) FROM lessons WHERE cancelled")
    assert region.value("SELECT count(*) FROM groups WHERE class_unit_id IS NULL")
    assert region.value("SELECT count(*) FROM groups WHERE attestation_periods_schedule_id IS NULL")


def test_nobody_in_the_first_class_is_marked(region: Region) -> None:
    assert not region.value(
        """SELECT count(*) FROM marks JOIN groups USING (group_id) JOIN class_units USING (class_unit_id)
        JOIN organizations AS o ON o.organization_id = groups.organization_id
        WHERE class_level = 1 AND o.kind = 'school'"""
    )


def test_a_year_of_marks_is_about_four_hundred_and_fifty(region: Region) -> None:
    # 43 of about 165 school days.
    a_student = region.value("SELECT count(*) FROM marks") / STUDENTS
    assert 90 < a_student < 150


def test_final_marks_follow_the_ended_periods(region: Region) -> None:
    ended = {
        row[0]
        for row in region.rows(
            "SELECT DISTINCT p.name FROM final_marks AS f JOIN attestation_periods AS p USING (attestation_period_id)"
        )
    }
    assert "1 Четверть" in ended
    assert not ended & {"2 Четверть", "1 полугодие"}
    names = {row[0] for row in region.rows("SELECT DISTINCT name FROM final_marks")}
    assert names >= {"5", "4", "3", "2"}
    assert names & {"н/а", "Зачёт", "осв", "А/З"}


def test_people_move(region: Region) -> None:
    assert region.value("SELECT count(*) FROM students WHERE merged_to IS NOT NULL") >= 2
    chains = """SELECT count(*) FROM students AS a JOIN students AS b ON a.merged_to = b.student_profile_id
        WHERE b.merged_to IS NOT NULL"""
    assert region.value(chains) == 1
    schools = """SELECT count(*) FROM students AS a JOIN students AS b USING (person_id)
        WHERE a.student_profile_id < b.student_profile_id AND a.merged_to IS NULL AND b.merged_to IS NULL"""
    assert region.value(schools) >= 1
    overlapping = """SELECT count(*) FROM enrollments AS a JOIN enrollments AS b USING (student_profile_id)
        WHERE a.begin_date < b.begin_date AND coalesce(a.end_date, DATE '9999-12-31') >= b.begin_date"""
    assert region.value(overlapping) >= 1
    assert region.value("SELECT count(*) FROM enrollments WHERE leave_reason IN ('transferred', 'expelled')") >= 2
    assert {row[0] for row in region.rows("SELECT DISTINCT status FROM portal_applications")} == {
        "submitted",
        "connected",
        "refused",
        "withdrawn",
    }


def test_events_lie_before_and_after_the_night(region: Region) -> None:
    assert region.value(f"SELECT count(*) FROM events WHERE begin_date < DATE '{FIRST_NIGHT}'")
    assert region.value(f"SELECT count(*) FROM events WHERE begin_date > DATE '{FIRST_NIGHT}'")
    assert region.value("SELECT count(*) FROM achievements WHERE event_id IS NOT NULL")


def test_numbers_of_the_largest_region_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last students of half a million, with past years: no number outgrows its type, no id is given twice."""

    def last_of_many(students: int, municipalities: int, seed: int) -> list[Organization]:
        shaped = shape_region(students, municipalities, seed)
        far = MOST_STUDENTS - students
        return [replace(one, first_student=one.first_student + far, org_no=one.org_no + 1100) for one in shaped]

    monkeypatch.setattr("extracts.sample.plan.shape_region", last_of_many)
    folders = write_region(tmp_path, students=60, nights=1, seed=MOST_SEED - 1, history_years=MOST_HISTORY)
    region = Region(folders)
    for dataset in load_contract().values():
        keys = ", ".join(dataset.key)
        assert region.rows(f"SELECT {keys} FROM {dataset.name} GROUP BY {keys} HAVING count(*) > 1") == []
