"""What the genealogy costs: validating a receipt and a delivery of a thousand lines.

| round | what it is |
|---|---|
| `subject` | with `traceability`: edges and ledger in the same transaction |
| `without_addon` | the same addons below it, without it |

In turn, each in a database of its own and a transaction that is rolled back. The time is
`button_validate` and writing everything to the database.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks._report import Goal, report
from tools import database
from tools.config import write_config
from tools.console import Problem, say
from tools.environment import Environment, set_up

LINES = 1000
ROUNDS = 5
DATABASES = {
    "subject": ["traceability"],
    "without_addon": ["append_only", "integration_stock", "lot_disposition", "mrp"],
}


@contextmanager
def validator(
    environment: Environment, name: str, modules: list[str]
) -> Iterator[subprocess.Popen[str]]:
    """Run a process that validates and says how long it took, once per line it reads."""
    paths, postgres = environment.paths, environment.postgres
    base = database.ensure_base_template(paths, postgres, environment.odoo)
    database.copy(paths, postgres, base, name)
    process = None
    try:
        database.install(paths, name, modules, demo=False)
        process = subprocess.Popen(
            [
                str(paths.python),
                "-m",
                "tests.benchmarks._upkeep_rounds",
                str(write_config(paths, name)),
                name,
                str(LINES),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        yield process
    finally:
        if process:
            process.kill()
            process.wait()
        database.drop(paths, postgres, name)


def ask(process: subprocess.Popen[str]) -> dict[str, float]:
    assert process.stdin
    assert process.stdout
    process.stdin.write("go\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise Problem("The validation failed.")
    return json.loads(line)


def measure(environment: Environment) -> dict[str, list[dict[str, float]]]:
    found: dict[str, list[dict[str, float]]] = {name: [] for name in DATABASES}
    with (
        validator(environment, "bench_upkeep", DATABASES["subject"]) as subject,
        validator(
            environment, "bench_upkeep_without", DATABASES["without_addon"]
        ) as control,
    ):
        for number in range(ROUNDS + 1):
            for name, process in (("subject", subject), ("without_addon", control)):
                seconds = ask(process)
                if number:  # the first one warms up
                    found[name].append(seconds)
            if number:
                say(
                    f"  round {number}: {found['subject'][-1]} {found['without_addon'][-1]}"
                )
    return found


def main() -> int:
    found = measure(set_up())
    kinds = list(found["subject"][0])
    median = {
        name: {kind: statistics.median(r[kind] for r in rounds) for kind in kinds}
        for name, rounds in found.items()
    }
    total = {name: sum(seconds.values()) for name, seconds in median.items()}
    goal = Goal(
        "vs_without_addon", total["subject"] / total["without_addon"], 1.15, "lower"
    )
    return report("upkeep", {"lines": LINES, "seconds": median}, [goal])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        sys.exit(f"{problem}")
