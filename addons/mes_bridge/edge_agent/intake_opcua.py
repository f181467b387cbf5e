"""OPC UA as a way in: values of nodes, subscribed to, for the signal filter.

Values are readings, not business events: while the server cannot be reached there are
none, and an alarm says so. What the filter makes of them goes to the journal.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asyncua import Client, ua

from .alarms import Alarms
from .config import OpcuaConfig
from .errors import AgentError
from .signal_intake import SignalIntake

RETRY_SECONDS = 5.0
CHECK_SECONDS = 2.0

_logger = logging.getLogger(__name__)

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
    ) -> None:
        self._url, self._nodes, self._alarms = url, nodes, alarms
        self._take_sample = take_sample
        self._interval_ms = interval_ms
        self._stopping = threading.Event()
        self._names: dict[str, Node] = {}

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

    async def _listen(self) -> None:
        async with Client(self._url) as client:
            nodes = [client.get_node(node.node) for node in self._nodes]
            self._names = {
                found.nodeid.to_string(): node
                for found, node in zip(nodes, self._nodes, strict=True)
            }
            subscription = await client.create_subscription(self._interval_ms, self)
            await subscription.subscribe_data_change(nodes, queuesize=1000)
            self._alarms.clear("opcua")
            while not self._stopping.is_set():
                await asyncio.sleep(CHECK_SECONDS)
                await client.check_connection()

    def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
        """Take one value; called by the subscription."""
        known = self._names.get(node.nodeid.to_string())
        reading: ua.DataValue = data.monitored_item.Value
        if known is None or not reading.StatusCode.is_good():
            return
        if not isinstance(value, (bool, int, float)):
            _logger.debug("%s is no number: %r", known.node, value)
            return
        at = reading.SourceTimestamp
        self._take_sample(
            known.work_centre, known.signal, float(value), at and _seconds(at)
        )


def _seconds(moment: datetime) -> float:
    # asyncua gives naive UTC or aware moments, by its version.
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def create(config: OpcuaConfig, signals: SignalIntake, alarms: Alarms) -> OpcuaIntake:
    """Return the intake that a configuration describes.

    :raises AgentError: when a node is malformed.
    """
    try:
        nodes = [Node(**node) for node in config.nodes]
    except TypeError as error:
        raise AgentError(f"opcua.nodes: {error}") from error
    return OpcuaIntake(
        config.url,
        nodes,
        signals.take_sample,
        alarms,
        interval_ms=config.interval_ms,
    )
