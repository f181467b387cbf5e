"""How fast reports of the shop floor are posted, and how long they wait in a flood.

In turn with the subject, the control has the same effect by Odoo's own methods, called in
one process on orders of its own: one worker against one process.

| round | what it is |
|---|---|
| `subject` | accepted messages: lane, handler, order and stock, attempt, outcome |
| `odoo_methods` | planned move, its line, `_action_done`, in the end `button_mark_done` |

Each order is reported on by pairs of consumption and output of one unit, by lot, and a
completion. The backlog is there before the clock starts; orders are done when it stops.
In the flood, reports arrive one by one at half the measured rate.

``MES_ORDERS`` and ``MES_FLOOD_REPORTS`` set the size: 500 orders and 10000 reports are the
whole proof, a tenth of it says the same.
"""

import os
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

from tests.benchmarks._report import Goal, report
from tests.benchmarks._rpc import create_system, sign_in
from tests.benchmarks._stage import percentile, stage
from tests.plant.partner import Partner, until
from tests.plant.rpc import Odoo
from tools.console import Problem, say
from tools.environment import Environment, set_up
from tools.server import Server

DATABASE = "bench_mes"
SYSTEM = "bench-mes"
CONTRACTS = (
    "production.consumed",
    "production.reported",
    "production.order.completed",
)
PAIRS = 9
PER_ORDER = 2 * PAIRS + 1
ORDERS = int(os.environ.get("MES_ORDERS", "10"))
FLOOD_REPORTS = int(os.environ.get("MES_FLOOD_REPORTS", "600"))
ROUNDS = int(os.environ.get("MES_ROUNDS", "3"))
PATIENCE_SECONDS = 1800
P95_SECONDS = 5

Report = tuple[str, dict[str, Any], str]


class Plant:
    """The server, and what the rounds need of it."""

    def __init__(self, environment: Environment, server: Server) -> None:
        self.environment = environment
        self.odoo: Odoo = sign_in(server)
        secret = create_system(self.odoo, SYSTEM, *CONTRACTS)
        self.partner = Partner(server.url, SYSTEM, secret=secret)
        component, _finished, unit = self.odoo.call(
            "mrp.production", "benchmark_prepare"
        )
        for domain, code, record in (("item", "RAW", component), ("unit", "EA", unit)):
            (domain_id,) = self.odoo.search(
                "integration.mapping.domain", ("code", "=", domain)
            )
            self.odoo.create(
                "integration.mapping",
                domain_id=domain_id,
                external_code=code,
                res_id=record,
            )
        lanes = self.odoo.search("integration.lane", ("tier", "=", "2"))
        self.odoo.call("integration.lane", "write", lanes, {"worker_count": 1})

    def query(self, statement: str) -> list[list[str]]:
        return self.environment.postgres.query(DATABASE, statement)

    def count(self, statement: str) -> int:
        return int(self.query(statement)[0][0])

    def create(self, count: int, *, release: bool) -> list[tuple[int, str]]:
        rows: list[list[Any]] = self.odoo.call(
            "mrp.production", "benchmark_create", count, PAIRS, release
        )
        return [(row[0], row[1]) for row in rows]

    def check_done(self, ids: list[int]) -> None:
        """Check that every order is done, with what was reported.

        :raises Problem: when one is not.
        """
        numbers = ",".join(map(str, ids))
        done = self.count(
            "SELECT count(*) FROM mrp_production WHERE state = 'done'"
            f" AND id IN ({numbers})"
        )
        used, made = self.query(
            "SELECT COALESCE(sum(quantity) FILTER (WHERE raw_material_production_id IN"
            f" ({numbers})), 0), COALESCE(sum(quantity) FILTER (WHERE production_id IN"
            f" ({numbers})), 0) FROM stock_move WHERE state = 'done'"
        )[0]
        expected = PAIRS * len(ids)
        if (done, float(used), float(made)) != (len(ids), expected, expected):
            raise Problem(
                f"{done} of {len(ids)} orders are done, with {used} used and {made} "
                f"made instead of {expected}."
            )


def prepare_reports(order: str) -> Iterator[Report]:
    """Yield the reports of one order."""
    used = {"order": order, "item": "RAW", "lot": "BENCH-LOT", "unit": "EA"}
    for _number in range(PAIRS):
        yield CONTRACTS[0], used | {"quantity": 1}, order
        yield (
            CONTRACTS[1],
            {"order": order, "lot": f"{order}-L", "quantity": 1, "unit": "EA"},
            order,
        )
    total = {"item": "RAW", "lot": "BENCH-LOT", "quantity": PAIRS, "unit": "EA"}
    yield (
        CONTRACTS[2],
        {"order": order, "good_quantity": PAIRS, "unit": "EA", "consumed": [total]},
        order,
    )


def set_lanes(plant: Plant, *, active: bool) -> None:
    value = "true" if active else "false"
    plant.query(
        f"UPDATE ir_cron SET active = {value} WHERE integration_lane_id IS NOT NULL"
    )


def post_reports(plant: Plant) -> float:
    """Return reports a second through the bridge."""
    orders = plant.create(ORDERS, release=True)
    newest = plant.count("SELECT COALESCE(max(id), 0) FROM integration_delivery")
    set_lanes(plant, active=False)
    events = [
        plant.partner.event(contract, payload, subject=subject)
        for _id, reference in orders
        for contract, payload, subject in prepare_reports(reference)
    ]
    *backlog, last = events
    for start in range(0, len(backlog), 500):
        plant.partner.post_batch(backlog[start : start + 500])
    set_lanes(plant, active=True)
    plant.partner.post(last)  # wakes the lane
    wait_until_worked_off(plant)
    ((seconds,),) = plant.query(
        "SELECT extract(epoch FROM max(finished_at) - min(started_at))"
        f" FROM integration_delivery WHERE id > {newest} AND direction = 'in'"
    )
    plant.check_done([order for order, _reference in orders])
    return len(events) / float(seconds)


def wait_until_worked_off(plant: Plant) -> None:
    until(
        lambda: (
            not plant.count(
                "SELECT count(*) FROM integration_delivery"
                " WHERE state IN ('pending', 'running', 'retry')"
            )
        ),
        PATIENCE_SECONDS,
        "The reports were not worked off",
    )


def call_methods(plant: Plant) -> float:
    """Return reports a second by Odoo's own methods."""
    orders = [order for order, _reference in plant.create(ORDERS, release=False)]
    started = time.monotonic()
    for order in orders:
        plant.odoo.call("mrp.production", "benchmark_report", [order], PAIRS)
    seconds = time.monotonic() - started
    plant.check_done(orders)
    return ORDERS * PER_ORDER / seconds


def flood(plant: Plant, per_second: float) -> dict[str, float]:
    """Send reports one by one at a rate. Returns how long they took, in seconds."""
    orders = plant.create(max(1, FLOOD_REPORTS // PER_ORDER), release=True)
    queues = [list(prepare_reports(reference)) for _id, reference in orders]
    newest = plant.count("SELECT COALESCE(max(id), 0) FROM integration_delivery")
    # All orders run at the same time, as they do in a plant.
    reports = [queue[step] for step in range(PER_ORDER) for queue in queues]
    begin = time.monotonic()
    for number, (contract, payload, subject) in enumerate(reports):
        time.sleep(max(0.0, begin + number / per_second - time.monotonic()))
        plant.partner.send(contract, payload, subject=subject)
    sent = time.monotonic() - begin
    wait_until_worked_off(plant)
    rows = plant.query(
        "SELECT extract(epoch FROM finished_at - received_at) FROM integration_delivery"
        f" WHERE id > {newest} AND direction = 'in' AND state = 'done'"
    )
    waits = [float(row[0]) for row in rows]
    if len(waits) != len(reports):
        raise Problem(f"{len(waits)} of {len(reports)} reports were posted.")
    plant.check_done([order for order, _reference in orders])
    return {
        "reports": len(waits),
        "orders": len(orders),
        "per_second": round(len(reports) / sent, 1),
        "p50_s": round(percentile(waits, 0.5), 3),
        "p95_s": round(percentile(waits, 0.95), 3),
    }


ROUTES = {"subject": post_reports, "odoo_methods": call_methods}


def measure(plant: Plant) -> dict[str, list[float]]:
    """Run every route once to warm it up, then in turn."""
    rates: dict[str, list[float]] = {name: [] for name in ROUTES}
    for number in range(ROUNDS + 1):
        for name, run_route in ROUTES.items():
            rate = run_route(plant)
            if number:
                rates[name].append(rate)
        if number:
            line = ", ".join(f"{name} {rates[name][-1]:.1f}/s" for name in ROUTES)
            say(f"  round {number}: {line}")
    return rates


def main() -> int:
    environment = set_up()
    with stage(environment, DATABASE, workers=2, cron_workers=3) as server:
        plant = Plant(environment, server)
        rates = measure(plant)
        median = {name: statistics.median(found) for name, found in rates.items()}
        waits = flood(plant, median["subject"] / 2)
    figures = {
        name: {
            "per_second": round(median[name], 1),
            "rounds": [round(rate, 1) for rate in found],
        }
        for name, found in rates.items()
    }
    goals = [
        Goal("vs_odoo_methods", median["subject"] / median["odoo_methods"], 0.7),
        Goal("flood_p95_s", waits["p95_s"], P95_SECONDS, "lower"),
    ]
    return report("mes", figures | {"flood": waits}, goals)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"{problem}")
