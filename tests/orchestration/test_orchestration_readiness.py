"""portfolio_readiness and the package speak of the same: a section is shown where the package has something to show."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from conftest import FIRST, home_of

from expectations.readiness_texts import load_readiness
from orchestration.publication import publish
from orchestration.quality import check_quality
from orchestration.settings import load_settings
from portal.package import write_package

Line = Mapping[str, str]


def always(_line: Line) -> bool:
    return True


def has_average(line: Line) -> bool:
    return line["average"] != ""


def has_period_average(line: Line) -> bool:
    return line["period_kind"] == "period" and has_average(line)


#: Section → the table of the package that fills it, and which of its rows hold something to show.
FILLED_BY: dict[str, tuple[str, Callable[[Line], bool]]] = {
    "personal_data": ("student", always),
    "gpa": ("student_gpa_current", has_average),
    "subjects": ("student_statsubject", has_period_average),
    "weekly_dynamics": ("student_statsubject_by_week", always),
    "control_works": ("student_control_marks", always),
    "final_marks": ("student_pmarks", always),
    "year_marks": ("student_ymarks", always),
    "attendance": ("student_skippings", always),
    "events": ("student_events", always),
    "achievements": ("student_achievements", always),
    "debts": ("student_debts", always),
}
#: Section → the table of the student's class that fills it, too.
FILLED_BY_CLASS = {"attendance": "class_skippings", "vacation": "class_vacation"}


@pytest.mark.parametrize("connected_only", [True, False])
def test_a_section_is_shown_where_the_package_has_something_to_show(
    first_night: Path, tmp_path: Path, connected_only: bool
) -> None:
    shutil.copytree(first_night, tmp_path / "home", symlinks=True)
    environment = {"PORTFOLIO_HOME": str(tmp_path / "home"), "PORTFOLIO_CONNECTED_ONLY": str(connected_only).lower()}
    settings = load_settings(environment)
    check_quality(settings, FIRST)
    publication = publish(settings, home_of(tmp_path / "home").build_db)
    package = write_package(
        publication.folder,
        tmp_path / "exports",
        prefix="R66",
        created_at=datetime(2026, 11, 9, 3, 0),  # noqa: DTZ001
        as_of=FIRST,
        connected_only=connected_only,
    )
    exported = {line["student_id"] for line in lines(package.path, "student")}
    with duckdb.connect(str(publication.portfolio), read_only=True) as connection:
        rows = connection.execute(
            "SELECT section, 'R66-' || student_profile_id, 'R66-' || class_unit_id, is_shown"
            " FROM marts.portfolio_readiness"
        ).fetchall()
    for section in load_readiness().sections:
        table, holds = FILLED_BY.get(section, ("", always))
        sent = {line["student_id"] for line in lines(package.path, table) if holds(line)}
        classes = {line["class_id"] for line in lines(package.path, FILLED_BY_CLASS.get(section, ""))}
        of_section = [row for row in rows if row[0] == section]
        sent |= {student for _, student, class_id, _ in of_section if student in exported and class_id in classes}
        assert {student for _, student, _, is_shown in of_section if is_shown} == sent, section
    shown = {section for section, _, _, is_shown in rows if is_shown}
    assert shown >= {"personal_data", "gpa", "subjects", "weekly_dynamics", "attendance", "vacation"}


def lines(package: Path, table: str) -> list[Line]:
    """The rows of a table of the package; none where it has no file."""
    return [
        line
        for path in package.glob(f"[0-9][0-9]_{table}_create.csv")
        for line in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""), delimiter=";")
    ]
