"""Signals across the death of the agent: nothing counts twice, nothing is told twice."""

import contextlib
import json
import random
import time

import pytest
import requests

from tests.plant.edge import Edge
from tests.plant.edge_account import SECRET
from tests.plant.partner import until

PRESS = {"work_centre": "Press 4"}
RULES = [
    PRESS | {"signal": "cycles", "kind": "counter", "window_seconds": 1},
    PRESS | {"signal": "temperature", "deadband": 1000, "high": 200},
]


@pytest.fixture
def edge(tmp_path, side):
    edge = Edge(tmp_path / "edge", side.url, SECRET)
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(RULES))
    edge.settings["signals"] = {"rules_file": str(rules)}
    yield edge.start()
    edge.kill()


def measure(edge, cycles, temperature=250):
    """Send one sample of each signal, if the agent is there to take it."""
    samples = [
        PRESS | {"signal": "cycles", "value": cycles},
        PRESS | {"signal": "temperature", "value": temperature},
    ]
    with contextlib.suppress(requests.RequestException, OSError):
        return edge.post(samples, "/signals").status_code == 202
    return False


def tell(side, kind):
    return [e.event["data"] for e in side.taken if e.event["data"]["kind"] == kind]


def test_counts_and_thresholds_survive_kills(edge, side):
    begin = cycles = 1000
    assert measure(edge, cycles)
    # The first look at the state of the signals.
    time.sleep(1.5)
    for _kill in range(3):
        deadline = time.monotonic() + random.uniform(0.5, 3)
        while time.monotonic() < deadline:
            cycles += 1
            measure(edge, cycles)
            time.sleep(0.02)
        edge.kill()
        cycles += 5
        edge.start()
    assert measure(edge, cycles)
    until(lambda: total(side) == cycles - begin, 20, f"{total(side)} are told")
    edge.wait_empty()
    told = tell(side, "count")
    assert max(one["cumulative"] for one in told) == cycles - begin
    begins = [one["begin"] for one in told]
    assert len(begins) == len(set(begins)), "A window was told twice"
    assert [one["after"] for one in tell(side, "threshold")] == ["high"]


def total(side):
    return sum(one["delta"] for one in tell(side, "count"))


def test_stop_keeps_windows_open_for_the_next_start(edge, side):
    assert measure(edge, 10)
    assert measure(edge, 15)
    assert edge.stop() == 0
    edge.start()
    assert measure(edge, 20)
    until(lambda: total(side) == 10, 20, "The count is wrong")
    accounts = {one["signal"]: one for one in edge.status()["signal_accounts"]}
    assert accounts["cycles"]["dropped"] == {"aggregated": 3}
    assert accounts["cycles"]["taken"] == 3
