"""Cutting JSON into records, exactly: what is one, what is not and why, and on which line or at which place it stands.

DuckDB reads faultless files by itself, much faster; this module is the judge where it refuses one, and writes the
records that are whole into a file that it reads without doubt: one on a line, the names of its keys folded, of a key
that is there twice the last value (as Python, JavaScript and PostgreSQL read it).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO, Any

from extracts.matching import folded

#: The key under which a written record has its line or place, whatever it has there itself.
LINE_KEY = "\tline"

#: So many names of keys are kept of a file whose records all have other ones.
MOST_NAMES = 1000

NOT_UTF_8 = "байты не в кодировке UTF-8"
NOT_AN_OBJECT = "не объект JSON"
TOO_DEEP = "слишком глубокая вложенность"
TOO_LONG = "слишком длинная запись"

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_MOST_DIGITS = 4000  # of an integer that Python reads
_LONGEST_NAME = 200  # that is remembered; no column of ours has a longer one


@dataclass(frozen=True)
class Broken:
    """A record that is none: its line or place, its text, and what is wrong with it."""

    line: int
    content: bytes
    reason: str


@dataclass
class Facts:
    """What a file holds: its records, whole or broken, and the names of their keys.

    `has_more_names`: some names are left out. `foreign`: records that are no UTF-8.
    """

    good: int = 0
    broken: int = 0
    foreign: int = 0
    names: set[str] = field(default_factory=set)
    has_more_names: bool = False


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < _MOST_DIGITS else math.inf


#: One decoder for all: integers of any length stay exact, one that no id or number can have becomes infinite.
DECODER = json.JSONDecoder(parse_int=_integer)

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_folded_before = lru_cache(maxsize=4096)(folded)


class RecordSink:
    """Takes values as they come, writes the records among them, and hands on what is none.

    `known`: folded names that are told even of a file with too many.
    """

    def __init__(self, sink: IO[bytes], on_broken: Callable[[Broken], None], known: frozenset[str]) -> None:
        self.facts = Facts()
        self._sink = sink
        self._on_broken = on_broken
        self._known = known

    def add(self, line: int, value: Any, content: str) -> None:
        """One value, and its text."""
        if not isinstance(value, dict):
            self.reject(line, content, NOT_AN_OBJECT)
            return
        record = {_folded(key): member for key, member in value.items()}
        text, reason = _written(record | {LINE_KEY: line}, content)
        if reason:
            self.reject(line, content, reason)
            return
        self._sink.write(text)
        self.facts.good += 1
        self._note(record)

    def reject(self, line: int, content: str | bytes, reason: str) -> None:
        """Something that is no record."""
        data = content.encode(errors="surrogateescape") if isinstance(content, str) else content
        self.facts.broken += 1
        self.facts.foreign += reason == NOT_UTF_8
        self._on_broken(Broken(line, data, reason))

    def _note(self, record: dict[str, Any]) -> None:
        new = {_folded(name[:_LONGEST_NAME]) for name in record.keys() - self.facts.names} - self.facts.names
        if not new:
            return
        kept = {name for name in new if len(self.facts.names) + len(new) <= MOST_NAMES or name in self._known}
        self.facts.names |= kept
        self.facts.has_more_names = self.facts.has_more_names or len(kept) < len(new)


def _folded(name: str) -> str:
    return folded(name) if len(name) > _LONGEST_NAME else _folded_before(name)


def _written(record: dict[str, Any], content: str) -> tuple[bytes, str]:
    """The record as a line, or the reason why it cannot be one."""
    try:
        text = _ENCODER.encode(record)
        if "\\u0000" in text and _NUL.search(text):
            return b"", "нулевой символ в строке"
        return text.encode() + b"\n", ""
    except RecursionError:
        return b"", TOO_DEEP
    except UnicodeEncodeError:
        return b"", _surrogate_reason(content)


def _surrogate_reason(content: str) -> str:
    """Half a pair that was escaped, or bytes that were read as one half each."""
    try:
        content.encode()
    except UnicodeEncodeError:
        return NOT_UTF_8
    return "половина суррогатной пары в строке"
