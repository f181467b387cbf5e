"""Starts the agent, and breaks it from outside at a point with a name.

The agent itself knows nothing of this: its methods are replaced before it starts.

| variable | what it does |
|---|---|
| `DIE_AT` | `<point>:<n>`: SIGKILL when the point is reached for the n-th time |
| `CLOCK_FILE` | a file with the seconds by which the machine's clock is off |
| `PASSED_FILE` | a file with the seconds that went by beyond those that really did |
"""

import importlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "addons/mes_bridge"))

# Name of the point → module, class or None, method, and whether it is before or after it.
POINTS = {
    "before_write": ("journal", "Journal", "_write", "before"),
    "inside_write": ("journal", "Journal", "_take_in", "after"),
    "after_write": ("journal", "Journal", "_write", "after"),
    "before_send": ("transport", "Transport", "post_batch", "before"),
    "after_answer": ("transport", "Transport", "post_batch", "after"),
    "before_settle": ("journal", "Journal", "settle", "before"),
    "after_settle": ("journal", "Journal", "settle", "after"),
    "before_set_aside": ("journal", "Journal", "set_aside", "before"),
    "after_set_aside": ("journal", "Journal", "set_aside", "after"),
    "before_salvage": ("salvage", None, "_fill", "before"),
    "inside_salvage": ("salvage", None, "_forget_lost", "after"),
    "after_salvage": ("salvage", None, "_fill", "after"),
}


def die_at(point: str, count: int) -> None:
    """Replace a method so that the process dies there."""
    module, kind, name, when = POINTS[point]
    owner = importlib.import_module(f"edge_agent.{module}")
    owner = getattr(owner, kind) if kind else owner
    original: Callable = getattr(owner, name)
    calls = {"left": count}

    def method(*args, **kwargs):
        calls["left"] -= 1
        if when == "before" and calls["left"] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if calls["left"] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, method)


def follow_clock(file: Path) -> None:
    """Let the machine's clock be off by what a file says, at any moment."""
    right = time.time
    time.time = lambda: right() + float(file.read_text())


def let_pass(file: Path) -> None:
    """Let all clocks of the machine run on by what a file says, at any moment."""
    wall, monotonic, by_id = time.time, time.monotonic, time.clock_gettime
    passed = lambda: float(file.read_text() or 0)  # noqa: E731 - read often
    time.time = lambda: wall() + passed()
    time.monotonic = lambda: monotonic() + passed()
    time.clock_gettime = lambda clock: by_id(clock) + passed()


if __name__ == "__main__":
    if "PASSED_FILE" in os.environ:
        let_pass(Path(os.environ["PASSED_FILE"]))
    if "CLOCK_FILE" in os.environ:
        follow_clock(Path(os.environ["CLOCK_FILE"]))
    if "DIE_AT" in os.environ:
        name, _colon, number = os.environ["DIE_AT"].partition(":")
        die_at(name, int(number or 1))
    # Only now: what it imports takes the clock as it is.
    sys.exit(importlib.import_module("edge_agent.__main__").main())
