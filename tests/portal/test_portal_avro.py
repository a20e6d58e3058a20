"""Packages of Avro files for the core of the витрина: the same rows as the CSV files, in the core's types."""

from __future__ import annotations

import hashlib
import json
import stat
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import fastavro
import pytest
from loader_rules import Cell, read_file
from portal_region import publish
from portal_tables import confirm
from small_region import ADDED, DROPPED, OTHER_KEY, SPECIFICATION, SmallRegion, contents

import portal.avro_writer
from extracts.errors import BadInput
from portal.avro_schema import avro_fields, record_schema
from portal.manifest import Package
from portal.model import PACKAGE_FIELDS, Specification
from portal.package import write_package
from portal.specification import load_specification

AS_OF = date(2026, 10, 1)
CREATED_AT = datetime(2026, 10, 1, 2, 0, 5)  # noqa: DTZ001
SUBJECTS = [("1", "Алгебра"), ("2", 'Язык "А"; Б')]
WEEKS = [("s1", "1", "2026-09-07", 3), ("s1", "2", "2026-09-07", 1), ("s2", "1", "2026-09-14", None)]
FINALS = [("s1", "1", "5"), ("s2", "1", None)]


def read_avro(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Schema and records."""
    with path.open("rb") as stream:
        reader = fastavro.reader(stream)
        records: list[Any] = list(reader)
        return json.loads(reader.metadata["avro.schema"]), records


@pytest.fixture
def region(tmp_path: Path) -> SmallRegion:
    region = SmallRegion(tmp_path)
    region.set(subjects=SUBJECTS, weeks=WEEKS, finals=FINALS)
    return region


def _expected(cell: Cell, kind: str) -> object:
    """What a CSV cell is in Avro, from the types of the core alone."""
    if not cell.is_quoted:
        return None
    return _READERS.get(kind, str)(cell.text)


_READERS: dict[str, Callable[[str], object]] = {
    "integer": int,
    "decimal": float,
    "boolean": {"True": True, "False": False}.__getitem__,
    "date": date.fromisoformat,
    "datetime": lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC),
}


def _same_rows(csv: Package, avro: Package, specification: Specification) -> None:
    """Every file of one package holds the rows of the other's, in the same order, value by value."""
    assert [file.name.removesuffix(".csv") for file in csv.files] == [
        file.name.removesuffix(".avro") for file in avro.files
    ]
    tables = {table.name: table for table in specification.tables}
    for one, other in zip(csv.files, avro.files, strict=True):
        names, rows = read_file((csv.path / one.name).read_bytes())
        kinds = {field.name: field.type.name for field in tables[one.table].fields}
        schema, records = read_avro(avro.path / other.name)
        assert [field["name"] for field in schema["fields"]] == [*kinds, "sys_op"]
        assert len(records) == one.rows == other.rows
        for row, record in zip(rows, records, strict=True):
            told = {name: _expected(cell, kinds[name]) for name, cell in zip(names, row, strict=True)}
            missing = dict.fromkeys(kinds.keys() - told.keys())
            assert record == {**told, **missing, "sys_op": int(one.operation == "delete")}


def test_a_package_of_all_tables_says_what_its_csv_twin_says(tmp_path: Path) -> None:
    published = publish(tmp_path / "published")
    csv, avro = (
        write_package(published, tmp_path / kind, prefix="R59", created_at=CREATED_AT, as_of=AS_OF, file_format=kind)  # type: ignore[arg-type]
        for kind in ("csv", "avro")
    )
    assert len(csv.files) > 15
    _same_rows(csv, avro, load_specification())
    assert csv.tables == avro.tables
    manifest = json.loads((avro.path / "manifest.json").read_text("utf-8"))
    for file in manifest["files"]:
        data = (avro.path / file["file"]).read_bytes()
        assert (file["format"], file["bytes"], file["sha256"]) == ("avro", len(data), hashlib.sha256(data).hexdigest())
        lines = (avro.path / file["lines"]["file"]).read_bytes()
        assert lines == (csv.path / Path(file["lines"]["file"]).name).read_bytes()
        assert (file["lines"]["bytes"], file["lines"]["sha256"]) == (len(lines), hashlib.sha256(lines).hexdigest())
    inside = [path for path in avro.path.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in inside} == {0o600}
    assert stat.S_IMODE((avro.path / ".lines").stat().st_mode) == 0o700
    assert {path.suffix for path in avro.path.iterdir() if path.is_file()} == {".avro", ".json"}
    assert not any("format" in file or "lines" in file for file in csv.manifest()["files"])


def test_the_bytes_of_a_small_file(region: SmallRegion) -> None:
    region.set(subjects=[("1", "Б")])
    package = region.export(file_format="avro", datamart="59-school")
    path = package.path / package.files[0].name
    data = path.read_bytes()
    assert data[:4] == b"Obj\x01"
    schema = {
        "type": "record",
        "name": "_59_school.dict_subject",
        "fields": [
            {"name": "id", "type": "string"},
            {"name": "name", "type": "string"},
            {"name": "create_datetime", "type": {"type": "long", "logicalType": "timestamp-micros"}},
            {"name": "send_datetime", "type": {"type": "long", "logicalType": "timestamp-micros"}},
            {"name": "sys_op", "type": "int"},
        ],
    }
    header = data[: data.index(b"\x00", data.index(b"avro.codec"))]
    assert b"avro.codec\x08null" in header
    told = header[header.index(b"{") : header.index(b"}]}") + 3]
    found = json.loads(told)
    assert found == schema
    # One block: a count and a length, then strings with their length and zigzag numbers; the marker ends it.
    marker = data[-16:]
    block = data[data.index(marker) + 16 : -16]
    micros = 2 * int(datetime(2026, 10, 1, 2, 0, tzinfo=UTC).timestamp() * 10**6)
    number = bytearray()
    while micros > 0x7F:
        number.append(micros & 0x7F | 0x80)
        micros >>= 7
    number.append(micros)
    row = b"\x06R-1" + b"\x04" + "Б".encode() + bytes(number) * 2 + b"\x00"
    assert block == bytes([2, 2 * len(row)]) + row


def test_equal_rows_give_equal_bytes_whatever_the_batch(
    tmp_path: Path, region: SmallRegion, monkeypatch: pytest.MonkeyPatch
) -> None:
    region.set(subjects=[(f"{number}", f"Предмет {number}") for number in range(3000)])
    first = region.export(tmp_path / "one", file_format="avro")
    sizes: list[int] = []
    records = portal.avro_writer._records

    def counted(batches: Any, table: str) -> Any:
        for batch in batches:
            sizes.append(batch.num_rows)
            yield from records([batch], table)  # type: ignore[arg-type]

    monkeypatch.setattr(portal.avro_writer, "_BATCH_ROWS", 100)
    monkeypatch.setattr(portal.avro_writer, "_records", counted)
    region.nights = 0
    second = region.export(tmp_path / "two", file_format="avro")
    assert [file.sha256 for file in first.files] == [file.sha256 for file in second.files]
    assert max(sizes) <= 100 < sum(sizes)
    data = (first.path / first.files[0].name).read_bytes()
    assert data.count(data[-16:]) > 5, "a large file has many blocks"


def test_deltas_with_deletions_go_on_from_avro(tmp_path: Path, region: SmallRegion) -> None:
    csv_exports, avro_exports = tmp_path / "csv", tmp_path / "avro"
    states: list[dict[str, Any]] = [
        {},
        {
            "subjects": [("1", "Алгебра"), ("3", "Труд")],
            "weeks": [("s1", "1", "2026-09-07", 4), ("s2", "1", "2026-09-14", None), ("s3", "3", "2026-09-14", 2)],
            "finals": [("s1", "1", "5")],
        },
        {"weeks": []},
        {},
    ]
    kinds = []
    for state in states:
        region.set(**state)
        csv = region.export(csv_exports)
        region.nights -= 1
        avro = region.export(avro_exports, file_format="avro")
        _same_rows(csv, avro, region.specification)
        assert [(one.rows, one.unchanged) for one in csv.tables] == [(one.rows, one.unchanged) for one in avro.tables]
        kinds.append((avro.kind, {file.operation for file in avro.files}))
        confirm(csv.path)
        confirm(avro.path)
    assert kinds == [
        ("full", {"create"}),
        ("delta", {"create", "update", "delete"}),
        ("delta", {"delete"}),
        ("delta", set()),
    ]


def test_a_region_may_change_the_format(region: SmallRegion) -> None:
    confirm(region.export(file_format="avro").path)
    region.set(subjects=[("1", "Алгебра"), ("2", "Химия")])
    package = region.export()
    assert contents(package) == {"01_dict_subject_update.csv": ['"R-2";"Химия"']}
    confirm(package.path)
    assert region.export(file_format="avro").files == ()


def test_the_csv_twin_that_was_changed_is_told_of(region: SmallRegion) -> None:
    package = region.export(file_format="avro")
    confirm(package.path)
    (package.path / ".lines" / "01_dict_subject_create.csv").write_bytes(b"")
    with pytest.raises(BadInput, match="01_dict_subject_create"):
        region.export(file_format="avro")


def test_a_key_field_that_is_new_deletes_by_the_old_key_and_keeps_the_record(region: SmallRegion) -> None:
    confirm(region.export(file_format="avro").path)
    region.write_specification(OTHER_KEY)
    package = region.export(file_format="avro")
    deleted = next(file for file in package.files if file.operation == "delete" and file.table == "student_week")
    schema, records = read_avro(package.path / deleted.name)
    types = {field["name"]: field["type"] for field in schema["fields"]}
    assert (types["student_id"], types["class_id"]) == ("string", ["null", "string"])
    assert list(types)[:4] == ["student_id", "class_id", "subject_id", "week_begin"]
    assert {(record["week_begin"], record["class_id"], record["sys_op"]) for record in records} == {
        (date(2026, 9, 7), None, 1),
        (date(2026, 9, 14), None, 1),
    }


def test_a_table_that_is_gone_is_deleted_by_its_keys_as_texts(region: SmallRegion) -> None:
    confirm(region.export(file_format="avro").path)
    region.write_specification(DROPPED)
    package = region.export(file_format="avro")
    schema, records = read_avro(package.path / package.files[0].name)
    assert [(field["name"], field["type"]) for field in schema["fields"]] == [
        ("student_id", "string"),
        ("subject_id", "string"),
        ("sys_op", "int"),
    ]
    assert records[0] == {"student_id": "R-s1", "subject_id": "R-1", "sys_op": 1}


def test_the_types_of_the_core() -> None:
    text = SPECIFICATION.replace("type: integer, source: marks_count", "type: 'decimal(16,2)', source: marks_count")
    other = ADDED.replace("type: integer, source: marks_count", "type: boolean, source: marks_count")
    types = {}
    for one in (text, other):
        types |= _types_of(one)
    assert types == {
        "student_id": "string",
        "class_id": ["null", "string"],
        "subject_id": "string",
        "week_begin": {"type": "int", "logicalType": "date"},
        "marks_count": ["null", "boolean"],
        "final_mark": ["null", "string"],
        "five": ["null", "double"],
        **{name: {"type": "long", "logicalType": "timestamp-micros"} for name in PACKAGE_FIELDS},
        "sys_op": "int",
    }
    assert _types_of(text)["marks_count"] == ["null", "string"], "a double would lose digits"


def _types_of(text: str) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as stream:
        stream.write(text)
        stream.flush()
        specification = load_specification(Path(stream.name))
    found: dict[str, Any] = {}
    for table in specification.tables[1:]:
        fields = avro_fields(table, [field.name for field in table.fields], is_delete=False)
        schema: dict[str, Any] = record_schema(table.name, fields, datamart="portfolio")
        fastavro.parse_schema(schema)
        found |= {field["name"]: field["type"] for field in schema["fields"]}
    return found


def test_a_number_that_is_no_long_is_told_of_and_nothing_is_left(region: SmallRegion) -> None:
    region.write_specification(
        SPECIFICATION.replace(
            "{name: name, title: Предмет, type: string, length: 20, required: true, source: name}",
            "{name: name, title: Предмет, type: integer, required: true, source: name}",
        )
    )
    region.set(subjects=[("1", str(2**63)), ("2", "7")])
    assert region.export().rows
    before = sorted(path.name for path in region.exports.iterdir())
    with pytest.raises(BadInput, match=r"dict_subject.*64 бита") as told:
        region.export(file_format="avro")
    assert str(2**63) not in str(told.value)
    assert sorted(path.name for path in region.exports.iterdir()) == before


def test_an_empty_required_string_is_empty_and_every_other_empty_value_is_null(region: SmallRegion) -> None:
    region.write_specification(
        SPECIFICATION.replace("title: Отметок, type: integer,", "title: Отметок, type: integer, required: true,")
    )
    region.set(subjects=[("1", None), ("2", "")], weeks=[("s1", "1", "2026-09-07", None)])  # type: ignore[list-item]
    package = region.export(file_format="avro")
    assert [record["name"] for record in read_avro(package.path / package.files[0].name)[1]] == ["", ""]
    assert [record["marks_count"] for record in read_avro(package.path / package.files[1].name)[1]] == [None]
