"""How long the dashboards take to open, with ten thousand messages and with a million.

Both databases hold messages with deliveries and attempts of the last days, added up by
the scheduled action; both dashboards are read over RPC, as the web client does, in turn.
"""

import os
import statistics
import sys
import time

from tests.benchmarks._report import Goal, report
from tests.benchmarks._rpc import create_system, sign_in
from tests.plant.partner import Partner
from tests.plant.rpc import Odoo
from tools import database
from tools.console import Problem, say
from tools.environment import Environment, set_up
from tools.server import Server, serve

SIZES = {"few": 10_000, "many": int(os.environ.get("BENCH_STORED", "1000000"))}
METHODS = ("get_it_data", "get_operations_data")
CONTRACT = "connection.tested"
ROUNDS = 25
HOURS = 72

MESSAGES = """
    INSERT INTO integration_message ({columns})
    SELECT {chosen} FROM (SELECT * FROM integration_message ORDER BY id DESC LIMIT 1) one,
           generate_series(1, {count}) number
"""
DELIVERIES = """
    INSERT INTO integration_delivery ({columns})
    SELECT {chosen}
      FROM (SELECT * FROM integration_delivery ORDER BY id DESC LIMIT 1) one,
           integration_message stored WHERE stored.event_id LIKE 'stored-%'
"""
ATTEMPTS = """
    INSERT INTO integration_attempt ({columns})
    SELECT {chosen}
      FROM (SELECT * FROM integration_attempt ORDER BY id DESC LIMIT 1) one,
           integration_delivery stored
      JOIN integration_message message ON message.id = stored.message_id
     WHERE message.event_id LIKE 'stored-%'
"""


def fill(environment: Environment, name: str, count: int) -> None:
    """Store copies of the newest message, its delivery and its attempt."""
    moment = f"one.received_at - number % {HOURS} * interval '1 hour'"
    _copy(
        environment,
        name,
        "integration_message",
        MESSAGES.replace("{count}", str(count)),
        uuid="gen_random_uuid()::varchar",
        event_id="'stored-' || number",
        idempotency_key="'stored-' || number",
        received_at=moment,
    )
    _copy(
        environment,
        name,
        "integration_delivery",
        DELIVERIES,
        message_id="stored.id",
        received_at="stored.received_at",
        finished_at="stored.received_at + interval '1 second'",
        order_scope="NULL",
    )
    _copy(
        environment,
        name,
        "integration_attempt",
        ATTEMPTS,
        delivery_id="stored.id",
        ended_at="stored.finished_at",
    )
    environment.postgres.query(name, "VACUUM ANALYZE")


def _copy(
    environment: Environment, name: str, table: str, statement: str, **values: str
) -> None:
    columns = [
        column
        for (column,) in environment.postgres.query(
            name,
            "SELECT column_name FROM information_schema.columns"
            f" WHERE table_name = '{table}' AND column_name <> 'id'",
        )
    ]
    chosen = ", ".join(values.get(column, f"one.{column}") for column in columns)
    environment.postgres.query(
        name,
        statement.replace("{columns}", ", ".join(columns)).replace("{chosen}", chosen),
    )


def prepare(environment: Environment, server: Server, count: int) -> Odoo:
    """Fill a server's database and have it added up. Returns the reader's session."""
    odoo = sign_in(server)
    secret = create_system(odoo, "bench", CONTRACT)
    Partner(server.url, "bench", secret=secret).deliver(CONTRACT, {"text": "x"})
    fill(environment, server.database, count)
    cron = odoo.ref("integration_monitoring.integration_flow_cron")
    odoo.run_cron(cron)
    ((added_up,),) = environment.postgres.query(
        server.database, "SELECT sum(done_count)::bigint FROM integration_flow_total"
    )
    if int(added_up) < count:
        raise Problem(f"Of {count} messages, {added_up} were added up.")
    return odoo


def open_dashboards(odoo: Odoo) -> float:
    """Return the milliseconds of both."""
    start = time.perf_counter()
    for method in METHODS:
        data = odoo.call("integration.dashboard", method)
        if method == "get_it_data" and not data["totals"]["accepted_count"]:
            raise Problem("The dashboard is empty.")
    return (time.perf_counter() - start) * 1000


def run(environment: Environment) -> dict[str, list[float]]:
    """Return the milliseconds of each round, by size."""
    paths, postgres = environment.paths, environment.postgres
    template = os.environ.get("SUITE_TEMPLATE") or database.ensure_suite_template(
        paths, postgres, environment.odoo
    )
    names = {size: f"bench_dashboard_{size}" for size in SIZES}
    results: dict[str, list[float]] = {size: [] for size in SIZES}
    try:
        for name in names.values():
            database.copy(paths, postgres, template, name)
        with (
            serve(paths, names["few"], cron_workers=1) as few,
            serve(paths, names["many"], cron_workers=1) as many,
        ):
            sessions = {
                size: prepare(environment, server, SIZES[size])
                for size, server in (("few", few), ("many", many))
            }
            say("  both are filled")
            for number in range(ROUNDS + 3):
                for size, odoo in sessions.items():
                    milliseconds = open_dashboards(odoo)
                    if number >= 3:  # the first ones fill the workers' caches
                        results[size].append(milliseconds)
    finally:
        for name in names.values():
            database.drop(paths, postgres, name)
    return results


def main() -> int:
    results = run(set_up())
    medians = {size: statistics.median(values) for size, values in results.items()}
    figures = {
        f"{size}_ms": round(median, 1) for size, median in medians.items()
    } | {"messages": SIZES}
    goals = [
        Goal("million_vs_ten_thousand", medians["many"] / medians["few"], 2.0, "lower")
    ]
    return report("dashboard", figures, goals)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"{problem}")
