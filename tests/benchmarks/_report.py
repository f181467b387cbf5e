"""What a benchmark says: one line of JSON on standard output."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Goal:
    """A figure that must not get worse than ``goal``.

    :param better: ``higher`` or ``lower``.
    """

    name: str
    value: float
    goal: float
    better: str = "higher"

    @property
    def ok(self) -> bool:
        if self.better == "higher":
            return self.value >= self.goal
        return self.value <= self.goal

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "goal": self.goal,
            "better": self.better,
            "ok": self.ok,
        }


def report(benchmark: str, figures: dict[str, Any], goals: Sequence[Goal]) -> int:
    """Print the line. Returns an exit code: 1 when a goal is missed."""
    line = {
        "benchmark": benchmark,
        "figures": figures,
        "goals": [goal.as_dict() for goal in goals],
    }
    print(json.dumps(line), flush=True)
    return 0 if all(goal.ok for goal in goals) else 1
