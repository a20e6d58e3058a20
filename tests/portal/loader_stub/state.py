"""What the stub keeps in memory: tables, requests, and a log of everything that came."""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from loader_stub.rules import BrokenReference, FormatError, Key, Loader, Row

from portal.model import Specification

#: What may be done to one POST of a table. `http`: answered with `status`; `break_early`: the connection ends before
#: the file is taken; `break_late`: after; `lose`: taken and forgotten (code 5); `fail`: code 4; `errors`: code 7;
#: `hang`: in progress for `polls` questions; `no_id`: taken, and the answer is no UUID.
Kind = Literal["http", "break_early", "break_late", "lose", "fail", "errors", "hang", "no_id"]

IN_PROGRESS = (0, 1, 2, 6, -1)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong."""

    kind: Kind
    status: int = 500
    polls: int = 3
    retry_after: str | None = None
    location: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What the answer `http` carries besides."""
        told = {"Retry-After": self.retry_after, "Location": self.location}
        return {name: value for name, value in told.items() if value is not None}


@dataclass
class Request:
    """One file that was taken."""

    id: str
    table: str
    operation: str
    data: bytes
    fault: Fault | None
    polls: int = 0
    code: int = 0
    description: str = "запрос буферизирован"

    @property
    def is_finished(self) -> bool:
        return self.code in (3, 4, 5, 7)


@dataclass(frozen=True)
class Event:
    """One line of the log: `what` is accepted, refused, broken, done or failed; `flying`: bytes under way after it."""

    what: str
    table: str
    operation: str
    flying: int = 0


@dataclass
class State:
    """The whole loader but for HTTP; calls come from several threads."""

    loader: Loader
    tables: dict[str, dict[Key, Row]] = field(default_factory=lambda: defaultdict(dict))
    requests: dict[str, Request] = field(default_factory=dict)
    log: list[Event] = field(default_factory=list)
    post_faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    status_faults: deque[Fault] = field(default_factory=deque)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def plan(self, table: str, *faults: Fault) -> None:
        """The next POSTs of the table go wrong like this, one fault each."""
        self.post_faults[table].extend(faults)

    def next_fault(self, table: str) -> Fault | None:
        with self.lock:
            waiting = self.post_faults[table]
            return waiting.popleft() if waiting else None

    def accept(self, table: str, operation: str, data: bytes, fault: Fault | None) -> str:
        """Takes a file; gives the id of its request. It is loaded when it is asked for and nothing hinders it."""
        with self.lock:
            request = Request(str(uuid.uuid4()), table, operation, data, fault)
            self.requests[request.id] = request
            if fault is not None and fault.kind == "lose":
                request.code, request.description = 5, "идентификатор запроса не найден"
            self._note("accepted", request)
            return request.id

    def ask(self, request_id: str) -> dict[str, object]:
        """The status of a request; asking is what moves it on."""
        with self.lock:
            request = self.requests.get(request_id)
            if request is None:
                return {"code": 5, "description": "идентификатор запроса не найден"}
            if not request.is_finished:
                self._move_on(request)
            return {"code": request.code, "description": request.description}

    def finish(self, request_id: str) -> dict[str, object]:
        """Loads a file to the end, as the older service does before it answers."""
        with self.lock:
            while not self.requests[request_id].is_finished:
                self.ask(request_id)
            return self.ask(request_id)

    def _move_on(self, request: Request) -> None:
        request.polls += 1
        fault = request.fault
        if fault is not None and fault.kind == "hang" and request.polls <= fault.polls:
            request.code = IN_PROGRESS[request.polls % len(IN_PROGRESS)]
            return
        if fault is not None and fault.kind == "fail":
            request.code, request.description = 4, "ошибка загрузки"
        elif fault is not None and fault.kind == "errors":
            request.code, request.description = 7, "ошибка в строке 2: значение «Секретов»"
        else:
            self._load(request)
        self._note("done" if request.code == 3 else "failed", request)

    def _load(self, request: Request) -> None:
        table = self.loader.tables[request.table]
        is_delete = request.operation == "delete"
        try:
            rows = self.loader.read(request.data, table, is_delete=is_delete)
            if is_delete:
                self.loader.check_children(table, rows, self.tables)
            else:
                self.loader.check_references(table, rows, self.tables)
        except FormatError as error:
            request.code, request.description = 7, str(error)
            return
        except BrokenReference as error:
            request.code, request.description = 4, str(error)
            return
        request.code, request.description = 3, "успешно обработан"
        if is_delete:
            for key in rows:
                self.tables[table.name].pop(key, None)
        else:
            self.tables[table.name].update(rows)

    def note(self, what: str, table: str, operation: str) -> None:
        with self.lock:
            self.log.append(Event(what, table, operation, self._flying()))

    def _note(self, what: str, request: Request) -> None:
        self.note(what, request.table, request.operation)

    def _flying(self) -> int:
        return sum(len(request.data) for request in self.requests.values() if not request.is_finished)

    # --- what tests ask -----------------------------------------------------------------------------------------------

    def accepted(self) -> list[tuple[str, str]]:
        """Table and operation of every file that was taken, in order."""
        return [(event.table, event.operation) for event in self.log if event.what == "accepted"]

    def most_flying(self) -> int:
        """The most bytes that were under way together."""
        return max((event.flying for event in self.log), default=0)

    def codes(self) -> dict[str, list[int]]:
        """The codes of the requests of each table, in order."""
        found: dict[str, list[int]] = {}
        for request in self.requests.values():
            found.setdefault(request.table, []).append(request.code)
        return found


def state_for(specification: Specification, prefix: str, hashed: frozenset[str] = frozenset()) -> State:
    """An empty loader of a region."""
    tables: Mapping = {table.name: table for table in specification.tables}
    return State(Loader(tables, prefix, hashed))
