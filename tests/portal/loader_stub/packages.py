"""Small packages made by hand, byte by byte, as an exporter would: for the sender's tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from portal.specification import Specification, load_specification

SPECIFICATION = Path(__file__).with_name("spec.yaml")
PREFIX = "R59"
STAMP = ("2026-10-01 02:00:05", "2026-10-01 02:00:05")

Rows = Sequence[Sequence[str | None]]
File = tuple[str, str, Rows]

SCHOOLS: Rows = [("R59-1", 'Школа "А"', None), ("R59-2", "Школа; Б", "1999-09-01")]
SUBJECTS: Rows = [("R59-7", "True"), ("R59-8", "False")]
PUPILS: Rows = [("R59-a", "R59-1"), ("R59-b", "R59-2")]
MARKS: Rows = [("R59-a", "R59-7", "4.08", "12"), ("R59-b", "R59-7", None, None)]

#: The first package of a region: everything is new.
FULL: tuple[File, ...] = (
    ("dict_school", "create", SCHOOLS),
    ("dict_subject", "create", SUBJECTS),
    ("pupil", "create", PUPILS),
    ("pupil_mark", "create", MARKS),
)

#: A later one: a pupil moves to a new school, another leaves, a school closes.
DELTA: tuple[File, ...] = (
    ("dict_school", "create", [("R59-3", "Школа В", None)]),
    ("pupil", "update", [("R59-a", "R59-3")]),
    ("pupil_mark", "create", [("R59-a", "R59-8", "5.00", "1")]),
    ("pupil_mark", "update", [("R59-a", "R59-7", "4.10", "13")]),
    ("pupil_mark", "delete", [("R59-b", "R59-7")]),
    ("pupil", "delete", [("R59-b",)]),
    ("dict_school", "delete", [("R59-1",), ("R59-2",)]),
)


def specification() -> Specification:
    """The tables of these packages."""
    return load_specification(SPECIFICATION)


def write_package(
    exports: Path,
    name: str,
    files: Sequence[File],
    *,
    created_at: str = "2026-10-01 02:00:05",
    kind: str = "full",
    parents: bool = True,
) -> Path:
    """A package folder with its manifest; `parents`: whether the manifest names the parents of each table."""
    folder = exports / name
    folder.mkdir(parents=True, mode=0o700)
    known = {table.name: table for table in specification().tables}
    told = []
    for order, (table, operation, rows) in enumerate(files, start=1):
        is_delete = operation == "delete"
        fields = known[table].key if is_delete else known[table].fields
        required = [field.required for field in fields]
        lines = [";".join(field.name for field in fields)]
        lines += [_line(row if is_delete else (*row, *STAMP), required) for row in rows]
        data = "\n".join(lines).encode()
        file = f"{order:02d}_{table}_{operation}.csv"
        (folder / file).write_bytes(data)
        facts = {"order": order, "file": file, "table": table, "operation": operation, "rows": len(rows)}
        told.append({**facts, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    tables = [
        {"table": table.name, "rows": 0, "held_back": 0, **({"parents": list(table.parents)} if parents else {})}
        for table in known.values()
    ]
    manifest = {"specification": "small", "kind": kind, "created_at": created_at, "files": told, "tables": tables}
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), "utf-8")
    return folder


def _line(row: Sequence[str | None], required: Sequence[bool]) -> str:
    return ";".join(_value(value, needed) for value, needed in zip(row, required, strict=True))


def _value(value: str | None, needed: bool) -> str:
    if value is None:
        return '""' if needed else ""
    return '"' + value.replace('"', '""') + '"'
