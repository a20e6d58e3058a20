"""Any text survives the way through a package, except its control characters (an independent reader says so)."""

from __future__ import annotations

import tempfile
import unicodedata
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loader_rules import Cell, read_file
from portal_region import publish

from portal.package import write_package
from portal.specification import load_specification

#: Characters that break careless writers, beside every other character of Unicode.
_NASTY = st.sampled_from(list("\";\n\r\t\0\x1b\x7f\x85\x9f\u2028\u2029\ufeff\u00a0 '\\,|яЁ😀\u0301\u200d{}%$"))
_ANY = st.characters(exclude_categories=("Cs",))
#: The tables that are read back; the others would only take time.
DICTIONARIES = replace(
    load_specification(),
    tables=tuple(load_specification().table(name) for name in ("dict_organization", "dict_subject")),
)
_TEXT = st.text(st.one_of(_NASTY, _ANY), max_size=40)


def shown(text: str) -> str:
    return "".join(character for character in text if unicodedata.category(character) != "Cc")


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts=st.lists(st.tuples(_TEXT, _TEXT), min_size=1, max_size=60))
def test_texts_come_back_as_they_were_without_control_characters(texts: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        published = publish(Path(folder) / "p", {"organizations": []})
        rows = [(f"{number:04d}", name, short, "school", "x", True) for number, (name, short) in enumerate(texts)]
        with duckdb.connect(str(published / "portfolio.duckdb")) as connection:
            connection.executemany("INSERT INTO marts.organizations VALUES (?, ?, ?, ?, ?, ?)", rows)
        package = write_package(
            published,
            Path(folder) / "exports",
            prefix="Ж_1.a-b",
            created_at=datetime(2026, 10, 1, 2, 0),  # noqa: DTZ001
            as_of=date(2026, 10, 1),
            specification=DICTIONARIES,
        )
        names, cells = read_file((package.path / "01_dict_organization_create.csv").read_bytes())
    assert names[:3] == ["id", "name", "short_name"]
    expected = [
        [
            Cell(f"Ж_1.a-b-{number:04d}", is_quoted=True),
            Cell(shown(name), is_quoted=True),
            Cell(shown(short), is_quoted=shown(short) != ""),
        ]
        for number, (name, short) in enumerate(texts)
    ]
    assert [row[:3] for row in cells] == expected


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ids=st.lists(_TEXT, min_size=1, max_size=60, unique_by=shown))
def test_ids_of_any_characters_are_keys_in_byte_order(ids: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        published = publish(Path(folder) / "p", {"subjects": []})
        with duckdb.connect(str(published / "portfolio.duckdb")) as connection:
            connection.executemany("INSERT INTO marts.subjects VALUES (?, 'x', true)", [(id_,) for id_ in ids])
        package = write_package(
            published,
            Path(folder) / "exports",
            prefix="R",
            created_at=datetime(2026, 10, 1, 2, 0),  # noqa: DTZ001
            as_of=date(2026, 10, 1),
            specification=DICTIONARIES,
        )
        filled = sorted((shown(id_) for id_ in ids if shown(id_)), key=lambda id_: id_.encode())
        files = {file.table: file for file in package.files}
        if not filled:
            assert "dict_subject" not in files
            return
        _, cells = read_file((package.path / files["dict_subject"].name).read_bytes())
    assert [row[0].text for row in cells] == [f"R-{id_}" for id_ in filled]
