"""A small real HTTP server that receives webhooks: the MES of the plant."""

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.plant.partner import sign

# In place of a status: break the connection, or answer with what is no HTTP.
RESET = 0
GARBAGE = -1
# (number of the request, from 0; its event) → (status, headers); it may take its time.
Answer = Callable[[int, Any], tuple[int, dict[str, str]]]


@dataclass(frozen=True)
class Delivery:
    """One request that arrived.

    :param genuine: whether one of its signatures was made with our secret.
    """

    message_id: str
    headers: dict[str, str]
    body: bytes
    genuine: bool
    status: int
    arrived_at: float

    @property
    def event(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """Listens when started; ``answer`` decides what each request gets.

    :param port: fixed, so that it can be down first and come up later.
    """

    def __init__(self, port: int, secret: str = "") -> None:
        self.port = port
        self.secret = secret
        self.deliveries: list[Delivery] = []
        self.answer: Answer = lambda _number, _event: (200, {})
        # What it answers when it is asked whether it wants messages at all.
        self.consent: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []
        # Speaks TLS with this once it is set; nobody vouches for its certificate.
        self.tls: ssl.SSLContext | None = None
        self._server: ThreadingHTTPServer | None = None
        self._lock = threading.Lock()
        self._count = 0

    @property
    def url(self) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://localhost:{self.port}/events"

    def start(self) -> None:
        """Listen from now on."""
        handler = type("Handler", (_Handler,), {"receiver": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        if self.tls:
            self._server.socket = self.tls.wrap_socket(
                self._server.socket, server_side=True
            )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _take(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        arrived_at = time.time()
        lower = {name.lower(): value for name, value in headers.items()}
        message_id = lower.get("webhook-id", "")
        with self._lock:
            number = self._count
            self._count += 1
        status, answer = self.answer(number, json.loads(body))
        self.deliveries.append(
            Delivery(
                message_id,
                lower,
                body,
                self._is_genuine(lower, message_id, body),
                status,
                arrived_at,
            )
        )
        return status, answer

    @property
    def taken(self) -> list[Delivery]:
        """What was answered with success, once each: receivers dedupe on the id."""
        first: dict[str, Delivery] = {}
        for delivery in list(self.deliveries):
            if 200 <= delivery.status < 300:
                first.setdefault(delivery.message_id, delivery)
        return list(first.values())

    def _is_genuine(
        self, headers: dict[str, str], message_id: str, body: bytes
    ) -> bool:
        stamp = headers.get("webhook-timestamp", "0")
        if not self.secret or abs(time.time() - int(stamp)) > 300:
            return False
        expected = sign(self.secret, message_id, int(stamp), body)
        return expected in headers.get("webhook-signature", "").split()


class _Handler(BaseHTTPRequestHandler):
    """Answers for one receiver."""

    receiver: Receiver
    protocol_version = "HTTP/1.1"

    def do_OPTIONS(self) -> None:
        self.receiver.asked.append(dict(self.headers.items()))
        self.send_response(200 if self.receiver.consent else 405)
        for name, value in {"Content-Length": "0", **self.receiver.consent}.items():
            self.send_header(name, value)
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.receiver._server is None:  # down: also for connections kept alive
            self.close_connection = True
            return
        status, headers = self.receiver._take(dict(self.headers.items()), body)
        # Who waited too long for an answer is gone.
        with contextlib.suppress(OSError):
            if status in (RESET, GARBAGE):
                self._break_off(status)
                return
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.flush()

    def _break_off(self, status: int) -> None:
        self.close_connection = True
        if status == GARBAGE:
            self.wfile.write(bytes(range(256)))
            self.wfile.flush()
            return
        # Closed with nothing lingering: the other side sees a reset.
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, linger
        )
        self.connection.close()

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing: the account is in ``deliveries``."""
