"""`portfolio explain`: the document of one student holds the rows of the package, and says why a section is empty."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from conftest import Portfolio
from jsonschema import Draft202012Validator

from expectations.readiness_texts import load_readiness
from portal.document import portal_sections
from portal.generate_openapi import OPENAPI_FILE
from portal.specification import load_specification

PREFIX = "REGION-"


def query(home: Path, sql: str, file: str = "portfolio") -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "published" / f"{file}.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def students(home: Path, count: int) -> list[str]:
    """Those with the most and the fewest sections that are shown, of those who are exported; and one who is not."""
    shown = query(
        home,
        "SELECT student_profile_id FROM marts.portfolio_readiness GROUP BY ALL HAVING bool_or(is_shown)"
        " ORDER BY count(*) FILTER (WHERE is_shown), student_profile_id",
    )
    hidden = query(
        home,
        "SELECT min(student_profile_id) FROM (SELECT student_profile_id FROM marts.portfolio_readiness"
        " GROUP BY ALL HAVING NOT bool_or(is_shown))",
    )
    return [student for (student,) in [*shown[:count], *shown[len(shown) - count :], *hidden]]


def package_rows(home: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of the only package, by table, without the two fields of the package."""
    [package] = [path for path in (home / "exports").iterdir() if not path.name.startswith(".")]
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for file in package.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream, delimiter=";"):
                content = {name: value for name, value in row.items() if not name.endswith("_datetime")}
                rows[file.stem[3:].rsplit("_", 1)[0]].append(content)
    return rows


def as_sent(value: Any, field_type: str, scale: int) -> str:
    if value is None:
        return ""
    return f"{value:.{scale}f}" if field_type == "decimal" else str(value)


@pytest.fixture
def documents(first_night: Path, portfolio: Portfolio) -> dict[str, Any]:
    found = {}
    for student in students(first_night, 2):
        ran = portfolio(first_night, "explain", student, "--json")
        assert (ran.status, ran.err) == (0, "")
        found[student] = json.loads(ran.out)
    return found


def test_the_document_holds_the_rows_of_the_package_and_the_schema_describes_it(
    first_night: Path, documents: dict[str, Any]
) -> None:
    contract = yaml.safe_load(OPENAPI_FILE.read_text("utf-8"))
    validator = Draft202012Validator(contract | {"$ref": "#/components/schemas/StudentPortfolio"})
    packed = package_rows(first_night)
    types = {table.name: {field.name: field.type for field in table.fields} for table in load_specification().tables}
    seen = 0
    for student, document in documents.items():
        validator.validate(document)
        own = PREFIX + student
        places = {row["student_id"]: row for row in packed["student_gpa_current"]}.get(own, {})
        for section in document["sections"]:
            for table, rows in section["tables"].items():
                told = [
                    {
                        name: as_sent(value, types[table][name].name, types[table][name].scale)
                        for name, value in row.items()
                    }
                    for row in rows
                ]
                key = "student_id" if table.startswith("student") else f"{table.split('_')[0]}_id"
                whose = own if key == "student_id" else places.get(key)
                assert told == [row for row in packed[table] if row[key] == whose], table
                seen += len(told)
        assert document["is_exported"] == (own in {row["student_id"] for row in packed["student"]})
    assert seen > 100


def test_a_section_is_shown_if_the_package_holds_a_row_of_the_student_for_it(documents: dict[str, Any]) -> None:
    both = set()
    for document in documents.values():
        for section in document["sections"]:
            # Classmates' figures alone show nothing; the vacation is the class's own.
            own = [
                row
                for table, rows in section["tables"].items()
                if table.startswith("student") or table == "class_vacation"
                for row in rows
                if row.get("marks_count") != 0 and row.get("average", 0) is not None
            ]
            if section["section"] == "attendance" and section["is_shown"]:
                continue  # whoever missed nothing has no row, and that is shown
            assert section["is_shown"] == bool(own), section["section"]
            assert section["is_shown"] == (section["reason"] is None)
            both.add(section["is_shown"])
    assert both == {True, False}


def test_the_text_says_what_to_do_and_names_nobody(first_night: Path, portfolio: Portfolio) -> None:
    *_, exported, hidden = students(first_night, 1)
    names = {
        name for row in query(first_night, "SELECT last_name, valid_snils FROM students", "people") for name in row
    }
    for student, state in ((exported, ": передаётся на портал."), (hidden, "на портал не передаётся.")):
        ran = portfolio(first_night, "explain", student)
        assert ran.status == 0
        assert state in ran.out.splitlines()[0]
        assert not any(name in ran.out for name in names if name)
    assert "Как исправить: " in ran.out
    assert "Кто исправляет: " in ran.out


def test_the_preview_is_a_private_page_without_scripts_or_network(
    first_night: Path, portfolio: Portfolio, tmp_path: Path
) -> None:
    *_, exported, hidden = students(first_night, 1)
    page = tmp_path / "preview.html"
    assert portfolio(first_night, "explain", exported, "--html", str(page)).out == ""
    text = page.read_text("utf-8")
    [(last_name,)] = query(
        first_night, f"SELECT last_name FROM students WHERE student_profile_id = '{exported}'", "people"
    )
    assert last_name in text
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")
    assert page.stat().st_mode & 0o777 == 0o600
    portfolio(first_night, "explain", hidden, "--html", str(page))
    assert "Раздел пуст: " in page.read_text("utf-8")
    ran = portfolio(first_night, "explain", hidden, "--html", str(tmp_path / "nowhere" / "preview.html"))
    assert (ran.status, len(ran.err.splitlines())) == (5, 1)


def test_an_unknown_student_is_bad_input_in_one_line(first_night: Path, portfolio: Portfolio) -> None:
    ran = portfolio(first_night, "explain", "nobody'; DROP TABLE students")
    assert ran.status == 5
    assert len(ran.err.splitlines()) == 1
    assert "student_profile_id" in ran.err


def test_each_explanation_stands_in_the_audit_log(home: Path, portfolio: Portfolio) -> None:
    [student] = students(home, 0)
    portfolio(home, "explain", student)
    last = json.loads((home / "audit" / "audit.jsonl").read_text("utf-8").splitlines()[-1])
    assert (last["what"], last["student"]) == ("explain", student)
    assert set(last) == {"when", "who", "pid", "what", "publication", "student"}


def test_the_sections_are_those_that_have_texts_and_their_tables_are_the_portals() -> None:
    assert list(portal_sections()) == list(load_readiness().sections)
    known = {table.name for table in load_specification().tables}
    shown = [table for tables in portal_sections().values() for table in tables]
    assert sorted(shown) == sorted(name for name in known if not name.startswith("dict_"))
