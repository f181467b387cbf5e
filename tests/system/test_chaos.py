"""Messages by the hundred while processes die: none lost, none doubled, in order.

``CHAOS_MESSAGES=10000`` makes it long; the default is for every day.
"""

import contextlib
import os
import random
import signal
import threading
import time

import requests

from tests.plant.partner import Partner, until
from tests.plant.setup import Plant
from tests.system.conftest import sign_in

MESSAGES = int(os.environ.get("CHAOS_MESSAGES", "400"))
KEYS = 20
SENDERS = 8
KILL_EVERY_SECONDS = 2
PATIENCE_SECONDS = 240 + MESSAGES // 10


class Killer(threading.Thread):
    """Kills a random child of the server with SIGKILL, again and again."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.finished = threading.Event()
        self.killed = 0

    def run(self):
        while not self.finished.wait(KILL_EVERY_SECONDS):
            with contextlib.suppress(ProcessLookupError, FileNotFoundError, IndexError):
                os.kill(random.choice(self.server.worker_pids()), signal.SIGKILL)
                self.killed += 1


class Sealer(threading.Thread):
    """Seals the ledgers over and over, while messages come in and processes die."""

    def __init__(self, odoo):
        super().__init__(daemon=True)
        self.odoo = odoo
        self.finished = threading.Event()

    def seal(self):
        (cron,) = self.odoo.search("ir.cron", ("cron_name", "=like", "%seal the ledgers"))
        self.odoo.call("ir.cron", "method_direct_trigger", [cron])

    def run(self):
        while not self.finished.wait(1):
            # Its process may be the one that is killed, or the cron may be running.
            with contextlib.suppress(Exception):
                self.seal()


def send_key(partner, key, numbers, answers):
    """Send the messages of one key in order, each until it is accepted."""
    mine = Partner(partner.url, partner.code, secret=partner.secret)
    for number in numbers:
        event = mine.event(
            "probe.recorded",
            {"number": number},
            subject=key,
            sequence=str(number),
            id=f"{key}-{number}",
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                response = mine.post(event)
                assert response.status_code in (202, 409, 503, 502), response.text
                if response.status_code == 202:
                    answers.append((key, number, response.json()["message"]))
                    break
            except requests.RequestException:
                mine.session = requests.Session()
            time.sleep(0.05)


def send_everything(partner):
    """Return ``[(key, number, message)]`` of everything that was answered with 202."""
    answers = []
    keys = [f"key-{number}" for number in range(KEYS)]
    share = {key: range(index, MESSAGES, KEYS) for index, key in enumerate(keys)}
    queue = list(keys)

    def work():
        while True:
            try:
                key = queue.pop()
            except IndexError:
                return
            send_key(partner, key, share[key], answers)

    threads = [threading.Thread(target=work) for _number in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def verify_seals(odoo):
    """Return ``{ledger: verification}``."""
    action = odoo.call("integration.seal.verification", "action_verify")
    found = odoo.read(
        "integration.seal.verification",
        *action["domain"],
        fields=["ledger", "state", "seal_count", "row_count", "faults"],
    )
    return {verification["ledger"]: verification for verification in found}


def test_sigkill_of_random_processes_loses_doubles_and_reorders_nothing(run_server):
    with run_server(
        "system_chaos", ["integration_test_probe"], log_level="warn"
    ) as server:
        plant = Plant(sign_in(server))
        partner = plant.connect("chaos", "Chaos", "gateway", ("probe.recorded",))
        killer = Killer(server)
        sealer = Sealer(sign_in(server))
        killer.start()
        sealer.start()
        answers = send_everything(partner)
        for thread in (killer, sealer):
            thread.finished.set()
            thread.join()
        odoo = plant.odoo
        until(
            lambda: (
                odoo.count("integration.probe") >= MESSAGES
                and not odoo.count(
                    "integration.delivery",
                    ("state", "in", ["pending", "running", "retry"]),
                )
            ),
            PATIENCE_SECONDS,
            "The messages are not worked off",
        )
        rows = odoo.read(
            "integration.probe", fields=["key", "number", "message_uuid"], order="id"
        )
        sealer.seal()
        sealed = verify_seals(odoo)
        messages = odoo.count("integration.message")
    assert killer.killed > 0
    assert sealed["integration.message"]["state"] == "intact", sealed
    assert sealed["integration.message"]["row_count"] == messages
    assert sealed["integration.message"]["seal_count"] > 1
    assert len(answers) == MESSAGES
    effects = [(row["key"], row["number"], row["message_uuid"]) for row in rows]
    assert sorted(effects) == sorted(answers), "lost or doubled"
    for key in {key for key, _number, _uuid in effects}:
        numbers = [number for other, number, _uuid in effects if other == key]
        assert numbers == sorted(numbers), f"{key} was overtaken"
