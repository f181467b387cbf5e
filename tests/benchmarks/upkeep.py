"""What the genealogy costs: validating a receipt and a delivery of a thousand lines.

| round | what it is |
|---|---|
| `subject` | with `traceability`: edges and ledger in the same transaction |
| `without_addon` | the same addons below it, without it |

Side by side, each in a database of its own and a transaction that is rolled back. The time
is that of the processor, of `button_validate` and of writing everything to the database.
"""

import json
import statistics
import sys
from contextlib import ExitStack

from tests.benchmarks import _side_by_side as side_by_side
from tests.benchmarks._report import Goal, report
from tools import database
from tools.console import Problem, say
from tools.environment import Environment, set_up

LINES = 1000
ROUNDS = 5
DATABASES = {
    "subject": ["traceability"],
    "without_addon": ["append_only", "integration_stock", "lot_disposition", "mrp"],
}


def measure(environment: Environment) -> dict[str, list[dict[str, float]]]:
    """Return the seconds of each round, by kind of transfer."""
    paths, postgres = environment.paths, environment.postgres
    base = database.ensure_base_template(paths, postgres, environment.odoo)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in DATABASES}
    with ExitStack() as stack:
        processes = {}
        for name, modules in DATABASES.items():
            copy = f"bench_upkeep_{name}"
            database.copy(paths, postgres, base, copy)
            stack.callback(database.drop, paths, postgres, copy)
            database.install(paths, copy, modules, demo=False)
            process = side_by_side.start(environment, "_upkeep_rounds", copy, LINES)
            processes[name] = stack.enter_context(side_by_side.running(process))
        side_by_side.ask(processes, "warm up")
        for number in range(ROUNDS):
            for name, answer in side_by_side.ask(processes, str(number)).items():
                found[name].append(json.loads(answer))
            say(f"  round {number + 1}: {[rounds[-1] for rounds in found.values()]}")
    return found


def main() -> int:
    found = measure(set_up())
    kinds = list(found["subject"][0])
    median = {
        name: {kind: statistics.median(r[kind] for r in rounds) for kind in kinds}
        for name, rounds in found.items()
    }
    ratio = statistics.median(
        sum(subject.values()) / sum(control.values())
        for subject, control in zip(found["subject"], found["without_addon"], strict=True)
    )
    goal = Goal("vs_without_addon", ratio, 1.15, "lower")
    return report("upkeep", {"lines": LINES, "seconds": median}, [goal])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"{problem}")
