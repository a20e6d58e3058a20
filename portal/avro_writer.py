"""Writes an Avro object container beside a CSV file of a package: the same rows in the same order.

The rows are read back from the finished CSV file, so that both say the same whatever the way was by which the rows came
about (full, delta, old keys); the CSV file stays for settling (`confirmed.py`). Memory holds one batch of rows.

A message to the core is a whole container. The blocks here are small, and a header with any number of whole blocks is a
container again: a large file can be cut into messages without decoding it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb
import fastavro
import pyarrow as pa

from extracts.disk import PRIVATE_FILE
from extracts.errors import BadInput
from portal.avro_schema import DELETES, SYS_OP, UPSERTS, AvroField, avro_fields, record_schema
from portal.line_writer import WrittenFile
from portal.model import Table
from portal.sql_text import quote_literal, quote_name

FileFormat = Literal["csv", "avro"]

_BATCH_ROWS = 10_000
_BLOCK_BYTES = 16_000


@dataclass(frozen=True)
class AvroTarget:
    """What a file holds: rows of a table of a datamart, or (is_delete) keys of rows that go."""

    path: Path
    name: str
    table: Table | None
    """None if the specification has the table no longer."""
    datamart: str
    is_delete: bool


def write_avro(connection: duckdb.DuckDBPyConnection, lines: WrittenFile, target: AvroTarget) -> WrittenFile:
    """Writes the rows of a CSV file as an Avro container (mode 0600, no compression); equal rows give equal bytes.

    Args:
        connection: for reading the CSV file.
        lines: the CSV file.
        target: where the container goes, and what it holds.

    Raises:
        BadInput: a whole number that does not fit into 64 bits.
    """
    with lines.path.open(encoding="utf-8", newline="\n") as stream:
        header = stream.readline().rstrip("\n").split(";")
    fields = avro_fields(target.table, header, is_delete=target.is_delete)
    schema = record_schema(target.name, fields, datamart=target.datamart)
    operation = DELETES if target.is_delete else UPSERTS
    result = connection.execute(_rows_sql(lines.path, header, fields, operation))
    descriptor = os.open(target.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb", buffering=1 << 20) as output, result.to_arrow_reader(_BATCH_ROWS) as batches:
        fastavro.writer(
            output,
            fastavro.parse_schema(schema),
            _records(batches, target.name),
            codec="null",
            sync_interval=_BLOCK_BYTES,
            sync_marker=hashlib.sha256(lines.sha256.encode()).digest()[:16],
        )
        output.flush()
        os.fsync(output.fileno())
    with target.path.open("rb") as stream_of_all:
        digest = hashlib.file_digest(stream_of_all, "sha256").hexdigest()
    return WrittenFile(target.path, lines.rows, target.path.stat().st_size, digest)


def _rows_sql(path: Path, header: Sequence[str], fields: Sequence[AvroField], operation: int) -> str:
    """The typed values of each row and, last, whether its whole numbers fit."""
    pattern = re.sub(r"([*?\[])", r"[\1]", str(path))
    columns = ", ".join(f"{quote_literal(name)}: 'VARCHAR'" for name in header)
    values = ", ".join(f"{field.value_sql} AS {quote_name(field.name)}" for field in fields)
    misfits = [
        f"(nullif({quote_name(f.name)}, '') IS NOT NULL AND {f.value_sql} IS NULL)" for f in fields if f.is_integer
    ]
    return (
        f"SELECT {values}, CAST({operation} AS INTEGER) AS {SYS_OP}, {' OR '.join(misfits) or 'FALSE'} AS is_misfit"
        f" FROM read_csv({quote_literal(pattern)}, auto_detect = false, header = true, delim = ';', quote = '\"',"
        f" escape = '\"', new_line = '\\n', nullstr = '', allow_quoted_nulls = false, columns = {{{columns}}})"
    )


def _records(batches: pa.RecordBatchReader, table: str) -> Iterator[dict[str, Any]]:
    for batch in batches:
        misfits = batch.column(batch.num_columns - 1)
        if misfits.true_count:
            raise BadInput(
                f"Таблица {table}: целое число не помещается в 64 бита, в Avro (portal.format) его не записать."
                " Исправьте спецификацию портала: пусть поле будет текстом."
            )
        yield from batch.select(range(batch.num_columns - 1)).to_pylist()
