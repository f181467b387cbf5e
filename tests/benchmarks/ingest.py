"""How fast messages are taken in: signed, schema-checked, idempotent, durable.

Messages of 1 KB come over eight connections to a prefork server with two HTTP workers.
In the same run, in turn with the subject, two controls take in the same bytes:

| route | what it does |
|---|---|
| `subject` | `POST /integration/v1/<system>/messages`, signed with Standard Webhooks |
| `one_insert` | a bare controller: one INSERT of the body under a unique key |
| `core_webhook` | Odoo's own: a rule `on_webhook` whose action creates a record |

Then the subject alone, in turn on two databases: one whose log is as good as empty, and
one that holds a million messages with their deliveries (``BENCH_STORED``).

There are no cron workers in any round: only taking in is measured, not the handling.
Judged is the median of the ratios of rounds that ran one after the other: the machine's
own speed, which changes from minute to minute, cancels out of them. At the end the rows
must be as many as the answers: an answer without a row is a failure.
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
FULL_DATABASE = "bench_ingest_full"
STORED = int(os.environ.get("BENCH_STORED", "1000000"))
SYSTEM = "bench"
CONTRACT = "benchmark.measured"
ROUNDS = 10
ROUND_SECONDS = 2.0
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

    def compare(self, control: "Route") -> float:
        """Return how many times as fast as the control it is, round by round."""
        return statistics.median(
            mine.rate / other.rate
            for mine, other in zip(self.results, control.results, strict=True)
        )

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


def prepare_subject(server: Server, name: str = "subject") -> Route:
    """Connect a system. Returns the route that it sends on."""
    secret = create_system(sign_in(server), SYSTEM, CONTRACT)
    return Route(
        name,
        lambda: build_signed(secret),
        Expected(202, b'"status_url"', excludes=b"Idempotency-Replayed"),
        "integration_message WHERE admission = 'accepted' AND contract_code = "
        f"'{CONTRACT}'",
    )


def prepare_routes(server: Server) -> list[Route]:
    """Set up what the routes need. Returns the subject and its controls."""
    hook = create_webhook(sign_in(server))
    return [
        prepare_subject(server),
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


def check_rows(
    environment: Environment, routes: list[Route], name: str = DATABASE
) -> None:
    """Check that every answer stands for a row.

    :raises Problem: when there are more or fewer.
    """
    for route in routes:
        statement = f"SELECT count(*) FROM {route.table}"
        ((rows,),) = environment.postgres.query(name, statement)
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


def fill(environment: Environment, route: Route) -> None:
    """Store a million messages like the newest one, each with its delivery, done."""
    query = environment.postgres.query

    def copy_rows(table: str, source: str, **values: str) -> None:
        columns = [
            name
            for (name,) in query(
                FULL_DATABASE,
                "SELECT column_name FROM information_schema.columns"
                f" WHERE table_name = '{table}' AND column_name != 'id'",
            )
        ]
        chosen = ", ".join(values.get(name, f"one.{name}") for name in columns)
        query(
            FULL_DATABASE,
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen}"
            f" FROM (SELECT * FROM {table} ORDER BY id DESC LIMIT 1) one, {source}",
        )

    copy_rows(
        "integration_message",
        f"generate_series(1, {STORED}) number",
        uuid="gen_random_uuid()::varchar",
        event_id="'stored-' || number",
        idempotency_key="'stored-' || number",
        order_key="'WO/' || number % 5000",
    )
    copy_rows(
        "integration_delivery",
        "integration_message stored WHERE stored.event_id LIKE 'stored-%'",
        message_id="stored.id",
        state="'done'",
        finished_at="stored.received_at",
        order_scope="'in:' || stored.order_key",
    )
    query(FULL_DATABASE, "VACUUM ANALYZE")
    route.offset += STORED


def compare_full(environment: Environment) -> list[Route]:
    """Measure the subject on an empty log and on a full one, in turn."""
    paths = environment.paths
    options = {
        "workers": HTTP_WORKERS,
        "cron_workers": 0,
        "extra_addons": [paths.test_addons],
    }
    try:
        for name in (DATABASE, FULL_DATABASE):
            prepare_database(environment, name)
        with (
            serve(paths, DATABASE, **options) as empty,
            serve(paths, FULL_DATABASE, **options) as full,
        ):
            servers = {"empty": empty, "stored": full}
            routes = {
                name: prepare_subject(server, name) for name, server in servers.items()
            }
            for name, route in routes.items():
                route.run(servers[name].port, WARM_UP_SECONDS)
            fill(environment, routes["stored"])
            for number in range(ROUNDS + 1):
                for name, route in routes.items():
                    result = route.run(servers[name].port, ROUND_SECONDS)
                    if number:  # the first one fills PostgreSQL's cache
                        route.results.append(result)
        check_rows(environment, [routes["empty"]])
        check_rows(environment, [routes["stored"]], FULL_DATABASE)
    finally:
        for name in (DATABASE, FULL_DATABASE):
            database.drop(paths, environment.postgres, name)
    return list(routes.values())


def prepare_database(environment: Environment, name: str = DATABASE) -> None:
    paths, postgres = environment.paths, environment.postgres
    template = os.environ.get("SUITE_TEMPLATE") or database.ensure_suite_template(
        paths, postgres, environment.odoo
    )
    database.copy(paths, postgres, template, name)
    database.install(
        paths,
        name,
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
    environment = set_up()
    routes = run(environment)
    subject, one_insert, core_webhook = routes
    empty, stored = compare_full(environment)
    results = [result for route in routes for result in route.results]
    figures = {
        route.name: route.get_figures() for route in (*routes, empty, stored)
    } | {
        "messages_stored": STORED,
        "body_bytes": BODY_BYTES,
        "connections": CONNECTIONS,
        "http_workers": HTTP_WORKERS,
        "connects_per_request": round(
            sum(r.connects for r in results) / sum(r.count for r in results), 3
        ),
    }
    goals = [
        Goal("vs_one_insert", subject.compare(one_insert), 0.75),
        Goal("vs_core_webhook", subject.compare(core_webhook), 2.5),
        Goal("at_one_million", stored.compare(empty), 0.9),
    ]
    return report("ingest", figures, goals)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"{problem}")
