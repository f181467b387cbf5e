"""The order of a stream while several workers work on one lane."""

import os
import time

import pytest

from tests.plant.partner import until
from tests.plant.setup import Plant
from tests.system.conftest import sign_in

TYPE = "probe.recorded"
SLOW = -2
# 5000 is what a night brings when a new item was forgotten.
PARKED = int(os.environ.get("INTEGRATION_PARKED", "200"))
BATCH = 100


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


def test_what_waits_for_one_code_is_one_decision_and_drains_in_order(plant):
    """Some about one object after the other, some about none; others go on meanwhile."""
    odoo = plant.odoo
    bystander = plant.connect("bystander", "Bystander", "gateway", (TYPE,))
    partner = plant.connect(
        "forgetful", "Forgetful", "gateway", (TYPE,), rate_burst=10**5
    )
    numbers, begun = range(PARKED), time.monotonic()
    for start in numbers[::BATCH]:
        partner.post_batch(
            [
                partner.event(
                    TYPE,
                    {"number": number, "currency": "GLD"},
                    **({"subject": f"order-{number % 20}"} if number % 2 else {}),
                )
                for number in numbers[start : start + BATCH]
            ]
        )
    own = ("system_id", "=", plant.ids["forgetful"])
    # Ten objects: the first message of each is parked, its followers wait behind it.
    until(
        lambda: odoo.count("integration.delivery", own, ("state", "=", "parked"))
        == PARKED // 2 + 10,
        300,
        "Not all are parked",
        pause_seconds=1,
    )
    print(f"parked {PARKED} in {time.monotonic() - begun:.1f} s")
    (exception,) = odoo.search("integration.exception", own, ("state", "=", "open"))
    start = time.monotonic()
    plant.map("forgetful", "currency", "GLD", odoo.ref("base.EUR"))
    approved = time.monotonic() - start
    bystander.wait(bystander.send(TYPE, {"number": 1}, subject="other"), 60)
    meanwhile = time.monotonic() - start
    until(
        lambda: not odoo.count("integration.delivery", own, ("state", "!=", "done")),
        300,
        "Not all are worked off",
    )
    drained = time.monotonic() - start
    print(f"{PARKED}: {approved:.1f} s, other {meanwhile:.1f} s, all {drained:.1f} s")
    assert odoo.get("integration.exception", exception, "state")["state"] == "resolved"
    rows = odoo.read(
        "integration.probe", ("key", "like", "order-"), fields=["key", "number"], order="id"
    )
    assert len(rows) == PARKED // 2
    for key in {row["key"] for row in rows}:
        found = [row["number"] for row in rows if row["key"] == key]
        assert found == sorted(found), key
