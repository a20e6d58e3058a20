"""Writes the CSV files of one table from a stream of finished lines, hashing them on the way.

The engine hands over the lines as Arrow text columns. The characters of such a column stand in one piece of memory,
each line behind the other, and every line begins with its own newline (`row_sql.py`): that piece of memory is written
and hashed as it is, without making a Python string of any row. Memory holds one batch at a time.

The lines of a full package all belong into one file. Those of a delta come sorted by operation, so that a batch falls
into a few pieces, each of which goes into its file as a whole.

Writing and hashing have a thread of their own, a few pieces behind the one that fetches: the engine's threads then have
somebody to hand their rows to all the time.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from portal.operations import CREATE, DELETE, HELD, IS_THERE, NOT_THERE, UPDATE

#: Only its owner may read what names children.
FILE_MODE = 0o600

#: So many pieces (of a batch or less) wait to be written at most: memory stays bounded.
_WAITING_PIECES = 3


@dataclass(frozen=True)
class WrittenFile:
    """What one file holds: lines after the header, bytes, SHA-256."""

    path: Path
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True)
class WrittenTable:
    """What came of the rows of one table.

    `files` by operation, those that hold a row; `held`: how many rows were held back, by number of the reason;
    `known_creates`: of the creates those that may be on the portal; `confirmed_deletes`: of the rows to be deleted
    those that the portal has for sure.
    """

    files: Mapping[int, WrittenFile]
    held: Mapping[int, int]
    known_creates: int
    confirmed_deletes: int
    has_equal_keys: bool

    def rows(self, operation: int) -> int:
        """How many rows one operation has."""
        return self.files[operation].rows if operation in self.files else 0


@dataclass
class _Output:
    """An open file and what has been written to it; it is created with its first line."""

    path: Path
    header: bytes
    stream: BinaryIO | None = None
    rows: int = 0
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


class _Writer:
    """Writes pieces into their files in the order in which they came, in a thread of its own."""

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        self._thread = thread
        self._waiting: deque[Future[None]] = deque()

    def write(self, output: _Output, data: bytes | pa.Buffer) -> None:
        """Errors: those of the file, at a later call or at `finish`."""
        while len(self._waiting) >= _WAITING_PIECES:
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(output.write, data))

    def finish(self) -> None:
        """Waits until everything is written."""
        while self._waiting:
            self._waiting.popleft().result()


def write_lines(targets: Mapping[int, tuple[Path, str]], batches: Iterable[pa.RecordBatch]) -> WrittenTable:
    """Writes every line into the file of its operation, behind a header; no lines, no file.

    Args:
        targets: for each operation that may occur the path of its file (made with mode 0600) and its first line,
            without a newline.
        batches: columns `line`, `key_hash`, `held`, `operation`, `known`: either sorted by operation, or all of
            one operation beside those that are held back, whose lines are empty; then in order of key (`row_sql.py`).

    Returns:
        What was written. `has_equal_keys` says that two neighbours have one key: the files are then to be written again
        from a query that holds the doubles back.
    """
    outputs = {operation: _Output(path, header.encode()) for operation, (path, header) in targets.items()}
    held: dict[int, int] = {}
    known_creates = confirmed_deletes = 0
    has_equal_keys = False
    last_key: npt.NDArray[np.uint64] = np.empty(0, dtype=np.uint64)
    try:
        with ThreadPoolExecutor(max_workers=1) as thread:
            writer = _Writer(thread)
            for batch in batches:
                operations: npt.NDArray[np.int64] = _numbers(batch, 3)
                _count(_numbers(batch, 2)[operations == HELD], held)
                known = _numbers(batch, 4)
                known_creates += int(np.count_nonzero((operations == CREATE) & (known != NOT_THERE)))
                confirmed_deletes += int(np.count_nonzero((operations == DELETE) & (known == IS_THERE)))
                is_upload = (operations == CREATE) | (operations == UPDATE)
                keys = np.concatenate([last_key, batch.column(1).to_numpy(zero_copy_only=False)[is_upload]])
                has_equal_keys = has_equal_keys or bool(np.any(keys[1:] == keys[:-1]))
                last_key = keys[-1:]
                for operation, begin, end in _pieces(operations):
                    output = outputs[operation]
                    output.rows += int(np.count_nonzero(operations[begin:end] == operation))
                    writer.write(output, _characters(batch.column(0).slice(begin, end - begin)))
            writer.finish()
    finally:
        for output in outputs.values():
            output.close()
    files = {
        operation: WrittenFile(output.path, output.rows, output.size, output.hash.hexdigest())
        for operation, output in outputs.items()
        if output.rows
    }
    return WrittenTable(files, held, known_creates, confirmed_deletes, has_equal_keys)


def _numbers(batch: pa.RecordBatch, column: int) -> npt.NDArray[np.int64]:
    numbers: npt.NDArray[np.int64] = batch.column(column).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers


def _count(numbers: npt.NDArray[np.int64], counts: dict[int, int]) -> None:
    for number, count in zip(*np.unique(numbers, return_counts=True), strict=True):
        counts[int(number)] = counts.get(int(number), 0) + int(count)


def _pieces(operations: npt.NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """The operations of a batch and where their lines begin and end; lines that are held back are empty."""
    found = [int(operation) for operation in np.unique(operations) if operation != HELD]
    if len(found) == 1:
        yield found[0], 0, len(operations)
        return
    for operation in found:
        places = np.flatnonzero(operations == operation)
        yield operation, int(places[0]), int(places[-1]) + 1


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
