"""Posting to one address over connections that stay open.

``requests`` opens the guarded pool and decides about TLS; what is posted goes to the pool
itself. Cookies, hooks, redirects and a prepared request for each event are not ours, and
cost as much again as the exchange.
"""

import time

import requests
from urllib3 import Timeout
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from .deadlines import Deadlines
from .guarded_session import create_session

RESPONSE_MAX_BYTES = 64 * 1024
# What people read, in the words of ``requests``; the first that fits.
NAMES = (
    (NewConnectionError, "ConnectionError"),
    (ConnectTimeoutError, "ConnectTimeout"),
    (ReadTimeoutError, "ReadTimeout"),
    (SSLError, "SSLError"),
    (HTTPError, "ConnectionError"),
)


class ChannelError(Exception):
    """The exchange failed: no answer, or none that is HTTP.

    ``name`` is one of ``requests``' names, as ``ReadTimeout``.
    """

    def __init__(self, error):
        super().__init__(str(error))
        self.name = next(
            (name for kind, name in NAMES if isinstance(error, kind)),
            type(error).__name__,
        )


class Channel:
    """Posts to one address; several threads may at once.

    :param url: ``http`` or ``https``.
    :param networks: inside ones that it may reach, see ``create_session``.
    :param connections: how many stay open.
    :param deadlines: ``Deadlines`` that channels share; default: its own.
    :raises ChannelError: when the address is none.
    """

    def __init__(self, url, networks, connections, deadlines=None):
        self._deadlines = deadlines or Deadlines()
        self._session = create_session(networks, connections)
        try:
            asked = requests.Request("POST", url).prepare()
            adapter = self._session.get_adapter(asked.url)
            self._path = adapter.request_url(asked, proxies=None)
            self._pool = adapter.get_connection_with_tls_context(
                asked, self._session.verify
            )
        except (requests.RequestException, HTTPError) as error:
            raise ChannelError(error) from error

    def post(self, body, headers, timeout_seconds):
        """Send bytes. Returns ``(status, headers, the first bytes of the answer)``.

        :param timeout_seconds: for connecting, and again for each wait for an answer;
            twice as long is the end of it, however it is spent.
        :raises ChannelError: when no answer came.
        :raises guarded_session.AddressRefusedError: before anything is sent.
        """
        with self._deadlines.limit(2 * timeout_seconds) as exchange:
            try:
                return self._exchange(body, headers, timeout_seconds)
            except (HTTPError, TimeoutError) as error:
                if not exchange.is_over:
                    raise ChannelError(error) from error
                text = f"No answer within {2 * timeout_seconds} s"
                late = ReadTimeoutError(self._pool, self._path, text)
                raise ChannelError(late) from error

    def _exchange(self, body, headers, timeout_seconds):
        response = self._pool.urlopen(
            "POST",
            self._path,
            body=body,
            headers=headers,
            timeout=Timeout(connect=timeout_seconds, read=timeout_seconds),
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
        )
        try:
            excerpt = _read(response, timeout_seconds)
        except DecodeError:
            excerpt = b""  # the status is the answer; its text only explains it
        finally:
            if not response.closed:
                response.close()  # more would follow, and nobody reads it
            response.release_conn()
        return response.status, response.headers, excerpt

    def close(self):
        self._session.close()
        self._deadlines.close()


def _read(response, timeout_seconds):
    """Return the first bytes; a receiver that drips them does not hold its thread."""
    found = bytearray()
    deadline = time.monotonic() + timeout_seconds
    while chunk := response.read1(RESPONSE_MAX_BYTES, decode_content=True):
        found += chunk
        if len(found) >= RESPONSE_MAX_BYTES or time.monotonic() > deadline:
            break
    return bytes(found)
