"""The stub of the loader: an HTTP server on loopback that answers as the rules say, or as it was told to fail."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from loader_stub.state import State

_UPLOAD = re.compile(r"/v2/datamarts/([A-Za-z0-9_-]+)/tables/([a-z][a-z0-9_]*)/(upload|delete)")
_UPLOAD_V1 = re.compile(r"/api/edu-upload/v1/csv/([a-z][a-z0-9_]*)")
_STATUS = re.compile(r"/v2/requests/([0-9a-f-]{36})/status")


@dataclass(frozen=True)
class Exchange:
    """One request and what was answered, as they stood on the wire."""

    method: str
    path: str
    headers: dict[str, str]
    length: int
    status: int
    content_type: str
    body: bytes


@dataclass
class Stub:
    """A running stub. `on_request(number, stage)` is called at «received», «accepted» and «answered»."""

    state: State
    port: int = 0
    datamart: str = "portfolio"
    token: str | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    on_request: Callable[[int, str], None] = lambda _number, _stage: None
    received: int = 0
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def posts(self) -> list[Exchange]:
        return [exchange for exchange in self.exchanges if exchange.method == "POST"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    stub: Stub

    def do_POST(self) -> None:
        match = _UPLOAD.fullmatch(self.path)
        self._take_file(match, *((match[2], match[3]) if match else self._v1_target("upload")))

    def do_DELETE(self) -> None:
        self._take_file(None, *self._v1_target("delete"))

    def _v1_target(self, operation: str) -> tuple[str, str]:
        match = _UPLOAD_V1.fullmatch(self.path)
        return (match[1], operation) if match else ("", "")

    def _take_file(self, match: re.Match[str] | None, table: str, operation: str) -> None:
        number = self._received()
        length = int(self.headers.get("Content-Length") or 0)
        fault = self.stub.state.next_fault(table)
        if fault is not None and fault.kind == "break_early":
            self.rfile.read(length // 2)
            self._break(table, operation)
            return
        data = self.rfile.read(length)
        if fault is not None and fault.kind == "http":
            self.stub.state.note("refused", table, operation)
            self._answer(fault.status, b"busy", fault.headers)
            return
        problem = self._problem(match, length, len(data), table)
        if problem:
            self.stub.state.note("refused", table, operation)
            self._answer(problem, b"refused")
            return
        request_id = self.stub.state.accept(table, operation, data, fault)
        self.stub.on_request(number, "accepted")
        if fault is not None and fault.kind == "break_late":
            if match is None:
                self.stub.state.finish(request_id)
            self._break(table, operation)
            return
        if match is None:
            self._answer_v1(request_id)
            self.stub.on_request(number, "answered")
            return
        self._answer(200, json.dumps("taken" if fault is not None and fault.kind == "no_id" else request_id).encode())
        self.stub.on_request(number, "answered")

    def _answer_v1(self, request_id: str) -> None:
        """The older service answers when the file is loaded, or says what is wrong with it."""
        told = self.stub.state.finish(request_id)
        if told["code"] == 3:
            self._answer(200, b"", content_type="text/plain")
        else:
            self._answer(400, str(told["description"]).encode())

    def do_GET(self) -> None:
        number = self._received()
        match = _STATUS.fullmatch(self.path)
        if self.stub.state.status_faults:
            fault = self.stub.state.status_faults.popleft()
            if fault.kind == "http":
                self._answer(fault.status, b"busy", fault.headers)
            else:
                self._break("", "")
            return
        if not match or not self._is_known():
            self._answer(404 if not match else 401, b"")
            return
        self._answer(200, json.dumps(self.stub.state.ask(match[1]), ensure_ascii=False).encode())
        self.stub.on_request(number, "answered")

    def _problem(self, match: re.Match[str] | None, length: int, read: int, table: str) -> int | None:
        is_other_datamart = match is not None and match[1] != self.stub.datamart
        if not table or is_other_datamart or table not in self.stub.state.loader.tables:
            return 404
        if not self._is_known():
            return 401
        if self.headers.get("Content-Type") != ("text/csv" if match else "application/octet-stream"):
            return 415
        return 400 if length == 0 or read != length else None

    def _is_known(self) -> bool:
        return self.stub.token is None or self.headers.get("Authorization") == self.stub.token

    def _received(self) -> int:
        with self.stub.state.lock:
            self.stub.received += 1
            number = self.stub.received
        self.stub.on_request(number, "received")
        return number

    def _break(self, table: str, operation: str) -> None:
        self.stub.state.note("broken", table, operation)
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, content_type: str | None = None
    ) -> None:
        content_type = content_type or ("application/json" if status == 200 else "text/plain")
        length = int(self.headers.get("Content-Length") or 0)
        told = Exchange(self.command, self.path, dict(self.headers), length, status, content_type, body)
        self.stub.exchanges.append(told)
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:  # a sender that was killed
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stays silent."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that was broken on purpose is no news."""


@contextmanager
def running(
    state: State, *, datamart: str = "portfolio", token: str | None = None, certificate: Path | None = None
) -> Iterator[Stub]:
    """The stub, listening on a port of its own while the block runs; over TLS with a file of key and certificate."""
    stub = Stub(state, datamart=datamart, token=token)
    handler = type("Handler", (_Handler,), {"stub": stub})
    server = _Server(("127.0.0.1", 0), handler)
    stub.port = server.server_address[1]
    if certificate is not None:
        stub.scheme = "https"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
