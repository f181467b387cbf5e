"""The ways into the edge agent: a real MQTT broker, a real OPC UA server, files, HTTP."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time

import paho.mqtt.client as mqtt
import pytest
import requests
from asyncua import Server, ua

from tests.plant.edge import Edge
from tests.plant.far_side import FarSide
from tests.plant.partner import until
from tools.server import free_port
from tools.system_packages import find_program

SECRET = "whsec_" + "QUJD" * 11
SIGNAL = "production.signal.recorded"


@pytest.fixture
def side():
    side = FarSide([SECRET]).start()
    yield side
    side.stop()


@pytest.fixture
def edge(tmp_path, side):
    edge = Edge(tmp_path / "edge", side.url, SECRET)
    yield edge
    edge.kill()


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
        lambda: "mqtt" not in edge.status()["alarms"]
        and has_session(broker, "edge-agent"),
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


def test_mqtt_broker_keeps_what_a_killed_agent_did_not_journal(edge, side, broker, line):
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


class Machine(threading.Thread):
    """An OPC UA server with one variable."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.url = f"opc.tcp://127.0.0.1:{port}/press4"
        self.ready, self.finished = threading.Event(), threading.Event()
        self.values = []

    def run(self):
        asyncio.run(self.serve())

    async def serve(self):
        server = Server()
        await server.init()
        server.set_endpoint(self.url)
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        space = await server.register_namespace("urn:press4")
        node = await server.nodes.objects.add_variable(
            ua.NodeId("Press4.Cycles", space), "Cycles", 0.0
        )
        async with server:
            self.ready.set()
            while not self.finished.is_set():
                while self.values:
                    await node.write_value(float(self.values.pop(0)))
                    await asyncio.sleep(0.02)
                await asyncio.sleep(0.02)

    def stop(self):
        self.finished.set()
        self.join(20)


def test_opcua_values_end_as_counts_across_a_lost_server(edge, side, tmp_path):
    port = free_port()
    machine = Machine(port)
    machine.start()
    assert machine.ready.wait(20)
    rules = tmp_path / "rules.json"
    rule = {"work_centre": "Press 4", "signal": "cycles", "kind": "counter"}
    rules.write_text(json.dumps([rule | {"window_seconds": 2}]))
    edge.settings["signals"] = {"rules_file": str(rules)}
    node = {"node": "ns=2;s=Press4.Cycles", "work_centre": "Press 4", "signal": "cycles"}
    edge.settings["opcua"] = {"url": machine.url, "interval_ms": 50, "nodes": [node]}
    edge.start()
    until(lambda: edge.status()["signals"]["taken"] >= 1, 30, "No subscription")
    machine.values = list(range(1, 41))
    until(lambda: counted(side) == 40, 30, "The count is wrong")
    machine.stop()
    until(lambda: "opcua" in edge.status()["alarms"], 30, "No alarm")
    machine = Machine(port)
    machine.values = list(range(41, 61))
    machine.start()
    until(lambda: counted(side) >= 60, 60, "It does not go on counting")
    assert "opcua" not in edge.status()["alarms"]
    machine.stop()


def counted(side):
    return sum(one.event["data"]["delta"] for one in side.taken)


def test_files_are_taken_once_and_bad_ones_kept(edge, side):
    folder = edge.folder / "in"
    edge.settings["files"] = {"path": str(folder), "every_seconds": 0.2}
    edge.start()
    write(folder / "a.json", json.dumps(edge.event("MES/1")))
    events = [edge.event("MES/1") for _ in range(3)]
    write(folder / "b.ndjson", "\n".join(json.dumps(event) for event in events))
    anonymous = {k: v for k, v in edge.event("MES/2").items() if k != "id"}
    write(folder / "c.json", json.dumps([anonymous, anonymous]))
    write(folder / "bad.json", "{")
    write(folder / "half.json", json.dumps([edge.event("MES/3"), {"type": "t"}]))
    write(folder / "other.txt", "not ours")
    until(lambda: len(side.taken) == 7, 30, "Not everything arrived")
    until((folder / "failed/half.json").exists, 10, "Not set aside")
    assert sorted(file.name for file in (folder / "done").iterdir()) == [
        "a.json",
        "b.ndjson",
        "c.json",
    ]
    problems = json.loads((folder / "failed/half.json.problem").read_text())
    assert [one["event"] for one in problems] == [1]
    assert (folder / "other.txt").exists()
    # The agent died between the journal and the move: the file is there again.
    write(folder / "c.json", json.dumps([anonymous, anonymous]))
    until((folder / "done/c-1.json").exists, 10, "Not read")
    edge.wait_empty()
    assert len(side.taken) == 7


def write(file, text):
    part = file.with_suffix(".part")
    part.write_text(text)
    part.rename(file)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/messages", b"{", 400),
        ("/messages", b"[]", 400),
        ("/messages", b'{"type": "t"}', 400),
        ("/messages/batch", b"[]", 400),
        ("/messages/batch", b"{}", 400),
        ("/signals", b'[{"value": "hot"}]', 400),
        ("/nothing", b"{}", 404),
        ("/quarantine/x/send", b"{}", 404),
        ("/quarantine/7/burn", b"{}", 404),
        ("/messages", b"x" * (9 * 1024 * 1024), 413),
    ],
)
def test_bad_local_requests_get_problem_details(running, path, body, status):
    answer = requests.post(
        running.address + path, data=body, headers=running.headers, timeout=10
    )
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert running.status()["journal"]["pending"] == 0


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    side = FarSide([SECRET]).start()
    edge = Edge(tmp_path_factory.mktemp("edge"), side.url, SECRET).start()
    yield edge
    edge.kill()
    side.stop()


@pytest.mark.parametrize(
    "path", ["/messages", "/messages/batch", "/telemetry", "/signals", "/quarantine/1/send"]
)
def test_programs_need_the_token(running, path):
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "ü"}):
        encoded = {k: v.encode("latin-1") for k, v in headers.items()}
        answer = requests.post(
            running.address + path, data=b"[]", headers=encoded, timeout=10
        )
        assert answer.status_code == 401
    secret = requests.get(running.address + "/quarantine", timeout=5)
    assert secret.status_code == 401


def test_token_and_journal_are_for_their_owner_only(running):
    assert (running.journal / "token").stat().st_mode & 0o077 == 0
    assert running.journal.stat().st_mode & 0o077 == 0
    token = (running.journal / "token").read_text().strip()
    assert token not in running.log
    assert SECRET not in running.log
    with contextlib.suppress(OSError):
        host = socket.gethostbyname(socket.gethostname())
        if not host.startswith("127."):
            with pytest.raises(OSError, match="refused"):
                socket.create_connection((host, running.port), 2)


def test_status_page_and_metrics(running):
    page = requests.get(running.address, timeout=5)
    assert "Everything is on its way." in page.text
    metrics = requests.get(running.address + "/metrics", timeout=5).text
    values = dict(
        line.rsplit(" ", 1) for line in metrics.splitlines() if not line.startswith("#")
    )
    assert values["edge_agent_taking_in"] == "1"
    assert float(values["edge_agent_journal_pending"]) == 0
    assert requests.get(running.address + "/health", timeout=5).status_code == 200


def test_simulated_plant_reports(edge, side):
    edge.start("--simulate", "20", "--orders", "MES/7,MES/8")
    until(lambda: len(side.taken) > 20, 40, "The plant does not report")
    assert edge.stop() == 0
    assert {"MES/7", "MES/8"} <= set(side.by_key())
    kinds = {one.event["type"] for one in side.taken}
    assert {"production.operation.started", "production.consumed"} <= kinds


def test_rules_are_fetched_and_hold_while_the_server_is_away(edge, side):
    rule = {"work_centre": "Press 4", "signal": "running", "kind": "state"}
    side.documents["signal-rules"] = {"rules": [rule]}
    edge.settings["signals"] = {"fetch": True, "every_seconds": 1}
    edge.start()
    kept = edge.journal / "signal-rules.json"
    until(kept.exists, 20, "The rules were not fetched")
    side.documents["signal-rules"] = {"rules": [{"kind": "nonsense"}]}
    until(lambda: "are not used" in edge.log, 20, "Malformed rules went unnoticed")
    edge.stop()
    side.stop()
    edge.start()
    sample = {"work_centre": "Press 4", "signal": "running", "value": 1}
    assert edge.post([sample], "/signals").status_code == 202
    until(lambda: edge.status()["journal"]["pending"] == 1, 10, "The rule is forgotten")

