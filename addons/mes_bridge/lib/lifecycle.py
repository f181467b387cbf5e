"""The life cycle of an order, as a fold over what the shop floor reported.

The result depends on which events there are, never on the order in which they arrived,
and an event counts once however often it came.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["started", "consumed", "reported", "completed"]
State = Literal["released", "in_progress", "partially_completed", "completed"]
# Quantities are compared with this tolerance, in the product's unit.
TOLERANCE = 1e-6

# Product and lot; 0 stands for "without a lot".
Key = tuple[int, int]


@dataclass(frozen=True)
class Event:
    """One report.

    :param identity: the sender's source and id; the same report twice has the same one.
    :param key: product and lot of a quantity; None for events without one.
    :param quantity: what this report adds, in the product's unit.
    :param announced_good: only ``completed``: the total of good units of the order.
    :param announced: only ``completed``: what was consumed in total, per product and lot.
    """

    identity: str
    kind: Kind
    key: Key | None = None
    quantity: float = 0.0
    announced_good: float = 0.0
    announced: Mapping[Key, float] = field(default_factory=dict[Key, float])


@dataclass(frozen=True)
class Order:
    """What is known of an order.

    :param missing: what the completion announced and no report has told yet.
    :param excess: what was reported beyond the completion's totals.
    """

    state: State
    consumed: Mapping[Key, float]
    produced: Mapping[Key, float]
    missing: Mapping[str, float]
    excess: Mapping[str, float]

    @property
    def is_settled(self) -> bool:
        """Tell whether everything that was announced has been reported, exactly."""
        return self.state == "completed" and not self.missing and not self.excess


def fold(events: Iterable[Event]) -> Order:
    """Return the order that these events add up to."""
    unique = {event.identity: event for event in events}
    # Sums of floats depend on their order: always the same one.
    ordered = [unique[identity] for identity in sorted(unique)]
    consumed = _add_up(event for event in ordered if event.kind == "consumed")
    produced = _add_up(event for event in ordered if event.kind == "reported")
    completions = [event for event in ordered if event.kind == "completed"]
    if not completions:
        return Order(_state_of(ordered, produced), consumed, produced, {}, {})
    missing, excess = _compare(completions[-1], consumed, produced)
    return Order("completed", consumed, produced, missing, excess)


def _add_up(events: Iterable[Event]) -> dict[Key, float]:
    totals: dict[Key, float] = {}
    for event in events:
        if event.key is not None:
            totals[event.key] = totals.get(event.key, 0.0) + event.quantity
    return totals


def _state_of(events: list[Event], produced: Mapping[Key, float]) -> State:
    if any(quantity > TOLERANCE for quantity in produced.values()):
        return "partially_completed"
    return "in_progress" if events else "released"


def _compare(
    completion: Event, consumed: Mapping[Key, float], produced: Mapping[Key, float]
) -> tuple[dict[str, float], dict[str, float]]:
    differences = {"good": completion.announced_good - sum(produced.values())}
    for key in {*completion.announced, *consumed}:
        name = f"{key[0]}:{key[1]}"
        differences[name] = completion.announced.get(key, 0.0) - consumed.get(key, 0.0)
    missing = {name: value for name, value in differences.items() if value > TOLERANCE}
    excess = {name: -value for name, value in differences.items() if value < -TOLERANCE}
    return missing, excess
