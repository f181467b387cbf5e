"""How fast messages are taken in: signed, schema-checked, idempotent, durable.

Messages of 1 KB come over eight connections to a prefork server with two HTTP workers.
In the same run, in turn with the subject, two controls take in the same bytes:

| route | what it does |
|---|---|
| `subject` | `POST /integration/v1/<system>/messages`, signed with Standard Webhooks |
| `one_insert` | a bare controller: one INSERT of the body under a unique key |
| `core_webhook` | Odoo's own: a rule `on_webhook` whose action creates a record |

There are no cron workers in any round: only taking in is measured, not the handling.
Ratios of medians are judged, since the machine's own speed cancels out of them. At the
end the rows must be as many as the answers: an answer without a row is a failure.
"""

import json
import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.benchmarks._load import Expected, Result, build_request, run_load
from tests.benchmarks._report import Goal, report
from tests.benchmarks._rpc import create_system, create_webhook, sign_in
from tests.plant.partner import EVENT_TYPE, sign
from tools import database
from tools.console import Problem, say
from tools.environment import Environment, set_up
from tools.server import Server, serve

DATABASE = "bench_ingest"
SYSTEM = "bench"
CONTRACT = "benchmark.measured"
ROUNDS = 5
ROUND_SECONDS = 3.0
WARM_UP_SECONDS = 2.0
HTTP_WORKERS = 2
CONNECTIONS = 8
BODY_BYTES = 1024
# Per second of a round; no worker answers this many.
REQUESTS_PER_SECOND = 3000


@dataclass
class Route:
    """One of the ways in.

    :param build: makes a request that was never sent before.
    :param table: gets one row for each correct answer; ``offset``: rows before.
    """

    name: str
    build: Callable[[], bytes]
    expected: Expected
    table: str
    offset: int = 0
    results: list[Result] = field(default_factory=list)
    answered: int = 0

    @property
    def rate(self) -> float:
        return statistics.median(result.rate for result in self.results)

    def run(self, port: int, seconds: float) -> Result:
        # Just before: a signature is good for five minutes.
        requests = [self.build() for _ in range(int(seconds * REQUESTS_PER_SECOND))]
        result = run_load(
            port, requests, self.expected, connections=CONNECTIONS, seconds=seconds
        )
        self.answered += result.count
        return result

    def get_figures(self) -> dict[str, float | list[float]]:
        latencies = [
            latency * 1000 for result in self.results for latency in result.latencies
        ]
        percentiles = statistics.quantiles(latencies, n=100)
        return {
            "requests_per_second": round(self.rate, 1),
            "rounds": [round(result.rate, 1) for result in self.results],
            "p50_ms": round(percentiles[49], 2),
            "p99_ms": round(percentiles[98], 2),
        }


def build_event() -> tuple[str, bytes]:
    """Return the id and the bytes of a new event, always of the same length."""
    event_id = uuid.uuid4().hex
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/{SYSTEM}",
        "type": CONTRACT,
        "dataschema": f"urn:contract:{CONTRACT}:1.0",
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "subject": f"WO/{event_id[:2]}",
        "data": {
            "order": "WH/MO/00042",
            "operation": 20,
            "machine": "PRESS-07",
            "operator": "badge-11803",
            "shift": "early",
            "measured_at": "2026-03-02T06:15:00Z",
            "quantity": 12.5,
            "unit": "kg",
            "lots": [{"lot": f"RM-2026-{n:04}", "quantity": 2.5} for n in range(5)],
            "note": "",
        },
    }
    missing = BODY_BYTES - len(json.dumps(event))
    event["data"]["note"] = "x" * missing
    return event_id, json.dumps(event).encode()


def build_signed(secret: str) -> bytes:
    event_id, body = build_event()
    message_id = f"msg_{event_id}"
    timestamp = int(time.time())
    headers = {
        "Content-Type": EVENT_TYPE,
        "Idempotency-Key": event_id,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, message_id, timestamp, body),
    }
    return build_request(f"/integration/v1/{SYSTEM}/messages", body, headers)


def build_plain(path: str) -> bytes:
    event_id, body = build_event()
    headers = {"Content-Type": "application/json", "Idempotency-Key": event_id}
    return build_request(path, body, headers)


def prepare_routes(server: Server) -> list[Route]:
    """Set up what the routes need. Returns the subject and its controls."""
    odoo = sign_in(server)
    secret = create_system(odoo, SYSTEM, CONTRACT)
    hook = create_webhook(odoo)
    return [
        Route(
            "subject",
            lambda: build_signed(secret),
            Expected(202, b'"status_url"', excludes=b"Idempotency-Replayed"),
            "integration_message WHERE admission = 'accepted' AND contract_code = "
            f"'{CONTRACT}'",
        ),
        Route(
            "one_insert",
            lambda: build_plain("/integration_benchmark/one_insert"),
            Expected(200, b'{"inserted": 1}'),
            "integration_benchmark_row",
        ),
        Route(
            "core_webhook",
            lambda: build_plain(hook),
            Expected(200, b'"ok"'),
            "integration_benchmark_hooked",
            offset=1,
        ),
    ]


def measure(server: Server, routes: list[Route]) -> None:
    """Warm every worker up, then measure in turn."""
    for route in routes:
        route.run(server.port, WARM_UP_SECONDS)
    for number in range(1, ROUNDS + 1):
        for route in routes:
            route.results.append(route.run(server.port, ROUND_SECONDS))
        rates = ", ".join(f"{r.name} {r.results[-1].rate:.0f}/s" for r in routes)
        say(f"  round {number}: {rates}")


def check_rows(environment: Environment, routes: list[Route]) -> None:
    """Check that every answer stands for a row.

    :raises Problem: when there are more or fewer.
    """
    for route in routes:
        statement = f"SELECT count(*) FROM {route.table}"
        ((rows,),) = environment.postgres.query(DATABASE, statement)
        if int(rows) - route.offset != route.answered:
            raise Problem(
                f"{route.name}: {route.answered} answers, but {rows} rows "
                f"({route.offset} of them from before)."
            )


def check_durable(environment: Environment) -> None:
    """Check that a commit waits for the disk.

    :raises Problem: when a setting says otherwise.
    """
    for setting in ("fsync", "synchronous_commit"):
        ((value,),) = environment.postgres.query(DATABASE, f"SHOW {setting}")
        if value != "on":
            raise Problem(
                f"PostgreSQL's {setting} is {value}: nothing would be durable."
            )


def prepare_database(environment: Environment) -> None:
    paths, postgres = environment.paths, environment.postgres
    template = os.environ.get("SUITE_TEMPLATE") or database.ensure_suite_template(
        paths, postgres, environment.odoo
    )
    database.copy(paths, postgres, template, DATABASE)
    database.install(
        paths,
        DATABASE,
        ["integration_benchmark"],
        demo=False,
        extra_addons=[paths.test_addons],
    )


def run(environment: Environment) -> list[Route]:
    """Return the routes with their results."""
    paths = environment.paths
    try:
        prepare_database(environment)
        check_durable(environment)
        with serve(
            paths,
            DATABASE,
            workers=HTTP_WORKERS,
            cron_workers=0,
            extra_addons=[paths.test_addons],
        ) as server:
            routes = prepare_routes(server)
            measure(server, routes)
        check_rows(environment, routes)
    finally:
        database.drop(paths, environment.postgres, DATABASE)
    return routes


def main() -> int:
    routes = run(set_up())
    subject, one_insert, core_webhook = routes
    results = [result for route in routes for result in route.results]
    figures = {route.name: route.get_figures() for route in routes} | {
        "body_bytes": BODY_BYTES,
        "connections": CONNECTIONS,
        "http_workers": HTTP_WORKERS,
        "connects_per_request": round(
            sum(r.connects for r in results) / sum(r.count for r in results), 3
        ),
    }
    goals = [
        Goal("vs_one_insert", subject.rate / one_insert.rate, 0.6),
        Goal("vs_core_webhook", subject.rate / core_webhook.rate, 2),
    ]
    return report("ingest", figures, goals)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"{problem}")
