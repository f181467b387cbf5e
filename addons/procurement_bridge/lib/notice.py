"""Reading an advance ship notice (contract ``shipment.advised``)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Sums of what a sender wrote down may miss by binary noise, not by more.
SUM_TOLERANCE = 1e-6


@dataclass(frozen=True)
class AdvisedPart:
    """What of one item is in one lot; the whole line where there are no lots.

    :param number: the supplier's line number, or the position, from 1.
    :param quantity: in the sender's ``unit``.
    :param expiry: ISO date, or None.
    :param sscc: the packages that name the lot, in their order.
    """

    number: int
    item: str
    unit: str
    quantity: float
    lot: str | None = None
    expiry: str | None = None
    sscc: tuple[str, ...] = ()


class LotSumError(ValueError):
    """The lots of a line do not add up to its quantity."""

    def __init__(self, item: str, quantity: float, lot_sum: float) -> None:
        super().__init__(f"{item}: {quantity} advised, {lot_sum} in its lots")
        self.item = item
        self.quantity = quantity
        self.lot_sum = lot_sum


def read_parts(payload: Mapping[str, Any]) -> list[AdvisedPart]:
    """Return the parts of a notice, in its order.

    The same lot twice in one line is one part.

    :raises LotSumError: when lots and line disagree.
    """
    packages = payload.get("packages") or ()
    return [
        part
        for position, line in enumerate(payload["lines"], start=1)
        for part in _read_line(line, line.get("line", position), packages)
    ]


def _read_line(
    line: Mapping[str, Any], number: int, packages: Sequence[Mapping[str, Any]]
) -> Iterator[AdvisedPart]:
    lots: Sequence[Mapping[str, Any]] = line.get("lots") or ()
    if not lots:
        yield AdvisedPart(number, line["item"], line["unit"], line["quantity"])
        return
    quantities: dict[str, float] = {}
    expiries: dict[str, str] = {}
    for lot in lots:
        quantities[lot["lot"]] = quantities.get(lot["lot"], 0) + lot["quantity"]
        if lot.get("expiry"):
            expiries[lot["lot"]] = lot["expiry"]
    total = sum(quantities.values())
    if abs(total - line["quantity"]) > SUM_TOLERANCE * max(1, abs(line["quantity"])):
        raise LotSumError(line["item"], line["quantity"], total)
    for name, quantity in quantities.items():
        yield AdvisedPart(
            number,
            line["item"],
            line["unit"],
            quantity,
            name,
            expiries.get(name),
            tuple(p["sscc"] for p in packages if name in (p.get("lots") or ())),
        )
