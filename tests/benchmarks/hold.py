"""What the guard costs: reserving and validating with it and without it.

A delivery of 1,000 lines, a lot each, over 10,000 lots of which one in a hundred is held.
The control does the same in a database with Odoo's own apps and without our addon, in turn
with the subject; both are taken back after every round. What is compared is the processor
time of Odoo and its database: neither waits for anything else, and a round takes long
enough for other work on the machine to come and go. Seconds are shown as well. Queries are
counted for 100 and for 1,000 lines: per line they must not grow.

``BENCH_LOTS`` and ``BENCH_LINES`` make it smaller, to see whether it runs at all.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from tests.benchmarks._report import Goal, report
from tools import database
from tools.config import write_config
from tools.console import Problem, say
from tools.environment import Environment, set_up

SUBJECT, CONTROL = "bench_hold", "bench_hold_control"
LOTS = int(os.environ.get("BENCH_LOTS", "10000"))
HELD = LOTS // 100
LINES = int(os.environ.get("BENCH_LINES", "1000"))
FEW_LINES = LINES // 10
ROUNDS = 5

Process = subprocess.Popen[str]


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
        processes = {name: stack.enter_context(worker(environment, name)) for name in names}
        for name in names:  # caches are filled
            ask(processes[name], FEW_LINES)
        few = ask(processes[SUBJECT], FEW_LINES).queries / FEW_LINES
        rounds: dict[str, list[Round]] = {name: [] for name in names}
        for number in range(ROUNDS):
            # In turn, and each of them first as often as the other.
            for name in names if number % 2 else reversed(names):
                rounds[name].append(ask(processes[name], LINES))
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
            if start(environment, name, "stock", LOTS).wait():
                raise Problem("The stock could not be made; see what was printed.")
        else:
            database.install(paths, name, ["lot_disposition"], demo=False)


@contextmanager
def worker(environment: Environment, name: str) -> Iterator[Process]:
    """Run the rounds' process on a database."""
    process = start(environment, name, "rounds", HELD)
    try:
        read(process, "ready")
        yield process
    finally:
        process.kill()
        process.wait()


def start(environment: Environment, name: str, task: str, number: int) -> Process:
    config = write_config(environment.paths, name)
    return subprocess.Popen(
        [
            str(environment.paths.python),
            "-m",
            "tests.benchmarks._hold_rounds",
            *(str(config), name, task, str(number)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ask(process: Process, lines: int) -> Round:
    """Return what one round took."""
    assert process.stdin
    process.stdin.write(f"{lines}\n")
    process.stdin.flush()
    seconds, used, queries = read(process).split()
    return Round(float(seconds), float(used), int(queries))


def read(process: Process, expected: str | None = None) -> str:
    assert process.stdout
    line = process.stdout.readline().strip()
    if not line or (expected and line != expected):
        raise Problem("The process of the rounds stopped; see what it printed.")
    return line


if __name__ == "__main__":
    sys.exit(main())
