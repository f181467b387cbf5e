"""How fast events leave: signed, logged, in order per object.

The sink answers after 0 and after 50 ms. The control is a bare thread pool with a
``requests.Session``, as wide as one endpoint's share of a worker's threads, that posts
bodies of the same size and keeps no record of it.
"""

import statistics
import subprocess
import sys

from tests.benchmarks._report import Goal, report
from tests.benchmarks._rpc import create_endpoint, create_system, sign_in
from tests.benchmarks._sink import sink
from tests.benchmarks._stage import stage
from tests.plant.partner import until
from tests.plant.rpc import Odoo
from tools.console import Problem, say
from tools.environment import Environment, set_up
from tools.server import Server

DATABASE = "bench_outbound"
SYSTEM = "bench"
CONTRACT = "benchmark.sent"
ROUNDS = 3
EVENTS = {0: 3000, 50: 800}
# One endpoint gets a quarter of a worker's 32 threads.
WIDTH = 8
PATIENCE_SECONDS = 120
POOL = """
import sys, time, requests
from concurrent.futures import ThreadPoolExecutor
url, count, width = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
body = ("x" * 1100).encode()
session = requests.Session()
session.trust_env = False
session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=width))
def post(_number):
    answer = session.post(url, data=body, timeout=15)
    assert answer.status_code == 200
begin = time.perf_counter()
with ThreadPoolExecutor(width) as pool:
    list(pool.map(post, range(count)))
print(count / (time.perf_counter() - begin))
"""


class Bench:
    """The server, and its one endpoint."""

    def __init__(self, environment: Environment, server: Server) -> None:
        self.environment = environment
        self.odoo: Odoo = sign_in(server)
        create_system(self.odoo, SYSTEM, CONTRACT)
        self.endpoint = create_endpoint(
            self.odoo, SYSTEM, "http://127.0.0.1:9/events", CONTRACT
        )

    def query(self, statement: str) -> list[list[str]]:
        return self.environment.postgres.query(DATABASE, statement)

    def send(self, url: str, count: int) -> float:
        """Publish events and wait until they are sent. Returns events a second."""
        self.odoo.call(
            "integration.endpoint", "write", [self.endpoint], {"url": url}
        )
        ((newest,),) = self.query(
            "SELECT COALESCE(max(id), 0) FROM integration_delivery"
        )
        self.odoo.call("integration.benchmark.wait", "publish", count)
        where = f"FROM integration_delivery WHERE id > {newest} AND state"
        until(
            lambda: self.query(f"SELECT count(*) {where} = 'done'") == [[str(count)]],
            PATIENCE_SECONDS,
            "The events were not sent",
            # A look costs a process; the rate is reckoned from what is on record.
            pause_seconds=1,
        )
        ((seconds,),) = self.query(
            "SELECT extract(epoch FROM max(finished_at) - min(started_at))"
            f" {where} = 'done'"
        )
        return count / float(seconds)

    def pool(self, url: str, count: int) -> float:
        """Return requests a second of the bare thread pool."""
        command = [self.environment.paths.python, "-c", POOL, url, str(count), str(WIDTH)]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(result.stdout)


def measure(bench: Bench, delay: int) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {"subject": [], "bare_pool": []}
    with sink(bench.environment, delay) as url:
        for number in range(ROUNDS + 1):
            found = {
                "subject": bench.send(url, EVENTS[delay]),
                "bare_pool": bench.pool(url, EVENTS[delay]),
            }
            if number:
                for name, rate in found.items():
                    rates[name].append(rate)
                line = ", ".join(f"{n} {r:.0f}/s" for n, r in found.items())
                say(f"  {delay} ms, round {number}: {line}")
    return rates


def main() -> int:
    environment = set_up()
    with stage(environment, DATABASE, workers=2, cron_workers=4) as server:
        bench = Bench(environment, server)
        rates = {delay: measure(bench, delay) for delay in EVENTS}
    figures = {
        f"{name}_{delay}ms": [round(rate, 1) for rate in found]
        for delay, routes in rates.items()
        for name, found in routes.items()
    }
    goals = [
        Goal(
            f"vs_bare_pool_{delay}ms",
            statistics.median(routes["subject"])
            / statistics.median(routes["bare_pool"]),
            0.8,
        )
        for delay, routes in rates.items()
    ]
    return report("outbound", {**figures, "width": WIDTH}, goals)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"{problem}")
