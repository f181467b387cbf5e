"""The decision table: what a lot of a certain status may be used for.

A status is no yes-or-no: a quarantined lot may go back to the vendor, a rejected one may
be scrapped, and whatever comes in is let in and held there.
"""

from typing import Literal, get_args

Status = Literal["pending", "released", "restricted", "quarantined", "rejected"]
Use = Literal[
    "inbound",
    "internal",
    "to_quarantine",
    "transfer_out",
    "consume",
    "ship",
    "scrap",
    "return_to_vendor",
    "correction",
]

STATUSES: tuple[Status, ...] = get_args(Status)
USES: tuple[Use, ...] = get_args(Use)

HELD: frozenset[Status] = frozenset(
    {"pending", "restricted", "quarantined", "rejected"}
)
# Not even expected to become free: planning must not count on it. A pending lot is
# expected to be released, or a reordering rule would buy the same goods again.
NOT_FORECAST: frozenset[Status] = frozenset({"restricted", "quarantined", "rejected"})

_ALWAYS: frozenset[Use] = frozenset({"inbound", "to_quarantine"})
_HELD_USES: frozenset[Use] = _ALWAYS | frozenset[Use]({"return_to_vendor"})
ALLOWED: dict[Status, frozenset[Use]] = {
    "released": frozenset(USES),
    "pending": _HELD_USES | frozenset[Use]({"internal"}),
    "restricted": _HELD_USES | frozenset[Use]({"internal"}),
    "quarantined": _HELD_USES,
    "rejected": _HELD_USES | frozenset[Use]({"scrap"}),
}
# What the quality group may do with a held lot beyond the table: count it right.
ALLOWED_TO_QUALITY: frozenset[Use] = frozenset({"correction"})

_STOCKED = frozenset({"internal", "transit"})


def classify(
    source: str, destination: str, *, to_quarantine: bool = False, scrap: bool = False
) -> Use:
    """Return what a move means for the lot it moves.

    :param source: usage of the source location, as Odoo names it (``internal``,
        ``transit``, ``supplier``, ``customer``, ``production``, ``inventory``, ``view``).
    :param destination: usage of the destination.
    :param to_quarantine: the destination is flagged as a quarantine place.
    :param scrap: the move belongs to a scrap order.
    """
    if source not in _STOCKED:
        # What goes past the warehouse to a customer is shipped, not received.
        return "ship" if destination == "customer" != source else "inbound"
    if source == "transit" and destination == "internal":
        return "inbound"
    if destination == "internal":
        return "to_quarantine" if to_quarantine else "internal"
    if destination == "inventory":
        return "scrap" if scrap else "correction"
    by_destination: dict[str, Use] = {
        "production": "consume",
        "customer": "ship",
        "supplier": "return_to_vendor",
        "transit": "transfer_out",
    }
    return by_destination.get(destination, "transfer_out")


def is_allowed(status: Status, use: Use, *, quality: bool = False) -> bool:
    """Tell whether a lot of this status may be used this way.

    :param quality: whoever asks belongs to the quality group.
    """
    return use in ALLOWED[status] or (quality and use in ALLOWED_TO_QUALITY)
