"""What the edge agent promises, while everything around it breaks.

Each test runs a real agent in a process of its own against a small real server. After
every fault the account must add up: what programs of the line were told is taken in
arrived once, and in the order of its key. ``EDGE_EVENTS=2000`` makes it long.
"""

import contextlib
import os
import random
import sqlite3
import subprocess
import threading
import time

import pytest
import requests

from tests.plant.edge import Edge
from tests.plant.edge_launcher import POINTS
from tests.plant.far_side import LOSE_RECEIPT, RESET, FarSide
from tests.plant.partner import until

EVENTS = int(os.environ.get("EDGE_EVENTS", "120"))
SECRET = "whsec_" + "QUJD" * 11
NEW_SECRET = "whsec_" + "REVG" * 11
KEYS = 6


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


def produce(edge, count, keys=KEYS):
    """Send events of several orders until each is accepted. Returns them."""
    events = [edge.event(f"MES/{n % keys}") for n in range(count)]
    for event in events:
        edge.insist(event)
    return events


def assert_account(side, events):
    """Nothing lost, nothing doubled, order per key kept, numbered without gaps."""
    assert sorted(side.ids()) == sorted(event["id"] for event in events)
    sent = {}
    for event in events:
        sent.setdefault(event["subject"], []).append(event["id"])
    for key, taken in side.by_key().items():
        assert [one.event["id"] for one in taken] == sent[key]
        places = [one.place for one in taken]
        assert places == sorted(places)
        assert [sequence for _epoch, sequence in places] == list(
            range(1, len(places) + 1)
        )


class Supervisor(threading.Thread):
    """Starts the agent again whenever it died, as systemd does."""

    def __init__(self, edge):
        super().__init__(daemon=True)
        self.edge, self.deaths = edge, 0
        self.finished = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_arguments):
        self.finished.set()
        self.join()

    def run(self):
        while not self.finished.wait(0.05):
            if self.edge.process.poll() is not None:
                self.deaths += 1
                self.edge.launch()


ASIDE = ["before_set_aside", "after_set_aside"]


@pytest.mark.parametrize("point", sorted(set(POINTS) - set(ASIDE)))
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
    side.answer = lambda number: times.append(time.monotonic()) or (
        (429, {"Retry-After": "3"}) if number == 0 else None
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
    events = [
        edge.event("MES/1", sequence=str(n), epoch="7") for n in range(1, 21)
    ]
    shuffled = random.Random(3).sample(events, len(events))
    for event in shuffled:
        edge.insist(event)
    edge.wait_empty()
    assert [one.event["sequence"] for one in side.taken] == [
        event["sequence"] for event in shuffled
    ]
    assert {one.event["epoch"] for one in side.taken} == {"7"}


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
    events = [edge.event(f"MES/{n % KEYS}", data={"pad": "x" * 900}) for n in range(400)]
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


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 32 MB. Needs root; without, the test fails and says so."""
    folder = tmp_path / "edge"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.fail(f"A small disk is needed, and mounting was refused: {made.stderr}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill_journal(edge):
    """Send until the agent refuses. Returns what it accepted."""
    accepted = []
    for _ in range(20_000):
        event = edge.event(f"MES/{len(accepted) % KEYS}", data={"pad": "x" * 60_000})
        answer = edge.post(event)
        if answer.status_code == 507:
            assert answer.json()["type"] == "urn:problem:journal-full"
            assert answer.headers["Retry-After"]
            return accepted
        assert answer.status_code == 202, answer.text
        accepted.append(event)
    raise AssertionError("The disk never became full")


@pytest.mark.parametrize("min_free", [0, 2_000_000], ids=["really-full", "nearly-full"])
def test_full_disk(small_disk, side, min_free):
    """It refuses with an alarm, keeps what it has, drains, and takes in again."""
    side.stop()
    limits = {"min_free_bytes": min_free}
    edge = Edge(small_disk, side.url, SECRET, settings={"journal": limits})
    edge.start()
    try:
        accepted = fill_journal(edge)
        assert len(accepted) > 50
        status = edge.status()
        assert "journal-full" in status["alarms"]
        health = requests.get(f"{edge.address}/health", timeout=5)
        assert health.status_code == 503
        if not min_free:
            # Another program takes whatever is left.
            fill_up(small_disk / "other")
        side.start()
        edge.wait_empty(120)
        (small_disk / "other").unlink(missing_ok=True)
        late = edge.event("MES/0")
        edge.insist(late)
        edge.wait_empty()
        assert "journal-full" not in edge.status()["alarms"]
        assert_account(side, [*accepted, late])
    finally:
        edge.kill()


def fill_up(file):
    with file.open("wb", buffering=0) as output:
        for size in (65536, 4096, 512):
            while True:
                try:
                    output.write(b"x" * size)
                except OSError:
                    break


def test_limit_of_the_journal_refuses_and_telemetry_drops_the_oldest(edge, side):
    side.stop()
    edge.settings = {"journal": {"max_messages": 50}, "telemetry": {"max_messages": 20}}
    edge.start()
    accepted = produce(edge, 50)
    refused = edge.event("MES/0")
    assert edge.post(refused).status_code == 507
    readings = [edge.event("Press 1/temperature") for _ in range(70)]
    answer = edge.post(readings, "/telemetry")
    assert {result["status"] for result in answer.json()["results"]} == {202}
    assert edge.status()["telemetry"]["dropped"] == 50
    side.start()
    edge.wait_empty()
    until(lambda: edge.status()["telemetry"]["pending"] == 0, 30, "Readings wait")
    edge.insist(refused)
    edge.wait_empty()
    kept = [event["id"] for event in readings[-20:]]
    assert sorted(side.ids()) == sorted(
        [*(event["id"] for event in [*accepted, refused]), *kept]
    )


def read_causes(edge):
    """Return why the clock's offset was written down, each cause once."""
    with contextlib.closing(sqlite3.connect(edge.journal / "journal.db")) as journal:
        return {cause for (cause,) in journal.execute("SELECT cause FROM clock_offset")}


def test_clock_that_is_hours_off_and_steps(edge, side, tmp_path):
    """What is signed is genuine all the same; the offset and the step are on record."""
    clock = tmp_path / "clock"
    clock.write_text("-7200")
    edge.start(CLOCK_FILE=str(clock))
    events = produce(edge, 5)
    edge.wait_empty()
    assert edge.status()["clock"]["offset_seconds"] == pytest.approx(7200, abs=3)
    until(lambda: "server" in read_causes(edge), 10, "The offset is not on record")
    clock.write_text("86400")
    events += produce(edge, 5)
    edge.wait_empty()
    until(lambda: edge.status()["clock"]["steps"] == 1, 10, "The step went unnoticed")
    clock.write_text("0")
    events += produce(edge, 5)
    edge.wait_empty()
    until(lambda: edge.status()["clock"]["steps"] == 2, 10, "The step went unnoticed")
    untimed = {name: value for name, value in edge.event().items() if name != "time"}
    edge.insist(untimed)
    edge.wait_empty()
    assert_account(side, [*events, untimed])
    until(lambda: "step" in read_causes(edge), 10, "The step is not on record")


def test_clock_that_is_years_behind_begins_no_journal(edge, tmp_path):
    clock = tmp_path / "clock"
    clock.write_text("-1700000000")
    edge.launch(CLOCK_FILE=str(clock))
    assert edge.process.wait(20) == 2
    assert "clock of this machine is years behind" in edge.log


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


def test_secrets_are_rotated_without_a_pause(edge, side):
    edge.start()
    events = produce(edge, 5)
    # Both for a while, the new one first; then the old one goes, at either end.
    (edge.folder / "secret").write_text(f"{NEW_SECRET}\n{SECRET}\n")
    events += produce(edge, 5)
    edge.wait_empty()
    side.secrets = [NEW_SECRET]
    events += produce(edge, 5)
    edge.wait_empty()
    (edge.folder / "secret").write_text("half a file")
    events += produce(edge, 5)
    edge.wait_empty()
    (edge.folder / "secret").write_text(NEW_SECRET)
    events += produce(edge, 5)
    edge.wait_empty()
    assert side.rejected == 0
    assert edge.status()["secrets_rotated"] == 2
    assert NEW_SECRET not in edge.log
    assert_account(side, events)


def test_wrong_secret_is_an_alarm_and_nobody_is_to_blame(edge, side):
    side.secrets = [NEW_SECRET]
    edge.start()
    events = produce(edge, 5)
    until(lambda: "connection" in edge.status()["alarms"], 20, "No alarm")
    assert edge.status()["journal"]["quarantined"] == 0
    side.secrets = [SECRET]
    edge.wait_empty(90)
    assert edge.status()["alarms"] == {}
    assert_account(side, events)


def test_scope_that_is_granted_again_brings_everything_back(edge, side):
    side.judge = lambda event: (403, "No scope")
    edge.start()
    events = produce(edge, 30)
    count = lambda: edge.status()["journal"]["quarantined"]  # noqa: E731
    until(lambda: count() == len(events), 30, "Not all of them are set aside")
    until(lambda: "quarantine" in edge.status()["alarms"], 10, "No alarm")
    side.judge = lambda event: None
    assert edge.post({"type": "urn:problem:other"}, "/quarantine/send").json() == {"sent": 0}
    assert edge.post({"all": 1}, "/quarantine/send").status_code == 400
    page = requests.get(f"{edge.address}/quarantine", headers=edge.headers, timeout=5).json()
    assert page["types"] == {"status-403": 30}
    assert (page["total"], len(page["messages"])) == (30, 30)
    answer = edge.post({"type": "status-403"}, "/quarantine/send")
    assert answer.json() == {"sent": 30}
    edge.wait_empty()
    until(lambda: edge.status()["alarms"] == {}, 10, "The alarm does not end")
    assert_account(side, events)


def test_drain_is_throttled(edge, side):
    side.stop()
    edge.settings = {"server": {"messages_per_second": 100, "batch_messages": 20}}
    edge.start()
    events = produce(edge, 400)
    start = time.monotonic()
    side.start()
    edge.wait_empty(60)
    assert time.monotonic() - start > 2.5
    assert max(side.batches) <= 20
    assert_account(side, events)


def test_two_agents_do_not_share_a_journal(edge):
    edge.start()
    other = Edge(edge.folder, edge.url, SECRET)
    other.launch()
    assert other.process.wait(20) == 2
    assert "Another agent works on" in other.log
    edge.insist(edge.event())
