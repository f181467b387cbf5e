"""How much production an open question endangers, in plain rules that can be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Priority = Literal["0", "1", "2", "3"]
Criticality = Literal["low", "normal", "high", "line_stop"]

# Hours until the first of what is endangered begins, and what that makes of it.
HORIZONS: tuple[tuple[int, Priority], ...] = ((4, "3"), (24, "2"), (7 * 24, "1"))
CUSTOMERS_THAT_RAISE = 3
FLOORS: dict[Criticality, Priority] = {
    "low": "0",
    "normal": "0",
    "high": "1",
    "line_stop": "2",
}


@dataclass(frozen=True)
class Endangered:
    """Something that cannot go on while the question is open.

    :param starts_at: when it should begin or leave, naive UTC.
    :param customer: name of who waits for it, or "".
    """

    starts_at: datetime | None = None
    quantity: float = 0
    customer: str = ""


@dataclass(frozen=True)
class Judgement:
    """The priority, and what it rests on."""

    priority: Priority
    earliest_start: datetime | None
    quantity: float
    customers: tuple[str, ...]


def judge(
    endangered: Sequence[Endangered], criticality: Criticality, *, now: datetime
) -> Judgement:
    """Return how urgent an open question is.

    The earliest start decides; several customers and a critical flow raise it by a step.
    """
    starts = [one.starts_at for one in endangered if one.starts_at]
    earliest = min(starts, default=None)
    customers = tuple(dict.fromkeys(one.customer for one in endangered if one.customer))
    level = int(_by_start(earliest, now))
    if endangered and len(customers) >= CUSTOMERS_THAT_RAISE:
        level += 1
    if criticality == "line_stop" and earliest:
        level += 1
    level = max(level, int(FLOORS[criticality]))
    priorities: tuple[Priority, ...] = ("0", "1", "2", "3")
    return Judgement(
        priorities[min(level, 3)],
        earliest,
        sum(one.quantity for one in endangered),
        customers,
    )


def _by_start(earliest: datetime | None, now: datetime) -> Priority:
    if earliest is None:
        return "0"
    for hours, priority in HORIZONS:
        if earliest <= now + timedelta(hours=hours):
            return priority
    return "0"
