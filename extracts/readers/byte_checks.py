"""What is asked of every byte of a large text: how many lines, and whether it is UTF-8.

Python's own answers are quick enough for most files. For large ones NumPy and Arrow take a third of the time, which a
small file would not earn back, for they take a tenth of a second to import.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_LARGE = 32 << 20

#: The most bytes of a character, and from where on a byte follows another, or leads a character of several.
_MOST_BYTES = 4
_FOLLOWING = 0x80
_LEADING = 0xC0


@dataclass(frozen=True)
class ByteChecks:
    """`is_utf8` of bytes that begin and end between characters; `count_newlines` of any."""

    is_utf8: Callable[[bytes], bool]
    count_newlines: Callable[[bytes], int]


def checks_for(size: int) -> ByteChecks:
    """The quickest ones for a file of so many bytes."""
    return _vectorized() if size > _LARGE else ByteChecks(_is_utf8, _count_newlines)


def whole_characters(data: bytes) -> int:
    """How many bytes of a piece of UTF-8 can be judged before the next piece is there: all, or up to three fewer."""
    for behind in range(1, min(len(data), _MOST_BYTES - 1) + 1):
        if data[-behind] >= _LEADING:
            return len(data) - behind
        if data[-behind] < _FOLLOWING:
            break
    return len(data)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _count_newlines(data: bytes) -> int:
    return data.count(b"\n")


def _vectorized() -> ByteChecks:
    import numpy as np
    import pyarrow as pa

    def is_utf8(data: bytes) -> bool:
        buffers = [None, pa.py_buffer(np.array([0, len(data)], dtype=np.int32)), pa.py_buffer(data)]
        try:
            pa.Array.from_buffers(pa.binary(), 1, buffers).cast(pa.string())
        except pa.ArrowInvalid:
            return False
        return True

    def count_newlines(data: bytes) -> int:
        return int(np.count_nonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")))

    return ByteChecks(is_utf8, count_newlines)
