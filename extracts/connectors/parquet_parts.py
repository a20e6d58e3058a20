"""Rows of a table, piece by piece, into Parquet files of a delivery folder; never more than a piece in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from extracts.disk import PRIVATE_FILE, settle

#: A row group is written when so many rows, or so many bytes of them, have come together.
GROUP_ROWS = 100_000
GROUP_BYTES = 32 * 2**20


class ParquetParts:
    """Writes pieces one after another; a file is there under its name only when it is whole.

    A new file begins once one has `part_rows` rows, and where a piece has other types than the one before.
    """

    def __init__(self, name: Callable[[int], Path], part_rows: int) -> None:
        """name: the path of the n-th part, from 1."""
        self._name = name
        self._part_rows = part_rows
        self._group_rows = min(GROUP_ROWS, part_rows)
        self._writer: pq.ParquetWriter | None = None
        self._rows_of_part = 0
        self._group: list[pa.RecordBatch] = []
        self.parts = 0
        self.rows = 0

    def add(self, piece: pa.RecordBatch) -> None:
        """Takes the next rows."""
        if self._group and piece.schema != self._group[0].schema:
            self._write_group()
        self._group.append(piece)
        self.rows += piece.num_rows
        if sum(one.num_rows for one in self._group) >= self._group_rows or _bytes(self._group) >= GROUP_BYTES:
            self._write_group()

    def close(self, schema: pa.Schema) -> None:
        """Writes the rest; without any row one empty file of this schema, which says that there was nothing."""
        if not self._group and not self.rows:
            self._group = [pa.RecordBatch.from_pylist([], schema)]
        self._write_group()
        self._close_part()

    def abandon(self) -> None:
        """Closes the unfinished file, which has no name of its own yet."""
        if self._writer:
            self._writer.close()
            self._writer = None

    def _write_group(self) -> None:
        if not self._group:
            return
        table = pa.Table.from_batches(self._group)
        self._group = []
        if self._writer and (self._writer.schema != table.schema or self._rows_of_part >= self._part_rows):
            self._close_part()
        if self._writer is None:
            self._open_part(table.schema)
        assert self._writer is not None  # noqa: S101  (opened in the line above)
        self._writer.write_table(table)
        self._rows_of_part += table.num_rows

    def _open_part(self, schema: pa.Schema) -> None:
        self.parts += 1
        self._rows_of_part = 0
        unfinished = _unfinished(self._name(self.parts))
        unfinished.touch(mode=PRIVATE_FILE)
        self._writer = pq.ParquetWriter(unfinished, schema, compression="zstd")

    def _close_part(self) -> None:
        if self._writer is None:
            return
        self._writer.close()
        self._writer = None
        path = self._name(self.parts)
        settle(_unfinished(path))
        _unfinished(path).replace(path)


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _bytes(pieces: list[pa.RecordBatch]) -> int:
    return sum(piece.nbytes for piece in pieces)
