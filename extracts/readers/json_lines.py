"""Records of a file with one on each line: a broken line is a reject, whatever stands around it."""

from __future__ import annotations

import codecs
import json
from typing import IO, Any

from extracts.readers.json_records import DECODER, NOT_UTF_8, TOO_DEEP, TOO_LONG, RecordSink


def cut_lines(stream: IO[bytes], records: RecordSink, *, longest: int) -> None:
    """Gives every line that is not blank to the sink; a line that holds a list of objects is a page of records."""
    number = 0
    while line := stream.readline(longest + 2):
        number += 1
        if len(line.rstrip(b"\n")) > longest:
            records.reject(number, line, TOO_LONG)
            _skip_rest(line, stream)
            continue
        line = line.removeprefix(codecs.BOM_UTF8)
        if not line.strip():
            continue
        value, reason = parse(line)
        if reason:
            records.reject(number, line, reason)
            continue
        if not _is_page(value):
            records.add(number, value, line.decode())
            continue
        for record in value:
            records.add(number, record, _shown(record))


def parse(line: bytes) -> tuple[Any, str]:
    """The value of a line, or the reason why it has none."""
    try:
        return DECODER.decode(line.decode()), ""
    except UnicodeDecodeError:
        return None, NOT_UTF_8
    except RecursionError:
        return None, TOO_DEEP
    except json.JSONDecodeError:
        return None, "не читается как JSON"


def _is_page(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(record, dict) for record in value)


def _shown(record: dict[str, Any]) -> str:
    """The text of one record of a page, for its reject: not the whole page anew for each."""
    try:
        return json.dumps(record)
    except RecursionError:
        return ""


def _skip_rest(line: bytes, stream: IO[bytes]) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(1 << 20)
