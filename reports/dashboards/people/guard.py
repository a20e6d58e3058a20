"""Stands before and after every page that names children: who may see it, and the line in the audit log.

A view gives what it would show; it is shown only once the audit log has the line. What must not be seen is answered
exactly as what does not exist, so that nobody learns from an answer that a child is somewhere else.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, redirect
from werkzeug.wrappers import Response as Answer

from reports.dashboards.access.bar import login_address
from reports.dashboards.access.visitor import Visitor, current_visitor
from reports.dashboards.people.page import message_page
from reports.dashboards.people.source import Opened, PeopleSource, opened_publication
from reports.dashboards.store import NothingToShow

logger = logging.getLogger("portfolio")

NOT_FOUND = (
    "Такой страницы нет, или она вне вашей части региона. Проверьте код: у объединённого профиля нужен код того, с"
    " которым его объединили."
)
NO_ROLE = "Страницы с именами детей открыты операторам и тем, кто следит за качеством данных. Вам — панели показателей."
TROUBLE = "Не получилось прочитать опубликованные данные. Обновите страницу; если не поможет — скажите администратору."
NOT_NOTED = "Страница не показана: просмотр не записан в журнал. Скажите администратору: журнал (audit) недоступен."

POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
PLACES = 6
HTML = "text/html; charset=utf-8"

Facts = dict[str, str | int]


class NotForThem(Exception):
    """It does not exist, or is outside the scope: `facts` are ids of what there is, for the audit log alone.

    What does not exist has none: whoever types a child's name into the field of a code must not leave it in a log.
    """

    def __init__(self, facts: Facts | None = None) -> None:
        super().__init__()
        self.facts = facts or {}


@dataclass(frozen=True)
class Shown:
    """What a view would show, and what the audit log is told of it: ids and counts."""

    body: str | bytes
    facts: Facts
    content_type: str = HTML
    file_name: str | None = None


@dataclass(frozen=True)
class Elsewhere:
    """The page stands at another address; nothing was shown."""

    address: str


@dataclass(frozen=True)
class Asked:
    """Who asks, and of which publication."""

    visitor: Visitor
    publication: Opened


View = Callable[[Asked], Shown | Elsewhere]


@dataclass(frozen=True)
class Guard:
    """Answers requests; `record` writes a line of the audit log."""

    source: PeopleSource
    record: Callable[..., None]

    def answer(self, page: str, view: View) -> Answer:
        """The answer of a page to whoever asks for it now. page: what the audit log calls it."""
        visitor = current_visitor()
        if visitor is None:
            return _finished(redirect(login_address(), 303))
        if not visitor.sees_people:
            return self._refused(page, visitor, NO_ROLE, 403, {})
        try:
            with opened_publication(self.source) as publication:
                return self._looked(page, view, Asked(visitor, publication))
        except NothingToShow as reason:
            return _message(str(reason), 503)
        except Exception as error:
            logger.error("people pages: %s at %s", type(error).__name__, _places(error))  # noqa: TRY400
            return _message(TROUBLE, 503)

    def _looked(self, page: str, view: View, asked: Asked) -> Answer:
        publication = asked.publication.id
        try:
            shown = view(asked)
        except NotForThem as refused:
            return self._refused(page, asked.visitor, NOT_FOUND, 404, {**refused.facts, "publication": publication})
        if isinstance(shown, Elsewhere):
            return _finished(redirect(shown.address, 303))
        if not self._noted("view", page, asked.visitor, {**shown.facts, "publication": publication}):
            return _message(NOT_NOTED, 503)
        response = Response(shown.body, content_type=shown.content_type)
        if shown.file_name is not None:
            response.headers["Content-Disposition"] = f'attachment; filename="{shown.file_name}"'
        return _finished(response)

    def _refused(self, page: str, visitor: Visitor, words: str, status: int, facts: Facts) -> Answer:
        if not self._noted("refused", page, visitor, {**facts, "status": status}):
            return _message(NOT_NOTED, 503)
        return _message(words, status, sees_people=visitor.sees_people)

    def _noted(self, action: str, page: str, visitor: Visitor, facts: Facts) -> bool:
        try:
            who = {"visitor": visitor.name} | ({"subject": visitor.subject} if visitor.subject else {})
            self.record(action, page=page, **who, **facts)
        except Exception as error:
            logger.error("people pages: audit log: %s", type(error).__name__)  # noqa: TRY400
            return False
        return True


def _places(error: Exception) -> str:
    """Where it happened, the innermost first: a message of a database may quote a value, names of functions do not."""
    frames = traceback.extract_tb(error.__traceback__)[-PLACES:]
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))


def _message(words: str, status: int, *, sees_people: bool = True) -> Answer:
    return _finished(Response(message_page(words, sees_people=sees_people), status, content_type=HTML))


def _finished(response: Answer) -> Answer:
    response.headers.update(HEADERS)
    return response
