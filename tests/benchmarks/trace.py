"""How fast the genealogy answers: ten thousand, a hundred thousand, a million move lines.

| who answers | what it is |
|---|---|
| `subject` | `traceability.edge.trace`: closure with quantities and documents |
| `by_hand` | the best statement by hand on the same table, nothing checked |
| `core.report` | Odoo's traceability report, unfolded to the end or to the limit |
| `core.deliveries` | what Odoo's lot form asks for the deliveries of a lot |

Core is asked at a hundred thousand lines. Where its report is cut off, its time is the
limit: a lower bound. The recall is everything its form shows: of the hub, which went into
a sixth of all lots, of a raw lot that reaches a few thousand, of an ordinary one, and of a
supplier's deliveries of a quarter; beside it the bare recursive statement.
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
GROWTH = ("10k", "1m")


def run(environment: Environment, module: str, *arguments: str) -> dict[str, Any]:
    """Return what a module of the benchmark prints."""
    done = subprocess.run(
        [str(environment.paths.python), "-m", f"tests.benchmarks.{module}", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Problem(f"{module} failed.")
    return json.loads(done.stdout.splitlines()[-1])


def get_database(size: str) -> str:
    return f"bench_trace_{size}"


def measure(environment: Environment, size: str) -> dict[str, Any]:
    paths = environment.paths
    name = get_database(size)
    say(f"  {SIZES[size]:,} move lines …")
    database.copy(paths, environment.postgres, TEMPLATE, name)
    return run(
        environment,
        "_trace_rounds",
        str(write_config(paths, name)),
        name,
        str(SIZES[size]),
        "core" if size == WITH_CORE else "alone",
    )


def compare_sizes(environment: Environment, found: dict[str, Any]) -> dict[str, float]:
    """Return the seconds of an ordinary lot in the smallest and the largest, in turn."""
    places = {size: get_database(size) for size in GROWTH}
    arguments = [
        text
        for size, name in places.items()
        for text in (name, str(found[size]["median_lot"]))
    ]
    configuration = write_config(environment.paths, places[GROWTH[0]])
    seconds = run(environment, "_trace_growth", str(configuration), *arguments)
    return {size: seconds[name] for size, name in places.items()}


def measure_all(environment: Environment) -> dict[str, Any]:
    paths, postgres = environment.paths, environment.postgres
    base = database.ensure_base_template(paths, postgres, environment.odoo)
    try:
        database.copy(paths, postgres, base, TEMPLATE)
        database.install(paths, TEMPLATE, ["traceability"], demo=False)
        found: dict[str, Any] = {size: measure(environment, size) for size in SIZES}
        return {**found, "growth": compare_sizes(environment, found)}
    finally:
        for name in (TEMPLATE, *map(get_database, SIZES)):
            database.drop(paths, postgres, name)


def prepare_goals(found: dict[str, Any]) -> list[Goal]:
    ratios = [
        figures[question]["subject"] / figures[question]["by_hand"]
        for figures in (found[size] for size in SIZES)
        for question in ("hub_forward", "finished_backward")
    ]
    core, ours = found[WITH_CORE]["core"], found[WITH_CORE]["hub_forward"]["subject"]
    growth = found["growth"]["1m"] / found["growth"]["10k"]
    recalls = found["1m"]["recall"].values()
    return [
        Goal("vs_recursive_sql", max(ratios), 2, "lower"),
        Goal("vs_core_report", core["report"]["seconds"] / ours, 100),
        Goal("vs_core_deliveries", core["deliveries"]["seconds"] / ours, 20),
        Goal("median_lot_growth", growth, 1.5, "lower"),
        Goal("recall_seconds_1m", max(recall["subject"] for recall in recalls), 5, "lower"),
    ]


def main() -> int:
    found = measure_all(set_up())
    return report("trace", found, prepare_goals(found))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"{problem}")
