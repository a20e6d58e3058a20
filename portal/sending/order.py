"""Which file may go out next (specification 4-portal.md: parents before children, deletions last and in reverse).

Pure: it knows how each file stands and which tables refer to which, nothing of HTTP or of the disk.

* An upload (create, update) waits until the uploads of the tables that it refers to are confirmed.
* A deletion waits until every upload has come to its end and until all files of the tables that refer to its own are
  confirmed: no row of the portal may be left without its parent. Deletions go in the order of the manifest.
* What waits for a file that failed will not be sent at all this time: it is *held*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from portal.sending.outbox import OutgoingFile


class Standing(Enum):
    """How a file of a package stands within one sending."""

    WAITING = "waiting"
    IN_PROGRESS = "in_progress"
    CONFIRMED = "confirmed"
    FAILED = "failed"


@dataclass(frozen=True)
class Order:
    """The files of a package and what each of them depends on; `needs` holds names of files."""

    files: tuple[OutgoingFile, ...]
    needs: Mapping[str, tuple[str, ...]]

    def held(self, standings: Mapping[str, Standing]) -> dict[str, str]:
        """Files that will not be sent this time: name → the file that failed first in the chain before them."""
        held: dict[str, str] = {}
        waiting = [file.name for file in self.files if standings[file.name] is Standing.WAITING]
        # Needs of uploads stand before them in the manifest or not: go round until nothing is added.
        grown = True
        while grown:
            found = {
                name: cause for name in waiting if name not in held and (cause := self._cause(name, standings, held))
            }
            held |= found
            grown = bool(found)
        return held

    def _cause(self, name: str, standings: Mapping[str, Standing], held: Mapping[str, str]) -> str | None:
        for need in self.needs[name]:
            if standings[need] is Standing.FAILED:
                return need
            if need in held:
                return held[need]
        return None

    def ready(self, standings: Mapping[str, Standing]) -> list[OutgoingFile]:
        """The files that may go out now, in the order of the manifest."""
        held = self.held(standings)
        waiting = [f for f in self.files if standings[f.name] is Standing.WAITING and f.name not in held]
        uploads = [file for file in waiting if not file.is_delete]
        if uploads:
            return [file for file in uploads if self._is_free(file, standings)]
        if any(standings[file.name] is Standing.IN_PROGRESS for file in self.files if not file.is_delete):
            return []
        return self._first_free(waiting, standings)

    def _first_free(self, deletions: Sequence[OutgoingFile], standings: Mapping[str, Standing]) -> list[OutgoingFile]:
        free: list[OutgoingFile] = []
        for file in deletions:
            if not self._is_free(file, standings):
                break  # deletions do not overtake each other
            free.append(file)
        return free

    def _is_free(self, file: OutgoingFile, standings: Mapping[str, Standing]) -> bool:
        return all(standings[need] is Standing.CONFIRMED for need in self.needs[file.name])


def order_of(files: Sequence[OutgoingFile], parents: Mapping[str, Sequence[str]]) -> Order:
    """The order of a package's files; `parents`: the tables that each table refers to."""
    return Order(tuple(files), {file.name: tuple(_needs(file, files, parents)) for file in files})


def _needs(file: OutgoingFile, files: Sequence[OutgoingFile], parents: Mapping[str, Sequence[str]]) -> list[str]:
    if file.is_delete:
        children = {table for table, referred in parents.items() if file.table in referred and table != file.table}
        return [other.name for other in files if other.table in children]
    before = set(parents.get(file.table, ())) - {file.table}
    return [other.name for other in files if other.table in before and not other.is_delete]
