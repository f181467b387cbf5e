"""From exact quantities to those that stock can hold."""

from collections.abc import Iterable, Mapping
from math import floor

from .events import Event, Key


def round_off(
    ordered: Iterable[Event],
    amounts: Mapping[str, float],
    steps: Mapping[int, float],
) -> dict[str, float]:
    """Return what is posted of each quantity event.

    Eight times 0.125 are 1.00, not eight times 0.13: the total is rounded, and an event
    is posted with what it adds to that.

    :param amounts: exact, by identity of the event; ``steps``: by product.
    """
    totals: dict[tuple[str, Key, int], float] = {}
    rounded: dict[str, float] = {}
    for event in ordered:
        amount = amounts.get(event.identity)
        if amount is None:
            continue
        step = steps.get(event.key[0], 0.0) if event.key else 0.0
        if not step or not event.key:
            rounded[event.identity] = amount
            continue
        total = (event.kind, event.key, event.part)
        before = totals.get(total, 0.0)
        totals[total] = before + amount
        count = _count_steps(totals[total], step) - _count_steps(before, step)
        rounded[event.identity] = round(count * step, 9)
    return rounded


def _count_steps(quantity: float, step: float) -> int:
    return floor(quantity / step + 0.5 + 1e-6)
