"""MQTT as a way in, against a broker that misbehaves, and a journal that fails."""

import json
import socket
import sqlite3
import threading

import paho.mqtt.client as mqtt
import pytest

from tests.plant.partner import until
from tests.unit.libs import load_agent
from tools.server import free_port

mqtt_module = load_agent("intake_mqtt")
topics_module = load_agent("mqtt_topics")
errors = load_agent("errors")
Topic, Arrival = topics_module.Topic, topics_module.Arrival
Journal, Limits = load_agent("journal").Journal, load_agent("journal").Limits
Alarms, Clock = load_agent("alarms").Alarms, load_agent("clock").Clock
read_quarantine = load_agent("quarantine").read_quarantine


class Place:
    """A journal, and MQTT intakes in front of it as after restarts."""

    def __init__(self, path):
        limits = Limits(reserve_bytes=0, min_free_bytes=0)
        self.journal, self.alarms, self.acked = Journal(path, limits), Alarms(), []
        self.port = free_port()
        self.samples = []
        self.intake = load_agent("intake").Intake(
            self.journal, None, Clock(), self.alarms, "/line"
        )
        self.restart()

    def restart(self):
        broker = mqtt_module.Broker("127.0.0.1", self.port)
        topics = [Topic("s", "signal", "Press 4", "x"), Topic("$share/line/plant/#")]
        self.mqtt = mqtt_module.MqttIntake(
            broker, topics, self.intake, self.alarms, lambda *args: self.samples.append(args)
        )
        self.mqtt._client.ack = lambda mid, _qos: self.acked.append(mid)

    def take(self, *messages):
        self.mqtt._take([Arrival(message) for message in messages])

    def bodies(self):
        return [json.loads(one.body) for one in self.journal.fetch(1000, 10**9)]


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.mqtt.stop()
    place.journal.close()


def make(mid, value=None, topic="plant/1", **flags):
    message = mqtt.MQTTMessage(mid, topic.encode())
    event = {"type": "t.t", "subject": "MES/1", "data": 1}
    message.payload = value if isinstance(value, bytes) else json.dumps(value or event).encode()
    message.qos = 1
    for name, flag in flags.items():
        setattr(message, name, flag)
    return message


def test_anonymous_message_that_is_sent_again_counts_once(place):
    place.take(make(1), make(2))
    place.restart()
    place.take(make(1, dup=True), make(2, dup=True))
    assert len(place.bodies()) == 2
    assert place.acked == [1, 2, 1, 2]


def test_another_message_that_looks_the_same_counts_too(place):
    for _round in range(3):
        place.take(make(1))
        place.restart()
    place.take(make(1, {"type": "t.t", "data": 2}, dup=True))
    assert len(place.bodies()) == 4
    assert len({one["id"] for one in place.bodies()}) == 4


def test_retained_message_counts_once_however_often_it_comes(place):
    for mid in range(3):
        place.take(make(mid + 1, retain=True))
    assert len(place.bodies()) == 1


def test_failing_disk_kills_nobody_and_loses_nothing(place, monkeypatch):
    monkeypatch.setattr(mqtt_module, "RETRY_SECONDS", 0.01)
    keep, seen = mqtt_module.keep_unreadable, []

    def fail(*args):
        seen.append(dict(place.alarms.as_dict()))
        if len(seen) < 5:
            raise sqlite3.OperationalError("database or disk is full")
        keep(*args)

    monkeypatch.setattr(mqtt_module, "keep_unreadable", fail)
    worker = threading.Thread(target=place.mqtt._work)
    worker.start()
    for message in (make(1, b"5", "s"), make(2, b"\xff"), make(3)):
        place.mqtt._arrived.put(message)
    until(lambda: place.acked == [1, 2, 3], 10, f"Acknowledged: {place.acked}")
    place.mqtt._stopping.set()
    worker.join(5)
    assert "mqtt-intake" in seen[-1]
    assert place.alarms.as_dict().keys() & {"mqtt-intake"} == set()
    assert (len(place.bodies()), len(place.samples), place.journal.quarantined) == (1, 1, 1)


def test_message_that_breaks_the_intake_steps_aside(place, monkeypatch):
    parse = mqtt_module.parse

    def break_down(raw):
        if raw == b"poison":
            raise RuntimeError("not foreseen")
        return parse(raw)

    monkeypatch.setattr(mqtt_module, "parse", break_down)
    place.take(make(1), make(2, b"poison"), make(3))
    assert sorted(place.acked) == [1, 2, 3]
    assert len(place.bodies()) == 2
    (kept,) = read_quarantine(place.journal)
    assert (kept["event"]["raw"], kept["problem"]["status"]) == ("poison", 500)


def test_unreadable_message_that_is_sent_again_is_kept_once(place):
    place.take(make(1, b"\xff"))
    place.restart()
    place.take(make(1, b"\xff", dup=True))
    assert len(read_quarantine(place.journal)) == place.journal.quarantined == 1


def test_broker_that_is_away_at_the_start_is_an_alarm(place):
    place.mqtt.start()
    assert "mqtt" in place.alarms.as_dict()
    until(lambda: str(place.port) in place.alarms.as_dict()["mqtt"]["text"], 10, "No alarm")


class Broker(threading.Thread):
    """Lets anybody in and answers a subscription with ``codes``."""

    def __init__(self, port, codes):
        super().__init__(daemon=True)
        self.codes = codes
        self.listener = socket.create_server(("127.0.0.1", port))

    def run(self):
        connection, _address = self.listener.accept()
        with connection:
            while packet := connection.recv(4096):
                if packet[0] == 0x10:
                    connection.sendall(b"\x20\x02\x00\x00")
                elif packet[0] == 0x82:
                    body = packet[2:4] + self.codes
                    connection.sendall(b"\x90" + bytes([len(body)]) + body)


@pytest.mark.parametrize(
    ("codes", "named"), [(b"\x01\x80", "$share"), (b"\x01\x00", "$share"), (b"\x00\x01", None)]
)
def test_refused_subscription_is_an_alarm(place, codes, named):
    broker = Broker(place.port, codes)
    broker.start()
    place.mqtt.start()
    if named is None:
        until(lambda: not place.alarms.as_dict(), 10, "The alarm does not end")
    else:
        text = lambda: place.alarms.as_dict()["mqtt"]["text"]  # noqa: E731
        until(lambda: "does not grant" in text(), 10, "No alarm")
        assert named in text()
    broker.listener.close()


@pytest.mark.parametrize(
    ("topic", "name", "matches"),
    [
        (Topic("$share/g/plant/+/reports"), "plant/4/reports", True),
        (Topic("$share/g/plant/+/reports"), "g/plant/4/reports", False),
        (Topic("plant/#"), "plant/4/reports", True),
    ],
)
def test_shared_filters_are_understood(topic, name, matches):
    assert topic.matches(name) is matches


@pytest.mark.parametrize(
    "topic",
    [
        {"filter": ""},
        {"filter": "a/#/b"},
        {"filter": "a/b+"},
        {"filter": "$share/g"},
        {"filter": "a", "kind": "sound"},
        {"filter": "a", "kind": "signal"},
        {"colour": "red"},
    ],
)
def test_malformed_topic_is_named(topic):
    with pytest.raises(errors.AgentError, match="mqtt.topics"):
        topics_module.read_topics([topic])
