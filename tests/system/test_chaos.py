"""Messages by the hundred while everything around them breaks: none lost, none doubled,
in order, and the account adds up from the tables alone.

Processes die by SIGKILL, PostgreSQL crashes, senders repeat and shuffle, receivers time
out, reset, refuse and answer nonsense. ``CHAOS_MESSAGES=10000`` makes it long; the default
is for every day.
"""

import contextlib
import itertools
import os
import random
import signal
import threading
import time
from collections import Counter

import pytest
import requests

from tests.plant.partner import Partner, until
from tests.plant.receiver import GARBAGE, RESET, Receiver
from tests.plant.setup import Plant
from tests.system.conftest import sign_in
from tools.console import Problem
from tools.postgres import crash_postgres
from tools.server import free_port

MESSAGES = int(os.environ.get("CHAOS_MESSAGES", "400"))
KEYS = max(20, MESSAGES // 200)
SENDERS = 8
# A worker that never lives for long never gets far: many messages need calmer times.
KILL_EVERY_SECONDS = 2 if MESSAGES < 5000 else 15
# Every so many times, PostgreSQL goes instead of a process.
CRASH_EVERY = 4
CRASHES_MIN = 2
DUPLICATES_SHARE = 0.1
# How far a shuffled message may come too early.
SHUFFLE_REACH = 8
# Of how many messages one leads to an event for the receivers.
RELAY_EVERY = 5
PATIENCE_SECONDS = 300 + MESSAGES // 10
PROBE, EVENT = "probe.recorded", "probe.noticed"
OK = (200, {})
MOODS = {
    "calm": [OK],
    "refusing": [OK] * 4 + [(429, {"Retry-After": "1"}), (500, {}), (503, {})],
    "breaking": [OK] * 4 + [(RESET, {}), (GARBAGE, {}), (404, {})],
    # Each time-out takes its time: some forty of them, however many messages.
    "slow": [OK] * max(9, MESSAGES // RELAY_EVERY // 40) + [None],
}
TIMEOUT_SECONDS = 2


class Breaker(threading.Thread):
    """Kills a random child of the server again and again, and now and then PostgreSQL."""

    def __init__(self, server, cluster, senders):
        super().__init__(daemon=True)
        self.server, self.cluster, self.senders = server, cluster, senders
        self.finished = threading.Event()
        self.kills = self.crashes = 0

    def _wait_until_something_works(self):
        """A slow machine that is broken again while it starts would never get up."""
        answers = self.senders.answers
        before = len(answers)
        while before == len(answers) < MESSAGES:
            if self.finished.wait(0.2):
                return

    def run(self):
        for turn in itertools.count(1):
            if self.finished.wait(KILL_EVERY_SECONDS):
                return
            self._wait_until_something_works()
            if turn % CRASH_EVERY == CRASH_EVERY // 2:
                crash_postgres(self.cluster)
                self.crashes += 1
                continue
            with contextlib.suppress(ProcessLookupError, FileNotFoundError, IndexError):
                os.kill(random.choice(self.server.worker_pids()), signal.SIGKILL)
                self.kills += 1


class Supervisor(threading.Thread):
    """Starts the server again when all of it is gone, as systemd or Docker does.

    Odoo's parent process does not outlive a database that is starting up at the moment
    in which it replaces a worker.
    """

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.finished = threading.Event()

    def run(self):
        while not self.finished.wait(1):
            if self.server.process.poll() is not None:
                with contextlib.suppress(Problem):
                    self.server.start()


class Operator:
    """Decides what a person has to: a message that two workers died on is kept apart.

    Here they were killed by chance, so it is let go again.
    """

    def __init__(self, server):
        self.odoo = sign_in(server)
        self.released = 0

    def release(self):
        # The server may be starting again at this moment.
        with contextlib.suppress(requests.RequestException):
            self._release()

    def _release(self):
        found = self.odoo.search(
            "integration.exception",
            ("state", "=", "open"),
            ("kind_id.code", "=", "integration_core.poison"),
        )
        for exception in found:
            self.odoo.call("integration.exception", "action_retry", [exception])
            self.released += 1


class Sealer(threading.Thread):
    """Seals the ledgers over and over, while messages come in and processes die."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.odoo = sign_in(server)
        self.finished = threading.Event()

    def seal(self):
        (cron,) = self.odoo.search("ir.cron", ("cron_name", "=like", "%seal the ledgers"))
        self.odoo.call("ir.cron", "method_direct_trigger", [cron])

    def run(self):
        while not self.finished.wait(1):
            # Its process may be the one that is killed, or the cron may be running.
            with contextlib.suppress(Exception):
                self.seal()


class Senders:
    """Two systems: one keeps the order of each object, the other counts and shuffles."""

    def __init__(self, ordered, shuffled):
        self.ordered, self.shuffled = ordered, shuffled
        self.answers = []
        self.repeated = 0
        self.statuses = Counter()

    def send_everything(self):
        """Send until all is accepted. ``answers`` is ``[(key, number, message)]``."""
        queue = [(f"key-{place}", place) for place in range(KEYS)]

        def work():
            while queue:
                with contextlib.suppress(IndexError):
                    self._send_key(*queue.pop())

        threads = [threading.Thread(target=work) for _number in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _send_key(self, key, place):
        """Send the messages of one key; those of every other key are shuffled."""
        numbers = list(range(1, MESSAGES // KEYS + 1))
        system = self.ordered
        if place % 2:
            system = self.shuffled
            numbers.sort(key=lambda number: number + random.uniform(0, SHUFFLE_REACH))
        partner = Partner(system.url, system.code, secret=system.secret)
        for number in numbers:
            message = self._send(partner, key, number)
            self.answers.append((key, number, message))
            if random.random() < DUPLICATES_SHARE:
                assert self._send(partner, key, number) == message
                self.repeated += 1

    def _send(self, partner, key, number):
        """Send one message until it is accepted. Returns its uuid."""
        event = partner.event(
            PROBE,
            {"number": number, "relay": number % RELAY_EVERY == 0},
            subject=key,
            sequence=str(number),
            id=f"{key}-{number}",
            time="2026-03-02T12:00:00Z",
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                response = partner.post(event)
            except requests.RequestException:
                partner.session = requests.Session()
            else:
                self.statuses[response.status_code] += 1
                if response.status_code == 202:
                    return response.json()["message"]
                # Whatever breaks here, a sender is only ever told to come again.
                assert response.status_code in (409, 503), response.text
            time.sleep(0.05)
        raise AssertionError(f"{key} {number} was never accepted")


def subscribe(plant, mood):
    """Connect a receiver of that mood. Returns it, listening."""
    odoo = plant.odoo
    plant.connect(mood, mood.title(), "other", (EVENT,))
    issued = odoo.call(
        "integration.system", "issue_credential", plant.ids[mood], "hmac", "out"
    )
    receiver = Receiver(free_port(), issued["secret"])
    chance = random.Random(mood)

    def answer(_number, _event):
        chosen = chance.choice(MOODS[mood])
        if chosen is None:
            time.sleep(TIMEOUT_SECONDS + 1)
            return OK
        return chosen

    receiver.answer = answer
    receiver.start()
    endpoint = odoo.create(
        "integration.endpoint",
        name=mood,
        system_id=plant.ids[mood],
        url=receiver.url,
        timeout_seconds=TIMEOUT_SECONDS,
    )
    odoo.create("integration.subscription", contract_code=EVENT, endpoint_id=endpoint)
    odoo.create(
        "integration.policy",
        system_id=plant.ids[mood],
        direction="out",
        tier="2",
        max_attempts=10_000,
        retry_schedule="1",
    )
    return receiver


def connect_senders(plant):
    limits = {"rate_limit_per_minute": 10_000_000, "rate_burst": 1_000_000}
    ordered = plant.connect("ordered", "Ordered", "gateway", (PROBE,), **limits)
    shuffled = plant.connect("shuffled", "Shuffled", "gateway", (PROBE,), **limits)
    plant.odoo.create(
        "integration.policy",
        system_id=plant.ids["shuffled"],
        direction="in",
        tier="2",
        late_rule="wait",
        order_window_seconds=24 * 3600,
    )
    # Several at once: what one applies, another may just have begun to wait for.
    lanes = plant.odoo.search("integration.lane", ("tier", "in", ["1", "2"]))
    plant.odoo.call("integration.lane", "write", lanes, {"worker_count": 2})
    return Senders(ordered, shuffled)


# What demo data published was there before the first message came.
SINCE = "id > (SELECT min(id) FROM integration_message WHERE direction = 'in')"
ACCOUNT = {
    # Everything in the log has its work, and all of it is done.
    "accepted": "SELECT count(*) FROM integration_message"
    " WHERE direction = 'in' AND admission = 'accepted'",
    "refused": "SELECT count(*) FROM integration_message WHERE admission = 'refused'",
    "worked": "SELECT count(*) FROM integration_delivery"
    " WHERE direction = 'in' AND state = 'done'",
    "effects": "SELECT count(*) FROM integration_probe",
    "published": "SELECT count(*) FROM integration_message"
    f" WHERE direction = 'out' AND {SINCE}",
    "delivered": "SELECT count(*) FROM integration_delivery"
    " WHERE direction = 'out' AND state = 'done'",
    "unfinished": "SELECT count(*) FROM integration_delivery WHERE state != 'done'",
    # Exactly one attempt of each delivery succeeded, and it was the last one.
    "successes": "SELECT count(*) FROM integration_attempt WHERE outcome = 'done'",
    "after success": "SELECT count(*) FROM integration_attempt later"
    " JOIN integration_attempt done USING (delivery_id)"
    " WHERE done.outcome = 'done' AND later.id > done.id",
    "without causes": "SELECT count(*) FROM integration_message effect"
    f" WHERE effect.direction = 'out' AND effect.{SINCE} AND NOT EXISTS (SELECT 1"
    "  FROM integration_message cause WHERE cause.uuid = effect.causation_id)",
}


def read_account(cluster, database):
    """Return ``{what: count}``, from the tables alone."""
    return {
        what: int(cluster.query(database, statement)[0][0])
        for what, statement in ACCOUNT.items()
    }


def verify_seals(odoo):
    """Return ``{ledger: verification}``."""
    action = odoo.call("integration.seal.verification", "action_verify")
    found = odoo.read(
        "integration.seal.verification",
        *action["domain"],
        fields=["ledger", "state", "seal_count", "row_count", "faults"],
    )
    return {verification["ledger"]: verification for verification in found}


def assert_in_order(rows, what):
    """``rows``: ``[(key, number)]`` in the order in which they happened."""
    for key in {key for key, _number in rows}:
        numbers = [number for other, number in rows if other == key]
        assert numbers == sorted(numbers), f"{what}: {key} was overtaken"


@pytest.mark.timeout(PATIENCE_SECONDS * 3)
def test_nothing_is_lost_doubled_or_overtaken_whatever_breaks(run_server, cluster):
    receivers = {}
    with run_server(
        "system_chaos", ["integration_test_probe"], cluster=cluster, log_level="warn"
    ) as server:
        plant = Plant(sign_in(server))
        senders = connect_senders(plant)
        receivers = {mood: subscribe(plant, mood) for mood in MOODS}
        breaker, sealer = Breaker(server, cluster, senders), Sealer(server)
        supervisor, operator = Supervisor(server), Operator(server)
        for thread in (breaker, sealer, supervisor):
            thread.start()
        senders.send_everything()
        until(
            lambda: breaker.crashes >= CRASHES_MIN, 60, "PostgreSQL was not crashed"
        )
        for thread in (breaker, sealer):
            thread.finished.set()
            thread.join()
        def is_worked_off():
            time.sleep(2)
            operator.release()
            return read_account(cluster, server.database)["unfinished"] == 0

        until(is_worked_off, PATIENCE_SECONDS, "The messages are not worked off")
        supervisor.finished.set()
        supervisor.join()
        if server.process.poll() is not None:
            server.start()
        server.wait_ready()
        account = read_account(cluster, server.database)
        probes = plant.odoo.read(
            "integration.probe", fields=["key", "number", "message_uuid"], order="id"
        )
        sealer.seal()
        sealed = verify_seals(plant.odoo)
        ((logged,),) = cluster.query(
            server.database, "SELECT count(*) FROM integration_message"
        )
    for receiver in receivers.values():
        receiver.stop()
    assert breaker.kills > 0
    assert senders.repeated > 0
    effects = [(row["key"], row["number"], row["message_uuid"]) for row in probes]
    assert len(senders.answers) == MESSAGES
    assert sorted(effects) == sorted(senders.answers), "lost or doubled"
    assert_in_order([effect[:2] for effect in effects], "effects")
    relayed = sum(number % RELAY_EVERY == 0 for _key, number, _uuid in effects)
    assert account == {
        "accepted": MESSAGES,
        "refused": 0,
        "worked": MESSAGES,
        "effects": MESSAGES,
        "published": relayed,
        "delivered": relayed * len(MOODS),
        "unfinished": 0,
        "successes": MESSAGES + relayed * len(MOODS),
        "after success": 0,
        "without causes": 0,
    }
    for mood, receiver in receivers.items():
        taken = [arrived.event for arrived in receiver.taken]
        arrived = [(event["subject"], event["data"]["number"]) for event in taken]
        assert len(arrived) == len(set(arrived)) == relayed, f"{mood}: lost or doubled"
        assert_in_order(arrived, mood)
        assert all(delivery.genuine for delivery in receiver.deliveries), mood
    log = sealed["integration.message"]
    assert log["state"] == "intact", sealed
    assert log["row_count"] == int(logged)
    assert log["seal_count"] > 1
