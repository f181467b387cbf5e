"""How fast waiting work is worked off: one field of a record of its own per message.

In turn with the subject, two controls do the same writes, with as many processes:

| round | what it is |
|---|---|
| `subject` | inbound messages in a lane: handler, attempt, outcome |
| `queue_job` | OCA queue_job, a job per record, channel `root:4` |
| `bare_loop` | SKIP LOCKED, 50 a transaction, the write, no savepoint, no log |

Both that take many records into one transaction read them at once, before the writes.
The backlog is there before the clock starts; a rate is the records written over the
time from the first claim to the last commit. In the end every record must be written.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.benchmarks._report import Goal, report
from tests.benchmarks._rpc import create_system, sign_in
from tests.benchmarks._stage import stage
from tests.plant.partner import Partner, until
from tests.plant.rpc import Odoo
from tools.console import Problem, say
from tools.environment import Environment, set_up
from tools.server import Server

DATABASE = "bench_drain"
SYSTEM = "bench"
CONTRACT = "benchmark.touched"
PROCESSES = 4
ROUNDS = 3
RECORDS = 3000
# queue_job is slow enough to be judged by fewer.
JOBS = 600
BATCH = 500
PATIENCE_SECONDS = 300


class Plant:
    """The server, and what the rounds need of it."""

    def __init__(self, environment: Environment, server: Server) -> None:
        self.environment = environment
        self.server = server
        self.odoo: Odoo = sign_in(server)
        secret = create_system(self.odoo, SYSTEM, CONTRACT)
        self.partner = Partner(server.url, SYSTEM, secret=secret)
        (lane,) = self.odoo.search("integration.lane", ("tier", "=", "1"))
        self.odoo.call(
            "integration.lane", "write", [lane], {"worker_count": PROCESSES}
        )
        self.pickings: list[int] = self.odoo.call(
            "stock.picking", "benchmark_create", RECORDS
        )
        system = self.odoo.read(
            "integration.system", ("code", "=", SYSTEM), fields=["user_id"]
        )[0]
        self.user: int = system["user_id"][0]

    def query(self, statement: str) -> list[list[str]]:
        return self.environment.postgres.query(DATABASE, statement)

    def count(self, statement: str) -> int:
        return int(self.query(statement)[0][0])

    def check_written(self, origin: str, count: int) -> None:
        """Check that the round wrote every record.

        :raises Problem: when it did not.
        """
        found = self.count(f"SELECT count(*) FROM stock_picking WHERE origin = '{origin}'")
        if found != count:
            raise Problem(f"{origin}: {found} of {count} records were written.")


def drain_lane(plant: Plant, origin: str) -> float:
    """Return messages a second."""
    newest = plant.count("SELECT COALESCE(max(id), 0) FROM integration_delivery")
    set_lanes(plant, active=False)
    for start in range(0, RECORDS, BATCH):
        events = [
            plant.partner.event(
                CONTRACT, {"picking": picking, "origin": origin}, subject=f"P{picking}"
            )
            for picking in plant.pickings[start : start + BATCH - 1]
        ]
        plant.partner.post_batch(events)
    set_lanes(plant, active=True)
    # The last ones wake the lane.
    for start in range(0, RECORDS, BATCH):
        picking = plant.pickings[start + BATCH - 1]
        plant.partner.send(
            CONTRACT, {"picking": picking, "origin": origin}, subject=f"P{picking}"
        )
    until(
        lambda: not plant.count(
            "SELECT count(*) FROM integration_delivery"
            " WHERE state IN ('pending', 'running', 'retry')"
        ),
        PATIENCE_SECONDS,
        "The lane was not drained",
    )
    ((seconds,),) = plant.query(
        "SELECT extract(epoch FROM max(finished_at) - min(started_at))"
        f" FROM integration_delivery WHERE id > {newest}"
    )
    plant.check_written(origin, RECORDS)
    return RECORDS / float(seconds)


def set_lanes(plant: Plant, *, active: bool) -> None:
    value = "true" if active else "false"
    plant.query(
        f"UPDATE ir_cron SET active = {value} WHERE integration_lane_id IS NOT NULL"
    )


def drain_queue_job(plant: Plant, origin: str) -> float:
    """Return jobs a second."""
    plant.odoo.call("stock.picking", "benchmark_enqueue", plant.pickings[:JOBS], origin)
    until(
        lambda: not plant.count("SELECT count(*) FROM queue_job WHERE state <> 'done'"),
        PATIENCE_SECONDS,
        "queue_job did not finish",
    )
    ((seconds,),) = plant.query(
        "SELECT extract(epoch FROM max(date_done) - min(date_started)) FROM queue_job"
    )
    plant.check_written(origin, JOBS)
    plant.query("DELETE FROM queue_job")
    return JOBS / max(1.0, float(seconds))


def drain_bare_loop(plant: Plant, origin: str) -> float:
    """Return writes a second."""
    plant.query(
        "INSERT INTO integration_benchmark_row (key, payload)"
        f" SELECT '{origin}' || id, jsonb_build_object('picking', id, 'origin', '{origin}')"
        f" FROM stock_picking WHERE id = ANY(ARRAY{plant.pickings})"
    )
    with bare_processes(plant) as processes:
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        times = [read_times(process) for process in processes]
    plant.check_written(origin, RECORDS)
    return RECORDS / (max(end for _b, end in times) - min(begin for begin, _e in times))


@contextmanager
def bare_processes(plant: Plant) -> Iterator[Sequence[subprocess.Popen[str]]]:
    command = [
        str(plant.environment.paths.python),
        "-m",
        "tests.benchmarks._bare_loop",
        str(plant.server.config),
        DATABASE,
        str(plant.user),
    ]
    processes = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _number in range(PROCESSES)
    ]
    try:
        for process in processes:
            assert process.stdout
            if process.stdout.readline().strip() != "ready":
                raise Problem("The bare loop did not start.")
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def read_times(process: subprocess.Popen[str]) -> tuple[float, float]:
    assert process.stdout
    begin, end = process.stdout.readline().split()
    return float(begin), float(end)


ROUTES = {
    "subject": drain_lane,
    "queue_job": drain_queue_job,
    "bare_loop": drain_bare_loop,
}


def measure(plant: Plant) -> dict[str, list[float]]:
    """Run every route once to warm it up, then in turn."""
    rates: dict[str, list[float]] = {name: [] for name in ROUTES}
    for number in range(ROUNDS + 1):
        for name, drain in ROUTES.items():
            rate = drain(plant, f"{name}-{number}-{time.time():.0f}")
            if number:
                rates[name].append(rate)
        if number:
            line = ", ".join(f"{name} {rates[name][-1]:.0f}/s" for name in ROUTES)
            say(f"  round {number}: {line}")
    return rates


def run(environment: Environment) -> dict[str, list[float]]:
    with stage(
        environment, DATABASE, workers=PROCESSES, cron_workers=PROCESSES + 1
    ) as server:
        return measure(Plant(environment, server))


def main() -> int:
    rates = run(set_up())
    median = {name: statistics.median(found) for name, found in rates.items()}
    figures = {
        name: {
            "per_second": round(median[name], 1),
            "rounds": [round(rate, 1) for rate in found],
        }
        for name, found in rates.items()
    }
    goals = [
        Goal("vs_queue_job", median["subject"] / median["queue_job"], 10),
        Goal("vs_bare_loop", median["subject"] / median["bare_loop"], 0.6),
    ]
    return report("drain", figures | {"processes": PROCESSES}, goals)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"{problem}")
