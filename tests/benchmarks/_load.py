"""A load generator: prepared bytes over raw sockets, in a process of its own.

Each connection sends its next request when the answer to the last one is complete. A
connection is used again unless the server closes it; Odoo's prefork server answers in
HTTP/1.0 and closes every one, so `connects` says how many there were.
"""

import multiprocessing
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass

TIMEOUT_SECONDS = 30
CHUNK = 65536
HEAD_END = b"\r\n\r\n"


class LoadError(Exception):
    """An answer was not the one expected, or there were too few requests."""


@dataclass(frozen=True)
class Expected:
    """What a correct answer looks like.

    :param contains: bytes of its body; ``excludes``: bytes that stand nowhere in it.
    """

    status: int
    contains: bytes
    excludes: bytes | None = None

    def check(self, head: bytes, body: bytes) -> None:
        """Check one answer.

        :raises LoadError: with the answer, when it is another one.
        """
        right = (
            head.split(b" ", 2)[1] == str(self.status).encode()
            and self.contains in body
            and (self.excludes is None or self.excludes.lower() not in head.lower())
        )
        if not right:
            answer = (head + HEAD_END + body)[:1000].decode(errors="replace")
            raise LoadError(f"Expected {self}, got:\n{answer}")


@dataclass(frozen=True)
class Result:
    """What came of one run.

    :param latencies: seconds from sending to the complete answer, one per request.
    """

    seconds: float
    latencies: tuple[float, ...]
    connects: int

    @property
    def count(self) -> int:
        return len(self.latencies)

    @property
    def rate(self) -> float:
        return self.count / self.seconds


def build_request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Return the bytes of one POST."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        "Connection: keep-alive",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + HEAD_END + body


def run_load(
    port: int,
    requests: Sequence[bytes],
    expected: Expected,
    *,
    connections: int,
    seconds: float,
) -> Result:
    """Send for a time, from another process.

    :param requests: each is sent at most once; more than the time can take.
    :raises LoadError: at the first wrong answer, or when the requests run out.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as process:
        return process.submit(
            _send_all, port, requests, expected, connections, seconds
        ).result()


def _send_all(
    port: int,
    requests: Sequence[bytes],
    expected: Expected,
    connections: int,
    seconds: float,
) -> Result:
    clients = [_Client(port, expected) for _number in range(connections)]
    # next() of a list's iterator is one step under the interpreter's lock.
    pending = iter(requests)
    start = time.perf_counter()
    with ThreadPoolExecutor(connections) as threads:
        runs = [
            threads.submit(client.run, pending, start + seconds) for client in clients
        ]
        latencies = [latency for run in runs for latency in run.result()]
    return Result(
        seconds=time.perf_counter() - start,
        latencies=tuple(latencies),
        connects=sum(client.connects for client in clients),
    )


class _Client:
    """One connection."""

    def __init__(self, port: int, expected: Expected) -> None:
        self.address = ("127.0.0.1", port)
        self.expected = expected
        self.socket: socket.socket | None = None
        self.connects = 0

    def run(self, pending: Iterator[bytes], deadline: float) -> list[float]:
        """Send until the time is over. Returns the latencies."""
        latencies: list[float] = []
        try:
            while (begin := time.perf_counter()) < deadline:
                request = next(pending, None)
                if request is None:
                    raise LoadError("There were too few prepared requests.")
                self.exchange(request)
                latencies.append(time.perf_counter() - begin)
        finally:
            self.close()
        return latencies

    def exchange(self, request: bytes) -> None:
        if self.socket is None:
            self.socket = socket.create_connection(self.address, TIMEOUT_SECONDS)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connects += 1
        self.socket.sendall(request)
        head, body = _read_answer(self.socket)
        self.expected.check(head, body)
        if not _stays_open(head):
            self.close()

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def _read_answer(connection: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while HEAD_END not in data:
        data += _receive(connection, data)
    head, _end, body = data.partition(HEAD_END)
    length = int(_find_header(head, b"content-length") or -1)
    if length < 0:
        raise LoadError(f"An answer has no length:\n{head.decode(errors='replace')}")
    while len(body) < length:
        body += _receive(connection, data)
    return head, body


def _receive(connection: socket.socket, so_far: bytes) -> bytes:
    chunk = connection.recv(CHUNK)
    if not chunk:
        raise LoadError(f"The connection was closed after {so_far[:300]!r}.")
    return chunk


def _stays_open(head: bytes) -> bool:
    connection = (_find_header(head, b"connection") or b"").lower()
    if head.startswith(b"HTTP/1.0"):
        return connection == b"keep-alive"
    return connection != b"close"


def _find_header(head: bytes, name: bytes) -> bytes | None:
    for line in head.split(b"\r\n")[1:]:
        key, _colon, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return None
