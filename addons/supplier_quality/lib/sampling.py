"""How many samples to draw from a received lot."""

import math
from typing import Literal

Sampling = Literal["all", "fixed"]


def sample_size(
    sampling: Sampling, *, fixed: int, quantity: float, countable: bool
) -> int:
    """Return the number of samples, at least one.

    :param fixed: the number a fixed plan asks for.
    :param quantity: of the lot, in the product's unit.
    :param countable: the product is kept in pieces. Bulk goods (mass, volume, length)
        cannot be inspected piece by piece: all of them means one sample of the whole, and
        a fixed number of samples does not depend on the quantity.
    """
    if not countable:
        return 1 if sampling == "all" else max(1, fixed)
    pieces = max(1, math.ceil(quantity))
    return pieces if sampling == "all" else max(1, min(fixed, pieces))
