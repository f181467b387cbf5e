"""Requests byte by byte, as no HTTP library would let us send them."""

import json
import socket
from dataclasses import dataclass
from typing import Any

from tests.plant.partner import EVENT_TYPE, Partner

TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def send(port: int, request: bytes) -> Answer:
    """Send bytes on a connection of their own and read until the server closes it."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS) as connection:
        connection.sendall(request)
        data = b""
        while chunk := connection.recv(65536):
            data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return Answer(int(first.split(" ")[1]), headers, body)


def compose(method: bytes, path: bytes, headers: list[bytes], body: bytes) -> bytes:
    """Return the bytes of a request; a length is added unless one is among them."""
    known = {line.split(b":")[0].lower() for line in headers}
    if not known & {b"content-length", b"transfer-encoding"}:
        headers = [*headers, b"Content-Length: %d" % len(body)]
    head = [method + b" " + path + b" HTTP/1.1", b"Host: localhost", *headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def bearer_headers(partner: Partner) -> list[bytes]:
    """Return the headers of an authenticated request."""
    return [
        f"Authorization: Bearer {partner.token}".encode(),
        f"Content-Type: {EVENT_TYPE}".encode(),
    ]
