"""How fast the edge agent writes its journal, and how fast it drains it.

**Journal.** Programs hand over events of 1 KB, each waiting until its own is on the disk
(`synchronous=FULL`). In turn with it, in the same folder, the control: bare SQLite, one
INSERT of the same bytes into a table with nothing else, the same sync.

| figure | programs at a time | commits |
|---|---|---|
| `journal`, `bare_sqlite` | 8 | those that wait at the same time share one, in both |
| `journal_alone`, `bare_sqlite_alone` | 1 | one for each message, in both |

The journal checks the event, completes it, recognises repetitions, numbers its order key and
writes three rows; the control does none of that.

**Drain.** A real agent with 100,000 messages (``BENCH_MESSAGES``) of an outage delivers to a
real Odoo. In turn with it, as the control, the batch endpoint's own rate: prepared batches
of the same events over as many connections as the agent uses, from a process that does
nothing else. No cron worker runs: only taking in is measured.
"""

import itertools
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.benchmarks._load import Expected, build_request, run_load
from tests.benchmarks._report import Goal, report
from tests.benchmarks._rpc import create_system, sign_in
from tests.benchmarks.ingest import prepare_database
from tests.plant.edge import Edge
from tests.plant.partner import BATCH_TYPE, sign
from tests.unit.libs import load_agent
from tools import database
from tools.console import Problem, say
from tools.environment import Environment, set_up
from tools.server import Server, serve

DATABASE = "bench_agent"
SYSTEM = "bench"
CONTRACT = "benchmark.measured"
MESSAGES = int(os.environ.get("BENCH_MESSAGES", "100000"))
# Short and many: what else the disk has to do hits both alike.
ROUNDS = 20
ROUND_SECONDS = 0.5
PROGRAMS = 8
KEYS = 500
SENDERS = 2
BATCH = 500
BODY_BYTES = 1024
HTTP_WORKERS = 2
DRAIN_ROUNDS = 4

Append = Callable[[dict], None]


def build_event(number: int) -> dict:
    """Return an event that was never sent before, of 1 KB."""
    event = {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": f"/{SYSTEM}",
        "type": CONTRACT,
        "time": "2026-03-02T06:15:00Z",
        "subject": f"WO/{number % KEYS:03}",
        "data": {
            "order": "WH/MO/00042",
            "operation": 20,
            "machine": "PRESS-04",
            "measured_at": "2026-03-02T06:15:00Z",
            "quantity": 12.5,
            "unit": "kg",
            "note": "",
        },
    }
    event["data"]["note"] = "x" * (BODY_BYTES - len(json.dumps(event)))
    return event


class BareSqlite:
    """One table, one INSERT; those that wait at the same time share a commit, by the same
    means as in the journal."""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(
            folder / "bare.db", isolation_level=None, check_same_thread=False
        )
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        self.connection.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, body BLOB)")
        self.group = load_agent("group").Group(self.write)

    def append(self, body: bytes) -> None:
        self.group.run(body)

    def write(self, bodies: list[bytes]) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        for body in bodies:
            self.connection.execute("INSERT INTO row (body) VALUES (?)", (body,))
        self.connection.execute("COMMIT")


def run_programs(append: Append, events: list, programs: int) -> float:
    """Append for a time. Returns messages per second."""
    pending, counts = iter(events), [0] * programs
    deadline = time.perf_counter() + ROUND_SECONDS

    def work(index: int) -> None:
        while time.perf_counter() < deadline:
            event = next(pending, None)
            if event is None:
                raise Problem("There were too few prepared events.")
            append(event)
            counts[index] += 1

    start = time.perf_counter()
    threads = [threading.Thread(target=work, args=(i,)) for i in range(programs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - start)


def measure_journal(folder: Path) -> dict[str, float]:
    """Return the medians of messages per second."""
    intake = create_intake(folder)
    bare = BareSqlite(folder)
    rates: dict[str, list[float]] = {}
    numbers = itertools.count()
    appended = 0
    for _round in range(ROUNDS + 1):
        for programs, suffix in ((PROGRAMS, ""), (1, "_alone")):
            events = [build_event(next(numbers)) for _ in range(8_000)]
            bodies = [json.dumps(event).encode() for event in events]
            rates.setdefault(f"bare_sqlite{suffix}", []).append(
                run_programs(bare.append, bodies, programs)
            )
            rate = run_programs(lambda event: intake.take([event]), events, programs)
            rates.setdefault(f"journal{suffix}", []).append(rate)
        appended = intake.journal.appended
    ((rows,),) = intake.journal.query("SELECT count(*) FROM message")
    if rows != appended:
        raise Problem(f"{appended} events were taken in, but {rows} are there.")
    intake.journal.close()
    # The first round only warms up.
    return {name: statistics.median(values[1:]) for name, values in rates.items()}


def create_intake(folder: Path):
    modules = {name: load_agent(name) for name in ("journal", "clock", "alarms")}
    clock = modules["clock"].Clock()
    return load_agent("intake").Intake(
        modules["journal"].Journal(folder),
        load_agent("telemetry").Telemetry(folder),
        clock,
        modules["alarms"].Alarms(),
        f"/{SYSTEM}",
    )


def build_batch(secret: str, number: int) -> bytes:
    """Return a signed request with a batch that was never sent before."""
    events = [build_event(number * BATCH + i) for i in range(BATCH)]
    for position, event in enumerate(events):
        event |= {"sequence": str(number * BATCH + position), "epoch": "1"}
    body = json.dumps(events).encode()
    message_id = f"msg_{uuid.uuid4().hex}"
    timestamp = int(time.time())
    headers = {
        "Content-Type": BATCH_TYPE,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, message_id, timestamp, body),
    }
    return build_request(f"/integration/v1/{SYSTEM}/messages/batch", body, headers)


def measure_endpoint(server: Server, secret: str, seconds: float, offset: int) -> float:
    """Return the messages per second that the batch endpoint takes."""
    requests = [build_batch(secret, offset + n) for n in range(int(seconds * 12) + 4)]
    expected = Expected(207, b'"status": 202', excludes=None)
    result = run_load(
        server.port, requests, expected, connections=SENDERS, seconds=seconds
    )
    return result.rate * BATCH


def fill_outage(edge: Edge, count: int) -> None:
    """Let the agent take in what comes while Odoo is away."""
    for begin in range(0, count, BATCH):
        events = [build_event(begin + i) for i in range(min(BATCH, count - begin))]
        edge.post(events, "/messages/batch").raise_for_status()


def measure_drain(
    environment: Environment, server: Server, secret: str, folder: Path
) -> dict[str, float]:
    """Return the rates of the drain and of the endpoint, measured in turn."""
    drained: list[float] = []
    endpoint: list[float] = []
    measure_endpoint(server, secret, 2.0, 1_000_000)
    seconds = 5.0
    for number in range(DRAIN_ROUNDS):
        edge = Edge(
            folder / f"edge-{number}",
            # Away: nothing listens on this port.
            "http://127.0.0.1:9",
            secret,
            SYSTEM,
            {"server": {"senders": SENDERS, "batch_messages": BATCH}},
        )
        edge.start()
        count = MESSAGES // DRAIN_ROUNDS
        fill_outage(edge, count)
        edge.stop()
        endpoint.append(measure_endpoint(server, secret, seconds, number * 1000))
        edge.url = server.url
        drained.append(drain(environment, edge, count))
        say(f"  drain {drained[-1]:.0f}/s, endpoint {endpoint[-1]:.0f}/s")
    return {
        "drain": statistics.median(drained),
        "batch_endpoint": statistics.median(endpoint),
    }


def drain(environment: Environment, edge: Edge, count: int) -> float:
    """Start the agent on its backlog. Returns messages per second, once it sends."""
    before = count_messages(environment)
    edge.launch()
    start = None
    while True:
        time.sleep(0.05)
        with suppress(OSError):
            status = edge.status()
            delivered = status["journal"]["delivered"]
            if start is None and delivered:
                start, first = time.perf_counter(), delivered
            if status["journal"]["pending"] == 0:
                break
    rate = (count - first) / (time.perf_counter() - start)
    edge.stop()
    if count_messages(environment) - before != count:
        raise Problem(f"Not all of the {count} messages arrived, or some arrived twice.")
    return rate


def count_messages(environment: Environment) -> int:
    ((count,),) = environment.postgres.query(
        DATABASE,
        "SELECT count(*) FROM integration_message WHERE admission = 'accepted'",
    )
    return int(count)


def measure_outage(environment: Environment, folder: Path) -> dict[str, float]:
    try:
        prepare_database(environment, DATABASE)
        with serve(
            environment.paths,
            DATABASE,
            workers=HTTP_WORKERS,
            cron_workers=0,
            extra_addons=[environment.paths.test_addons],
        ) as server:
            secret = create_system(sign_in(server), SYSTEM, CONTRACT)
            return measure_drain(environment, server, secret, folder)
    finally:
        database.drop(environment.paths, environment.postgres, DATABASE)


def main() -> int:
    environment = set_up()
    # On the disk that the project is on: a folder in memory would sync nothing.
    with tempfile.TemporaryDirectory(dir=environment.paths.runtime) as name:
        folder = Path(name)
        rates = measure_journal(folder)
        rates |= measure_outage(environment, folder)
    figures = {f"{name}_per_second": round(rate, 1) for name, rate in rates.items()}
    figures |= {
        "programs": PROGRAMS,
        "body_bytes": BODY_BYTES,
        "messages_drained": MESSAGES,
        "senders": SENDERS,
        "vs_bare_sqlite_alone": round(
            rates["journal_alone"] / rates["bare_sqlite_alone"], 3
        ),
    }
    goals = [
        Goal("vs_bare_sqlite", rates["journal"] / rates["bare_sqlite"], 0.6),
        Goal("drain_vs_ingest", rates["drain"] / rates["batch_endpoint"], 0.7),
    ]
    return report("agent", figures, goals)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"{problem}")
