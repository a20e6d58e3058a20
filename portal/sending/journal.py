"""`exports/<package>/sending.json`: what became of each file of a package, on the disk before and after each step.

    {"package": …, "url": …, "datamart": …,
     "files": {"01_student_create.csv": {"state", "request_id", "code", "description", "at", "status"}}}

* `posting`: the file is about to go out, nobody knows yet whether the portal has it;
* `in_progress`: the portal took it and gave `request_id`;
* `confirmed`: code 3;
* `failed`: code 4, 5 or 7, or the portal refused the request.

A file that is not named was never sent. The exporter reads these journals to know what the portal has
(`portal/journal.py`), and never writes them. The portal's `description` may quote a row: it stays in this file (0600).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from extracts.disk import settle, write_private
from extracts.errors import BadInput
from portal.journal import JOURNAL_FILE

State = Literal["posting", "in_progress", "confirmed", "failed"]

#: Longer descriptions are cut: a portal that answers with a page of text must not fill the disk.
_LONGEST_DESCRIPTION = 2000


@dataclass(frozen=True)
class Entry:
    """What is known of one file; `status` is the HTTP status of a request that the portal refused."""

    state: State
    request_id: str | None = None
    code: int | None = None
    description: str | None = None
    at: str = ""
    status: int | None = None


@dataclass
class Journal:
    """The journal of one package; every change is on the disk when the call returns."""

    folder: Path
    url: str
    datamart: str
    files: dict[str, Entry]

    def note(self, file: str, entry: Entry) -> None:
        """Writes what became of a file."""
        self.files[file] = entry
        self._write()

    def note_all(self, entries: Mapping[str, Entry]) -> None:
        """Writes what became of several files, of all at once."""
        self.files |= entries
        self._write()

    def restore(self, file: str, entry: Entry | None) -> None:
        """Writes that a file stands as it stood before."""
        if entry is None:
            self.files.pop(file, None)
        else:
            self.files[file] = entry
        self._write()

    def _write(self) -> None:
        document = {
            "package": self.folder.name,
            "url": self.url,
            "datamart": self.datamart,
            "files": {name: asdict(entry) for name, entry in sorted(self.files.items())},
        }
        write_private(self.folder / JOURNAL_FILE, json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        settle(self.folder)


def shortened(description: str) -> str:
    """A description of the portal's as it is stored."""
    return description[:_LONGEST_DESCRIPTION]


def read_journal(folder: Path) -> Journal | None:
    """The journal of a package, None if nothing of it was ever sent.

    Raises:
        BadInput: the file is damaged: what the portal has cannot be known from it.
    """
    path = folder / JOURNAL_FILE
    try:
        document = json.loads(path.read_text("utf-8"))
        files = {str(name): _entry(fields) for name, fields in document["files"].items()}
        return Journal(folder, str(document["url"]), str(document["datamart"]), files)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError):
        message = (
            f"Журнал отправки {path} повреждён, поэтому неизвестно, что уже есть на портале. Верните его из резервной "
            "копии или уберите всю папку пакета и сделайте полный пакет: portfolio export --full."
        )
    raise BadInput(message)


def _entry(fields: dict[str, Any]) -> Entry:
    if fields["state"] not in get_args(State):
        raise ValueError
    code, request_id = fields.get("code"), fields.get("request_id")
    return Entry(
        state=fields["state"],
        request_id=None if request_id is None else str(request_id),
        code=None if code is None else int(code),
        description=None if fields.get("description") is None else str(fields["description"]),
        at=str(fields.get("at") or ""),
        status=None if fields.get("status") is None else int(fields["status"]),
    )
