"""What a real-time message notices of a flood and of a partner that hangs.

Idle: messages of tier 1, now and then. Loaded: the same, while a backlog of tier 3 is
worked off and events wait for an endpoint that never answers. The time from accepted to
done is compared.
"""

import random
import sys
import time

from tests.benchmarks._report import Goal, report
from tests.benchmarks._rpc import create_endpoint, create_system, sign_in
from tests.benchmarks._sink import sink
from tests.benchmarks._stage import percentile, stage
from tests.plant.partner import Partner, until
from tests.plant.rpc import Odoo
from tools.console import Problem, say
from tools.environment import Environment, set_up
from tools.server import Server

DATABASE = "bench_isolation"
SYSTEM, FLOOD = "bench", "flood"
URGENT, BULK, SENT = "benchmark.urgent", "benchmark.bulk", "benchmark.sent"
MESSAGES = 20_000
BATCH = 500
SAMPLES = 40
# Some find the lane's worker listening, some find it asleep.
PAUSE_SECONDS = (0.2, 2.5)
HANGING_EVENTS = 50


class Bench:
    """The server and its two systems: one that is urgent, one that floods."""

    def __init__(self, environment: Environment, server: Server) -> None:
        self.environment = environment
        self.odoo: Odoo = sign_in(server)
        secret = create_system(self.odoo, SYSTEM, URGENT)
        self.urgent = Partner(server.url, SYSTEM, secret=secret)
        secret = create_system(self.odoo, FLOOD, BULK, SENT)
        self.flood = Partner(server.url, FLOOD, secret=secret)
        (system,) = self.odoo.search("integration.system", ("code", "=", FLOOD))
        for direction in ("in", "out"):
            self.odoo.create(
                "integration.policy", system_id=system, direction=direction, tier="3"
            )
        self.pickings: list[int] = self.odoo.call(
            "stock.picking", "benchmark_create", 1000
        )

    def query(self, statement: str) -> list[list[str]]:
        return self.environment.postgres.query(DATABASE, statement)

    def measure(self) -> list[float]:
        """Send urgent messages now and then. Returns the milliseconds of each."""
        uuids = []
        for _number in range(SAMPLES):
            time.sleep(random.uniform(*PAUSE_SECONDS))
            uuids.append(self.urgent.send(URGENT, {}))
        names = ", ".join(f"'{uuid}'" for uuid in uuids)
        where = (
            "FROM integration_delivery d JOIN integration_message m"
            f" ON m.id = d.message_id WHERE m.uuid IN ({names}) AND d.state = 'done'"
        )
        until(
            lambda: self.query(f"SELECT count(*) {where}") == [[str(SAMPLES)]],
            60,
            "Urgent messages are not done",
        )
        rows = self.query(
            f"SELECT extract(epoch FROM d.finished_at - d.received_at) * 1000 {where}"
        )
        return [float(row[0]) for row in rows]

    def load_up(self) -> None:
        """Let a backlog come in while nobody works on it."""
        self.set_bulk_lane("false")
        for start in range(0, MESSAGES, BATCH):
            events = [
                self.flood.event(
                    BULK,
                    {"picking": self.pickings[number % 1000], "origin": f"{number}"},
                    subject=f"P{number % 1000}",
                )
                for number in range(start, start + BATCH)
            ]
            self.flood.post_batch(events)
        self.set_bulk_lane("true")
        self.odoo.call("integration.benchmark.wait", "publish", HANGING_EVENTS)

    def set_bulk_lane(self, active: str) -> None:
        self.query(
            f"UPDATE ir_cron SET active = {active} WHERE integration_lane_id ="
            " (SELECT id FROM integration_lane WHERE tier = '3')"
        )

    def count_backlog(self) -> int:
        return int(
            self.query(
                "SELECT count(*) FROM integration_delivery d"
                " JOIN integration_lane l ON l.id = d.lane_id"
                " WHERE l.tier = '3' AND d.state IN ('pending', 'running', 'retry')"
            )[0][0]
        )


def main() -> int:
    environment = set_up()
    with stage(environment, DATABASE, workers=2, cron_workers=4) as server:
        bench = Bench(environment, server)
        bench.measure()  # warm
        idle = bench.measure()
        say("  measured idle; loading up …")
        with sink(environment, -1) as url:
            create_endpoint(bench.odoo, FLOOD, url, SENT)
            bench.load_up()
            loaded = bench.measure()
            left = bench.count_backlog()
    if left <= HANGING_EVENTS:
        raise Problem("The backlog was gone before the measurement ended.")
    p95 = {"idle": percentile(idle, 0.95), "loaded": percentile(loaded, 0.95)}
    figures = {
        name: {
            "p50_ms": round(percentile(found, 0.5), 1),
            "p95_ms": round(p95[name], 1),
        }
        for name, found in (("idle", idle), ("loaded", loaded))
    }
    goals = [
        Goal("tier1_p95_vs_idle", p95["loaded"] / p95["idle"], 1.5, "lower"),
        Goal("tier1_idle_p95_ms", p95["idle"], 250, "lower"),
    ]
    return report("isolation", figures | {"backlog_left": left}, goals)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"{problem}")
