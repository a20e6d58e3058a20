"""The loader's reading of a CSV file, written from its rules alone, and strict: what the rules do not allow fails."""

from __future__ import annotations

from typing import NamedTuple


class Cell(NamedTuple):
    """One value: its text, and whether it stood in quotes (an unquoted one can only be nothing)."""

    text: str
    is_quoted: bool


class NotAllowedError(AssertionError):
    """The file breaks a rule of the loader."""


def read_file(data: bytes) -> tuple[list[str], list[list[Cell]]]:
    """The field names and the rows of a file."""
    if data.startswith(b"\xef\xbb\xbf"):
        raise NotAllowedError("BOM")
    text = data.decode("utf-8")
    if text.endswith("\n"):
        raise NotAllowedError("newline at the end")
    header, _, body = text.partition("\n")
    names = header.split(";")
    for name in names:
        if not name or name != name.lower() or not name.replace("_", "").isalnum() or not name.isascii():
            raise NotAllowedError(f"field name {name!r}")
    rows = _rows(body) if body else []
    for row in rows:
        if len(row) != len(names):
            raise NotAllowedError(f"{len(row)} values for {len(names)} fields")
    return names, rows


def _rows(body: str) -> list[list[Cell]]:
    rows: list[list[Cell]] = [[]]
    position = 0
    while True:
        cell, position = _cell(body, position)
        rows[-1].append(cell)
        if position == len(body):
            return rows
        if body[position] == "\n":
            rows.append([])
        elif body[position] != ";":
            raise NotAllowedError(f"character {body[position]!r} after a value")
        position += 1


def _cell(body: str, position: int) -> tuple[Cell, int]:
    if position == len(body) or body[position] != '"':
        return Cell("", False), position
    position += 1
    characters: list[str] = []
    while True:
        if position == len(body):
            raise NotAllowedError("quote that is not closed")
        character = body[position]
        if character == '"' and body[position + 1 : position + 2] != '"':
            return Cell("".join(characters), True), position + 1
        if ord(character) < 0x20 or 0x7F <= ord(character) <= 0x9F:
            raise NotAllowedError("control character")
        characters.append(character)
        position += 2 if character == '"' else 1
