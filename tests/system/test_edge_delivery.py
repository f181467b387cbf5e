"""A far side that fails, refuses, postpones, and says nothing, against the edge agent."""

import random
import time

import pytest
import requests

from tests.plant.edge_account import assert_account, produce
from tests.plant.far_side import LOSE_RECEIPT, RESET
from tests.plant.partner import until


def test_lost_receipts(edge, side):
    side.answer = lambda number: (LOSE_RECEIPT, {}) if number % 2 == 0 else None
    edge.start()
    events = produce(edge, 40)
    edge.wait_empty()
    assert side.replayed > 0
    assert_account(side, events)


def test_server_that_fails_resets_and_refuses(edge, side):
    chance = random.Random(1)
    moods = [None, None, (500, {}), (503, {"Retry-After": "0"}), (429, {}), (RESET, {})]
    moods += [(LOSE_RECEIPT, {}), (502, {}), (504, {}), (409, {})]
    side.answer = lambda number: chance.choice(moods) if number < 12 else None
    edge.start()
    events = produce(edge, 60)
    edge.wait_empty(180)
    assert_account(side, events)
    assert edge.status()["journal"]["quarantined"] == 0


def test_messages_postponed_within_a_batch(edge, side):
    """A throttled flow: the followers of a key do not pass, other keys do."""
    busy = {"MES/1": 3, "MES/2": 5}

    def judge(event):
        busy[event["subject"]] = left = busy.get(event["subject"], 0) - 1
        return (429, "Later") if left >= 0 else None

    side.judge = judge
    side.stop()
    edge.start()
    events = produce(edge, 30)
    side.start()
    edge.wait_empty()
    assert_account(side, events)
    assert side.taken[0].event["subject"] not in ("MES/1", "MES/2")


def test_batch_that_is_still_being_taken_in(edge, side):
    """409, as after an answer that came too late: the same again, before any other."""
    inflight = {"left": 3}

    def judge(_event):
        return (409, "Still in flight") if inflight["left"] > 0 else None

    def answer(_number):
        inflight["left"] -= 1

    side.judge, side.answer = judge, answer
    edge.start()
    events = produce(edge, 20)
    edge.wait_empty()
    assert_account(side, events)


def test_retry_after_is_honoured(edge, side):
    times = []
    side.answer = lambda number: (
        times.append(time.monotonic())
        or ((429, {"Retry-After": "3"}) if number == 0 else None)
    )
    edge.settings = {"server": {"senders": 1}}
    edge.start()
    edge.insist(edge.event())
    edge.wait_empty()
    assert 2.9 <= times[1] - times[0] < 10


def test_duplicates_of_programs_and_of_the_line(edge, side):
    edge.start()
    batch = [edge.event(f"MES/{n % 2}") for n in range(10)]
    for _ in range(2):
        answer = edge.post(batch, "/messages/batch")
        assert {result["status"] for result in answer.json()["results"]} == {202}
    edge.wait_empty()
    again = edge.post(batch, "/messages/batch").json()["results"]
    assert all(result["replayed"] for result in again)
    changed = edge.post(batch[0] | {"data": {"order": "other"}})
    assert changed.status_code == 422
    assert changed.json()["type"] == "urn:problem:id-reused"
    edge.wait_empty()
    assert_account(side, batch)


def test_shuffled_senders_who_count_themselves_keep_their_numbers(edge, side):
    edge.start()
    events = [edge.event("MES/1", sequence=str(n), epoch="7") for n in range(1, 21)]
    shuffled = random.Random(3).sample(events, len(events))
    for event in shuffled:
        edge.insist(event)
    edge.wait_empty()
    assert [one.event["sequence"] for one in side.taken] == [
        event["sequence"] for event in shuffled
    ]
    assert {one.event["epoch"] for one in side.taken} == {"7"}


def test_poison_steps_aside_and_a_person_decides(edge, side):
    verdicts = {"r-3": (422, "No such unit"), "r-8": (403, "Not in your scope")}
    side.judge = lambda event: verdicts.get(event["id"])
    edge.start()
    events = produce(edge, 24)
    edge.wait_empty()
    assert len(side.taken) == 22
    quarantine = edge.session.get(
        f"{edge.address}/quarantine", headers=edge.headers, timeout=5
    ).json()["messages"]
    assert {one["id"]: one["problem"]["status"] for one in quarantine} == {
        "r-3": 422,
        "r-8": 403,
    }
    verdicts.clear()
    first, second = (f"/quarantine/{one['position']}" for one in quarantine)
    assert edge.post({}, f"{first}/send").status_code == 200
    assert edge.post({}, f"{second}/discard").status_code == 400
    assert edge.post({"reason": "a test"}, f"{second}/discard").status_code == 200
    assert edge.post({}, f"{second}/send").status_code == 404
    edge.wait_empty()
    assert sorted(side.ids()) == sorted(e["id"] for e in events if e["id"] != "r-8")
    (late,) = (one for one in side.taken if one.event["id"] == "r-3")
    assert late.event["sequence"] == "1"


@pytest.mark.parametrize("status", [400, 413])
def test_batch_refused_because_of_one(edge, side, status):
    """The whole request is refused: it is found out which message is to blame."""
    side.judge_batch = lambda ids: status if "r-5" in ids else None
    side.stop()
    edge.start()
    events = produce(edge, 20)
    side.start()
    edge.wait_empty()
    assert edge.status()["journal"]["quarantined"] == 1
    assert sorted(side.ids()) == sorted(e["id"] for e in events if e["id"] != "r-5")


def test_message_at_which_the_server_crashes(edge, side):
    side.judge_batch = lambda ids: 500 if "r-5" in ids else None
    side.stop()
    edge.settings = {"server": {"senders": 1}}
    edge.start()
    events = produce(edge, 20)
    side.start()
    others = {e["id"] for e in events if e["subject"] != events[5]["subject"]}
    until(lambda: others <= set(side.ids()), 60, "Other keys were held up")
    assert edge.status()["journal"]["quarantined"] == 0
    side.judge_batch = lambda _ids: None
    edge.wait_empty(120)
    assert_account(side, events)


def test_scope_that_is_granted_again_brings_everything_back(edge, side):
    side.judge = lambda event: (403, "No scope")
    edge.start()
    events = produce(edge, 30)
    count = lambda: edge.status()["journal"]["quarantined"]  # noqa: E731
    until(lambda: count() == len(events), 30, "Not all of them are set aside")
    until(lambda: "quarantine" in edge.status()["alarms"], 10, "No alarm")
    side.judge = lambda event: None
    assert edge.post({"type": "urn:problem:other"}, "/quarantine/send").json() == {
        "sent": 0
    }
    assert edge.post({"all": 1}, "/quarantine/send").status_code == 400
    page = requests.get(
        f"{edge.address}/quarantine", headers=edge.headers, timeout=5
    ).json()
    assert page["types"] == {"status-403": 30}
    assert (page["total"], len(page["messages"])) == (30, 30)
    answer = edge.post({"type": "status-403"}, "/quarantine/send")
    assert answer.json() == {"sent": 30}
    edge.wait_empty()
    until(lambda: edge.status()["alarms"] == {}, 10, "The alarm does not end")
    assert_account(side, events)
