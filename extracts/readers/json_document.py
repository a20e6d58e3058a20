"""Records of one JSON document: an array of them, one alone, or an object around one list of them; all streamed.

What does not parse makes the document unreadable; a record that parses and is none is a reject.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Set
from typing import IO, Any

from extracts.readers.json_records import DECODER, TOO_DEEP, TOO_LONG, RecordSink

#: Keys under which services put the records of a page.
WRAPPERS = frozenset({"data", "items", "results", "result", "records", "rows", "content", "value", "list", "payload"})

_BLOCK = 1 << 20
_BLANKS = re.compile(r"[ \t\n\r]*")


class Unreadable(Exception):
    """The document does not parse: why, in the words of the message to the operator."""


def cut_document(stream: IO[bytes], records: RecordSink, *, longest: int, keys: Set[str], wrappers: Set[str]) -> None:
    """Gives every record of the document to the sink, numbered from 1.

    An object that has none of `keys` before a list under one of `wrappers` is that list's wrapper.
    Errors: Unreadable.
    """
    document = _Document(stream, longest)
    opening = document.peek()
    if opening == "[":
        _cut_array(document, records, 0)
    elif opening == "{":
        _cut_object(document, records, keys, wrappers)
    else:
        raise Unreadable("это не массив записей JSON и не объект")
    if document.peek():
        raise document.error("лишний текст после конца JSON")


def _cut_array(document: _Document, records: RecordSink, number: int) -> None:
    document.take("[")
    if document.peek() == "]":
        document.take("]")
        return
    while True:
        number += 1
        records.add(number, *document.value(f"запись {number}"))
        if document.peek() == "]":
            document.take("]")
            return
        document.take(",")


def _cut_object(document: _Document, records: RecordSink, keys: Set[str], wrappers: Set[str]) -> None:
    document.take("{")
    members: dict[str, Any] = {}
    size, is_wrapper = 0, False
    while document.peek() != "}":
        if members or is_wrapper:
            document.take(",")
        if document.peek() != '"':
            raise document.error("ожидается название ключа в кавычках")
        key, _ = document.value("ключ")
        document.take(":")
        if document.peek() == "[" and key in wrappers and not is_wrapper and not members.keys() & keys:
            is_wrapper = True
            _cut_array(document, records, 0)
            continue
        members[key], content = document.value("объект")
        size += len(content)
        document.check_size(size, "объект")
    document.take("}")
    if not is_wrapper:
        records.add(1, members, "")


class _Document:
    """A window on the text of a document, which moves forward with what is taken."""

    def __init__(self, stream: IO[bytes], longest: int) -> None:
        self._stream = stream
        self._longest = longest
        # A byte that is no UTF-8 becomes half a pair of surrogates, by which its record is known later.
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
        self._text = ""
        self._place = 0
        self._lines = 1
        self._is_whole = False

    def peek(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            self._place = _end_of_blanks(self._text, self._place)
            if self._place < len(self._text):
                return self._text[self._place]
            if self._is_whole:
                return ""
            self._read_on()

    def take(self, character: str) -> None:
        """Passes over the next character. Errors: Unreadable if it is another."""
        found = self.peek()
        if found != character:
            raise self.error(f"ожидается «{character}»" if found else "файл обрывается")
        self._place += 1

    def value(self, what: str) -> tuple[Any, str]:
        """The next value and its text; `what` it is, for messages. Errors: Unreadable."""
        if not self.peek():
            raise self.error("файл обрывается")
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._place)
            except RecursionError:
                raise self.error(f"{what}: {TOO_DEEP}") from None
            except json.JSONDecodeError as error:
                if self._is_whole:
                    self._place = min(error.pos, len(self._text))
                    raise self.error(f"{what} не читается как JSON") from None
            else:
                if end < len(self._text) or self._is_whole:
                    content = self._text[self._place : end]
                    self.check_size(len(content), what)
                    self._place = end
                    return value, content
            if len(self._text) - self._place > self._longest:
                raise self.error(f"{what} не читается как JSON или {TOO_LONG} (настройка longest_row_mb)")
            self._read_on()

    def check_size(self, size: int, what: str) -> None:
        """Errors: Unreadable if something of so many characters is too long."""
        if size > self._longest:
            raise self.error(f"{what}: {TOO_LONG} (настройка longest_row_mb)")

    def error(self, what: str) -> Unreadable:
        """The error at this place of the document."""
        return Unreadable(f"строка {self._lines + self._text.count(chr(10), 0, self._place)}: {what}")

    def _read_on(self) -> None:
        """Forgets what was taken and reads at least as much as is left, so that no record is parsed too often."""
        block = self._stream.read(max(_BLOCK, len(self._text) - self._place))
        self._is_whole = not block
        self._lines += self._text.count("\n", 0, self._place)
        self._text = self._text[self._place :] + self._decoder.decode(block, self._is_whole)
        self._place = 0


def _end_of_blanks(text: str, place: int) -> int:
    found = _BLANKS.match(text, place)
    return found.end() if found else place
