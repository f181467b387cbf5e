"""MQTT as a way into the edge agent: a real broker, with sessions that outlive a kill."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time

import paho.mqtt.client as mqtt
import pytest
import requests

from tests.plant.partner import until
from tools.server import free_port
from tools.system_packages import find_program

SIGNAL = "production.signal.recorded"


class Broker:
    """Debian's mosquitto, with a memory of its sessions on the disk."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        folder.mkdir()
        (folder / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {folder}/\nautosave_interval 1\nuser root\n"
            "max_queued_messages 10000\n"
        )

    def start(self):
        self.process = subprocess.Popen(
            [find_program("mosquitto"), "-c", self.folder / "mosquitto.conf"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self.listens, 20, "The broker does not start")

    def listens(self):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def broker(tmp_path):
    broker = Broker(tmp_path / "broker")
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def line(broker):
    """A program of the line that publishes."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="line")
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    yield lambda topic, value: client.publish(
        topic, value if isinstance(value, bytes) else json.dumps(value), qos=1
    ).wait_for_publish(10)
    client.loop_stop()


def listen(edge, broker, *topics):
    edge.settings["mqtt"] = {
        "host": "127.0.0.1",
        "port": broker.port,
        "topics": [{"filter": "plant/+/reports"}, *topics],
    }


def wait_subscribed(edge, broker):
    until(
        lambda: (
            "mqtt" not in edge.status()["alarms"] and has_session(broker, "edge-agent")
        ),
        20,
        "The agent does not subscribe",
    )


def has_session(broker, client_id):
    """Ask the broker's own file which sessions it keeps."""
    file = broker.folder / "mosquitto.db"
    os.kill(broker.process.pid, signal.SIGUSR1)
    time.sleep(0.2)
    return file.exists() and client_id.encode() in file.read_bytes()


def test_mqtt_events_arrive_in_order_and_once(edge, side, broker, line):
    listen(edge, broker)
    edge.start()
    wait_subscribed(edge, broker)
    events = [edge.event(f"MES/{n % 3}") for n in range(60)]
    for event in events:
        line("plant/press4/reports", event)
        line("plant/press4/reports", event)
    until(lambda: len(side.taken) == 60, 30, "Not everything arrived")
    edge.wait_empty()
    for key, taken in side.by_key().items():
        assert [one.event["id"] for one in taken] == [
            event["id"] for event in events if event["subject"] == key
        ]


def test_mqtt_broker_keeps_what_a_killed_agent_did_not_journal(
    edge, side, broker, line
):
    listen(edge, broker)
    edge.start()
    wait_subscribed(edge, broker)
    edge.kill()
    events = [edge.event("MES/1") for n in range(40)]
    for event in events[:20]:
        line("plant/press4/reports", event)
    # It dies between the journal and the acknowledgement: the broker sends it again.
    edge.launch(DIE_AT="after_write:1")
    edge.process.wait(30)
    edge.start()
    for event in events[20:]:
        line("plant/press4/reports", event)
    until(lambda: len(side.taken) >= 40, 30, "Not everything arrived")
    edge.wait_empty()
    assert side.ids() == [event["id"] for event in events]


def test_mqtt_events_without_ids_count_once_across_a_kill(edge, side, broker, line):
    listen(edge, broker)
    edge.start()
    wait_subscribed(edge, broker)
    edge.kill()
    for _ in range(20):
        line("plant/press4/reports", {"type": "t.t", "subject": "MES/1", "data": 1})
    edge.launch(DIE_AT="after_write:1")
    edge.process.wait(30)
    edge.start()
    until(lambda: len(side.taken) >= 20, 30, "Not everything arrived")
    wait_subscribed(edge, broker)
    edge.wait_empty()
    assert len(side.taken) == 20


def test_mqtt_broker_keeps_what_a_full_journal_refuses(edge, side, broker, line):
    side.stop()
    listen(edge, broker)
    edge.settings["journal"] = {"max_messages": 10}
    edge.start()
    wait_subscribed(edge, broker)
    events = [edge.event("MES/1") for n in range(30)]
    for event in events:
        line("plant/press4/reports", event)
    until(lambda: "journal-full" in edge.status()["alarms"], 20, "No alarm")
    side.start()
    until(lambda: len(side.taken) >= 30, 60, "Not everything arrived")
    assert side.ids() == [event["id"] for event in events]


def test_mqtt_payload_that_cannot_be_read_is_kept(edge, side, broker, line):
    listen(edge, broker)
    edge.start()
    wait_subscribed(edge, broker)
    line("plant/press4/reports", b"\xff not JSON")
    line("plant/press4/reports", {"type": "t"})
    line("plant/press4/reports", edge.event())
    until(lambda: len(side.taken) == 1, 20, "The good one did not arrive")
    until(lambda: edge.status()["journal"]["quarantined"] == 2, 10, "Not kept")
    answer = requests.get(f"{edge.address}/quarantine", headers=edge.headers, timeout=5)
    kept = answer.json()["messages"]
    assert [one["event"]["from"] for one in kept] == ["plant/press4/reports"] * 2
    assert kept[0]["event"]["raw"] == "\\xff not JSON"


def test_mqtt_broker_that_is_away_is_an_alarm(edge, side, broker, line):
    listen(edge, broker)
    edge.start()
    wait_subscribed(edge, broker)
    broker.stop()
    until(lambda: "mqtt" in edge.status()["alarms"], 40, "No alarm")
    broker.start()
    until(lambda: "mqtt" not in edge.status()["alarms"], 60, "It does not come back")


def test_mqtt_signals_go_through_the_filter(edge, side, broker, line, tmp_path):
    rules = tmp_path / "rules.json"
    rules.write_text(
        json.dumps([{"work_centre": "Press 4", "signal": "temperature", "deadband": 2}])
    )
    topic = {"filter": "plant/press4/temperature", "kind": "signal"}
    listen(edge, broker, topic | {"work_centre": "Press 4", "signal": "temperature"})
    edge.settings["signals"] = {"rules_file": str(rules)}
    edge.start()
    wait_subscribed(edge, broker)
    for number in range(50):
        line("plant/press4/temperature", b"180.5" if number < 49 else b"190")
    until(lambda: len(side.taken) == 2, 20, "Two changes are expected")
    assert [one.event["data"]["after"] for one in side.taken] == [180.5, 190]
    assert {one.event["type"] for one in side.taken} == {SIGNAL}
    assert edge.status()["signals"]["dropped_unchanged"] == 48
