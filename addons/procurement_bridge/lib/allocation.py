"""Spreading what is on the road over what is still expected."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Slot:
    """One expected move. ``quantity`` is what nobody else has advised, in our unit."""

    move_id: int
    product_id: int
    quantity: float


@dataclass(frozen=True)
class Part:
    """One line of a notice, in our unit."""

    line_id: int
    product_id: int
    quantity: float


@dataclass(frozen=True)
class Placement:
    """How much of a line goes onto a move."""

    line_id: int
    move_id: int
    quantity: float


class NotExpectedError(ValueError):
    """More is advised than expected; nothing expected at all means another item."""

    def __init__(self, product_id: int, advised: float, expected: float) -> None:
        super().__init__(
            f"product {product_id}: {advised} advised, {expected} expected"
        )
        self.product_id = product_id
        self.advised = advised
        self.expected = expected


def allocate(
    parts: Iterable[Part], slots: Iterable[Slot], *, digits: int
) -> list[Placement]:
    """Fill the slots of each product in their order, with the parts in theirs.

    :param digits: decimals that count; less than half of the last one is nothing.
    :raises NotExpectedError: for the first product that does not fit.
    """
    parts, slots = list(parts), list(slots)
    smallest = 0.5 * 10**-digits
    free = {slot.move_id: slot.quantity for slot in slots}
    _check_totals(parts, slots, smallest)
    placements: list[Placement] = []
    for part in parts:
        rest = part.quantity
        for slot in slots:
            taken = round(min(rest, free[slot.move_id]), digits)
            if slot.product_id != part.product_id or taken < smallest:
                continue
            placements.append(Placement(part.line_id, slot.move_id, taken))
            free[slot.move_id] -= taken
            rest -= taken
    return placements


def _check_totals(parts: list[Part], slots: list[Slot], smallest: float) -> None:
    for product_id in dict.fromkeys(part.product_id for part in parts):
        advised = sum(p.quantity for p in parts if p.product_id == product_id)
        expected = sum(max(0, s.quantity) for s in slots if s.product_id == product_id)
        if advised - expected >= smallest:
            raise NotExpectedError(product_id, advised, expected)
