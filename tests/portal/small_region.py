"""A region of three small tables whose marts a test changes from night to night, and specifications for them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from portal_region import publish

from portal.manifest import Package
from portal.package import write_package
from portal.specification import load_specification

#: Subjects; averages of a student in a subject and week; final marks of a student in a subject.
SPECIFICATION = """
version: small
tables:
  dict_subject:
    title: Предметы
    source: {mart: subjects}
    fields:
      - {name: id, title: Код, type: string, length: 40, required: true, key: true, source: subject_id}
      - {name: name, title: Предмет, type: string, length: 20, required: true, source: name}
      - {name: create_datetime, title: Создана, type: datetime, required: true}
      - {name: send_datetime, title: Отправлена, type: datetime, required: true}
  student_week:
    title: Недели
    source: {mart: weekly_dynamics, students: student_profile_id}
    fields:
      - {name: student_id, title: Кто, type: string, length: 40, key: true, required: true, source: student_profile_id}
      - {name: class_id, title: Класс, type: string, length: 40, source: class_unit_id}
      - name: subject_id
        title: Предмет
        type: string
        length: 40
        required: true
        key: true
        reference: dict_subject
        source: subject_id
      - {name: week_begin, title: Неделя, type: date, required: true, key: true, source: week_begin}
      - {name: marks_count, title: Отметок, type: integer, source: marks_count}
      - {name: create_datetime, title: Создана, type: datetime, required: true}
      - {name: send_datetime, title: Отправлена, type: datetime, required: true}
  student_final:
    title: Итоги
    source: {mart: final_marks, students: student_profile_id}
    fields:
      - {name: student_id, title: Кто, type: string, length: 40, key: true, required: true, source: student_profile_id}
      - name: subject_id
        title: Предмет
        type: string
        length: 40
        required: true
        key: true
        reference: dict_subject
        source: subject_id
      - {name: final_mark, title: Отметка, type: string, length: 20, source: final_mark}
      - {name: create_datetime, title: Создана, type: datetime, required: true}
      - {name: send_datetime, title: Отправлена, type: datetime, required: true}
"""

#: Other versions of it: a field renamed, one added, a table dropped, a key field more, key fields in another order.
RENAMED = SPECIFICATION.replace("{name: marks_count,", "{name: marks,").replace("version: small", "version: small-2")
ADDED = SPECIFICATION.replace(
    "      - {name: final_mark,",
    "      - {name: five, title: Пятёрка, type: 'decimal(3,2)', source: final_five}\n      - {name: final_mark,",
)
DROPPED = SPECIFICATION[: SPECIFICATION.index("  student_final:")]
OTHER_KEY = SPECIFICATION.replace(
    "{name: class_id, title: Класс, type: string, length: 40, source: class_unit_id}",
    "{name: class_id, title: Класс, type: string, length: 40, required: true, key: true, source: class_unit_id}",
)
_STUDENT, _CLASS = (line + "\n" for line in SPECIFICATION.split("\n")[15:17])
OTHER_ORDER = SPECIFICATION.replace(_STUDENT + _CLASS, "").replace(
    "      - {name: week_begin,", f"{_STUDENT}{_CLASS}      - {{name: week_begin,"
)

STAMP = '"2026-10-01 02:00:00";"2026-10-01 02:00:00"'
_FIRST_NIGHT = datetime(2026, 10, 1, 2, 0)  # noqa: DTZ001

Week = tuple[str, str, str, int | None]


class SmallRegion:
    """A publication that changes in place, and its packages."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.exports = root / "exports"
        self.published = root / "published"
        shutil.copytree(_empty_publication().name, self.published)
        self.nights = 0
        self.write_specification(SPECIFICATION)

    def write_specification(self, text: str) -> None:
        """From now on the packages follow this specification."""
        path = self.root / "specification.yaml"
        path.write_text(text, "utf-8")
        self.specification = load_specification(path)

    def set(
        self,
        *,
        subjects: Iterable[tuple[str, str]] | None = None,
        weeks: Iterable[Week] | None = None,
        finals: Iterable[tuple[str, str, str | None]] | None = None,
    ) -> None:
        """Puts other rows into the marts that are named: subject and name; student, subject, week and marks; student,
        subject and mark."""
        with duckdb.connect(str(self.published / "portfolio.duckdb")) as connection:
            if subjects is not None:
                _fill(connection, "subjects", ("subject_id", "name"), subjects)
            if weeks is not None:
                columns = ("student_profile_id", "subject_id", "week_begin", "marks_count")
                _fill(connection, "weekly_dynamics", columns, weeks)
            if finals is not None:
                _fill(connection, "final_marks", ("student_profile_id", "subject_id", "final_mark"), finals)

    def export(self, exports: Path | None = None, **choices: Any) -> Package:
        """The package of the next night."""
        values: dict[str, Any] = {
            "prefix": "R",
            "created_at": _FIRST_NIGHT + timedelta(days=self.nights),
            "as_of": date(2026, 10, 1) + timedelta(days=self.nights),
            "specification": self.specification,
        }
        package = write_package(self.published, exports or self.exports, **{**values, **choices})
        self.nights += 1
        return package


def contents(package: Package) -> dict[str, list[str]]:
    """The rows of each file, without header and without the two fields of the package."""
    found: dict[str, list[str]] = {}
    for file in package.files:
        lines = (package.path / file.name).read_text("utf-8").split("\n")[1:]
        width = 0 if file.operation == "delete" else len(STAMP) + 1
        found[file.name] = [line[: len(line) - width] for line in lines]
    return found


@cache
def _empty_publication() -> tempfile.TemporaryDirectory[str]:
    """Made once: it takes longer than a package."""
    folder = tempfile.TemporaryDirectory()
    people = [(f"s{number}", f"p{number}", "connected", True) for number in range(10)]
    publish(Path(folder.name), {"subjects": [], "weekly_dynamics": [], "final_marks": []}, people=people)
    return folder


def _fill(
    connection: duckdb.DuckDBPyConnection, mart: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]
) -> None:
    connection.execute(f"DELETE FROM marts.{mart}")
    for row in rows:
        connection.execute(
            f"INSERT INTO marts.{mart} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", list(row)
        )
