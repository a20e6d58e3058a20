"""A region small enough to count by hand, over four nights, and what `portfolio load` made of each.

Every cell that could be anybody's begins with `zqzq-`: nothing that begins so may stand outside the data themselves.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from shared_project import share_project

from orchestration import cli
from orchestration.dbt_runner import NodeResult

FIRST, SECOND, THIRD, FOURTH = "2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12"
PLANTED = "zqzq-"

MARKS = (
    "mark_id;student_profile_id;group_id;subject_id;schedule_lesson_id;control_form_id;date;name;five;weight;comment"
)

#: Dataset → header and rows; in `students` zqzq-m1 and zqzq-m2 are merged into each other, zqzq-m3 into nobody known.
FIRST_NIGHT = {
    "academic_years": ["academic_year_id;name;begin_date;end_date", "zqzq-26;zqzq-year;2026-09-01;2027-05-31"],
    "organizations": ["organization_id;name;kind;municipality", "zqzq-o1;zqzq-school;school;zqzq-town"],
    "class_units": [
        "class_unit_id;organization_id;academic_year_id;class_level;name",
        "zqzq-c1;zqzq-o1;zqzq-26;5;zqzq-5A",
    ],
    "students": [
        "student_profile_id;person_id;last_name;snils;merged_to",
        "zqzq-s1;zqzq-p1;zqzq-Иванов;zqzq-112-233;",
        "zqzq-s2;zqzq-p2;zqzq-Петров;;",
        "zqzq-m1;zqzq-p3;;;zqzq-m2",
        "zqzq-m2;zqzq-p3;;;zqzq-m1",
        "zqzq-m3;zqzq-p4;;;zqzq-nobody",
    ],
    "identity_documents": [
        "document_id;person_id;document_type_id;number",
        "zqzq-d1;zqzq-p1;1;zqzq-4501",
        "zqzq-d2;zqzq-p8;1;zqzq-4502",
        "zqzq-d3;zqzq-p9;1;zqzq-4503",
    ],
    "enrollments": [
        "enrollment_id;student_profile_id;organization_id;class_unit_id;begin_date",
        "zqzq-e1;zqzq-s1;zqzq-o1;zqzq-c1;2026-09-01",
        "zqzq-e2;zqzq-s2;zqzq-o1;zqzq-c9;2026-09-01",
    ],
    "representatives": ["representative_id;student_profile_id;person_id;type_id", "zqzq-r1;zqzq-late;zqzq-p8;1"],
    "subjects": ["subject_id;name", "zqzq-math;zqzq-Математика"],
    "control_forms": ["control_form_id;name", "form-known;Контрольная работа", "form-odd;zqzq-odd"],
    "groups": [
        "group_id;organization_id;academic_year_id;subject_id;class_unit_id;name",
        "zqzq-g1;zqzq-o1;zqzq-26;zqzq-math;zqzq-c1;zqzq-group",
    ],
    "group_members": [
        "group_id;student_profile_id;begin_date",
        "zqzq-g1;zqzq-s1;2026-09-01",
        "zqzq-g1;zqzq-late;2026-09-01",
        "zqzq-g9;zqzq-s1;2026-09-01",
    ],
    "lessons": [
        "schedule_lesson_id;group_id;date;lesson_number",
        "zqzq-l1;zqzq-g1;2026-11-02;1",
        "zqzq-l2;zqzq-g9;2026-11-02;2",
    ],
    "marks": [
        f"{MARKS};deleted_at;color",
        "zqzq-k1;zqzq-s1;zqzq-g1;zqzq-math;zqzq-l1;form-known;2026-11-02;5;5;1;zqzq-good;;zqzq-red",
        "zqzq-k2;zqzq-late;zqzq-g1;zqzq-math;zqzq-l1;form-odd;2026-11-02;4;4;1;;;",
        "zqzq-k3;zqzq-late;zqzq-g1;zqzq-math;;;2026-11-03;5;5;1;;;",
        "zqzq-k4;zqzq-s1;zqzq-g9;zqzq-math;;;2026-11-03;3;3;1;;;",
        "zqzq-k5;zqzq-s1;zqzq-g1;zqzq-chess;;;2026-11-03;3;3;1;;;",
        "zqzq-k6;zqzq-s1;zqzq-g1;zqzq-math;zqzq-l9;zqzq-f9;2026-11-03;3;3;1;;;",
        "zqzq-k7;zqzq-s1;zqzq-g1;zqzq-math;;;2026-11-04;5;4;1;;;",
        "zqzq-k8;zqzq-late;zqzq-g1;zqzq-math;;;2026-11-04;5;5;1;;2026-11-05 10:00;",
        "zqzq-k9;zqzq-s1;zqzq-g1;zqzq-math;;;2026-11-04;5;5;zqzq-heavy;;;",
        "zqzq-k10;zqzq-s1;zqzq-g1;zqzq-math;;;2026-11-04;н;0;1;;;",
        "zqzq-k1;zqzq-s1;zqzq-g1;zqzq-math;zqzq-l1;form-known;2026-11-02;5;5;1;zqzq-again;;",
        "zqzq-k11;zqzq-s1;zqzq-g1;zqzq-math;;form-odd;2026-11-05;4;4;1;;;",
    ],
    "attendances": [
        "attendance_id;student_profile_id;schedule_lesson_id;date",
        "zqzq-a1;zqzq-s1;zqzq-l1;2026-11-02",
        "zqzq-a2;zqzq-late;zqzq-l1;2026-11-02",
        "zqzq-a3;zqzq-s1;zqzq-l9;2026-11-02",
    ],
    "final_marks": [
        "final_mark_id;student_profile_id;subject_id;academic_year_id;is_year_mark;name",
        "zqzq-y1;zqzq-late;zqzq-math;zqzq-26;1;5",
    ],
    "event_participants": ["event_id;student_profile_id", "zqzq-ev9;zqzq-late"],
    "achievements": [
        "achievement_id;student_profile_id;achievement_type_id;name;date",
        "zqzq-h1;zqzq-late;zqzq-t9;zqzq-won;2026-10-01",
    ],
}

#: (dataset, column) → rows of the first night that lead nowhere, counted by hand.
FIRST_ORPHANS = {
    ("students", "merged_to"): 1,
    ("identity_documents", "person_id"): 1,
    ("enrollments", "class_unit_id"): 1,
    ("representatives", "student_profile_id"): 1,
    ("group_members", "group_id"): 1,
    ("group_members", "student_profile_id"): 1,
    ("lessons", "group_id"): 1,
    ("marks", "student_profile_id"): 2,
    ("marks", "group_id"): 1,
    ("marks", "subject_id"): 1,
    ("marks", "schedule_lesson_id"): 1,
    ("marks", "control_form_id"): 1,
    ("attendances", "student_profile_id"): 1,
    ("attendances", "schedule_lesson_id"): 1,
    ("final_marks", "student_profile_id"): 1,
    ("event_participants", "event_id"): 1,
    ("event_participants", "student_profile_id"): 1,
    ("achievements", "student_profile_id"): 1,
    ("achievements", "achievement_type_id"): 1,
}

#: Everything that was missing, but for the person of zqzq-d3; and a mark of one more unknown student.
SECOND_NIGHT = {
    "class_units": [*FIRST_NIGHT["class_units"], "zqzq-c9;zqzq-o1;zqzq-26;5;zqzq-5B"],
    "students": ["student_profile_id;person_id;last_name", "zqzq-late;zqzq-p5;zqzq-Поздний", "zqzq-nobody;zqzq-p4;"],
    "enrollments": [FIRST_NIGHT["enrollments"][0], "zqzq-e3;zqzq-late;zqzq-o1;zqzq-c1;2026-09-01"],
    "subjects": [*FIRST_NIGHT["subjects"], "zqzq-chess;zqzq-Шахматы"],
    "control_forms": [*FIRST_NIGHT["control_forms"], "zqzq-f9;Тест"],
    "groups": [*FIRST_NIGHT["groups"], "zqzq-g9;zqzq-o1;zqzq-26;zqzq-math;;zqzq-other"],
    "lessons": [FIRST_NIGHT["lessons"][0], "zqzq-l9;zqzq-g1;2026-11-02;3"],
    "marks": [MARKS, "zqzq-k20;zqzq-later;zqzq-g1;zqzq-math;;;2026-11-06;5;5;1;"],
    "events": ["event_id;organization_id;name;begin_date", "zqzq-ev9;zqzq-o1;zqzq-fair;2026-12-01"],
    "achievement_types": ["achievement_type_id;name", "zqzq-t9;Олимпиада"],
}
SECOND_ORPHANS = {("identity_documents", "person_id"): (1, 0), ("marks", "student_profile_id"): (1, 1)}

#: Enough rejects for the circuit breaker.
THIRD_NIGHT = {"marks": [MARKS, *(f"zqzq-b{n};zqzq-s1;zqzq-g1;zqzq-math;;;zqzq-day;5;5;1;" for n in range(150))]}
FOURTH_NIGHT = {"markz": ["a", "zqzq-cell"], "subjects": SECOND_NIGHT["subjects"]}


@dataclass
class Told:
    """What one call of the command answered, and the reports that stood there afterwards."""

    status: int
    out: str
    err: str
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """The home at the end, and every call in order."""

    home: Path
    calls: Mapping[str, Told]


def put(home: Path, day: str, datasets: Mapping[str, list[str]]) -> None:
    """Writes a delivery."""
    folder = home / "landing" / day
    folder.mkdir(parents=True)
    for name, lines in datasets.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")


def call(home: Path, *arguments: str) -> Told:
    """The command, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, {"PORTFOLIO_HOME": str(home)}),
        mock.patch.object(sys, "argv", ["portfolio", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        cli.main()
    told = Told(int(ended.value.code or 0), out.getvalue(), err.getvalue())
    for path in sorted((home / "reports" / "loads").glob("*.json")):
        told.reports[path.stem] = json.loads(path.read_text("utf-8"))
        told.texts[path.stem] = path.with_suffix(".txt").read_text("utf-8")
    return told


@contextlib.contextmanager
def failing_test_of_dbt() -> Iterator[None]:
    """Every build ends with a blocking test that has failed."""
    from orchestration.assets import warehouse

    [check, *_] = sorted(warehouse.warehouse_models.check_specs, key=lambda spec: spec.name)
    failed = NodeResult(str(check.metadata[warehouse.UNIQUE_ID]), check.name, True, "fail", 7, 0.1)
    with mock.patch.object(warehouse, "run_models", lambda *_arguments, **_named: [failed]):
        yield


def tell(home: Path, parsed_project: Path) -> Story:
    """Four nights: one is published, one waits for the next, one is stopped twice, one has an unknown file."""
    calls = {}
    share_project(home, parsed_project)
    put(home, FIRST, FIRST_NIGHT)
    calls["first"] = call(home, "load")
    put(home, SECOND, SECOND_NIGHT)
    put(home, THIRD, THIRD_NIGHT)
    calls["breaker"] = call(home, "load")
    with failing_test_of_dbt():
        calls["overruled"] = call(home, "load", "--overrule")
    put(home, FOURTH, FOURTH_NIGHT)
    calls["bad"] = call(home, "load")
    calls["export"] = call(home, "export")
    calls["status"] = call(home, "status")
    return Story(home, calls)


def copy(story: Story, target: Path) -> Path:
    """A home of one's own, as it was at the end."""
    shutil.copytree(story.home, target, symlinks=True)
    return target
