"""Part seven: workers die with SIGKILL while messages are in flight."""

import contextlib
import os
import signal
import threading
import time
from typing import Any

import requests

from tests.plant.partner import Partner, until
from tests.plant.setup import Plant
from tests.plant.steps import Observed, check

MESSAGES = 500
SENDERS = 8
ORDER_KEYS = 25
PATIENCE_SECONDS = 180


def play_crash(plant: Plant, server: Any, seen: Observed) -> str:
    """Kill an HTTP worker and all cron workers under way; everything is done once."""
    gateway = plant.partners["line-gateway"]
    system = plant.ids["line-gateway"]
    events = [
        gateway.event(
            "connection.tested",
            {"text": f"signal {number}"},
            subject=f"machine-{number % ORDER_KEYS}",
            sequence=str(number),
        )
        for number in range(MESSAGES)
    ]
    sending = threading.Thread(target=send_all, args=(gateway, events))
    sending.start()
    killed = kill_workers(plant, server, system)
    sending.join(PATIENCE_SECONDS)
    check(not sending.is_alive(), "Sending did not come to an end.")
    odoo = plant.odoo
    mine = ("system_id", "=", system)
    until(
        lambda: (
            odoo.count("integration.delivery", mine, ("state", "=", "done")) >= MESSAGES
        ),
        PATIENCE_SECONDS,
        "Not every message is done",
    )
    check(
        odoo.count("integration.message", mine) == MESSAGES,
        "Messages were lost or doubled.",
    )
    attempts = ("delivery_id.system_id", "=", system)
    done = odoo.count("integration.attempt", attempts, ("outcome", "=", "done"))
    check(done == MESSAGES, f"{done} attempts succeeded.")
    interrupted = odoo.count(
        "integration.attempt", attempts, ("outcome", "=", "interrupted")
    )
    check_order(plant, system)
    seen.note("integration.system", system, "Line gateway")
    for message in odoo.search("integration.message", mine, limit=3):
        seen.note("integration.message", message, "One of 500")
    return (
        f"{len(killed)} workers were killed with SIGKILL while {MESSAGES} messages were in "
        f"flight ({interrupted} attempts were interrupted): all are done, once each, in order."
    )


def send_all(gateway: Partner, events: list[dict[str, Any]]) -> None:
    """Send from several threads, each order key from one; repeat what got no answer."""

    def work(number: int) -> None:
        mine = Partner(gateway.url, gateway.code, secret=gateway.secret)
        for index, event in enumerate(events):
            if index % ORDER_KEYS % SENDERS == number:
                send_until_accepted(mine, event)

    threads = [
        threading.Thread(target=work, args=(number,)) for number in range(SENDERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def send_until_accepted(partner: Partner, event: dict[str, Any]) -> None:
    """Repeat with the same id until there is a 202: the id keeps it single."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if partner.post(event).status_code == 202:
                return
        except requests.RequestException:
            partner.session = requests.Session()
        time.sleep(0.05)
    raise AssertionError(f"{event['id']} was never accepted.")


def kill_workers(plant: Plant, server: Any, system: int) -> list[int]:
    """Kill an HTTP worker, then all cron workers, once part of the work is done.

    Nobody sees from outside which of them has the lane: with all of them it is hit, at a
    moment at which it has work in its hands.
    """

    def count(state: str) -> int:
        return plant.odoo.count(
            "integration.delivery", ("system_id", "=", system), ("state", "=", state)
        )

    def is_due(kind: str, share: float) -> bool:
        done = count("done")
        if done < MESSAGES * share:
            return False
        return kind == "http" or done >= MESSAGES * 0.8 or count("running") > 0

    killed: list[int] = []
    for kind, share in (("http", 0.1), ("cron", 0.2)):
        until(
            lambda kind=kind, share=share: is_due(kind, share),
            PATIENCE_SECONDS,
            "The messages do not get worked off",
            pause_seconds=0.005,
        )
        pids = server.worker_pids(kind)
        check(pids, f"There is no {kind} worker to kill.")
        for pid in pids[:1] if kind == "http" else pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
    return killed


def check_order(plant: Plant, system: int) -> None:
    """The successful attempts of each machine follow the order of its messages."""
    attempts = plant.odoo.read(
        "integration.attempt",
        ("delivery_id.system_id", "=", system),
        ("outcome", "=", "done"),
        fields=["delivery_id"],
        order="id",
    )
    keys = {
        row["id"]: row["order_key"]
        for row in plant.odoo.read(
            "integration.delivery", ("system_id", "=", system), fields=["order_key"]
        )
    }
    last: dict[str, int] = {}
    for attempt in attempts:
        delivery = attempt["delivery_id"][0]
        key = keys[delivery]
        check(last.get(key, 0) < delivery, f"{key} was overtaken.")
        last[key] = delivery
