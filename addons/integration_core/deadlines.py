"""Ends exchanges that take too long, whatever the other side does with its time.

The timeout of a socket begins anew with each byte: who sends one byte of a header every
few seconds would hold a thread for ever.
"""

import socket
import threading
import time
from contextlib import contextmanager, suppress

LOOK_SECONDS = 0.25
_own = threading.local()


class Exchange:
    """One request and its answer, with the moment at which it is over."""

    __slots__ = ("ends_at", "is_over", "socket")

    def __init__(self, seconds):
        self.ends_at = time.monotonic() + seconds
        self.is_over = False
        self.socket = None


def adopt(connection_socket):
    """Say over which socket this thread's exchange goes on.

    :raises TimeoutError: when its time is up already.
    """
    exchange = getattr(_own, "exchange", None)
    if exchange is None:
        return
    exchange.socket = connection_socket
    if exchange.is_over:
        raise TimeoutError("The time of this exchange is up")


class Deadlines:
    """Shuts the sockets of exchanges whose time is up; one thread for all of them."""

    def __init__(self):
        self._exchanges = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread = None

    @contextmanager
    def limit(self, seconds):
        """Give what this thread exchanges inside so much time. Yields the ``Exchange``."""
        self._start()
        exchange = Exchange(seconds)
        key = threading.get_ident()
        self._exchanges[key] = _own.exchange = exchange
        try:
            yield exchange
        finally:
            _own.exchange = None
            del self._exchanges[key]
            with self._lock:
                # From here on the connection may be another exchange's.
                exchange.socket = None

    def close(self):
        self._closed.set()

    def _start(self):
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._watch, name="integration-deadlines", daemon=True
                )
                self._thread.start()

    def _watch(self):
        while not self._closed.wait(LOOK_SECONDS):
            now = time.monotonic()
            for exchange in list(self._exchanges.values()):
                if now > exchange.ends_at:
                    self._end(exchange)

    def _end(self, exchange):
        with self._lock:
            exchange.is_over = True
            if exchange.socket is not None:
                with suppress(OSError):
                    # Of the socket below TLS: its thread is reading, and is woken so.
                    socket.socket.shutdown(exchange.socket, socket.SHUT_RDWR)
