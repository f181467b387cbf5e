"""The local HTTP server: events in, quarantine, status and metrics.

| address | token | what |
|---|---|---|
| `POST /messages` | yes | one CloudEvent; 202 when it is on the disk |
| `POST /messages/batch` | yes | an array; 207, each on its own |
| `POST /telemetry` | yes | an array of readings; the oldest go when there are too many |
| `POST /signals` | yes | samples `[{work_centre, signal, at, value}]` for the filter |
| `GET /messages/<id>?source=…` | yes | what became of an event |
| `GET /quarantine`, `POST /quarantine/<position>/send\\|discard` | yes | refused ones |
| `POST /quarantine/send` | yes | all of them again; `{"type": "urn:problem:…"}`: those |
| `GET /`, `/status` | no | for people, for programs |
| `GET /metrics`, `/health` | no | Prometheus text format; 503 while an alarm stops intake |
"""

import hmac
import json
import logging
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from .errors import Refusal
from .events import parse
from .intake import BATCH_MAX, Intake
from .quarantine import (
    count_problems,
    discard,
    read_quarantine,
    send_again,
    send_all,
)
from .records import Accepted
from .status import Status

MAX_BODY_BYTES = 8 * 1024 * 1024
MAX_CONNECTIONS = 64
IDLE_SECONDS = 60
JSON = "application/json"
PROBLEM = "application/problem+json"

_logger = logging.getLogger(__name__)


class LocalServer(ThreadingHTTPServer):
    """Serves programs on this machine; more connections than allowed have to wait.

    :param token: what programs send as ``Authorization: Bearer``.
    :param take_signals: takes samples for the filter; None: there is no filter.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        intake: Intake,
        status: Status,
        token: str,
        take_signals: Callable[[list[Any]], dict[str, Any]] | None = None,
    ) -> None:
        self.intake = intake
        self.status = status
        self.token = token.encode()
        self.take_signals = take_signals
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__(address, Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._places.acquire()
        return super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            return super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        _logger.debug("A local connection broke: %r", sys.exc_info()[1])


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: LocalServer
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    # One packet per answer.
    wbufsize = 65536
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def _answer(self, route: Callable[[str], tuple[int, Any, str]]) -> None:
        try:
            status, body, kind = route(urlsplit(self.path).path.rstrip("/") or "/")
            headers = {}
        except Refusal as refusal:
            status, body, kind = refusal.status, refusal.as_dict(), PROBLEM
            headers = _retry_after(refusal)
        except Exception:
            _logger.exception("A local request failed")
            status, kind, headers = 500, PROBLEM, {}
            body = Refusal(500, "internal-error", "See the agent's log.").as_dict()
        self._send(status, body, kind, headers)

    def _get(self, path: str) -> tuple[int, Any, str]:
        status = self.server.status
        if path == "/":
            return 200, status.as_page(), "text/html; charset=utf-8"
        if path == "/status":
            return 200, status.as_dict(), JSON
        if path == "/metrics":
            return 200, status.as_metrics(), "text/plain; version=0.0.4"
        if path == "/health":
            healthy = status.is_taking_in()
            return 200 if healthy else 503, {"status": "pass" if healthy else "fail"}, JSON
        self._authenticate()
        if path == "/quarantine":
            journal = self.server.intake.journal
            page = {"messages": read_quarantine(journal), "types": count_problems(journal)}
            return 200, page | {"total": journal.quarantined}, JSON
        if path.startswith("/messages/"):
            return 200, self._find_message(unquote(path.removeprefix("/messages/"))), JSON
        raise _unknown()

    def _post(self, path: str) -> tuple[int, Any, str]:
        body = self._read_body()
        self._authenticate()
        if path == "/messages":
            return self._take_one(parse(body))
        if path == "/quarantine/send":
            return self._send_all(body)
        if path.startswith("/quarantine/"):
            return self._decide(path, body)
        takers = {
            "/messages/batch": self.server.intake.take,
            "/telemetry": self.server.intake.take_telemetry,
        }
        if path in takers:
            values = _read_list(body)
            results = takers[path](values)
            return 207, {"results": [_describe(result) for result in results]}, JSON
        if path == "/signals" and self.server.take_signals:
            return 202, self.server.take_signals(_read_list(body)), JSON
        raise _unknown()

    def _take_one(self, value: Any) -> tuple[int, Any, str]:
        (result,) = self.server.intake.take([value])
        if isinstance(result, Refusal):
            raise result
        return 202, _describe(result), JSON

    def _find_message(self, event_id: str) -> dict[str, Any]:
        query = parse_qs(urlsplit(self.path).query)
        source = query.get("source", [self.server.intake.source])[0]
        found = self.server.intake.journal.find(f"{source}\n{event_id}")
        if not found:
            raise Refusal(404, "unknown-message", "No such source and id is known here.")
        return found

    def _decide(self, path: str, body: bytes) -> tuple[int, Any, str]:
        _empty, _quarantine, position, *verbs = path.split("/")
        journal = self.server.intake.journal
        if not position.isascii() or not position.isdigit() or len(verbs) != 1:
            raise _unknown()
        if verbs[0] == "send":
            send_again(journal, int(position))
        elif verbs[0] == "discard":
            value = parse(body) if body else {}
            reason = value.get("reason") if isinstance(value, dict) else None
            discard(journal, int(position), str(reason or ""))
        else:
            raise _unknown()
        return 200, {"position": int(position), "decision": verbs[0]}, JSON

    def _send_all(self, body: bytes) -> tuple[int, Any, str]:
        value = parse(body) if body else {}
        kind = value.get("type") if isinstance(value, dict) else 0
        known = isinstance(value, dict) and not set(value) - {"type"}
        if not known or not isinstance(kind, str | None):
            detail = 'Send {} for all, or {"type": "urn:problem:…"} for those.'
            raise Refusal(400, "invalid-selection", detail)
        return 200, {"sent": send_all(self.server.intake.journal, kind)}, JSON

    def _authenticate(self) -> None:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if not hmac.compare_digest(given.encode(), self.server.token):
            detail = "Send 'Authorization: Bearer <the agent's local token>'."
            raise Refusal(401, "not-authenticated", detail)

    def _read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        # What is not read would be taken for the next request.
        self.close_connection = True
        if not (length.isascii() and length.isdigit()):
            raise Refusal(411, "length-required", "Send 'Content-Length'.")
        if int(length) > MAX_BODY_BYTES:
            detail = f"A body has {MAX_BODY_BYTES} bytes at most."
            raise Refusal(413, "body-too-large", detail)
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise Refusal(400, "body-cut-off", "The body ended too early.")
        self.close_connection = self.headers.get("Connection", "").lower() == "close"
        return body

    def _send(self, status: int, body: Any, kind: str, headers: dict[str, str]) -> None:
        raw = (
            body.encode()
            if isinstance(body, str)
            else json.dumps(body, ensure_ascii=False).encode()
        )
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)
        self.wfile.flush()

    def version_string(self) -> str:
        return "edge-agent"

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing per request: what matters is counted."""


def _read_list(body: bytes) -> list[Any]:
    values = parse(body)
    if not isinstance(values, list) or not 0 < len(values) <= BATCH_MAX:
        detail = f"Send a JSON array of 1 to {BATCH_MAX} members."
        raise Refusal(400, "invalid-batch", detail)
    return values


def _describe(result: Accepted | Refusal) -> dict[str, Any]:
    if isinstance(result, Refusal):
        return result.as_dict()
    described: dict[str, Any] = {"status": 202, "position": result.position}
    if result.sequence is not None:
        described["sequence"] = result.sequence
    if result.replayed:
        described["replayed"] = True
    return described


def _retry_after(refusal: Refusal) -> dict[str, str]:
    if refusal.retry_after_seconds is None:
        return {}
    return {"Retry-After": str(refusal.retry_after_seconds)}


def _unknown() -> Refusal:
    return Refusal(404, "unknown-address", "There is nothing at this address.")
