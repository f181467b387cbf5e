"""MQTT as a way in: the broker hears of an event's arrival after it is on the disk.

Business events come as CloudEvents in JSON, QoS 1 or 2, to a session that the broker
keeps. What cannot be read is acknowledged too, and kept aside: the broker would send it
for ever. On a full disk nothing is acknowledged, and the broker keeps it.
"""

import logging
import queue
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import paho.mqtt.client as mqtt

from .alarms import Alarms
from .config import MqttConfig
from .errors import AgentError, Refusal
from .events import parse
from .intake import Intake
from .quarantine import keep_unreadable
from .signal_intake import SignalIntake

BATCH = 500
RETRY_SECONDS = 5
QUEUE_MAX = 10_000

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Topic:
    """What is listened to.

    :param kind: ``event``: CloudEvents; ``telemetry``: those that may be lost;
        ``signal``: bare numbers for the filter, of one work centre and signal.
    """

    filter: str
    kind: Literal["event", "telemetry", "signal"] = "event"
    work_centre: str = ""
    signal: str = ""


@dataclass(frozen=True)
class Broker:
    """Where to listen."""

    host: str
    port: int = 1883
    client_id: str = "edge-agent"
    username: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None


class MqttIntake:
    """A lasting session with one broker.

    :param take_sample: for ``signal`` topics: ``(work centre, signal, value)``.
    """

    def __init__(
        self,
        broker: Broker,
        topics: list[Topic],
        intake: Intake,
        alarms: Alarms,
        take_sample: Callable[[str, str, float], None] | None = None,
    ) -> None:
        self._broker, self._topics, self._intake = broker, topics, intake
        self._alarms, self._take_sample = alarms, take_sample
        self._arrived: queue.Queue[mqtt.MQTTMessage] = queue.Queue(QUEUE_MAX)
        self._stopping = threading.Event()
        self._client = self._create_client()

    def start(self) -> None:
        """Connect, now or as soon as the broker is there."""
        self._client.connect_async(self._broker.host, self._broker.port, keepalive=15)
        self._client.loop_start()
        threading.Thread(target=self._work, name="mqtt", daemon=True).start()

    def stop(self) -> None:
        """Leave; the broker keeps what comes from now on."""
        self._stopping.set()
        self._client.disconnect()
        self._client.loop_stop()

    def _create_client(self) -> mqtt.Client:
        broker = self._broker
        client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=broker.client_id,
            clean_session=False,
            manual_ack=True,
        )
        if broker.username:
            password = broker.password_file and broker.password_file.read_text().strip()
            client.username_pw_set(broker.username, password or None)
        if broker.ca_file:
            client.tls_set(ca_certs=str(broker.ca_file), cert_reqs=ssl.CERT_REQUIRED)
        client.max_inflight_messages_set(BATCH)
        client.reconnect_delay_set(1, 30)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _on_connect(self, client: mqtt.Client, *arguments: Any) -> None:
        reason = arguments[2]
        if reason.is_failure:
            self._alarms.set("mqtt", f"The broker refuses the agent: {reason}")
            return
        client.subscribe([(topic.filter, 1) for topic in self._topics])
        self._alarms.clear("mqtt")

    def _on_disconnect(self, *_arguments: Any) -> None:
        if not self._stopping.is_set():
            self._alarms.set("mqtt", "The MQTT broker cannot be reached.")

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        self._arrived.put(message)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                messages = [self._arrived.get(timeout=1)]
            except queue.Empty:
                continue
            while len(messages) < BATCH and not self._arrived.empty():
                messages.append(self._arrived.get_nowait())
            self._take(messages)

    def _take(self, messages: list[mqtt.MQTTMessage]) -> None:
        """Take in until it works; then, and only then, tell the broker."""
        while messages and not self._stopping.is_set():
            try:
                self._take_once(messages)
            except Refusal:
                # Perhaps there is room for a part of it.
                half = len(messages) // 2
                if half:
                    self._take(messages[:half])
                    messages = messages[half:]
                else:
                    self._stopping.wait(RETRY_SECONDS)
                continue
            for message in messages:
                self._client.ack(message.mid, message.qos)
            return

    def _take_once(self, messages: list[mqtt.MQTTMessage]) -> None:
        events: dict[str, list[tuple[mqtt.MQTTMessage, Any]]] = {}
        for message in messages:
            try:
                self._sort_in(self._find_topic(message.topic), message, events)
            except Refusal as refusal:
                self._keep(message, refusal)
        for kind, pairs in events.items():
            is_telemetry = kind == "telemetry"
            take = self._intake.take_telemetry if is_telemetry else self._intake.take
            results = take([value for _message, value in pairs])
            for (message, _value), result in zip(pairs, results, strict=True):
                if isinstance(result, Refusal):
                    self._keep(message, result)

    def _sort_in(
        self,
        topic: Topic,
        message: mqtt.MQTTMessage,
        events: dict[str, list[tuple[mqtt.MQTTMessage, Any]]],
    ) -> None:
        if topic.kind != "signal":
            pair = (message, parse(message.payload))
            events.setdefault(topic.kind, []).append(pair)
        elif self._take_sample:
            try:
                value = float(message.payload.decode())
            except ValueError as error:
                raise Refusal(400, "invalid-sample", "It is no number.") from error
            self._take_sample(topic.work_centre, topic.signal, value)

    def _keep(self, message: mqtt.MQTTMessage, refusal: Refusal) -> None:
        """The sender is not there to be told: a person is."""
        keep_unreadable(self._intake.journal, message.topic, message.payload, refusal)

    def _find_topic(self, name: str) -> Topic:
        for topic in self._topics:
            if mqtt.topic_matches_sub(topic.filter, name):
                return topic
        return Topic(name)


def create(
    config: MqttConfig, intake: Intake, alarms: Alarms, signals: SignalIntake
) -> MqttIntake:
    """Return the intake that a configuration describes.

    :raises AgentError: when a topic is malformed.
    """
    broker = Broker(
        config.host,
        config.port,
        config.client_id,
        config.username,
        config.password_file,
        config.ca_file,
    )
    try:
        topics = [Topic(**topic) for topic in config.topics]
    except TypeError as error:
        raise AgentError(f"mqtt.topics: {error}") from error
    return MqttIntake(broker, topics, intake, alarms, signals.take_sample)
