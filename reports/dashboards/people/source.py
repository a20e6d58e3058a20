"""The publication in force as the pages that name children read it: opened for one request, both files of one night.

What does not belong here: who may see what (`scope.py`), and what is asked (`organizations.py`, `mending.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from portal.model import Specification
from portal.published import MARTS_FILE, PEOPLE_FILE
from reports.dashboards.store import MADE_BEFORE, NOTHING_PUBLISHED, NothingToShow

#: Without these columns there is nothing to show; a publication of an earlier version may lack them.
NEEDED = frozenset(
    {
        ("portfolio", "publication", "as_of"),
        ("portfolio", "organizations", "municipality"),
        ("portfolio", "class_units", "class_level"),
        ("portfolio", "findings", "closed_on"),
        ("portfolio", "quality_rules", "how_to_fix"),
        ("portfolio", "completeness_rollup", "complete_students"),
        ("portfolio", "portfolio_readiness", "reason_hidden"),
        ("people", "students", "organization_id"),
        ("people", "student_classes", "organization_id"),
        ("people", "representatives", "representative_id"),
    }
)

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # What the pages ask for fits: nothing of it is spilled to a disk.
    "temp_directory": "",
    "threads": "2",
}


@dataclass(frozen=True)
class PeopleSource:
    """Where the pages read: what `portfolio explain` needs too.

    published: the link to the publication in force. specification: None is the one that the project ships. years: the
    folder of the closed academic years. The others are those of `portal.document.student_document`.
    """

    published: Path
    prefix: str
    specification: Specification | None = None
    connected_only: bool = True
    memory_limit: str = "2GB"
    years: Path | None = None


@dataclass(frozen=True)
class Opened:
    """One publication: `folder` is the link followed, so whatever is read through it is of the same night."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    as_of: date

    @property
    def id(self) -> str:
        """Its name, for the audit log."""
        return self.folder.name


@contextmanager
def opened_publication(source: PeopleSource) -> Iterator[Opened]:
    """A connection for one request: both files attached read-only, no other file within its reach.

    Errors: NothingToShow where nothing is published, or it was made by an earlier version of the program.
    """
    try:
        folder = source.published.resolve(strict=True)
    except OSError:
        raise NothingToShow(NOTHING_PUBLISHED) from None
    if not (folder / MARTS_FILE).is_file():
        raise NothingToShow(NOTHING_PUBLISHED)
    if not (folder / PEOPLE_FILE).is_file():
        raise NothingToShow(MADE_BEFORE)
    with duckdb.connect(":memory:", config={**_CONFIG, "memory_limit": source.memory_limit}) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"attach {_quoted(folder / MARTS_FILE)} as portfolio (read_only)")
        connection.execute("use portfolio")
        connection.execute(f"attach {_quoted(folder / PEOPLE_FILE)} as people (read_only)")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        _check_what_is_needed(connection, folder)
        as_of = connection.execute("select max(as_of) from marts.publication").fetchall()[0][0]
        if as_of is None:
            raise NothingToShow(NOTHING_PUBLISHED)
        yield Opened(connection, folder, as_of)


# A publication never changes; publications come and go.
_COMPLETE: set[tuple[Path, int, int]] = set()


def _check_what_is_needed(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    facts = (folder / MARTS_FILE).stat()
    publication = (folder, facts.st_ino, facts.st_mtime_ns)
    if publication in _COMPLETE:
        return
    found = connection.execute("select database_name, table_name, column_name from duckdb_columns()").fetchall()
    if not set(found) >= NEEDED:
        raise NothingToShow(MADE_BEFORE)
    _COMPLETE.clear()
    _COMPLETE.add(publication)


def _quoted(path: Path) -> str:
    text = str(path).replace("'", "''")
    return f"'{text}'"
