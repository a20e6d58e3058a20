"""Later nights hold what changed, and nothing that had not happened yet."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from extracts.contract import Dataset, load_contract
from extracts.sample import write_region
from extracts.sample.nights import LONG_AGO, Night

from .conftest import FIRST_NIGHT, STUDENTS
from .reading import Region

CHANGE_SETS = [dataset for dataset in load_contract().values() if dataset.mode == "change_set"]


@pytest.mark.parametrize("dataset", CHANGE_SETS, ids=lambda dataset: dataset.name)
def test_rows_are_news_of_their_night(region: Region, dataset: Dataset) -> None:
    for night in (1, 2, 3):
        begin = FIRST_NIGHT + timedelta(days=night - 1) if night > 1 else date(1900, 1, 1)
        end = FIRST_NIGHT + timedelta(days=night)
        versions = f"SELECT count(*) FROM night_{night}_{dataset.name} WHERE {dataset.version}"
        assert region.value(f"{versions} < DATE '{begin}' OR {dataset.version} >= DATE '{end}'") == 0


def test_nights_bring_every_kind_of_change(region: Region) -> None:
    changes = {
        "marks of the day": "night_2_marks WHERE date = DATE '2026-11-10'",
        "marks of other days": "night_2_marks WHERE date < DATE '2026-11-10' AND created_at = updated_at",
        "corrected marks": """later_marks AS b JOIN night_1_marks AS a USING (mark_id)
            WHERE a.name <> b.name AND b.deleted_at IS NULL""",
        "deleted marks": """later_marks AS b JOIN night_1_marks AS a USING (mark_id)
            WHERE a.deleted_at IS NULL AND b.deleted_at IS NOT NULL""",
        "lessons held": "night_2_lessons WHERE date = DATE '2026-11-10' AND topic IS NOT NULL",
        "absences": "night_2_attendances WHERE date = DATE '2026-11-10'",
        "absences explained": """later_attendances AS b JOIN night_1_attendances AS a USING (attendance_id)
            WHERE a.absence_reason_id IS DISTINCT FROM b.absence_reason_id""",
        "leavers": "later_enrollments WHERE end_date IS NOT NULL",
        "arrivals": """night_2_students
            WHERE student_profile_id NOT IN (SELECT student_profile_id FROM night_1_students)""",
        "mergers": "later_students WHERE merged_to IS NOT NULL",
        "memberships ended": "later_group_members WHERE end_date IS NOT NULL",
        "applications connected": "later_portal_applications WHERE status = 'connected'",
        "КУГ given to a class": """night_1_class_units AS a JOIN night_3_class_units AS b USING (class_unit_id)
            WHERE a.periods_schedule_id IS NULL AND b.periods_schedule_id IS NOT NULL""",
        "defects mended": """night_1_students AS a JOIN later_students AS b USING (student_profile_id)
            WHERE a.snils IS NULL AND b.snils IS NOT NULL""",
        "points that expire": """marks
            WHERE is_point AND point_date BETWEEN DATE '2026-11-09' AND DATE '2026-11-11'""",
        "marks before their student": """night_1_marks
            WHERE student_profile_id NOT IN (SELECT student_profile_id FROM night_1_students)
            AND student_profile_id IN (SELECT student_profile_id FROM night_2_students)""",
    }
    found = {name: region.value(f"SELECT count(*) FROM {rest}") for name, rest in changes.items()}
    assert all(found.values()), found


def test_timetable_is_known_a_week_ahead(region: Region) -> None:
    for night in (1, 2, 3):
        as_of = FIRST_NIGHT + timedelta(days=night - 1)
        assert region.value("SELECT max(date) FROM night_1_lessons") >= as_of + timedelta(days=7)
    assert (
        region.value("SELECT count(*) FROM night_1_lessons WHERE date > DATE '2026-11-09' AND topic IS NOT NULL") == 0
    )


def test_three_nights_add_up_to_one_delivery_of_all(
    region: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the last night would hold as a first delivery is what the nights add up to: no change is lost or late."""
    last = FIRST_NIGHT + timedelta(days=2)
    monkeypatch.setattr("extracts.sample.region.make_nights", lambda _dates: [Night(last, LONG_AGO, True)])
    folders = write_region(tmp_path, students=STUDENTS, nights=3, first_night=FIRST_NIGHT)
    whole = Region(folders[-1:])
    for dataset in load_contract():
        region.connection.register("whole", whole.connection.execute(f"FROM {dataset}").to_arrow_table())
        assert region.rows(f"(FROM {dataset} EXCEPT FROM whole) UNION ALL (FROM whole EXCEPT FROM {dataset})") == []
        region.connection.unregister("whole")


def test_history_is_closed_years_of_their_own(tmp_path: Path) -> None:
    history = Region(write_region(tmp_path, students=150, nights=2, history_years=2))
    years = dict(
        history.rows(
            """SELECT y.name, count(*) FROM academic_years AS y
            JOIN marks AS m ON m.date BETWEEN y.begin_date AND y.end_date GROUP BY y.name"""
        )
    )
    assert set(years) == {"2024/2025", "2025/2026", "2026/2027"}
    assert years["2025/2026"] > 2 * years["2026/2027"]
    assert history.value("SELECT count(*) FROM final_marks WHERE is_year_mark AND academic_year_id = '9'")
    assert history.rows("SELECT DISTINCT academic_year_id FROM night_2_class_units") == [("14",)]
    assert history.value("SELECT count(DISTINCT academic_year_id) FROM night_1_class_units") == 3
    lost = """SELECT count(*) FROM enrollments AS e JOIN class_units AS c USING (class_unit_id)
        JOIN academic_years AS y USING (academic_year_id) WHERE e.begin_date NOT BETWEEN y.begin_date AND y.end_date"""
    assert history.value(lost) == 0
