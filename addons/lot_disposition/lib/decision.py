"""The decision table: what goods of a certain status may be used for.

A status is no yes-or-no: a quarantined lot may go back to the vendor, a rejected one may
be scrapped, and whatever comes in is let in and held there.
"""

from collections.abc import Iterable
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
# What lets goods go that were stopped: may need two people and a signature. Restricted
# goods go on a permit only, and that needs the same.
RELEASING: frozenset[Status] = frozenset({"released"})
# What a place or a package can be: whether single goods in it pass is not its business.
PLACE_STATUSES: frozenset[Status] = frozenset({"released", "quarantined", "rejected"})

_ALWAYS: frozenset[Use] = frozenset({"inbound", "to_quarantine"})
_HELD_USES: frozenset[Use] = _ALWAYS | frozenset[Use]({"return_to_vendor"})
ALLOWED: dict[Status, frozenset[Use]] = {
    "released": frozenset(USES),
    "pending": _HELD_USES | frozenset[Use]({"internal"}),
    "restricted": _HELD_USES | frozenset[Use]({"internal"}),
    "quarantined": _HELD_USES,
    "rejected": _HELD_USES | frozenset[Use]({"scrap"}),
}
# What the quality group may do with held goods beyond the table, on record: count a lot
# right, and take goods out of a place or a package that holds them.
ALLOWED_TO_QUALITY: frozenset[Use] = frozenset({"correction"})
ALLOWED_TO_QUALITY_IN_PLACE: frozenset[Use] = frozenset({"correction", "internal"})
# What a permit can open for a restricted lot.
PERMITTED_USES: frozenset[Use] = frozenset({"consume", "ship", "transfer_out", "scrap"})

# From harmless to grave: what is shown where several statuses meet.
_GRAVITY: tuple[Status, ...] = (
    "released",
    "restricted",
    "pending",
    "quarantined",
    "rejected",
)
_STOCKED = frozenset({"internal", "transit"})
_OUTWARD: dict[str, Use] = {
    "production": "consume",
    "customer": "ship",
    "supplier": "return_to_vendor",
}


def classify(
    source: str, destination: str, *, to_quarantine: bool = False, scrap: bool = False
) -> Use:
    """Return what a move means for the goods it moves.

    :param source: usage of the source location, as Odoo names it (``internal``,
        ``transit``, ``supplier``, ``customer``, ``production``, ``inventory``, ``view``).
    :param destination: usage of the destination.
    :param to_quarantine: the destination is a quarantine place or inside of one.
    :param scrap: the move belongs to a scrap order.
    """
    # Wherever they come from: who consumes or ships goods uses them.
    if destination in _OUTWARD:
        return _OUTWARD[destination]
    if source not in _STOCKED:
        return "inbound"
    if destination == "internal":
        if source == "transit":
            return "inbound"
        return "to_quarantine" if to_quarantine else "internal"
    if destination == "inventory":
        return "scrap" if scrap else "correction"
    return "transfer_out"


def is_allowed(status: Status, use: Use, *, quality: bool = False) -> bool:
    """Tell whether a lot of this status may be used this way.

    :param quality: whoever asks belongs to the quality group.
    """
    return use in ALLOWED[status] or (quality and use in ALLOWED_TO_QUALITY)


def is_allowed_in_place(status: Status, use: Use, *, quality: bool = False) -> bool:
    """Tell whether goods in a place or package of this status may be used this way."""
    return use in ALLOWED[status] or (quality and use in ALLOWED_TO_QUALITY_IN_PLACE)


def gravest(statuses: Iterable[Status]) -> Status:
    """Return the gravest of the statuses that hold the same goods; else released."""
    found: set[Status] = {"released", *statuses}
    return max(found, key=_GRAVITY.index)


def list_allowed() -> list[str]:
    """Return the table as ``status:use``, for the database's own copy of it."""
    return sorted(f"{status}:{use}" for status in STATUSES for use in ALLOWED[status])
