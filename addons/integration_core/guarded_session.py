"""HTTP sessions that reach only permitted addresses.

The name is resolved once, every address is judged, and the connection goes to one of
those that were judged: a name that resolves differently a moment later changes nothing.
Redirects are not followed at all, see ``sending.py``.
"""

import os
import socket
import time

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.util.connection import create_connection

from .deadlines import adopt
from .lib.addresses import is_permitted

CA_BUNDLE = "REQUESTS_CA_BUNDLE"
CONNECT_MAX_SECONDS = 30
CONNECT_MIN_SECONDS = 0.05


class AddressRefusedError(Exception):
    """The endpoint's name leads to an address that is not permitted.

    :param plain: it would be, with TLS.
    """

    def __init__(self, host, address, *, plain=False):
        super().__init__(f"{host} is {address}")
        self.host = host
        self.address = address
        self.plain = plain


def create_session(allowed_networks, connections):
    """Return a ``requests.Session`` that keeps to the permitted addresses.

    :param allowed_networks: besides the internet; ``ipaddress`` networks.
    :param connections: how many it keeps open.
    """
    session = requests.Session()
    # A proxy of the environment would resolve names itself, past the guard.
    session.trust_env = False
    session.verify = os.environ.get(CA_BUNDLE) or True
    adapter = GuardedAdapter(allowed_networks, pool_maxsize=connections)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


class GuardedAdapter(HTTPAdapter):
    """Gives its connections the networks that are allowed."""

    def __init__(self, allowed_networks, **options):
        self.allowed_networks = tuple(allowed_networks)
        super().__init__(**options)

    def init_poolmanager(self, *args, **options):
        result = super().init_poolmanager(*args, **options)
        networks = self.allowed_networks
        self.poolmanager.pool_classes_by_scheme = {
            scheme: _guard_pool(pool, connection, networks)
            for scheme, pool, connection in (
                ("http", HTTPConnectionPool, HTTPConnection),
                ("https", HTTPSConnectionPool, HTTPSConnection),
            )
        }
        return result


def _guard_pool(pool, connection, networks):
    guarded = type(
        f"Guarded{connection.__name__}",
        (GuardedConnection, connection),
        {"allowed_networks": networks},
    )
    return type(f"Guarded{pool.__name__}", (pool,), {"ConnectionCls": guarded})


class GuardedConnection:
    """Opens its socket to a judged address; everything else knows the name only."""

    allowed_networks = ()

    def _new_conn(self):
        failure = None
        ends = time.monotonic() + (self.timeout or CONNECT_MAX_SECONDS)
        for address in self._resolve():
            left = ends - time.monotonic()
            if failure and left <= 0:
                break  # a name with many addresses has no more time than one with one
            try:
                return create_connection(
                    (address, self.port),
                    max(left, CONNECT_MIN_SECONDS),
                    source_address=self.source_address,
                    socket_options=self.socket_options,
                )
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            text = f"Connecting to {self.host} took longer than {self.timeout} s"
            raise ConnectTimeoutError(self, text) from failure
        raise NewConnectionError(self, f"{self.host}: {failure}") from failure

    def getresponse(self):
        adopt(self.sock)
        return super().getresponse()

    def _resolve(self):
        """Return the addresses of the host, all of them permitted."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            # A part of the name that is empty or too long cannot even be asked for.
            raise NameResolutionError(self.host, self, error) from error
        addresses = list(dict.fromkeys(entry[4][0] for entry in found))
        networks = self.allowed_networks
        plain = not isinstance(self, HTTPSConnection)
        for address in addresses:
            if not is_permitted(address, networks, plain=plain):
                raise AddressRefusedError(
                    self.host,
                    address,
                    plain=plain and is_permitted(address, networks),
                )
        return addresses
