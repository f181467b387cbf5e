"""A subject and its control at the same moment, so that both see the same machine.

Each is a process of its own in a database of its own: it says ``ready``, then answers
each line of its input with one line. What they used is compared by processor time, that
of a process and its database's: neither waits for anything else.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.config import write_config
from tools.console import Problem
from tools.environment import Environment

Process = subprocess.Popen[str]


def start(environment: Environment, module: str, database: str, *arguments: Any) -> Process:
    """Run ``tests.benchmarks.<module> <configuration> <database> <arguments>``."""
    command = [str(environment.paths.python), "-m", f"tests.benchmarks.{module}"]
    command += [str(write_config(environment.paths, database)), database]
    return subprocess.Popen(
        [*command, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(process: Process) -> Iterator[Process]:
    """Wait until a process is ready, and end it when it is needed no more."""
    try:
        if read(process) != "ready":
            raise Problem("The process of the rounds did not begin.")
        yield process
    finally:
        process.kill()
        process.wait()


def ask(processes: Mapping[str, Process], line: str) -> dict[str, str]:
    """Return what each process answers to a line; they work on it side by side."""
    for process in processes.values():
        assert process.stdin
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
    return {name: read(process) for name, process in processes.items()}


def read(process: Process) -> str:
    """Return the next line of a process."""
    assert process.stdout
    line = process.stdout.readline().strip()
    if not line:
        raise Problem("The process of the rounds stopped; see what it printed.")
    return line


def answer(work: Any) -> None:
    """Be such a process: print what ``work(line)`` returns for each line of the input."""
    print("ready", flush=True)
    for line in sys.stdin:
        print(work(line.strip()), flush=True)


def read_processor_seconds(env: Any) -> float:
    """Return what this process and its PostgreSQL backend have computed so far."""
    backend = env.cr._cnx.info.backend_pid
    # proc(5): the 14th and 15th fields, utime and stime, are the 12th behind the name.
    fields = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")
