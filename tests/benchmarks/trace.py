"""How fast the genealogy answers: ten thousand, a hundred thousand, a million move lines.

| who answers | what it is |
|---|---|
| `subject` | `traceability.edge.trace`: closure with quantities and documents |
| `by_hand` | the best statement by hand on the same table, nothing checked |
| `core.report` | Odoo's traceability report, unfolded to the end or to the limit |
| `core.deliveries` | what Odoo's lot form asks for the deliveries of a lot |

Core is asked at a hundred thousand lines. Where its report is cut off, its time is the
limit: a lower bound. The recall is everything its form shows: of the hub, which went into
a sixth of all lots, of a raw lot that reaches a few thousand, and of an ordinary one.
"""

import json
import subprocess
import sys
from typing import Any

from tests.benchmarks._report import Goal, report
from tools import database
from tools.config import write_config
from tools.console import Problem, say
from tools.environment import Environment, set_up

TEMPLATE = "bench_trace_template"
SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
WITH_CORE = "100k"


def measure(environment: Environment, size: str) -> dict[str, Any]:
    paths, postgres = environment.paths, environment.postgres
    name = f"bench_trace_{size}"
    say(f"  {SIZES[size]:,} move lines …")
    database.copy(paths, postgres, TEMPLATE, name)
    try:
        done = subprocess.run(
            [
                str(paths.python),
                "-m",
                "tests.benchmarks._trace_rounds",
                str(write_config(paths, name)),
                name,
                str(SIZES[size]),
                "core" if size == WITH_CORE else "alone",
            ],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Problem(f"{size} failed.")
        return json.loads(done.stdout.splitlines()[-1])
    finally:
        database.drop(paths, postgres, name)


def measure_all(environment: Environment) -> dict[str, Any]:
    paths, postgres = environment.paths, environment.postgres
    base = database.ensure_base_template(paths, postgres, environment.odoo)
    try:
        database.copy(paths, postgres, base, TEMPLATE)
        database.install(paths, TEMPLATE, ["traceability"], demo=False)
        return {size: measure(environment, size) for size in SIZES}
    finally:
        database.drop(paths, postgres, TEMPLATE)


def prepare_goals(found: dict[str, Any]) -> list[Goal]:
    ratios = [
        figures[question]["subject"] / figures[question]["by_hand"]
        for figures in found.values()
        for question in ("hub_forward", "finished_backward")
    ]
    core, ours = found[WITH_CORE]["core"], found[WITH_CORE]["hub_forward"]["subject"]
    growth = (
        found["1m"]["median_forward"]["subject"]
        / found["10k"]["median_forward"]["subject"]
    )
    return [
        Goal("vs_recursive_sql", max(ratios), 2, "lower"),
        Goal("vs_core_report", core["report"]["seconds"] / ours, 100),
        Goal("vs_core_deliveries", core["deliveries"]["seconds"] / ours, 20),
        Goal("median_lot_growth", growth, 1.5, "lower"),
        Goal("recall_seconds_1m", found["1m"]["recall"]["hub"]["seconds"], 5, "lower"),
    ]


def main() -> int:
    found = measure_all(set_up())
    return report("trace", found, prepare_goals(found))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"{problem}")
