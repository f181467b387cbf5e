"""What should have been consumed for what was made."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Deviation:
    """A component of which more or less was used than the revision says."""

    product: int
    expected: float
    consumed: float


def find_deviations(
    per_unit: Mapping[int, float],
    consumed: Mapping[int, float],
    made: float,
    *,
    tolerance: float = 0.005,
) -> list[Deviation]:
    """Compare consumption with the revision that the order was released with.

    :param per_unit: planned quantity per finished unit, by product.
    :param consumed: by product, in the same unit.
    :param made: finished units, good and scrapped.
    :param tolerance: share of the expected quantity that is no deviation.
    """
    found: list[Deviation] = []
    for product in sorted({*per_unit, *consumed}):
        expected = per_unit.get(product, 0.0) * made
        used = consumed.get(product, 0.0)
        if abs(used - expected) > max(tolerance * expected, 1e-6):
            found.append(Deviation(product, expected, used))
    return found
