"""OPC UA as a way in: values of nodes, subscribed to, for the signal filter.

Values are readings, not business events: while the server cannot be reached there are
none, and an alarm says so, as for a node that the server does not know. A value of bad
quality, or that is no number, is accounted for as ``invalid``. What the filter makes of
the others goes to the journal.
"""

import asyncio
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asyncua import Client, ua
from asyncua.common.subscription import Subscription

from .alarms import Alarms
from .config import OpcuaConfig
from .errors import AgentError
from .signal_intake import SignalIntake

RETRY_SECONDS = 5.0
CHECK_SECONDS = 2.0
# Nodes that were missing are asked for again at each so manieth check.
NODES_EVERY = 5
QUEUE = 1000
SECURITIES = {
    f"{policy},{mode}"
    for policy in ("Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss")
    for mode in ("Sign", "SignAndEncrypt")
}

# work centre, signal, value, seconds since 1970 (None: now)
TakeSample = Callable[[str, str, float, float | None], None]


@dataclass(frozen=True)
class Node:
    """One variable of the server, and what it stands for.

    :param node: its id, such as ``ns=2;s=Press4.Temperature``.
    """

    node: str
    work_centre: str
    signal: str


@dataclass(frozen=True)
class Access:
    """As whom the server is spoken to, and how; see ``config.OpcuaConfig``."""

    username: str = ""
    password_file: Path | None = None
    security: str = ""
    certificate_file: Path | None = None
    private_key_file: Path | None = None
    server_certificate_file: Path | None = None

    def as_security_string(self) -> str:
        """Return what ``asyncua`` wants to know of the certificates."""
        policy, _comma, mode = self.security.partition(",")
        files = (
            self.certificate_file,
            self.private_key_file,
            self.server_certificate_file,
        )
        return ",".join([policy, mode.strip(), *(str(file) for file in files if file)])


class OpcuaIntake:
    """A subscription that is renewed whenever it is lost."""

    def __init__(
        self,
        url: str,
        nodes: list[Node],
        take_sample: TakeSample,
        alarms: Alarms,
        *,
        interval_ms: int = 100,
        access: Access | None = None,
    ) -> None:
        self._url, self._nodes, self._alarms = url, nodes, alarms
        self._take_sample = take_sample
        self._interval_ms = interval_ms
        self._access = access or Access()
        self._stopping = threading.Event()
        self._names: dict[str, Node] = {}
        self._lost: str | None = None

    def start(self) -> None:
        """Subscribe, now or as soon as the server is there."""
        threading.Thread(
            target=lambda: asyncio.run(self._run()), name="opcua", daemon=True
        ).start()

    def stop(self) -> None:
        """Leave."""
        self._stopping.set()

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._listen()
            except Exception as error:  # whatever breaks, it is tried again
                self._alarms.set("opcua", f"The OPC UA server is away: {error!r}")
                await asyncio.sleep(RETRY_SECONDS)

    async def _create_client(self) -> Client:
        client, access = Client(self._url), self._access
        if access.security:
            await client.set_security_string(access.as_security_string())
        if access.username:
            client.set_user(access.username)
        if access.password_file:
            client.set_password(access.password_file.read_text().strip())
        return client

    async def _listen(self) -> None:
        async with await self._create_client() as client:
            self._lost = None
            subscription = await client.create_subscription(self._interval_ms, self)
            missing = await self._subscribe(client, subscription, self._nodes)
            self._alarms.clear("opcua")
            looks = 0
            while not self._stopping.is_set():
                await asyncio.sleep(CHECK_SECONDS)
                await self._check(client, subscription)
                looks += 1
                if missing and looks % NODES_EVERY == 0:
                    # Its program may have been loaded meanwhile.
                    missing = await self._subscribe(client, subscription, missing)

    async def _subscribe(
        self, client: Client, subscription: Subscription, wanted: list[Node]
    ) -> list[Node]:
        """Subscribe to nodes. Returns those that the server does not give; an alarm
        names them."""
        found = [client.get_node(node.node) for node in wanted]
        for one, node in zip(found, wanted, strict=True):
            self._names[one.nodeid.to_string()] = node
        # Of a list each has a result of its own: a handle, or why there is none.
        results = await subscription.subscribe_data_change(found, queuesize=QUEUE)
        refused = [
            (node, result)
            for node, result in zip(wanted, results, strict=True)
            if isinstance(result, ua.StatusCode)
        ]
        if refused:
            names = "; ".join(f"{node.node}: {status.name}" for node, status in refused)
            self._alarms.set("opcua-nodes", f"The OPC UA server does not give {names}")
        else:
            self._alarms.clear("opcua-nodes")
        return [node for node, _status in refused]

    async def _check(self, client: Client, subscription: Subscription) -> None:
        """Make sure that connection and subscription are still there.

        :raises Exception: when one is not.
        """
        await client.check_connection()
        if self._lost:
            raise ConnectionError(self._lost)
        # The connection may stand and the server know nothing of the subscription.
        (status,) = await subscription.set_publishing_mode(True)
        status.check()

    def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
        """Take one value; called by the subscription."""
        known = self._names.get(node.nodeid.to_string())
        if known is None:
            return
        reading: ua.DataValue = data.monitored_item.Value
        number = math.nan
        if reading.StatusCode.is_good() and isinstance(value, (bool, int, float)):
            number = float(value)
        at = reading.SourceTimestamp
        self._take_sample(known.work_centre, known.signal, number, at and _seconds(at))

    def status_change_notification(self, status: Any) -> None:
        """Take note that the server gave the subscription up."""
        self._lost = f"the server ended the subscription: {status.Status.name}"


def _seconds(moment: datetime) -> float:
    # asyncua gives naive UTC or aware moments, by its version.
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def create(config: OpcuaConfig, signals: SignalIntake, alarms: Alarms) -> OpcuaIntake:
    """Return the intake that a configuration describes.

    :raises AgentError: when a node is malformed.
    """
    try:
        nodes = [Node(**node) for node in config.nodes]
        for node in nodes:
            ua.NodeId.from_string(node.node)
    except (TypeError, ValueError, AttributeError, ua.UaError) as error:
        raise AgentError(f"opcua.nodes: {error}") from error
    return OpcuaIntake(
        config.url,
        nodes,
        signals.take_sample,
        alarms,
        interval_ms=config.interval_ms,
        access=_read_access(config),
    )


def _read_access(config: OpcuaConfig) -> Access:
    access = Access(
        config.username,
        config.password_file,
        config.security,
        config.certificate_file,
        config.private_key_file,
        config.server_certificate_file,
    )
    if access.security and access.security not in SECURITIES:
        raise AgentError(f"opcua.security: one of {'; '.join(sorted(SECURITIES))}.")
    if access.security and not (access.certificate_file and access.private_key_file):
        raise AgentError("opcua.security needs certificate_file and private_key_file.")
    if access.password_file and not access.username:
        raise AgentError("opcua.password_file needs a username.")
    return access
