"""What the guard costs: reserving and validating with it and without it.

A delivery of 1,000 lines, a lot each, over 10,000 lots of which one in a hundred is held.
The control does the same in a database with Odoo's own apps and without our addon, at the
same moment as the subject, so that both see the same machine; both are taken back after
every round. What is compared is the processor time of Odoo and its database: neither waits
for anything else. Seconds are shown as well. Queries are
counted for 100 and for 1,000 lines: per line they must not grow.

``BENCH_LOTS`` and ``BENCH_LINES`` make it smaller, to see whether it runs at all.
"""

import os
import statistics
import sys
from contextlib import ExitStack
from typing import NamedTuple

from tests.benchmarks import _side_by_side as side_by_side
from tests.benchmarks._report import Goal, report
from tests.benchmarks._side_by_side import Process
from tools import database
from tools.console import Problem, say
from tools.environment import Environment, set_up

SUBJECT, CONTROL = "bench_hold", "bench_hold_control"
LOTS = int(os.environ.get("BENCH_LOTS", "10000"))
HELD = LOTS // 100
LINES = int(os.environ.get("BENCH_LINES", "1000"))
FEW_LINES = LINES // 10
ROUNDS = 5
WORKER = "_hold_rounds"


class Round(NamedTuple):
    """:param used: processor seconds, of Odoo's process and its database's."""

    seconds: float
    used: float
    queries: int


def main() -> int:
    environment = set_up()
    names = (SUBJECT, CONTROL)
    with ExitStack() as stack:
        say(f"  {LOTS} lots in two databases …")
        make_databases(environment, stack)
        processes = {
            name: stack.enter_context(
                side_by_side.running(
                    side_by_side.start(environment, WORKER, name, "rounds", HELD)
                )
            )
            for name in names
        }
        ask(processes, FEW_LINES)  # caches are filled
        few = ask(processes, FEW_LINES)[SUBJECT].queries / FEW_LINES
        rounds: dict[str, list[Round]] = {name: [] for name in names}
        for _round in range(ROUNDS):
            for name, taken in ask(processes, LINES).items():
                rounds[name].append(taken)
            say("  " + ", ".join(f"{name} {rounds[name][-1].used:.2f} s" for name in names))
    with_guard, without = rounds[SUBJECT], rounds[CONTROL]
    many = with_guard[-1].queries / LINES
    figures = {
        "lines": LINES,
        "lots": LOTS,
        "held": HELD,
        "processor_seconds": [round(one.used, 2) for one in with_guard],
        "processor_seconds_without_addon": [round(one.used, 2) for one in without],
        "seconds": [round(one.seconds, 2) for one in with_guard],
        "seconds_without_addon": [round(one.seconds, 2) for one in without],
        "queries_per_line": round(many, 2),
        f"queries_per_line_of_{FEW_LINES}": round(few, 2),
        "queries_per_line_without_addon": round(without[-1].queries / LINES, 2),
    }
    ratio = statistics.median(
        subject.used / control.used
        for subject, control in zip(with_guard, without, strict=True)
    )
    goals = [
        Goal("vs_without_addon", ratio, 1.10, better="lower"),
        Goal("queries_growth", many / few, 1.05, better="lower"),
    ]
    return report("hold", figures, goals)


def make_databases(environment: Environment, stack: ExitStack) -> None:
    """Make two databases with the same stock; one of them gets the addon."""
    paths, postgres = environment.paths, environment.postgres
    base = database.ensure_base_template(paths, postgres, environment.odoo)
    for name, source in ((CONTROL, base), (SUBJECT, CONTROL)):
        database.copy(paths, postgres, source, name)
        stack.callback(database.drop, paths, postgres, name)
        if name == CONTROL:
            if side_by_side.start(environment, WORKER, name, "stock", LOTS).wait():
                raise Problem("The stock could not be made; see what was printed.")
        else:
            database.install(paths, name, ["lot_disposition"], demo=False)


def ask(processes: dict[str, Process], lines: int) -> dict[str, Round]:
    """Return what one round took in each process."""
    taken = {}
    for name, answer in side_by_side.ask(processes, str(lines)).items():
        seconds, used, queries = answer.split()
        taken[name] = Round(float(seconds), float(used), int(queries))
    return taken


if __name__ == "__main__":
    sys.exit(main())
