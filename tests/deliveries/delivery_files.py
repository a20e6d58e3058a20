"""Rows as the files of a delivery, in whatever way a source may write them: formats, parts, columns, spellings."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from delivery_truth import Row

from extracts.contract import load_contract
from extracts.readers import READERS

#: The region's local time is five hours ahead of UTC.
LOCAL_OFFSET = timedelta(hours=5)

Writer = Callable[[Path, list[str], list[Row], Random], None]


def write_tables(folder: Path, tables: Mapping[str, Sequence[Row]], random: Random | None = None) -> None:
    """Writes a delivery: plain CSV of all columns, or with `random` every file in a way of its own."""
    unfinished = folder.with_name(f"{folder.name}.part")
    unfinished.mkdir(parents=True)
    for dataset, rows in tables.items():
        if random is None:
            columns = [*(column.name for column in load_contract()[dataset].columns)]
            _write_csv(unfinished / f"{dataset}.csv", columns, [_plain(row) for row in rows], delimiter=";")
        else:
            _write_parts(unfinished, dataset, list(rows), random)
    unfinished.rename(folder)


def _write_parts(folder: Path, dataset: str, rows: list[Row], random: Random) -> None:
    cuts = sorted(random.randrange(len(rows) + 1) for _ in range(random.choice([0] * 7 + [1, 1, 2])))
    parts = [rows[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    for number, part in enumerate(parts, start=1):
        # Lines and pages of JSON without a row have no columns either.
        formats = sorted(set(_WEIGHTS) & set(READERS) if part else {"csv", "csv.gz", "parquet"})
        [extension] = random.choices(formats, [_WEIGHTS[one] for one in formats])
        name = dataset if len(parts) == 1 else f"{dataset}.part-{number:04}"
        columns = _columns(dataset, part, random)
        _WRITERS[extension](folder / f"{name}.{extension}", columns, [_respelt(row, random) for row in part], random)


def _columns(dataset: str, rows: Sequence[Row], random: Random) -> list[str]:
    """The columns of a file: any order; empty ones may be missing, foreign ones may be there."""
    used = {name for row in rows for name, value in row.items() if value not in ("", None)}
    contract = load_contract()[dataset]
    needed = {column.name for column in contract.columns if column.required} | set(contract.key)
    idle = [column.name for column in contract.columns if column.name not in used | needed]
    columns = [*(used | needed), *(name for name in idle if random.random() < 0.5)]
    columns += ["примечание оператора"] if random.random() < 0.2 else []
    columns.sort()
    random.shuffle(columns)
    return columns


def _plain(row: Row) -> Row:
    return {name: str(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _respelt(row: Row, random: Random) -> Row:
    return {name: _spell(value, random) for name, value in row.items()}


def _spell(value: Any, random: Random) -> Any:
    if isinstance(value, datetime):
        return random.choice(_datetime_spellings(value))
    if isinstance(value, bool):
        return random.choice([("true", "1", "да", "True"), ("false", "0", "нет", "False")][not value])
    return value


def _datetime_spellings(value: datetime) -> list[str]:
    seconds = "" if value.second == 0 else ":%S"
    world = (value - LOCAL_OFFSET).replace(tzinfo=UTC)
    return [
        value.strftime(f"%Y-%m-%d %H:%M{seconds}"),
        value.strftime("%d.%m.%Y %H:%M:%S"),
        value.strftime("%Y-%m-%dT%H:%M:%S+05:00"),
        world.strftime("%Y-%m-%dT%H:%M:%SZ"),
    ]


def _text(value: Any, random: Random) -> str:
    if isinstance(value, date):
        return value.strftime(random.choice(["%Y-%m-%d", "%d.%m.%Y"]))
    return "" if value is None else str(value)


def _csv_any(path: Path, columns: list[str], rows: list[Row], random: Random) -> None:
    texts = [{name: _text(value, random) for name, value in row.items()} for row in rows]
    encoding = random.choice(["utf-8", "utf-8-sig", "cp1251"])
    _write_csv(path, columns, texts, delimiter=random.choice(";,"), encoding=encoding)


def _write_csv(path: Path, columns: list[str], rows: list[Row], *, delimiter: str, encoding: str = "utf-8") -> None:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns, delimiter=delimiter, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    content = stream.getvalue().encode(encoding)
    path.write_bytes(gzip.compress(content) if path.name.endswith(".gz") else content)


def _parquet(path: Path, columns: list[str], rows: list[Row], random: Random) -> None:
    table = {name: _parquet_column([row.get(name) for row in rows], random) for name in columns}
    pq.write_table(pa.table(table), path)


def _parquet_column(values: list[Any], random: Random) -> pa.Array:
    values = [None if value == "" else value for value in values]
    if any(values) and all(value is None or isinstance(value, date) for value in values) and random.random() < 0.5:
        return pa.array(values, pa.date32())
    return pa.array([None if value is None else _text(value, random) for value in values], pa.string())


def _json_value(value: Any, random: Random) -> Any:
    if isinstance(value, date):
        return random.choice([value.isoformat(), [value.year, value.month, value.day]])
    return None if value == "" and random.random() < 0.5 else value


def _json_rows(columns: list[str], rows: list[Row], random: Random) -> list[Row]:
    return [{name: _json_value(row.get(name, ""), random) for name in columns} for row in rows]


def _jsonl(path: Path, columns: list[str], rows: list[Row], random: Random) -> None:
    lines = (json.dumps(row, ensure_ascii=False) for row in _json_rows(columns, rows, random))
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def _json(path: Path, columns: list[str], rows: list[Row], random: Random) -> None:
    path.write_text(json.dumps(_json_rows(columns, rows, random), ensure_ascii=False), "utf-8")


def _xlsx(path: Path, columns: list[str], rows: list[Row], random: Random) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        dates = book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(0, 0, columns)
        for number, row in enumerate(rows, start=1):
            for place, name in enumerate(columns):
                value = row.get(name, "")
                if isinstance(value, date) and random.random() < 0.5:
                    sheet.write_datetime(number, place, value, dates)
                else:
                    sheet.write(number, place, _text(value, random))


#: How often each format is drawn: JSON and workbooks cost a small file most.
_WEIGHTS: Mapping[str, int] = {"csv": 8, "csv.gz": 4, "parquet": 6, "jsonl": 3, "json": 2, "xlsx": 1}

_WRITERS: Mapping[str, Writer] = {
    "csv": _csv_any,
    "csv.gz": _csv_any,
    "parquet": _parquet,
    "jsonl": _jsonl,
    "json": _json,
    "xlsx": _xlsx,
}
