"""What is told of an error that nobody foresaw."""

from __future__ import annotations

import errno
import sqlite3

import duckdb
import pytest

from orchestration.exits import FAILED
from orchestration.failures import ending_of


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        sqlite3.OperationalError("database or disk is full"),
        sqlite3.OperationalError("disk I/O error"),
        duckdb.IOException("IO Error: Could not write file: No space left on device"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_full_disk_is_told_as_such_also_as_a_cause(error: Exception) -> None:
    wrapped = RuntimeError("Иванов")
    wrapped.__cause__ = error
    for told in (error, wrapped):
        ending = ending_of(told)
        assert ending.exit_status == FAILED
        [line] = ending.messages
        assert "нет места" in line


def test_the_message_of_another_error_is_not_told() -> None:
    [line] = ending_of(RuntimeError("Иванов")).messages
    assert "Иванов" not in line
    assert "RuntimeError" in line
