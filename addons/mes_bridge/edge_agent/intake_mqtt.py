"""MQTT as a way in: the broker hears of an event's arrival after it is on the disk.

Business events come as CloudEvents in JSON, QoS 1 or 2, to a session that the broker
keeps. What cannot be read is acknowledged too, and kept aside: the broker would send it
for ever. On a full disk nothing is acknowledged, and the broker keeps it. An event without
an id that the broker sends again, because the agent died before it could acknowledge it,
counts once.
"""

import json
import logging
import queue
import sqlite3
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt

from .alarms import Alarms
from .config import MqttConfig
from .errors import AgentError, Refusal
from .events import parse
from .intake import Intake
from .mqtt_topics import Arrival, Identities, Topic, get_name, read_topics
from .quarantine import keep_unreadable
from .signal_intake import SignalIntake

BATCH = 500
RETRY_SECONDS = 5
QUEUE_MAX = 10_000
QOS = 1
# In the journal: the ids that were given, by packet id.
IDENTITY_PREFIX = "mqtt:"

_logger = logging.getLogger(__name__)


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
        self._identities = Identities(self._read_identities())
        self._stopping = threading.Event()
        self._client = self._create_client()

    def _read_identities(self) -> dict[int, tuple[str, str]]:
        rows = self._intake.journal.query(
            "SELECT name, value FROM meta WHERE name GLOB ?", IDENTITY_PREFIX + "*"
        )
        return {
            int(name.removeprefix(IDENTITY_PREFIX)): tuple(json.loads(value))
            for name, value in rows
        }

    def start(self) -> None:
        """Connect, now or as soon as the broker is there."""
        self._alarms.set("mqtt", "The MQTT broker was not reached yet.")
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
            client.username_pw_set(broker.username, _read_password(broker))
        if broker.ca_file:
            client.tls_set(ca_certs=str(broker.ca_file), cert_reqs=ssl.CERT_REQUIRED)
        client.max_inflight_messages_set(BATCH)
        client.reconnect_delay_set(1, 30)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _on_connect(self, client: mqtt.Client, *arguments: Any) -> None:
        reason = arguments[2]
        if reason.is_failure:
            self._alarms.set("mqtt", f"The broker refuses the agent: {reason}")
            return
        client.subscribe([(topic.filter, QOS) for topic in self._topics])

    def _on_connect_fail(self, *_arguments: Any) -> None:
        where = f"{self._broker.host}:{self._broker.port}"
        self._alarms.set("mqtt", f"The MQTT broker at {where} cannot be reached.")

    def _on_subscribe(self, *arguments: Any) -> None:
        """Look at what the broker granted: one code for each topic, in their order."""
        refused = [
            f"{topic.filter} ({code})"
            for topic, code in zip(self._topics, arguments[3], strict=False)
            # Without acknowledgement a message is lost with the agent.
            if code.is_failure or (code.value < QOS and topic.kind == "event")
        ]
        if refused:
            text = f"The broker does not grant these topics: {', '.join(refused)}"
            self._alarms.set("mqtt", text)
        else:
            self._alarms.clear("mqtt")

    def _on_disconnect(self, *_arguments: Any) -> None:
        if not self._stopping.is_set():
            self._alarms.set("mqtt", "The MQTT broker cannot be reached.")

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        self._arrived.put(message)

    def _work(self) -> None:
        arrivals: list[Arrival] = []
        while not self._stopping.is_set():
            try:
                arrivals = arrivals or self._collect()
                self._take(arrivals)
                arrivals = []
            except Exception as error:
                # It is the only one who takes messages in: the same ones again.
                _logger.exception("Taking in from MQTT failed")
                self._alarms.set("mqtt-intake", f"MQTT messages wait: {error!r}")
                self._stopping.wait(RETRY_SECONDS)

    def _collect(self) -> list[Arrival]:
        try:
            arrivals = [Arrival(self._arrived.get(timeout=1))]
        except queue.Empty:
            return []
        while len(arrivals) < BATCH and not self._arrived.empty():
            arrivals.append(Arrival(self._arrived.get_nowait()))
        return arrivals

    def _take(self, arrivals: list[Arrival]) -> None:
        """Take in until it works; then, and only then, tell the broker."""
        while arrivals and not self._stopping.is_set():
            try:
                self._take_once(arrivals)
            except (Refusal, sqlite3.Error) as error:
                self._alarms.set("mqtt-intake", f"MQTT messages wait: {error}")
                # Perhaps there is room for a part of it.
                if len(arrivals) == 1:
                    self._stopping.wait(RETRY_SECONDS)
                arrivals = self._take_half(arrivals)
                continue
            except Exception as error:
                _logger.exception("A message from MQTT cannot be taken in")
                if len(arrivals) == 1:
                    # Whatever it is that it meets: it keeps no other one waiting.
                    self._keep(arrivals[0], Refusal(500, "intake-failed", repr(error)))
                arrivals = self._take_half(arrivals)
                continue
            self._alarms.clear("mqtt-intake")
            for arrival in arrivals:
                self._client.ack(arrival.message.mid, arrival.message.qos)
            return

    def _take_half(self, arrivals: list[Arrival]) -> list[Arrival]:
        """Take the first half in. Returns the others; of one alone itself."""
        half = len(arrivals) // 2
        self._take(arrivals[:half])
        return arrivals[half:]

    def _take_once(self, arrivals: list[Arrival]) -> None:
        events: dict[str, list[tuple[Arrival, Any]]] = {}
        keep: dict[str, str | None] = {}
        for arrival in arrivals:
            try:
                if not arrival.is_settled:
                    self._sort_in(arrival, events, keep)
            except Refusal as refusal:
                self._keep(arrival, refusal)
        for kind, pairs in events.items():
            values = [value for _arrival, value in pairs]
            results = (
                self._intake.take_telemetry(values)
                if kind == "telemetry"
                else self._intake.take(values, keep)
            )
            for (arrival, _value), result in zip(pairs, results, strict=True):
                if isinstance(result, Refusal):
                    self._keep(arrival, result)

    def _sort_in(
        self,
        arrival: Arrival,
        events: dict[str, list[tuple[Arrival, Any]]],
        keep: dict[str, str | None],
    ) -> None:
        """Find out what a message is.

        :param keep: is filled with what has to be written down with it.
        """
        message = arrival.message
        topic = self._find_topic(get_name(message))
        if topic.kind == "signal":
            self._take_value(topic, message.payload)
            arrival.is_settled = True
            return
        value = parse(message.payload)
        if isinstance(value, dict) and "id" not in value:
            arrival.identity = arrival.identity or self._identities.find(message)
            value["id"] = arrival.identity
            given = self._identities.given.get(message.mid)
            if given and given[1] == arrival.identity:
                keep[f"{IDENTITY_PREFIX}{message.mid}"] = json.dumps(given)
        events.setdefault(topic.kind, []).append((arrival, value))

    def _take_value(self, topic: Topic, payload: bytes) -> None:
        if not self._take_sample:
            return
        try:
            value = float(payload.decode())
        except ValueError as error:
            raise Refusal(400, "invalid-sample", "It is no number.") from error
        self._take_sample(topic.work_centre, topic.signal, value)

    def _keep(self, arrival: Arrival, refusal: Refusal) -> None:
        """The sender is not there to be told: a person is."""
        message = arrival.message
        name = get_name(message)
        keep_unreadable(self._intake.journal, name, message.payload, refusal)
        arrival.is_settled = True

    def _find_topic(self, name: str) -> Topic:
        for topic in self._topics:
            if topic.matches(name):
                return topic
        return Topic(name)


def _read_password(broker: Broker) -> str | None:
    if not broker.password_file:
        return None
    try:
        return broker.password_file.read_text().strip() or None
    except (OSError, UnicodeDecodeError) as error:
        raise AgentError(f"mqtt.password_file: {error}") from error


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
    topics = read_topics(config.topics)
    return MqttIntake(broker, topics, intake, alarms, signals.take_sample)
