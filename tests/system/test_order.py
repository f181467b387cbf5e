"""The order of a stream while several workers work on one lane."""

import time

import pytest

from tests.plant.setup import Plant
from tests.system.conftest import sign_in

TYPE = "probe.recorded"
SLOW = -2


@pytest.fixture(scope="module")
def plant(run_server):
    modules = ["integration_test_probe"]
    with run_server("system_order", modules, log_level="warn") as server:
        plant = Plant(sign_in(server))
        lanes = plant.odoo.search("integration.lane")
        plant.odoo.call("integration.lane", "write", lanes, {"worker_count": 2})
        yield plant


@pytest.fixture(scope="module")
def counting(plant):
    """A system whose messages wait for what comes before them."""
    partner = plant.connect("counting", "Counting", "gateway", (TYPE,))
    plant.odoo.create(
        "integration.policy",
        system_id=plant.ids["counting"],
        direction="in",
        tier="1",
        late_rule="wait",
        order_window_seconds=3600,
    )
    return partner


def event(partner, key, number, sequence=None):
    attributes = {"sequence": str(sequence)} if sequence else {}
    return partner.event(TYPE, {"number": number}, subject=key, **attributes)


def test_what_is_missing_is_applied_while_the_next_begins_to_wait(plant, counting):
    """One worker begins to let number 2 wait, and has not committed so, when another
    applies number 1."""
    for turn in range(3):
        key = f"race-{turn}"
        second, _slow = counting.post_batch(
            [
                event(counting, key, 2, sequence=2),
                event(counting, f"{key}-slow", SLOW),
            ]
        )
        time.sleep(1.5)
        first = counting.send(TYPE, {"number": 1}, subject=key, sequence="1")
        assert counting.wait(first, 60)["state"] == "done"
        assert counting.wait(second, 30)["state"] == "done", "It waits for ever"
        rows = plant.odoo.read(
            "integration.probe", ("key", "=", key), fields=["number"], order="id"
        )
        assert [row["number"] for row in rows] == [1, 2]
