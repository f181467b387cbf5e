"""From rows of the lot ledger to EPCIS events."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from .epcis import EpcisEvent, Items, Quantity, write_moment
from .gs1 import own_uri

# Where the identifiers of this project's ledgers live (RFC 9562, version 5).
NAMESPACE = uuid.UUID("6f1c2a3e-6b1d-5c58-9d0e-3a1f5b7c9e42")
Role = Literal["object", "input", "output"]


@dataclass(frozen=True)
class Kind:
    """What a kind of ledger row means in EPCIS and in the CBV.

    :param transaction: type of the business transaction that the document is.
    :param party: which end of the event the partner stands at.
    """

    action: str
    biz_step: str | None
    disposition: str | None = None
    transaction: str | None = None
    party: Literal["source", "destination"] | None = None


KINDS: dict[str, Kind] = {
    "receipt": Kind("OBSERVE", "receiving", None, "recadv", "source"),
    "inspection": Kind("OBSERVE", "inspecting"),
    "hold": Kind("OBSERVE", "holding", "non_sellable_other"),
    "release": Kind("OBSERVE", "accepting", "available"),
    "recall": Kind("OBSERVE", None, "recalled"),
    "production": Kind("ADD", "commissioning", None, "prodorder"),
    "shipment": Kind("OBSERVE", "shipping", "in_transit", "desadv", "destination"),
    "customer_return": Kind("OBSERVE", "receiving", "returned", "rma", "source"),
    "vendor_return": Kind("OBSERVE", "shipping", "returned", "rma", "destination"),
    "scrap": Kind("DELETE", "destroying", "destroyed"),
}


@dataclass(frozen=True)
class Entry:
    """One row: what happened to one lot. Rows of one ``event_uuid`` are one event.

    :param epc: URI of the lot; ``instance``: it names one object, not a quantity.
    :param unit_code: UN/ECE Rec. 20; None counts pieces, or the unit has no code.
    :param quantity: in that unit; None where it is not known.
    :param document: path parts of the document's URI, such as ``("picking", "17")``.
    """

    event_uuid: str
    kind: str
    epc: str
    occurred_at: datetime
    recorded_at: datetime
    role: Role = "object"
    instance: bool = False
    quantity: float | None = None
    unit_code: str | None = None
    offset: str = "+00:00"
    biz_step: str | None = None
    disposition: str | None = None
    location: str | None = None
    partner: str | None = None
    document: tuple[str, ...] = ()


def make_uuid(database: str, key: str) -> str:
    """Return the id of an event: the same for the same thing, in this database only."""
    return str(uuid.uuid5(NAMESPACE, f"{database}/{key}"))


def build_event(rows: Iterable[Entry], *, namespace: str) -> EpcisEvent:
    """Return the EPCIS event of the rows of one ``event_uuid``.

    A production without tracked inputs transforms nothing we can name: its lots are
    commissioned by an ObjectEvent. A transformation carries the order as its
    ``transformationID``, so that inputs booked later belong to the same one.

    :param namespace: URI below which places, partners and documents of ours live.
    """
    entries = list(rows)
    first = entries[0]
    kind = KINDS[first.kind]
    sides = {
        role: _collect([e for e in entries if e.role == role])
        for role in ("object", "input", "output")
    }
    transforms = bool(sides["input"])
    place = own_uri(namespace, "location", first.location) if first.location else None
    document = own_uri(namespace, *first.document) if first.document else None
    partner = own_uri(namespace, "partner", first.partner) if first.partner else None
    party = (("possessing_party", partner),) if partner else ()
    return EpcisEvent(
        type="TransformationEvent" if transforms else "ObjectEvent",
        event_time=first.occurred_at,
        offset=first.offset,
        event_id=f"urn:uuid:{first.event_uuid}",
        record_time=first.recorded_at,
        action=None if transforms else kind.action,
        biz_step=first.biz_step,
        disposition=first.disposition,
        items=Items() if transforms else _first_of(sides),
        inputs=sides["input"] if transforms else Items(),
        outputs=sides["output"] if transforms else Items(),
        read_point=place,
        biz_location=place if _stays(kind) else None,
        transactions=((kind.transaction, document),) if document else (),
        sources=party if kind.party == "source" else (),
        destinations=party if kind.party == "destination" else (),
        other={"transformationID": document} if transforms and document else {},
    )


def declare_error(
    event: EpcisEvent, *, declared_at: datetime, corrected_by: str | None
) -> EpcisEvent:
    """Return the declaration that an event was wrong, EPCIS 2.0 section 7.4.1.2.

    :param corrected_by: uuid of the event that is right; None: it never happened.
    """
    error: dict[str, object] = {
        "declarationTime": write_moment(declared_at),
        "reason": "incorrect_data" if corrected_by else "did_not_occur",
    }
    if corrected_by:
        error["correctiveEventIDs"] = [f"urn:uuid:{corrected_by}"]
    return replace(event, error=error)


def _stays(kind: Kind) -> bool:
    """Tell whether the goods are still there afterwards: not shipped, not destroyed."""
    return kind.party != "destination" and kind.action != "DELETE"


def _first_of(sides: dict[str, Items]) -> Items:
    return sides["object"] or sides["output"] or sides["input"]


def _collect(entries: Sequence[Entry]) -> Items:
    """Add up what is said of the same lot; an identifier may stand in a list once."""
    epcs = dict.fromkeys(entry.epc for entry in entries if entry.instance)
    amounts: dict[tuple[str, str | None], float | None] = {}
    for entry in entries:
        if entry.instance:
            continue
        key = (entry.epc, entry.unit_code)
        known = amounts.get(key, 0.0)
        amounts[key] = (
            None if known is None or entry.quantity is None else known + entry.quantity
        )
    return Items(
        tuple(epcs),
        tuple(
            Quantity(epc, _round(quantity), unit if quantity else None)
            for (epc, unit), quantity in amounts.items()
        ),
    )


def _round(quantity: float | None) -> float | None:
    """Return a quantity without binary noise; none and zero are not said."""
    return round(quantity, 9) if quantity else None
