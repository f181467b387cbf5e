"""How fast a snapshot of a million stock rows is compared with Odoo's own.

The subject is what runs at night: our side as of the snapshot, the comparison, one
record per difference. The control, in turn with it, is one hand-written SQL full join
over the same rows, which only counts what differs.

Memory is the peak of the process: after a comparison of ten thousand rows and after all.
"""

import os
import resource
import statistics
import sys
import time
from typing import Any

from tests.benchmarks._odoo import open_environment
from tests.benchmarks._report import Goal, report
from tools import database
from tools.console import Problem, say
from tools.environment import Environment, set_up

DATABASE = "bench_reconcile"
ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
SMALL_ROWS = 10_000
PRODUCTS = 200
LOTS_EACH = 5
DIFFERENCES = 500
ROUNDS = 5

FULL_JOIN = """
    SELECT count(*) FROM (
        SELECT product_id AS key_1, COALESCE(lot_id, 0) AS key_2, location_id AS key_3,
               sum(quantity) AS quantity
          FROM stock_quant WHERE location_id = ANY(%s)
         GROUP BY product_id, COALESCE(lot_id, 0), location_id
    ) ours FULL JOIN (
        SELECT key_1, key_2, key_3, sum(quantity) AS quantity
          FROM integration_reconciliation_snapshot_line WHERE run_id = %s
         GROUP BY key_1, key_2, key_3
    ) theirs USING (key_1, key_2, key_3)
     WHERE abs(COALESCE(ours.quantity, 0) - COALESCE(theirs.quantity, 0)) > 0.005
"""


class Stage:
    """A plant with stock, and the system that tells what it holds."""

    def __init__(self, env: Any) -> None:
        self.env = env
        self.numbers = iter(range(1, 1000))
        self.plant = env["stock.warehouse"].create({"name": "Bench", "code": "BEN"})
        self.system = env["integration.system"].create(
            {"name": "Bench", "code": "bench-wms", "warehouse_ids": self.plant.ids}
        )
        self.domain = env.ref("integration_stock.reconciliation_domain_stock")
        self.products = env["product.product"].create(
            [
                {"name": f"Bench {number}", "is_storable": True, "tracking": "lot"}
                for number in range(PRODUCTS)
            ]
        )
        self.lots = env["stock.lot"].create(
            [
                {"name": f"L{number}", "product_id": product.id}
                for product in self.products
                for number in range(LOTS_EACH)
            ]
        )
        self.locations = env["stock.location"]

    def fill(self, rows: int) -> None:
        """Grow the stock to so many rows."""
        wanted = rows // len(self.lots) - len(self.locations)
        added = self.env["stock.location"].create(
            [
                {
                    "name": f"Bin {len(self.locations) + number}",
                    "usage": "internal",
                    "location_id": self.plant.lot_stock_id.id,
                }
                for number in range(wanted)
            ]
        )
        mapping_domain = self.env["integration.mapping.domain"].search(
            [("code", "=", "location")]
        )
        self.env["integration.mapping"].create(
            [
                {
                    "domain_id": mapping_domain.id,
                    "system_id": self.system.id,
                    "external_code": f"BIN-{location.id}",
                    "res_id": location.id,
                }
                for location in added
            ]
        )
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO stock_quant (product_id, lot_id, location_id, company_id,"
            " quantity, reserved_quantity, in_date)"
            " SELECT lot.product_id, lot.id, place, %s, 10, 0, now()"
            " FROM stock_lot lot, unnest(%s) AS place WHERE lot.id = ANY(%s)",
            (self.plant.company_id.id, added.ids, self.lots.ids),
        )
        self.locations |= added
        self.env.cr.commit()

    def take_snapshot(self) -> Any:
        """Return a run that holds the stock as it is, with some differences."""
        run = self.env["integration.reconciliation"].create(
            {
                "snapshot_ref": f"S{next(self.numbers)}",
                "domain_id": self.domain.id,
                "system_id": self.system.id,
                "as_of": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
                "scope": "BEN",
                "warehouse_ids": self.plant.ids,
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO integration_reconciliation_snapshot_line (run_id, key_1, key_2,"
            " key_3, key_4, measure, quantity)"
            " SELECT %s, product_id, lot_id, location_id, 0, 'quantity',"
            " quantity + (row_number() OVER (ORDER BY id) <= %s)::int"
            " FROM stock_quant WHERE location_id = ANY(%s)",
            (run.id, DIFFERENCES, self.locations.ids),
        )
        self.env.cr.commit()
        return run

    def reconcile(self, run: Any, rows: int) -> float:
        """Return the seconds of the comparison, which must be right."""
        self.env.invalidate_all()
        start = time.perf_counter()
        run._reconcile()
        self.env.cr.commit()
        seconds = time.perf_counter() - start
        found = (run.theirs_count, run.ours_count, run.discrepancy_count)
        if found != (rows, rows, DIFFERENCES):
            raise Problem(f"Of {rows} rows, this was found: {found}.")
        return seconds

    def join(self, run: Any) -> float:
        """Return the seconds of the control."""
        start = time.perf_counter()
        self.env.cr.execute(FULL_JOIN, (self.locations.ids, run.id))
        (count,) = self.env.cr.fetchone()
        self.env.cr.commit()
        if count != DIFFERENCES:
            raise Problem(f"The full join found {count} differences.")
        return time.perf_counter() - start

    def analyze(self) -> None:
        """Let PostgreSQL know what there is, as it does by itself over a day."""
        for table in ("stock_quant", "integration_reconciliation_snapshot_line"):
            self.env.cr.execute(f"ANALYZE {table}")
        self.env.cr.commit()


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(stage: Stage) -> dict[str, Any]:
    stage.fill(SMALL_ROWS)
    stage.analyze()
    stage.reconcile(stage.take_snapshot(), SMALL_ROWS)
    small_peak = peak_megabytes()
    say(f"  {SMALL_ROWS} rows: {small_peak:.0f} MB")
    stage.fill(ROWS)
    subject, control = [], []
    for number in range(ROUNDS + 1):
        run = stage.take_snapshot()
        stage.analyze()
        if number == 0:
            stage.join(run)  # the first one fills PostgreSQL's cache
        joined, compared = stage.join(run), stage.reconcile(run, ROWS)
        if number:
            control.append(joined)
            subject.append(compared)
            say(f"  round {number}: {compared:.2f} s, full join {joined:.2f} s")
        while stage.env["integration.reconciliation"]._gc_older_lines()[1]:
            stage.env.cr.commit()
    return {
        "rows": ROWS,
        "seconds": [round(value, 3) for value in subject],
        "full_join_seconds": [round(value, 3) for value in control],
        "ratio": statistics.median(subject) / statistics.median(control),
        "peak_megabytes_small": round(small_peak, 1),
        "peak_megabytes": round(peak_megabytes(), 1),
    }


def run(environment: Environment) -> dict[str, Any]:
    paths, postgres = environment.paths, environment.postgres
    template = os.environ.get("SUITE_TEMPLATE") or database.ensure_suite_template(
        paths, postgres, environment.odoo
    )
    database.copy(paths, postgres, template, DATABASE)
    try:
        with open_environment(paths, DATABASE) as env:
            return measure(Stage(env))
    finally:
        database.drop(paths, postgres, DATABASE)


def main() -> int:
    figures = run(set_up())
    ratio = figures.pop("ratio")
    growth = figures["peak_megabytes"] / figures["peak_megabytes_small"]
    goals = [
        Goal("vs_full_join", ratio, 2.0, "lower"),
        Goal("memory_growth", growth, 1.1, "lower"),
    ]
    return report("reconcile", figures, goals)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"{problem}")
