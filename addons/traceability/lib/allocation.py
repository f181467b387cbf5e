"""Which consumed lot went into which produced lot of one production order, and how much.

An order says what went in and what came out, not which part went where. With one output
lot that is certain; with several, each input is shared out by the quantity produced and
marked as allocated. Whoever knows better (a shop floor system, per serial) passes
``known`` links, which are exact.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Confidence = Literal["exact", "allocated", "assumed"]


@dataclass(frozen=True)
class Consumed:
    """One done line of a component. ``quantity`` in the component's unit."""

    line_id: int
    lot_id: int
    quantity: float


@dataclass(frozen=True)
class Produced:
    """What came out under one lot; ``lot_id`` None where the product is not tracked."""

    product_id: int
    lot_id: int | None
    quantity: float


@dataclass(frozen=True)
class Share:
    """How much of a consumed line went into an output. ``quantity`` in the input's unit.

    Each *product* that came out has seen the whole input: quantities add up to the
    input within one output product, and are not to be added over main and by-products.
    """

    line_id: int
    input_lot_id: int
    output_product_id: int
    output_lot_id: int | None
    quantity: float
    confidence: Confidence


def allocate(
    consumed: Iterable[Consumed],
    produced: Iterable[Produced],
    *,
    digits: int,
    known: Mapping[tuple[int, int], float] | None = None,
) -> list[Share]:
    """Return the shares of every consumed line, rounded so that nothing gets lost.

    :param digits: decimals of a quantity; the last output takes what rounding leaves.
    :param known: ``{(consumed line, output lot): quantity}`` reported from outside. A
        line with known links is linked to those outputs of that product and no others.
    """
    known = known or {}
    shares: list[Share] = []
    outputs = _group_by_product(produced)
    for part in consumed:
        for product_id, lots in outputs.items():
            given = {lot: known[part.line_id, lot] for lot in lots if lot is not None
                     and (part.line_id, lot) in known}  # fmt: skip
            split = given or _split(part.quantity, lots, digits)
            certain = bool(given) or len(lots) == 1
            shares += [
                Share(
                    part.line_id,
                    part.lot_id,
                    product_id,
                    lot_id,
                    quantity,
                    "exact" if certain else "allocated",
                )
                for lot_id, quantity in split.items()
            ]
    return shares


def _group_by_product(
    produced: Iterable[Produced],
) -> dict[int, dict[int | None, float]]:
    """Return ``{product: {lot: quantity}}``."""
    outputs: dict[int, dict[int | None, float]] = {}
    for part in produced:
        lots = outputs.setdefault(part.product_id, {})
        lots[part.lot_id] = lots.get(part.lot_id, 0.0) + part.quantity
    return outputs


def _split(
    quantity: float, lots: Mapping[int | None, float], digits: int
) -> dict[int | None, float]:
    """Share ``quantity`` out by weight; the last lot takes the remainder."""
    total = sum(lots.values())
    shares: dict[int | None, float] = {}
    rest = quantity
    for position, (lot_id, weight) in enumerate(lots.items(), start=1):
        part = rest
        if position < len(lots):
            part = round(quantity * weight / total if total else 0.0, digits)
        shares[lot_id] = round(part, digits)
        rest -= part
    return shares
