"""Which input went into which output, when an order says only the totals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Confidence = Literal["exact", "allocated", "assumed"]


@dataclass(frozen=True)
class Share:
    """A quantity of an input lot in an output lot.

    :param quantity: in the input product's unit.
    """

    input_lot: int
    output_lot: int
    quantity: float
    confidence: Confidence


def allocate(inputs: Mapping[int, float], outputs: Mapping[int, float]) -> list[Share]:
    """Spread every input lot over the output lots, in proportion to their quantities.

    With one output lot there is nothing to guess: the shares are exact. The shares of an
    input lot always add up to what was consumed of it.

    :param inputs: lot id → quantity consumed; ``outputs``: lot id → quantity made.
    """
    total = sum(outputs.values())
    if total <= 0:
        return []
    confidence: Confidence = "exact" if len(outputs) == 1 else "allocated"
    return [
        Share(input_lot, output_lot, quantity * made / total, confidence)
        for input_lot, quantity in inputs.items()
        for output_lot, made in outputs.items()
    ]
