"""How long a message waits on an idle system, from accepted to done.

| route | what it is |
|---|---|
| `ordinary` | a lane that sleeps: a scheduled action has to be started |
| `core_trigger` | Odoo's own `_trigger()` of a scheduled action |
| `lingering` | the real-time lane, whose worker still listens |
| `queue_job` | OCA queue_job, an idle runner |

Odoo's cron processes pause before they look, each for as long as its process number says.
So the first two are measured while all of them are idle: whichever pauses least serves
both. In the end every notification is lost: the poll alone must find what waits.
"""

import statistics
import sys
import time
from collections.abc import Callable

from tests.benchmarks._report import Goal, report
from tests.benchmarks._rpc import create_system, sign_in
from tests.benchmarks._stage import percentile, stage
from tests.plant.partner import Partner, until
from tests.plant.rpc import Odoo
from tools.console import Problem, say
from tools.environment import Environment, set_up
from tools.server import Server

DATABASE = "bench_wake"
SYSTEM = "bench"
SAMPLES = 25
# Much longer than a lane lingers and than triggers take to be run.
IDLE_SECONDS = 30
# A worker that goes to sleep looks around once more.
FALLING_ASLEEP_SECONDS = 0.5
WARM_UP_SAMPLES = 2
POLL_SECONDS = 60
DEAF_SAMPLES = 2
# Starting the poll's transaction and the worker itself.
POLL_GRACE_SECONDS = 5
DEAF = """
    CREATE FUNCTION benchmark_lose() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER benchmark_lose BEFORE INSERT ON ir_cron_trigger
        FOR EACH ROW EXECUTE FUNCTION benchmark_lose();
"""
# Workers that are awake, and triggers that would start one.
AWAKE = """
    SELECT (SELECT count(*) FROM pg_locks
             WHERE locktype = 'advisory' AND classid::integer = 6048
               AND database = (SELECT oid FROM pg_database
                                WHERE datname = current_database()))
         + (SELECT count(*) FROM ir_cron_trigger JOIN ir_cron ON ir_cron.id = cron_id
             WHERE integration_lane_id IS NOT NULL)
"""


class Bench:
    """The server, and a sender."""

    def __init__(self, environment: Environment, server: Server) -> None:
        self.environment = environment
        self.odoo: Odoo = sign_in(server)
        contracts = ("benchmark.noticed", "benchmark.urgent")
        secret = create_system(self.odoo, SYSTEM, *contracts)
        self.partner = Partner(server.url, SYSTEM, secret=secret)

    def query(self, statement: str) -> list[list[str]]:
        return self.environment.postgres.query(DATABASE, statement)

    def wait_for_message(self, contract: str, patience: float = 10) -> float:
        """Send one message. Returns the milliseconds from accepted to done."""
        uuid = self.partner.send(contract, {})
        statement = (
            "SELECT extract(epoch FROM finished_at - received_at) * 1000"
            " FROM integration_delivery WHERE message_id ="
            f" (SELECT id FROM integration_message WHERE uuid = '{uuid}')"
            " AND state = 'done'"
        )
        rows = until(lambda: self.query(statement), patience, "A message waits")
        return float(rows[0][0])

    def wait_for(self, method: str) -> float:
        """Ask one of the controls. Returns the milliseconds until it ran."""
        self.odoo.call("integration.benchmark.wait", method)
        statement = (
            "SELECT (ran_at - asked_at) * 1000 FROM integration_benchmark_wait"
            " WHERE ran_at > 0 ORDER BY id DESC LIMIT 1"
        )
        count = "SELECT count(*) FROM integration_benchmark_wait WHERE ran_at = 0"
        until(lambda: self.query(count) == [["0"]], 10, "A control did not run")
        return float(self.query(statement)[0][0])

    def wait_until_idle(self) -> None:
        """Wait until no worker lingers and nothing is about to start."""
        until(lambda: self.query(AWAKE) == [["0"]], IDLE_SECONDS, "A lane is awake")
        time.sleep(FALLING_ASLEEP_SECONDS)

    def linger(self) -> float:
        """Measure a message right after another one."""
        self.wait_for_message("benchmark.urgent")
        time.sleep(0.2)
        return self.wait_for_message("benchmark.urgent")


def measure(bench: Bench) -> dict[str, list[float]]:
    """Take samples: of what wakes an idle system in turn, then of what is awake."""
    asleep: dict[str, Callable[[], float]] = {
        "ordinary": lambda: bench.wait_for_message("benchmark.noticed"),
        "core_trigger": lambda: bench.wait_for("ask_core"),
    }
    awake: dict[str, Callable[[], float]] = {
        "lingering": bench.linger,
        "queue_job": lambda: bench.wait_for("ask_queue_job"),
    }
    time.sleep(8)  # queue_job's runner starts late
    return take_samples(asleep, bench.wait_until_idle) | take_samples(
        awake, lambda: time.sleep(0.2)
    )


def take_samples(
    routes: dict[str, Callable[[], float]], pause: Callable[[], None]
) -> dict[str, list[float]]:
    """Take a sample of each route in turn, after a pause each."""
    waits: dict[str, list[float]] = {name: [] for name in routes}
    for number in range(WARM_UP_SAMPLES + SAMPLES):
        for name, sample in routes.items():
            pause()
            wait = sample()
            if number >= WARM_UP_SAMPLES:
                waits[name].append(wait)
    return waits


def measure_deaf(bench: Bench) -> float:
    """Lose what wakes a lane that sleeps. Returns the seconds of the longest wait."""
    bench.query(DEAF)
    say("  every notification is lost: waiting for the poll …")
    waits = []
    for _number in range(DEAF_SAMPLES):
        bench.wait_until_idle()
        waits.append(bench.wait_for_message("benchmark.noticed", 3 * POLL_SECONDS))
    return max(waits) / 1000


def main() -> int:
    environment = set_up()
    with stage(environment, DATABASE, workers=2, cron_workers=5) as server:
        bench = Bench(environment, server)
        waits = measure(bench)
        deaf = measure_deaf(bench)
    p50 = {name: statistics.median(found) for name, found in waits.items()}
    p95 = {name: percentile(found, 0.95) for name, found in waits.items()}
    figures = {
        name: {"p50_ms": round(p50[name], 1), "p95_ms": round(p95[name], 1)}
        for name in waits
    } | {"longest_wait_without_notifications_s": round(deaf, 1)}
    spread = max(p95[name] / p50[name] for name in ("ordinary", "lingering"))
    goals = [
        Goal("vs_core_trigger", p50["ordinary"] / p50["core_trigger"], 1.2, "lower"),
        Goal("lingering_vs_queue_job", p50["lingering"] / p50["queue_job"], 1, "lower"),
        Goal("p95_vs_p50", spread, 3, "lower"),
        Goal(
            "without_notifications_s",
            deaf,
            POLL_SECONDS + POLL_GRACE_SECONDS,
            "lower",
        ),
    ]
    return report("wake", figures, goals)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"{problem}")
