"""Other ways into the edge agent: a real OPC UA server, files, HTTP, a simulated plant."""

import asyncio
import contextlib
import json
import socket
import threading

import pytest
import requests
from asyncua import Server, ua

from tests.plant.edge import Edge
from tests.plant.edge_account import SECRET
from tests.plant.far_side import FarSide
from tests.plant.partner import until
from tools.server import free_port

SIGNAL = "production.signal.recorded"


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
    assert machine.ready.wait(60)
    rules = tmp_path / "rules.json"
    rule = {"work_centre": "Press 4", "signal": "cycles", "kind": "counter"}
    rules.write_text(json.dumps([rule | {"window_seconds": 2}]))
    edge.settings["signals"] = {"rules_file": str(rules)}
    node = {
        "node": "ns=2;s=Press4.Cycles",
        "work_centre": "Press 4",
        "signal": "cycles",
    }
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
    "path",
    ["/messages", "/messages/batch", "/telemetry", "/signals", "/quarantine/1/send"],
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
