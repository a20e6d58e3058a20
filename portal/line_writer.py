"""Writes one CSV file of a package from a stream of finished lines, hashing it on the way.

The engine hands over the lines as Arrow text columns. The characters of such a column stand in one piece of memory,
each line behind the other, and every line begins with its own newline (`row_sql.py`): that piece of memory is written
and hashed as it is, without making a Python string of any row. Memory holds one batch at a time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

#: Only its owner may read what names children.
FILE_MODE = 0o600


@dataclass(frozen=True)
class WrittenFile:
    """What one file holds: lines after the header, bytes, SHA-256, and how many rows were held back, by number."""

    rows: int
    size: int
    sha256: str
    held: dict[int, int]
    has_equal_keys: bool


@dataclass
class _Output:
    """An open file and what has been written to it; it is created with its first line."""

    path: Path
    header: bytes
    stream: BinaryIO | None = None
    size: int = 0
    hash: hashlib._Hash = field(default_factory=hashlib.sha256)

    def write(self, data: bytes | pa.Buffer) -> None:
        if len(data) == 0:
            return
        if self.stream is None:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
            self.stream = os.fdopen(descriptor, "wb", buffering=1 << 20)
            self._append(self.header)
        self._append(data)

    def _append(self, data: bytes | pa.Buffer) -> None:
        if self.stream is None:
            raise ValueError("the file is not open")
        self.stream.write(data)
        self.hash.update(data)
        self.size += len(data)

    def close(self) -> None:
        """Everything is on the disk before the package gets its name."""
        if self.stream is None:
            return
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.stream.close()
        self.stream = None


def write_lines(path: Path, header: str, batches: Iterable[pa.RecordBatch]) -> WrittenFile:
    """Writes the header and every line that is not held back; no lines, no file.

    Args:
        path: the file, made with mode 0600.
        header: its first line, without a newline.
        batches: columns `line`, `key_hash`, `held`, in order of key (`row_sql.RowQuery.lines_sql`).

    Returns:
        What was written. `has_equal_keys` says that two neighbours have one key: the file is then to be written again
        from a query that holds the doubles back.
    """
    output = _Output(path, header.encode())
    rows = 0
    held: dict[int, int] = {}
    has_equal_keys = False
    last_key: npt.NDArray[np.uint64] = np.empty(0, dtype=np.uint64)
    try:
        for batch in batches:
            numbers: npt.NDArray[np.int64] = batch.column(2).to_numpy(zero_copy_only=False).astype(np.int64)
            sent = numbers == 0
            for number, count in zip(*np.unique(numbers[~sent], return_counts=True), strict=True):
                held[int(number)] = held.get(int(number), 0) + int(count)
            keys = np.concatenate([last_key, batch.column(1).to_numpy(zero_copy_only=False)[sent]])
            has_equal_keys = has_equal_keys or bool(np.any(keys[1:] == keys[:-1]))
            last_key = keys[-1:]
            rows += int(np.count_nonzero(sent))
            output.write(_characters(batch.column(0)))
    finally:
        output.close()
    return WrittenFile(rows, output.size, output.hash.hexdigest(), held, has_equal_keys)


def _characters(lines: pa.Array) -> pa.Buffer | bytes:
    """The characters of a text column in one piece, without copying them."""
    if not pa.types.is_string(lines.type):
        lines = lines.cast(pa.string())
    _, offset_buffer, characters = lines.buffers()
    if characters is None or len(lines) == 0:
        return b""
    offsets = np.frombuffer(offset_buffer, dtype=np.int32)
    begin, end = int(offsets[lines.offset]), int(offsets[lines.offset + len(lines)])
    return characters.slice(begin, end - begin)
