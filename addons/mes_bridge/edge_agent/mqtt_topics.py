"""What is listened to over MQTT, and what tells one message from another. No I/O."""

import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import paho.mqtt.client as mqtt

from .errors import AgentError

Kind = Literal["event", "telemetry", "signal"]
SHARED = "$share/"


@dataclass(frozen=True)
class Topic:
    """What is listened to.

    :param filter: with ``+`` and ``#``; ``$share/<group>/…`` where agents share it.
    :param kind: ``event``: CloudEvents; ``telemetry``: those that may be lost;
        ``signal``: bare numbers for the filter, of one work centre and signal.
    """

    filter: str
    kind: Kind = "event"
    work_centre: str = ""
    signal: str = ""

    def matches(self, name: str) -> bool:
        """Tell whether a message of this topic was meant."""
        shown = self.filter
        if shown.startswith(SHARED):
            # The broker leaves the group out.
            shown = shown.split("/", 2)[2]
        return mqtt.topic_matches_sub(shown, name)


def read_topics(values: list[dict[str, Any]]) -> list[Topic]:
    """Return the topics of a configuration.

    :raises AgentError: naming the one that is malformed.
    """
    try:
        topics = [Topic(**value) for value in values]
    except TypeError as error:
        raise AgentError(f"mqtt.topics: {error}") from error
    for topic in topics:
        fault = _find_fault(topic)
        if fault:
            raise AgentError(f"mqtt.topics: {topic.filter!r} {fault}")
    return topics


def _find_fault(topic: Topic) -> str | None:
    if not isinstance(topic.filter, str) or not topic.filter:
        return "is no filter."
    levels = topic.filter.split("/")
    if topic.filter.startswith(SHARED) and (len(levels) < 3 or not levels[1]):
        return "has to read $share/<group>/<filter>."
    if "#" in "".join(levels[:-1]) or any(
        len(level) > 1 and ("#" in level or "+" in level) for level in levels
    ):
        return "has + or # beside something else, or # before the end."
    if topic.kind not in get_args(Kind):
        return f"is of kind {topic.kind!r}, not event, telemetry or signal."
    if topic.kind == "signal" and not (topic.work_centre and topic.signal):
        return "needs the work_centre and signal that it stands for."
    return None


@dataclass
class Arrival:
    """One message on its way into the journal.

    :param identity: for an event without an id; the same however often it is tried.
    :param is_settled: nothing is left to do but to tell the broker.
    """

    message: mqtt.MQTTMessage
    identity: str = ""
    is_settled: bool = False


@dataclass
class Identities:
    """Ids of events that bring none, so that what the broker sends again counts once.

    A broker marks what it repeats and keeps its packet id (MQTT 3.1.1 section 4.4). What
    is not marked is another message, however much it looks like one before.

    :param given: by packet id: a digest of the message, and the id that it got.
    """

    given: dict[int, tuple[str, str]] = field(default_factory=dict)

    def find(self, message: mqtt.MQTTMessage) -> str:
        """Return the id of a message."""
        content = get_name(message).encode() + b"\n" + message.payload
        digest = hashlib.sha256(content).hexdigest()[:32]
        if message.retain:
            # It comes with each connection, and is the same until it is replaced.
            return f"mqtt-{digest}"
        if message.qos == 0:
            return f"mqtt-{uuid.uuid4()}"
        known = self.given.get(message.mid)
        if known and message.dup and known[0] == digest:
            return known[1]
        self.given[message.mid] = (digest, f"mqtt-{uuid.uuid4()}")
        return self.given[message.mid][1]


def get_name(message: mqtt.MQTTMessage) -> str:
    """Return the topic of a message, also where it is none (MQTT wants UTF-8)."""
    try:
        return message.topic
    except UnicodeDecodeError:
        return "a topic that is not UTF-8"
