"""One package on its way: sends what may go, asks how requests stand, notes every step before and after it.

One thread: a file goes out whole, then requests under way are asked for in turn, so several files are with the portal
at once although they leave here one after another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from extracts.errors import BadInput
from portal.journal import FORMAT_ERRORS
from portal.sending.client import Client, RequestStatus
from portal.sending.errors import AccessDenied, OutOfPatience, PortalRefused, PortalTroubled
from portal.sending.journal import Entry, Journal, State, shortened
from portal.sending.options import Clock, SendOptions
from portal.sending.order import Order, Standing
from portal.sending.outbox import OutgoingFile
from portal.sending.package_file import NotThatFile, opened

#: Codes of the loader (4-portal.md): -1, 0, 1, 2, 6 and whatever else is not named here: in progress.
DONE = 3
FAILED = 4
UNKNOWN = 5

REASONS = {
    FAILED: "портал не смог загрузить файл (код 4)",
    UNKNOWN: "портал потерял запрос (код 5)",
    FORMAT_ERRORS: "ошибки форматно-логического контроля (код 7)",
}

#: How many files in a row may end in trouble before the portal is taken for out of order.
_MOST_TROUBLES = 3
_GROWTH = 1.5

Say = Callable[[str], None]
Count = Callable[[str, int, int], None]


@dataclass
class _Work:
    """One file in this sending."""

    file: OutgoingFile
    standing: Standing = Standing.WAITING
    request_id: str = ""
    due: float = 0.0
    pause: float = 0.0
    unknown: int = 0
    resent: int = 0


@dataclass
class Run:
    """What one sending does with one package. `may_post`: asked before each file goes out."""

    folder: Path
    order: Order
    journal: Journal
    client: Client
    options: SendOptions
    clock: Clock
    deadline: float
    say: Say
    count: Count
    may_post: Callable[[], bool]
    trouble: str | None = None
    """Why the whole run ended before its time."""
    _works: dict[str, _Work] = field(default_factory=dict)
    _troubles: int = 0
    _has_answered: bool = False

    def go(self) -> None:
        """Sends and asks until nothing more can be done. Errors: BadInput where something here has to be mended."""
        self._works = {file.name: self._begin(file) for file in self.order.files}
        try:
            self._loop()
        except OutOfPatience:
            self.trouble = "вышло время, отведённое на отправку"
        except AccessDenied as error:
            self.trouble = f"{error.reason}: доступ закрыт, проверьте токен"
        except PortalTroubled as error:
            self.trouble = error.reason

    def tell_held(self) -> None:
        """A line for each file that was not sent because another one failed."""
        for name, cause in self.order.held(self.standings).items():
            self._tell(name, f"не отправлен: сначала должен быть подтверждён {cause}")

    @property
    def standings(self) -> dict[str, Standing]:
        """How each file stands."""
        return {name: work.standing for name, work in self._works.items()}

    @property
    def confirmed(self) -> list[OutgoingFile]:
        """The files that the portal has confirmed, in this sending or before it."""
        return [work.file for work in self._works.values() if work.standing is Standing.CONFIRMED]

    def _begin(self, file: OutgoingFile) -> _Work:
        entry = self.journal.files.get(file.name)
        if entry is not None and entry.state == "confirmed":
            return _Work(file, Standing.CONFIRMED)
        if entry is not None and entry.state == "in_progress" and entry.request_id:
            pause = self.options.first_poll
            return _Work(file, Standing.IN_PROGRESS, entry.request_id, self.clock.monotonic(), pause)
        return _Work(file)  # never sent, or nobody knows, or it failed: an upload of the same rows again does no harm

    def _loop(self) -> None:
        while True:
            self._poll_due()
            self._post_ready()
            under_way = self._under_way()
            if not under_way:
                return
            self._wait(min(work.due for work in under_way))

    def _wait(self, until: float) -> None:
        now = self.clock.monotonic()
        if until > self.deadline:
            raise OutOfPatience
        if until > now:
            self.clock.sleep(until - now)

    def _under_way(self) -> list[_Work]:
        return [work for work in self._works.values() if work.standing is Standing.IN_PROGRESS]

    # --- sending ------------------------------------------------------------------------------------------------------

    def _post_ready(self) -> None:
        while (work := self._next()) is not None and self.may_post():
            self._check_time()
            self._post(work)

    def _next(self) -> _Work | None:
        """The next file that may go out and fits; one that never fits goes alone."""
        flying = sum(work.file.bytes for work in self._under_way())
        for file in self.order.ready(self.standings):
            if not flying or flying + file.bytes <= self.options.bytes_in_flight:
                return self._works[file.name]
            if file.is_delete:
                return None  # deletions do not overtake each other
        return None

    def _post(self, work: _Work) -> None:
        file, before = work.file, self.journal.files.get(work.file.name)
        try:
            with opened(self.folder, file) as body:
                self._note(work, "posting")
                request_id = self.client.upload(file.table, file.operation, body)
        except NotThatFile as error:
            self._end(work, Standing.FAILED, f"не отправлен: {error.reason}; сделайте пакет заново (portfolio export)")
        except BadInput:
            self.journal.restore(file.name, before)
            raise
        except PortalRefused as error:
            self._note(work, "failed", description=error.description or error.reason, status=error.status)
            told = "; описание портала — в sending.json" if error.description else ""
            self._end(work, Standing.FAILED, f"не принят: {error.reason}{told}")
            if isinstance(error, AccessDenied):
                raise
        except PortalTroubled as error:
            self._post_troubled(work, error)
        else:
            self._note_answer()
            self._take_answer(work, request_id)

    def _take_answer(self, work: _Work, request_id: str | None) -> None:
        if request_id is not None:
            self._start_polling(work, request_id)
            return
        self._note(work, "confirmed")
        self._end(work, Standing.CONFIRMED, f"подтверждён, строк {work.file.rows}")

    def _post_troubled(self, work: _Work, error: PortalTroubled) -> None:
        if error.status is not None:
            self._note(work, "failed", description=error.reason)
        self._end(work, Standing.FAILED, f"не отправлен: {error.reason}")
        self._note_trouble(error)

    def _note_trouble(self, error: PortalTroubled) -> None:
        """Ends the sending if the portal seems to be out of order, at once if nobody has answered yet."""
        self._troubles += 1
        is_silent = error.status is None and not self._has_answered
        if is_silent or self._troubles >= _MOST_TROUBLES:
            raise error

    def _note_answer(self) -> None:
        self._troubles = 0
        self._has_answered = True

    def _start_polling(self, work: _Work, request_id: str) -> None:
        work.request_id = request_id
        self._note(work, "in_progress", request_id=request_id)
        work.standing = Standing.IN_PROGRESS
        work.unknown = 0
        work.pause = self.options.first_poll
        work.due = self.clock.monotonic() + work.pause

    # --- asking -------------------------------------------------------------------------------------------------------

    def _poll_due(self) -> None:
        for work in self._under_way():
            if work.due <= self.clock.monotonic():
                self._check_time()
                self._poll(work)

    def _poll(self, work: _Work) -> None:
        try:
            status = self.client.status(work.request_id)
        except AccessDenied:
            raise
        except PortalRefused as error:
            # Asking again would not help; what became of the file nobody can tell: it counts as not confirmed.
            self._note(work, "failed", request_id=work.request_id, description=error.reason)
            self._end(work, Standing.FAILED, f"состояние неизвестно: {error.reason}")
        except PortalTroubled as error:
            self._poll_later(work)
            self._note_trouble(error)
        else:
            self._note_answer()
            self._take(work, status)

    def _take(self, work: _Work, status: RequestStatus) -> None:
        if status.code == DONE:
            self._note_status(work, "confirmed", status)
            self._end(work, Standing.CONFIRMED, f"подтверждён, строк {work.file.rows}")
        elif status.code in (FAILED, FORMAT_ERRORS):
            self._note_status(work, "failed", status)
            self._end(work, Standing.FAILED, f"{REASONS[status.code]}; описание портала — в sending.json")
        elif status.code == UNKNOWN:
            self._take_unknown(work, status)
        else:
            work.unknown = 0
            self._poll_later(work)

    def _take_unknown(self, work: _Work, status: RequestStatus) -> None:
        """A request that the portal does not know twice in a row is lost: the file goes out again, a few times."""
        work.unknown += 1
        if work.unknown == 1:
            self._poll_later(work)
            return
        self._note_status(work, "failed", status)
        if work.resent < self.options.resends and self.may_post():
            work.resent += 1
            work.standing = Standing.WAITING
            return
        self._end(work, Standing.FAILED, REASONS[UNKNOWN])

    def _poll_later(self, work: _Work) -> None:
        work.due = self.clock.monotonic() + work.pause
        work.pause = min(work.pause * _GROWTH, self.options.longest_poll)

    # --- what is noted and told ---------------------------------------------------------------------------------------

    def _check_time(self) -> None:
        if self.clock.monotonic() > self.deadline:
            raise OutOfPatience

    def _note_status(self, work: _Work, state: State, status: RequestStatus) -> None:
        self._note(work, state, request_id=work.request_id, code=status.code, description=status.description)

    def _note(
        self,
        work: _Work,
        state: State,
        *,
        request_id: str | None = None,
        code: int | None = None,
        description: str | None = None,
        status: int | None = None,
    ) -> None:
        text = None if description is None else shortened(description)
        self.journal.note(work.file.name, Entry(state, request_id, code, text, self.clock.stamp(), status))

    def _end(self, work: _Work, standing: Standing, text: str) -> None:
        work.standing = standing
        self._tell(work.file.name, text)

    def _tell(self, name: str, text: str) -> None:
        self.say(f"{name}: {text}")
        self.count(f"Отправка пакета {self.folder.name}", len(self.confirmed), len(self._works))
