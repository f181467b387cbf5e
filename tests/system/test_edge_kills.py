"""The edge agent is killed at any step, and its files are torn: SIGKILL, for real.

After every fault the account must add up: what programs of the line were told is taken
in arrived once, and in the order of its key. ``EDGE_EVENTS=2000`` makes it long.
"""

import os
import random
import threading
import time

import pytest
import requests

from tests.plant.edge import Edge
from tests.plant.edge_account import (
    EVENTS,
    KEYS,
    SECRET,
    Supervisor,
    assert_account,
    produce,
)
from tests.plant.edge_launcher import POINTS
from tests.plant.partner import until

ASIDE = ["before_set_aside", "after_set_aside"]
SALVAGE = ["before_salvage", "inside_salvage", "after_salvage"]


@pytest.mark.parametrize("point", sorted(set(POINTS) - {*ASIDE, *SALVAGE}))
def test_killed_at_a_step(edge, side, point):
    edge.launch(DIE_AT=f"{point}:{random.randint(1, 5)}")
    with Supervisor(edge) as supervisor:
        events = produce(edge, 20)
        until(lambda: len(side.taken) == len(events), 60, "Not everything arrived")
    edge.wait_empty()
    assert supervisor.deaths == 1
    assert_account(side, events)


@pytest.mark.parametrize("point", ASIDE)
def test_killed_while_something_is_set_aside(edge, side, point):
    side.judge = lambda event: (422, "No") if event["id"] == "r-3" else None
    edge.launch(DIE_AT=f"{point}:1")
    with Supervisor(edge) as supervisor:
        produce(edge, 10)
        until(lambda: len(side.taken) == 9, 60, "Not everything arrived")
    assert supervisor.deaths == 1
    edge.wait_empty()
    assert edge.status()["journal"]["quarantined"] == 1


def test_killed_at_random(edge, side):
    edge.start()
    events, lock = {n: [] for n in range(4)}, threading.Lock()

    def work(number):
        for _ in range(EVENTS // 4):
            with lock:
                event = edge.event(f"MES/{number}")
            edge.insist(event, 120)
            events[number].append(event)

    workers = [threading.Thread(target=work, args=(n,)) for n in events]
    with Supervisor(edge) as supervisor:
        for worker in workers:
            worker.start()
        while any(worker.is_alive() for worker in workers):
            time.sleep(random.uniform(0.05, 1))
            edge.process.kill()
            until(edge.answers, 30, "It does not come back")
        for worker in workers:
            worker.join()
        flat = [event for per_key in events.values() for event in per_key]
        until(lambda: len(side.taken) >= len(flat), 60, "Not everything arrived")
    assert len(flat) == EVENTS // 4 * 4
    assert supervisor.deaths >= 1
    assert_account(side, flat)


def test_torn_tail_of_the_log(edge, side):
    """What a power cut leaves of a transaction that nobody was told about."""
    side.stop()
    edge.start()
    events = produce(edge, 20)
    edge.kill()
    log = edge.journal / "journal.db-wal"
    whole = log.stat().st_size
    # One more transaction, of which only half of the frames reached the disk.
    edge.start(DIE_AT="after_write:1")
    torn = edge.event("MES/0")
    with pytest.raises(requests.RequestException):
        edge.post(torn)
    edge.process.wait()
    grown = log.stat().st_size
    assert grown > whole
    with log.open("r+b") as file:
        file.truncate(whole + (grown - whole) // 2 + 100)
        file.seek(0, os.SEEK_END)
        file.write(os.urandom(500))
    edge.start()
    assert edge.status()["journal"]["pending"] == len(events)
    edge.insist(torn)
    side.start()
    edge.wait_empty()
    assert_account(side, [*events, torn])


def test_damaged_file_is_kept_aside_and_salvaged(edge, side):
    side.stop()
    edge.start()
    events = [
        edge.event(f"MES/{n % KEYS}", data={"pad": "x" * 900}) for n in range(400)
    ]
    for begin in range(0, 400, 100):
        edge.post(events[begin : begin + 100], "/messages/batch").raise_for_status()
    edge.stop()
    with (edge.journal / "journal.db").open("r+b") as file:
        file.seek(0, os.SEEK_END)
        file.seek(file.tell() // 2)
        file.write(os.urandom(8192))
    edge.launch()
    assert edge.process.wait(20) == 2
    assert "--salvage" in edge.log
    edge.start("--salvage")
    assert list(edge.journal.glob("damaged-*.db"))
    side.start()
    edge.wait_empty()
    saved = set(side.ids())
    assert len(saved) > 200, "Hardly anything was carried over"
    assert saved <= {event["id"] for event in events}
    assert len(side.ids()) == len(saved)
    edge.insist(edge.event("MES/0"))
    edge.wait_empty()
    first, last = side.by_key()["MES/0"][0], side.by_key()["MES/0"][-1]
    assert last.place > first.place, "What follows would look outdated"


@pytest.mark.parametrize("point", SALVAGE)
def test_killed_while_a_journal_is_salvaged(edge, side, point):
    side.stop()
    edge.start()
    events = produce(edge, 20)
    edge.stop()
    edge.launch("--salvage", DIE_AT=f"{point}:1")
    edge.process.wait(20)
    # Started as ever it must not begin with an empty journal.
    edge.launch()
    assert edge.process.wait(20) == 2
    assert "A salvage was interrupted" in edge.log
    edge.start("--salvage")
    assert not list(edge.journal.glob("salvage-*"))
    side.start()
    edge.wait_empty()
    assert_account(side, events)


def test_two_agents_do_not_share_a_journal(edge):
    edge.start()
    other = Edge(edge.folder, edge.url, SECRET)
    other.launch()
    assert other.process.wait(20) == 2
    assert "Another agent works on" in other.log
    edge.insist(edge.event())
