"""What a step of the day leaves behind."""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Observed:
    """What was seen, and the records it can be seen in again.

    :param records: model, id and name of everything the step relies on.
    """

    summary: str = ""
    records: list[dict[str, Any]] = field(default_factory=list)

    def note(self, model: str, record_id: int, name: str = "") -> None:
        self.records.append({"model": model, "id": record_id, "name": name})


@dataclass
class Step:
    """One part of the day."""

    name: str
    ok: bool
    milliseconds: int
    observed: dict[str, Any]


def run_step(name: str, play: Callable[[Observed], str]) -> Step:
    """Play one part; a failure is recorded and does not stop the day."""
    observed = Observed()
    start = time.monotonic()
    try:
        observed.summary = play(observed)
        ok = True
    except Exception as error:  # whatever went wrong belongs into the account
        where = traceback.extract_tb(error.__traceback__)[-1]
        observed.summary = (
            f"{type(error).__name__}: {error} ({where.name}:{where.lineno})"
        )
        ok = False
    milliseconds = int((time.monotonic() - start) * 1000)
    return Step(
        name,
        ok,
        milliseconds,
        {
            "summary": observed.summary,
            "records": observed.records,
        },
    )


def check(condition: Any, failure: str) -> None:
    """Fail the step with a sentence; unlike ``assert`` it is never optimised away."""
    if not condition:
        raise AssertionError(failure)
