"""The audit log (152-ФЗ, specification 5-operation.md): who did what, when, with counts; never a name or a value."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Mapping
from datetime import UTC, datetime

from orchestration.home import PRIVATE_FILE, Home, make_private_folder


def record(home: Home, action: str, **facts: str | int | bool | Mapping[str, int] | None) -> None:
    """Appends one line to `audit/audit.jsonl`.

    action: load, publication, export, report, …; facts: dates, ids of publications and counts only.
    """
    line = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": _who(),
        "pid": os.getpid(),
        "what": action,
        **{name: fact for name, fact in facts.items() if fact is not None},
    }
    make_private_folder(home.audit_file.parent)
    # One write of one whole line to a file opened for appending: lines of two processes never mix.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    descriptor = os.open(home.audit_file, flags, PRIVATE_FILE)
    try:
        os.write(descriptor, (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _who() -> str:
    # The account itself, not LOGNAME: an environment variable could say anything.
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        return str(os.getuid())
