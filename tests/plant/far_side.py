"""A small real server that takes batches as Odoo does, and misbehaves when told to.

It keeps an account of what it accepted, in memory, in the order of its accepting.
"""

import hashlib
import json
import socket
import struct
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.plant.partner import BATCH_TYPE, sign

# In place of a status: take the batch in, and break the connection before the answer.
LOSE_RECEIPT = -1
# Break it without having taken anything in.
RESET = -2


@dataclass(frozen=True)
class Taken:
    """One event as it was accepted."""

    event: dict[str, Any]
    message: str
    arrived_at: float

    @property
    def place(self) -> tuple[int, int]:
        return int(self.event["epoch"]), int(self.event["sequence"])


@dataclass
class FarSide:
    """Listens when started.

    :param judge: decides on an event: None, or a status and a problem.
    :param judge_batch: decides on a batch by the ids in it: None, or a status.
    :param answer: decides on a request by its number, from 0: None: as usual; or a
        status and headers.
    """

    secrets: list[str]
    port: int = 0
    clock_offset: float = 0
    taken: list[Taken] = field(default_factory=list)
    requests: int = 0
    rejected: int = 0
    replayed: int = 0
    batches: list[int] = field(default_factory=list)
    judge: Callable[[dict[str, Any]], tuple[int, str] | None] = lambda _event: None
    judge_batch: Callable[[list[str]], int | None] = lambda _ids: None
    answer: Callable[[int], tuple[int, dict[str, str]] | None] = lambda _number: None
    documents: dict[str, Any] = field(default_factory=dict)
    _known: dict[str, tuple[str, str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "FarSide":
        handler = type("Handler", (_Handler,), {"side": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def is_up(self) -> bool:
        return self._server is not None

    def ids(self) -> list[str]:
        """Return what was accepted, in the order of its accepting."""
        return [taken.event["id"] for taken in self.taken]

    def by_key(self) -> dict[str, list[Taken]]:
        """Return what was accepted of each business object."""
        keys: dict[str, list[Taken]] = {}
        for taken in list(self.taken):
            keys.setdefault(taken.event.get("subject", ""), []).append(taken)
        return keys

    def is_genuine(self, headers: Any, body: bytes) -> bool:
        stamp = headers.get("webhook-timestamp", "0")
        if abs(time.time() + self.clock_offset - int(stamp)) > 300:
            return False
        given = headers.get("webhook-signature", "").split()
        message_id = headers.get("webhook-id", "")
        return any(
            sign(secret, message_id, int(stamp), body) in given
            for secret in self.secrets
        )

    def take(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Take a batch in: all of it under one lock, as in one transaction."""
        with self._lock:
            self.batches.append(len(events))
            postponed: dict[str, dict[str, Any]] = {}
            results = []
            for event in events:
                key = event.get("subject")
                # As Odoo does: what would overtake a postponed one is postponed too.
                result = postponed.get(key) or self._take_one(event)
                if key and result["status"] == 429:
                    postponed[key] = result
                results.append(result | {"id": event["id"]})
            return results

    def _take_one(self, event: dict[str, Any]) -> dict[str, Any]:
        key = f"{event['source']}\n{event['id']}"
        digest = hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()
        verdict = self.judge(event)
        if verdict:
            return {"id": event["id"], "status": verdict[0], "detail": verdict[1]}
        if key in self._known:
            message, before = self._known[key]
            if before != digest:
                detail = "A message with this key was accepted with other content."
                return {"id": event["id"], "status": 422, "detail": detail}
            self.replayed += 1
            return {"id": event["id"], "status": 202, "message": message}
        message = str(uuid.uuid4())
        self._known[key] = (message, digest)
        self.taken.append(Taken(event, message, time.time()))
        return {"id": event["id"], "status": 202, "message": message}


class _Handler(BaseHTTPRequestHandler):
    side: FarSide
    protocol_version = "HTTP/1.1"
    wbufsize = 65536

    def do_GET(self) -> None:
        document = self.side.documents.get(self.path.rpartition("/")[2])
        self._send(404 if document is None else 200, document or {}, {})

    def do_POST(self) -> None:
        side = self.side
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not side.is_up:
            self.close_connection = True
            return
        with side._lock:
            number, side.requests = side.requests, side.requests + 1
        planned = side.answer(number)
        if planned and planned[0] == RESET:
            self._break_off()
        elif planned and planned[0] > 0:
            self._send(planned[0], {"detail": "As planned."}, planned[1])
        elif self.headers.get("Content-Type") != BATCH_TYPE:
            self._send(415, {}, {})
        elif not side.is_genuine(self.headers, body):
            side.rejected += 1
            self._send(401, {"detail": "Not authenticated"}, {})
        else:
            events = json.loads(body)
            status = side.judge_batch([event["id"] for event in events])
            if status:
                self._send(status, {"detail": "Not this one."}, {})
                return
            results = side.take(events)
            if planned:
                self._break_off()
            else:
                self._send(207, {"results": results}, {})

    def _break_off(self) -> None:
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def date_time_string(self, timestamp: float | None = None) -> str:
        moment = time.time() if timestamp is None else timestamp
        return super().date_time_string(moment + self.side.clock_offset)

    def _send(self, status: int, value: Any, headers: dict[str, str]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing: the account is in ``taken``."""

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            self.close_connection = True
