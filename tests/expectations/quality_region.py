"""A small region in which every rule has objects that break it and objects that do not, as of 28 October 2026."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from quality_people import AS_OF, CASES, PARENT, Row, Tables, enrollment, fresh_snils, people, representative, student

YEAR = "Y26"
TWO_WEEKS = [AS_OF + timedelta(days=shift) for shift in range(-7, 8)]


def region() -> Tables:
    """All datasets of the region."""
    tables: Tables = {
        "academic_years": [
            {"academic_year_id": "Y25", "name": "2025/26", "begin_date": "2025-09-01", "end_date": "2026-08-31"},
            {"academic_year_id": YEAR, "name": "2026/27", "begin_date": "2026-09-01", "end_date": "2027-08-31"},
        ],
        "organizations": [
            {"organization_id": "O1", "name": "Школа 1", "kind": "school", "municipality": "Город"},
            {"organization_id": "O2", "name": "Колледж", "kind": "college", "municipality": "Город"},
            {"organization_id": "O3", "name": "Школа 3", "kind": "school", "municipality": "Район"},
        ],
        "subjects": [{"subject_id": "alg", "name": "Алгебра"}, {"subject_id": "phy", "name": "Физика"}],
        "control_forms": [
            {"control_form_id": "known", "name": "Контрольная работа"},
            {"control_form_id": "filled", "name": "Нечто", "kind": "Классная"},
            {"control_form_id": "strange", "name": "Нечто", "organization_id": "O1"},
        ],
        **_calendar(),
    }
    for part in (people(CASES), _shared_snils(), _applications(), _classes(), _journal(), _left()):
        for name, rows in part.items():
            tables.setdefault(name, []).extend(rows)
    return tables


def _calendar() -> Tables:
    return {
        "kug_periods": [
            _kug("usual", "study", "2026-09-01", "2026-10-25"),
            _kug("usual", "vacation", "2026-10-26", "2026-11-03"),
            _kug("no-vacation", "study", "2026-09-01", "2027-05-25"),
            _kug("no-vacation", "holiday", "2026-11-04", "2026-11-04"),
            _kug("long", "vacation", "2026-10-01", "2026-11-30"),
            # Together they cover 21 October … 4 November, overlapping, in another order than their days.
            _kug("patched", "vacation", "2026-10-28", "2026-11-04"),
            _kug("patched", "vacation", "2026-10-15", "2026-10-29"),
            # One day short.
            _kug("gap", "vacation", "2026-10-15", "2026-10-27"),
            _kug("gap", "vacation", "2026-10-29", "2026-11-10"),
        ],
        "attestation_periods": [
            _period("q1", "quarters", "2026-09-01", "2026-10-25"),
            _period("q2", "quarters", "2026-11-04", "2026-12-30"),
            _period("o1", "overlapping", "2026-09-01", "2026-12-30"),
            _period("o2", "overlapping", "2026-12-30", "2027-05-25"),
            _period("l1", "leaving", "2026-08-31", "2026-12-30"),
            _period("t1", "touching", "2026-09-01", "2026-12-30"),
            _period("t2", "touching", "2026-12-31", "2027-08-31"),
        ],
    }


def _shared_snils() -> Tables:
    tables: Tables = {"students": [], "enrollments": [], "representatives": []}
    shared, merged, twice, gone = (fresh_snils() for _ in range(4))
    profiles = [
        ("shared-1", {"snils": shared}),
        ("shared-2", {"snils": f"{shared[:3]}-{shared[3:6]}-{shared[6:9]} {shared[9:]}"}),
        # Two profiles of one person, and a duplicate that was merged.
        ("twice-1", {"snils": twice, "person_id": "p-twice"}),
        ("twice-2", {"snils": twice, "person_id": "p-twice"}),
        ("merged-kept", {"snils": merged}),
        ("merged-away", {"snils": merged, "merged_to": "merged-kept"}),
        # Somebody else had it who has left.
        ("gone-1", {"snils": gone}),
        ("gone-2", {"snils": gone}),
    ]
    for name, more in profiles:
        tables["students"].append(student(name, **more))
        ends = {"end_date": "2026-09-15"} if name == "gone-2" else {}
        tables["enrollments"].append(enrollment(name, **ends))
        tables["representatives"].append(representative(name, 0, **PARENT))
    # The mother's СНИЛС on the child's card; and a student who is a mother herself.
    for name, person in (("of-parent", "p-mother"), ("is-parent", "p-is-parent")):
        tables["students"].append(student(name))
        tables["enrollments"].append(enrollment(name))
        own = {"snils": tables["students"][-1]["snils"], "person_id": person}
        tables["representatives"].append(representative(name, 0, **PARENT, **own))
    return tables


def _applications() -> Tables:
    tables = people([])
    tables["portal_applications"] = []
    wanted = [
        ("blocked-connected", {"sex": None}, [("submitted", "01"), ("connected", "02")]),
        ("blocked-withdrawn", {"sex": None}, [("connected", "02"), ("withdrawn", "03")]),
        ("blocked-same-moment", {"sex": None}, [("withdrawn", "02"), ("connected", "02")]),
        ("fine-connected", {}, [("connected", "02")]),
    ]
    for name, more, history in wanted:
        tables["students"].append(student(name, **more))
        tables["enrollments"].append(enrollment(name))
        tables["representatives"].append(representative(name, 0, **PARENT))
        tables["portal_applications"] += [
            _application(f"{name}-{number}", name, status, day) for number, (status, day) in enumerate(history)
        ]
    return tables


def _left() -> Tables:
    """Somebody with every flaw who has left: judged by nothing."""
    return {
        "students": [{"student_profile_id": "left", "person_id": "p-left"}],
        "enrollments": [enrollment("left", end_date="2026-10-01")],
        "representatives": [
            {"representative_id": "r-left", "student_profile_id": "left", "person_id": "x", "type_id": 1}
        ],
        "portal_applications": [_application("left-1", "left", "connected", "02")],
    }


def _classes() -> Tables:
    """Classes, each with a group of its own named after it, one student, and lessons as said."""
    near = "2026-10-21"
    plans: list[tuple[str, str | None, str | None, list[str]]] = [
        ("9A", "usual", "quarters", [near]),
        ("no-kug", None, "quarters", [near]),
        ("lost-kug", "nowhere", "quarters", [near]),
        ("kug-no-vacation", "no-vacation", "quarters", [near]),
        ("no-periods", "usual", None, [near]),
        ("lost-periods", "usual", "nowhere", [near]),
        ("on-vacation", "long", "quarters", []),
        ("on-two-vacations", "patched", "quarters", []),
        ("vacation-with-gap", "gap", "quarters", []),
        ("lesson-first-day", "usual", "quarters", ["2026-10-21"]),
        ("lesson-last-day", "usual", "quarters", ["2026-11-04"]),
        ("lesson-outside", "usual", "quarters", ["2026-10-20", "2026-11-05"]),
        ("lesson-cancelled", "usual", "quarters", ["cancelled"]),
        ("lesson-across", "usual", "quarters", []),
    ]
    tables = people([])
    tables |= {"class_units": [], "groups": [], "group_members": [], "lessons": []}
    for name, kug, periods, days in plans:
        tables["class_units"].append(_class(name, periods_schedule_id=kug, attestation_periods_schedule_id=periods))
        tables["groups"].append(_group(f"g-{name}", class_unit_id=name))
        pupil = f"of-{name}"
        tables["students"].append(student(pupil))
        tables["enrollments"].append(enrollment(pupil, class_unit_id=name))
        tables["representatives"].append(representative(pupil, 0, **PARENT))
        tables["group_members"].append(_member(f"g-{name}", pupil))
        tables["lessons"] += [
            _lesson(f"l-{name}-{day}", f"g-{name}", near if day == "cancelled" else day, cancelled=day == "cancelled")
            for day in days
        ]
    tables["class_units"] += [
        _class("K1", organization_id="O2", periods_schedule_id="usual", attestation_periods_schedule_id="touching"),
        _class("empty", periods_schedule_id="usual", attestation_periods_schedule_id="quarters"),
        # Of the year before: nobody asks.
        _class("old", academic_year_id="Y25"),
    ]
    tables["groups"] += [
        _group("g-across", class_unit_id=None),
        _group("g-across-lost", class_unit_id=None),
        _group("g-nobody", class_unit_id="9A"),
        _group("g-all-left", class_unit_id="9A"),
        _group("g-own-schedule", class_unit_id="no-periods", attestation_periods_schedule_id="quarters"),
        _group("g-lost-schedule", class_unit_id="9A", attestation_periods_schedule_id="nowhere"),
        _group("g-old", academic_year_id="Y25"),
    ]
    tables["group_members"] += [
        _member("g-across", "of-lesson-across"),
        _member("g-across-lost", "of-no-periods"),
        _member("g-all-left", "of-9A", end_date="2026-10-01"),
        _member("g-own-schedule", "of-no-periods"),
        _member("g-lost-schedule", "of-9A"),
    ]
    tables["lessons"].append(_lesson("l-across", "g-across", near))
    return tables


def _journal() -> Tables:
    """Groups `eight` and `seven` of 9А with that many lessons held in the first quarter, and their journals."""
    tables = people([])
    tables |= {"groups": [], "group_members": [], "lessons": [], "marks": [], "attendances": [], "final_marks": []}
    tables["groups"] = [_group("eight", class_unit_id="9A"), _group("seven", class_unit_id="9A", subject_id="phy")]
    for name in ("silent", "marked", "late", "graded", "near", "leaver", "left-after"):
        tables["students"].append(student(name))
        tables["enrollments"].append(enrollment(name))
        tables["representatives"].append(representative(name, 0, **PARENT))
    tables["enrollments"][-2]["end_date"] = "2026-10-20"
    tables["enrollments"][-1]["end_date"] = "2026-10-26"
    for name in ("silent", "marked", "graded", "near", "leaver", "left-after"):
        tables["group_members"].append(_member("eight", name))
    tables["group_members"] += [
        _member("seven", "silent"),
        # Joined after the first of the eight lessons.
        _member("eight", "late", begin_date="2026-09-08"),
        _member("seven", "marked", begin_date="2026-09-02", end_date="2026-10-01"),
    ]
    mondays = [date(2026, 9, 7) + timedelta(days=7 * week) for week in range(7)]
    for group, days in (("eight", [date(2026, 9, 1), *mondays]), ("seven", mondays)):
        tables["lessons"] += [_lesson(f"l-{group}-{day}", group, day.isoformat()) for day in days]
    tables["lessons"].append(_lesson("l-seven-cancelled", "seven", "2026-09-21", lesson_number=2, cancelled=True))
    tables["marks"] = [
        # Entered in time, and not.
        _mark("in-14-days", "marked", "2026-10-05", created_at="2026-10-19 23:59"),
        _mark("in-15-days", "marked", "2026-10-05", created_at="2026-10-20 00:00"),
        _mark("on-last-day", "marked", "2026-10-23", created_at="2026-10-25 10:00"),
        _mark("after-period", "marked", "2026-10-23", created_at="2026-10-26 10:00"),
        _mark(
            "lesson-decides", "marked", "2026-10-05", schedule_lesson_id="l-eight-2026-09-21", created_at="2026-10-06"
        ),
        _mark("no-time", "marked", "2026-10-05"),
        # Values that agree, and not.
        _mark("agrees", "marked", "2026-10-05", name="5", five=5),
        _mark("disagrees", "marked", "2026-10-05", name="5", five=4),
        _mark("zero", "marked", "2026-10-05", name="5", five=0),
        _mark("with-minus", "marked", "2026-10-05", name="4-", five="3.7"),
        _mark("with-minus-far", "marked", "2026-10-05", name="4-", five=3),
        _mark("absent-with-value", "marked", "2026-10-05", name="Н", five=5),
        _mark("absent", "marked", "2026-10-05", name="н", five=0),
        _mark("of-ten", "marked", "2026-10-05", name="8", five=4, grade_system_type="ten"),
        # In the group on that day, and not.
        _mark("last-day-in-group", "marked", "2026-10-01", group_id="seven", subject_id="phy"),
        _mark("day-after-group", "marked", "2026-10-02", group_id="seven", subject_id="phy"),
        _mark("graded-1", "graded", "2026-10-05", name="4"),
        _mark("near-1", "near", "2026-10-05", name="4"),
        _mark("near-2", "near", "2026-10-06", name="5"),
        _mark("leaver-1", "leaver", "2026-10-05", name="4"),
        _mark("left-after-1", "left-after", "2026-10-05", name="4"),
        _mark("late-1", "late", "2026-10-25", name="4", deleted=True),
    ]
    tables["attendances"] = [
        _absence("in-group", "marked", "l-seven-2026-09-28", "2026-09-28"),
        _absence("not-in-group", "marked", "l-seven-2026-10-05", "2026-10-05"),
    ]
    tables["final_marks"] = [_final("f-graded", "graded", "5"), _final("f-near", "near", "5")]
    return tables


def _kug(schedule: str, kind: str, begin: str, end: str) -> Row:
    return {
        "kug_period_id": f"{schedule}-{begin}",
        "periods_schedule_id": schedule,
        "organization_id": "O1",
        "academic_year_id": YEAR,
        "kind": kind,
        "name": kind,
        "begin_date": begin,
        "end_date": end,
    }


def _period(period: str, schedule: str, begin: str, end: str) -> Row:
    return {
        "attestation_period_id": period,
        "attestation_periods_schedule_id": schedule,
        "organization_id": "O1",
        "academic_year_id": YEAR,
        "name": period,
        "begin_date": begin,
        "end_date": end,
    }


def _class(name: str, **more: Any) -> Row:
    base = {"class_unit_id": name, "organization_id": "O1", "academic_year_id": YEAR, "class_level": 9, "name": name}
    return base | more


def _group(name: str, **more: Any) -> Row:
    base = {"group_id": name, "organization_id": "O1", "academic_year_id": YEAR, "subject_id": "alg", "name": name}
    return base | more


def _member(group: str, name: str, **more: Any) -> Row:
    return {"group_id": group, "student_profile_id": name, "begin_date": "2026-09-01", **more}


def _lesson(lesson: str, group: str, day: str, **more: Any) -> Row:
    return {"schedule_lesson_id": lesson, "group_id": group, "date": day, "lesson_number": 1, **more}


def _mark(mark: str, pupil: str, day: str, **more: Any) -> Row:
    base = {"mark_id": mark, "student_profile_id": pupil, "group_id": "eight", "subject_id": "alg", "date": day}
    return base | {"name": "4", "grade_system_type": "five"} | more


def _absence(attendance: str, name: str, lesson: str, day: str) -> Row:
    return {"attendance_id": attendance, "student_profile_id": name, "schedule_lesson_id": lesson, "date": day}


def _final(final_mark: str, name: str, mark: str) -> Row:
    return {
        "final_mark_id": final_mark,
        "student_profile_id": name,
        "subject_id": "alg",
        "academic_year_id": YEAR,
        "attestation_period_id": "q1",
        "is_year_mark": False,
        "name": mark,
    }


def _application(application: str, name: str, status: str, day: str) -> Row:
    return {
        "application_id": application,
        "student_profile_id": name,
        "status": status,
        "changed_at": f"2026-09-{day} 10:00",
    }
