"""The edge agent against the real endpoint: Σ edge = Σ messages = Σ effects."""

import time
from collections import Counter

import pytest

from tests.plant.edge import Edge
from tests.plant.partner import until
from tests.plant.setup import Plant
from tests.system.conftest import sign_in

TYPE = "probe.recorded"
KEYS = 5


@pytest.fixture(scope="module")
def server(run_server):
    modules = ["integration_test_probe"]
    with run_server("system_edge", modules, log_level="warn") as server:
        yield server


@pytest.fixture(scope="module")
def plant(server):
    return Plant(sign_in(server))


@pytest.fixture
def connect(plant, server, tmp_path):
    """Return ``connect(code, **values)``: an agent of a system of its own."""
    edges = []

    def create(code, settings=None, **values):
        partner = plant.connect(code, code, "gateway", (TYPE,), **values)
        edge = Edge(tmp_path / code, server.url, partner.secret, code, settings or {})
        edges.append(edge)
        return edge

    yield create
    for edge in edges:
        edge.kill()


def record(edge, count, first=0):
    """Report numbers of several keys. Returns them by key."""
    sent = {}
    for number in range(first, first + count):
        key = f"{edge.system}-{number % KEYS}"
        edge.insist(
            {
                "id": f"e-{number}",
                "type": TYPE,
                "subject": key,
                "data": {"number": number},
            },
            120,
        )
        sent.setdefault(key, []).append(number)
    return sent


def read_effects(plant, sent):
    rows = plant.odoo.read(
        "integration.probe",
        ("key", "in", list(sent)),
        fields=["key", "number"],
        order="id",
    )
    effects = {}
    for row in rows:
        effects.setdefault(row["key"], []).append(row["number"])
    return effects


def test_everything_breaks_and_the_account_adds_up(connect, plant, server):
    """The agent and Odoo are killed with SIGKILL while the line reports."""
    edge = connect("edge-chaos").start()
    sent = record(edge, 40)
    edge.kill()
    edge.start()
    for key, numbers in record(edge, 40, 40).items():
        sent[key] += numbers
    server.kill()
    for key, numbers in record(edge, 40, 80).items():
        sent[key] += numbers
    edge.kill()
    server.start()
    edge.launch(DIE_AT="after_answer:2")
    edge.process.wait(60)
    edge.start()
    edge.wait_empty(120)
    until(lambda: read_effects(plant, sent) == sent, 120, "The effects differ")
    messages = plant.odoo.read(
        "integration.message",
        ("order_key", "in", list(sent)),
        fields=["order_key", "sequence", "epoch", "admission"],
    )
    assert Counter(row["admission"] for row in messages) == {"accepted": 120}
    for key in sent:
        places = sorted(row["sequence"] for row in messages if row["order_key"] == key)
        assert places == list(range(1, 25))
    assert len({row["epoch"] for row in messages}) == 1


def test_refused_payload_is_kept_with_odoos_reasons(connect, plant):
    edge = connect("edge-poison").start()
    edge.insist({"id": "bad", "type": TYPE, "subject": "p", "data": {"number": "x"}})
    edge.insist({"id": "odd", "type": "unknown.type", "subject": "q", "data": {}})
    sent = record(edge, 10)
    edge.wait_empty()
    until(lambda: read_effects(plant, sent) == sent, 60, "Others were held up")
    answer = edge.session.get(
        f"{edge.address}/quarantine", headers=edge.headers, timeout=5
    )
    problems = {one["id"]: one["problem"] for one in answer.json()["messages"]}
    assert problems["bad"]["type"] == "urn:problem:invalid-payload"
    assert problems["bad"]["errors"][0]["pointer"] == "/data/number"
    assert problems["odd"]["type"] == "urn:problem:unknown-contract"


def test_throttled_system_gets_everything_in_its_time(connect, plant):
    edge = connect("edge-slow", rate_limit_per_minute=1200, rate_burst=20)
    edge.settings = {"server": {"batch_messages": 20}}
    start = time.monotonic()
    edge.start()
    sent = record(edge, 100)
    edge.wait_empty(120)
    until(lambda: read_effects(plant, sent) == sent, 60, "The effects differ")
    assert time.monotonic() - start > 3


def test_credential_is_rotated_while_messages_flow(connect, plant):
    edge = connect("edge-rotation").start()
    sent = record(edge, 10)
    system = plant.ids["edge-rotation"]
    issued = plant.odoo.call("integration.system", "issue_credential", system, "hmac")
    file = edge.folder / "secret"
    file.write_text(f"{issued['secret']}\n{file.read_text()}")
    for key, numbers in record(edge, 10, 10).items():
        sent[key] += numbers
    edge.wait_empty()
    old = plant.odoo.search(
        "integration.credential",
        ("system_id", "=", system),
        ("valid_until", "!=", False),
    )
    plant.odoo.call("integration.credential", "action_revoke", old)
    file.write_text(issued["secret"])
    for key, numbers in record(edge, 10, 20).items():
        sent[key] += numbers
    edge.wait_empty()
    until(lambda: read_effects(plant, sent) == sent, 60, "The effects differ")
    assert "connection" not in edge.log
    assert edge.status()["clock"]["offset_seconds"] == pytest.approx(0, abs=3)
