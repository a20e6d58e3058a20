"""An HTTP source on loopback for the tests of the connectors: it does what a test tells it, and remembers who asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Answer:
    """What is answered. `cut`: the connection breaks off after so many bytes; without a length nobody can tell."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    with_length: bool = True
    repeat: int = 1


Give = Callable[[Asked], Answer]


def as_json(document: Any, **facts: Any) -> Answer:
    """An answer of JSON."""
    return Answer(json.dumps(document, ensure_ascii=False).encode(), **facts)


class LoopbackSource:
    """The server; `give` decides over each answer, `asked` is what has been asked so far."""

    def __init__(self, give: Give) -> None:
        self.give = give
        self.asked: list[Asked] = []
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                asked = Asked(parts.path, dict(parse_qsl(parts.query)), {k.lower(): v for k, v in self.headers.items()})
                source.asked.append(asked)
                self._answer(source.give(asked))

            def _answer(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.with_length:
                    self.send_header("Content-Length", str(len(answer.body) * answer.repeat))
                self.end_headers()
                try:
                    for _ in range(answer.repeat):
                        self.wfile.write(answer.body[: answer.cut])
                except OSError:
                    return
                if answer.cut is not None:
                    self.connection.close()
                self.close_connection = True

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def pages_asked(self, parameter: str = "page") -> list[int]:
        """The page numbers that were asked for, in order."""
        return [int(one.query[parameter]) for one in self.asked if parameter in one.query]

    def close(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()


Serve = Callable[[Give], LoopbackSource]


def numbered(pages: list[list[Any]], *, parameter: str = "page") -> Give:
    """A source of numbered pages, from 1; after the last they are empty."""

    def give(asked: Asked) -> Answer:
        number = int(asked.query[parameter])
        return as_json(pages[number - 1] if number <= len(pages) else [])

    return give


def journal_marks(first: int, count: int, *, day: str = "10.11.2024") -> list[dict[str, Any]]:
    """Marks as the journal's API gives them."""
    return [
        {
            "id": number,
            "created_at": f"{day} 14:55",
            "updated_at": f"{day} 15:01",
            "student_profile_id": 700 + number % 7,
            "weight": 1,
            "teacher_id": 33,
            "name": "4",
            "comment": "",
            "control_form_id": 5,
            "values": [
                {
                    "grade_system_id": 4,
                    "name": "5-балльная",
                    "nmax": 5.0,
                    "grade_system_type": "five",
                    "grade": {"origin": "4", "five": 4.0, "hundred": 80.0},
                }
            ],
            "is_exam": False,
            "is_point": False,
            "is_criterion": False,
            "point_date": None,
            "subject_id": 12,
            "grade_system_type": "five",
            "date": day,
            "group_id": 40,
            "schedule_lesson_id": 9000 + number,
            "deleted_by": None,
        }
        for number in range(first, first + count)
    ]
