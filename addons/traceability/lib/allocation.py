"""Which input went into which output, when an order says only the totals.

A *vertex* of the genealogy is a lot (its id) or, negative, a batch without a lot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Confidence = Literal["exact", "allocated", "assumed"]
# What is smaller than this share of a quantity is noise of floating point.
NOISE = 1e-9


@dataclass(frozen=True)
class Input:
    """What one stock move consumed of one vertex.

    :param quantity: in the product's unit.
    :param assumed: nobody recorded that it was this vertex.
    """

    move: int
    vertex: int
    product: int
    quantity: float
    assumed: bool = False


@dataclass(frozen=True)
class Output:
    """What came out. ``weight``: its part of the whole, in any unit they all share."""

    vertex: int
    weight: float


@dataclass(frozen=True)
class Share:
    """A quantity of an input in an output, in the input product's unit."""

    source: Input
    output: int
    quantity: float
    confidence: Confidence


def allocate(
    inputs: Sequence[Input],
    outputs: Sequence[Output],
    known: Mapping[tuple[int, int], float] | None = None,
) -> list[Share]:
    """Spread every input over the outputs; the shares of an input always add up.

    With one output there is nothing to guess: the shares are exact. With several, what
    the shop floor reported is exact, and the rest goes to the outputs that have not had
    their part of this product yet, in proportion to what they lack.

    :param known: ``{(input vertex, output vertex): quantity}`` as reported.
    """
    total = sum(output.weight for output in outputs)
    if total <= 0:
        return []
    left = dict(known or {})
    shares: list[Share] = []
    rests: list[tuple[Input, float]] = []
    for part in inputs:
        reported = _take_reported(part, outputs, left)
        shares += reported
        rest = part.quantity - sum(share.quantity for share in reported)
        if rest > part.quantity * NOISE:
            rests.append((part, rest))
    lacks = _find_lacks(inputs, outputs, shares, total)
    for part, rest in rests:
        shares += _spread(part, rest, outputs, lacks[part.product])
    return shares


def _take_reported(
    part: Input, outputs: Sequence[Output], left: dict[tuple[int, int], float]
) -> list[Share]:
    """Use up what is reported of this input, and never more than was consumed."""
    shares: list[Share] = []
    rest = part.quantity
    for output in outputs:
        key = (part.vertex, output.vertex)
        quantity = min(left.get(key, 0.0), rest)
        if quantity > 0:
            left[key] -= quantity
            rest -= quantity
            shares.append(Share(part, output.vertex, quantity, "exact"))
    return shares


def _find_lacks(
    inputs: Sequence[Input],
    outputs: Sequence[Output],
    shares: Sequence[Share],
    total: float,
) -> dict[int, dict[int, float]]:
    """Return, per product, what each output lacks of its proportional part."""
    consumed: dict[int, float] = {}
    for part in inputs:
        consumed[part.product] = consumed.get(part.product, 0.0) + part.quantity
    lacks: dict[int, dict[int, float]] = {}
    for product, quantity in consumed.items():
        lack = {output.vertex: 0.0 for output in outputs}
        for output in outputs:
            lack[output.vertex] += quantity * output.weight / total
        for share in shares:
            if share.source.product == product:
                lack[share.output] -= share.quantity
        lacks[product] = {
            vertex: missing
            for vertex, missing in lack.items()
            if missing > quantity * NOISE
        }
    return lacks


def _spread(
    part: Input, rest: float, outputs: Sequence[Output], lack: Mapping[int, float]
) -> list[Share]:
    weights = lack or {output.vertex: output.weight for output in outputs}
    total = sum(weights.values())
    confidence: Confidence = "exact" if len(outputs) == 1 else "allocated"
    if part.assumed:
        confidence = "assumed"
    return [
        Share(part, vertex, rest * weight / total, confidence)
        for vertex, weight in weights.items()
        if weight > 0
    ]


def draw(
    batches: Sequence[tuple[int, float]], quantity: float
) -> tuple[list[tuple[int, float]], float]:
    """Take a quantity out of stock in which several batches lie mixed.

    Nobody knows which batch it was, so each gives in proportion to what is left of it:
    every batch that can be in there is found by a recall, and their quantities balance.

    :param batches: ``(batch, quantity left)``.
    :returns: ``(batch, quantity taken)`` and what the batches could not give.
    """
    total = sum(left for _batch, left in batches if left > 0)
    if total <= 0 or quantity <= 0:
        return [], max(quantity, 0.0)
    taken = min(quantity, total)
    draws = [(batch, taken * left / total) for batch, left in batches if left > 0]
    return draws, quantity - taken
