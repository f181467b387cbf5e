"""EPCIS 2.0 documents: written, and read back without losing anything.

GS1 EPCIS 2.0 (ISO/IEC 19987), JSON-LD binding, section 10.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .epcis_check import Fault, check_event, find_prefixes
from .epcis_vocabulary import CONTEXT

__all__ = [
    "EpcisError",
    "EpcisEvent",
    "Fault",
    "Items",
    "Quantity",
    "build_document",
    "build_query_document",
    "check_event",
    "read_document",
    "read_event",
    "write_event",
]

SCHEMA_VERSION = "2.0"


class EpcisError(ValueError):
    """A document that cannot be taken; ``faults`` say where and why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{f.pointer}: {f.detail}" for f in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Quantity:
    """So much of a class of objects. ``uom`` None: ``quantity`` counts pieces."""

    epc_class: str
    quantity: float | None = None
    uom: str | None = None


@dataclass(frozen=True)
class Items:
    """What an event is about: single objects, and quantities of classes."""

    epcs: tuple[str, ...] = ()
    quantities: tuple[Quantity, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.epcs or self.quantities)


@dataclass(frozen=True)
class EpcisEvent:
    """One event. ``offset`` is the local one where it happened, such as ``+02:00``.

    :param items: objects, or the children of an aggregation.
    :param inputs, outputs: of a transformation only.
    :param transactions, sources, destinations: ``(type or None, URI)``.
    :param other: every further property as it came: sensors, master data, extensions.
    """

    type: str
    event_time: datetime
    offset: str
    event_id: str | None = None
    record_time: datetime | None = None
    action: str | None = None
    biz_step: str | None = None
    disposition: str | None = None
    items: Items = Items()
    inputs: Items = Items()
    outputs: Items = Items()
    read_point: str | None = None
    biz_location: str | None = None
    transactions: tuple[tuple[str | None, str], ...] = ()
    sources: tuple[tuple[str | None, str], ...] = ()
    destinations: tuple[tuple[str | None, str], ...] = ()
    error: Mapping[str, Any] | None = None
    other: Mapping[str, Any] = field(default_factory=dict[str, Any])


# attribute → JSON property
PLAIN = {
    "action": "action",
    "biz_step": "bizStep",
    "disposition": "disposition",
    "error": "errorDeclaration",
}
PLACES = {"read_point": "readPoint", "biz_location": "bizLocation"}
PARTIES = {
    "transactions": ("bizTransactionList", "bizTransaction"),
    "sources": ("sourceList", "source"),
    "destinations": ("destinationList", "destination"),
}
OBJECTS = ("epcList", "quantityList")
CHILDREN = ("childEPCs", "childQuantityList")
INPUTS = ("inputEPCList", "inputQuantityList")
OUTPUTS = ("outputEPCList", "outputQuantityList")


def _item_keys(event_type: str) -> dict[str, tuple[str, str]]:
    """Return ``{attribute: (EPC list, quantity list)}`` of an event type."""
    if event_type == "TransformationEvent":
        return {"inputs": INPUTS, "outputs": OUTPUTS}
    if event_type in ("AggregationEvent", "AssociationEvent"):
        return {"items": CHILDREN}
    return {"items": OBJECTS}


def write_moment(moment: datetime) -> str:
    """Return a time as EPCIS wants it, in UTC; naive times are UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    digits = "microseconds" if aware.microsecond % 1000 else "milliseconds"
    return aware.astimezone(UTC).isoformat(timespec=digits)[:-6] + "Z"


def write_event(event: EpcisEvent) -> dict[str, Any]:
    """Return an event as JSON-LD, EPCIS 2.0 section 10."""
    written: dict[str, Any] = {
        "type": event.type,
        "eventTime": write_moment(event.event_time),
        "eventTimeZoneOffset": event.offset,
    }
    if event.event_id:
        written["eventID"] = event.event_id
    if event.record_time:
        written["recordTime"] = write_moment(event.record_time)
    for attribute, key in PLAIN.items():
        if (value := getattr(event, attribute)) is not None:
            written[key] = value
    for attribute, keys in _item_keys(event.type).items():
        written |= _write_items(getattr(event, attribute), keys)
    for attribute, key in PLACES.items():
        if place := getattr(event, attribute):
            written[key] = {"id": place}
    for attribute, (name, key) in PARTIES.items():
        if entries := getattr(event, attribute):
            written[name] = [
                ({"type": kind} if kind else {}) | {key: uri} for kind, uri in entries
            ]
    return written | dict(event.other)


def _write_items(items: Items, keys: tuple[str, str]) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if items.epcs:
        written[keys[0]] = list(items.epcs)
    if items.quantities:
        written[keys[1]] = [_write_quantity(part) for part in items.quantities]
    return written


def _write_quantity(part: Quantity) -> dict[str, Any]:
    written: dict[str, Any] = {"epcClass": part.epc_class}
    if part.quantity is not None:
        whole = float(part.quantity).is_integer()
        written["quantity"] = int(part.quantity) if whole else part.quantity
        if part.uom:
            written["uom"] = part.uom
    return written


def build_document(
    events: Iterable[EpcisEvent], *, created_at: datetime
) -> dict[str, Any]:
    """Return an ``EPCISDocument``: a file, or what a repository captures."""
    return {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": SCHEMA_VERSION,
        "creationDate": write_moment(created_at),
        "epcisBody": {"eventList": [write_event(event) for event in events]},
    }


def build_query_document(
    events: Iterable[EpcisEvent], *, created_at: datetime
) -> dict[str, Any]:
    """Return an ``EPCISQueryDocument``: the answer of ``GET /events``."""
    document = build_document(events, created_at=created_at)
    results = {
        "queryName": "SimpleEventQuery",
        "resultsBody": document["epcisBody"],
    }
    return document | {
        "type": "EPCISQueryDocument",
        "epcisBody": {"queryResults": results},
    }


def read_document(document: object) -> list[EpcisEvent]:
    """Return the events of a document, of a query's answer, or of a single event.

    :param document: parsed JSON.
    :raises EpcisError: with every fault of every event; nothing is taken of a document
        that has one.
    """
    events, base = _find_events(document)
    prefixes = find_prefixes(_get(document, "@context"))
    faults = [
        Fault(f"{base}/{index}{fault.pointer}", fault.detail)
        for index, event in enumerate(events)
        for fault in _check(event, prefixes)
    ]
    if faults:
        raise EpcisError(faults)
    return [read_event(event) for event in events]


def _check(event: object, prefixes: frozenset[str]) -> list[Fault]:
    if not isinstance(event, Mapping):
        return [Fault("", "An event is a JSON object.")]
    try:
        return check_event(event, prefixes)
    except (AttributeError, TypeError):
        return [Fault("", "The event is not of the shape that EPCIS 2.0 describes.")]


def _find_events(document: object) -> tuple[list[Any], str]:
    """Return the events and the JSON Pointer of the list they stand in."""
    pointers = {
        "EPCISDocument": ("epcisBody", "eventList"),
        "EPCISQueryDocument": ("epcisBody", "queryResults", "resultsBody", "eventList"),
    }
    kind = _get(document, "type")
    if not isinstance(document, Mapping) or not isinstance(kind, str):
        raise EpcisError([Fault("", "Not an EPCIS document: no object with a type.")])
    if kind not in pointers:
        return [document], ""
    if not str(_get(document, "schemaVersion") or "").startswith("2."):
        raise EpcisError([Fault("/schemaVersion", "Only EPCIS 2 is read here.")])
    found: object = document
    for key in pointers[kind]:
        found = _get(found, key)
    base = "/" + "/".join(pointers[kind])
    if not isinstance(found, list):
        raise EpcisError([Fault(base, "A list of events belongs here.")])
    return found, base


def _get(value: object, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def read_event(event: Mapping[str, Any]) -> EpcisEvent:
    """Return one event that ``check_event`` has found faultless."""
    rest = dict(event)
    values: dict[str, Any] = {
        "type": rest.pop("type"),
        "event_time": datetime.fromisoformat(rest.pop("eventTime")),
        "offset": rest.pop("eventTimeZoneOffset"),
        "event_id": rest.pop("eventID", None),
    }
    if "recordTime" in rest:
        values["record_time"] = datetime.fromisoformat(rest.pop("recordTime"))
    for attribute, key in PLAIN.items():
        values[attribute] = rest.pop(key, None)
    for attribute, keys in _item_keys(values["type"]).items():
        values[attribute] = _read_items(rest, keys)
    for attribute, key in PLACES.items():
        # A place may carry extensions of its own: then it is kept as it came.
        if set(rest.get(key) or ()) == {"id"}:
            values[attribute] = rest.pop(key)["id"]
    for attribute, (name, key) in PARTIES.items():
        values[attribute] = tuple(
            (entry.get("type"), entry[key]) for entry in rest.pop(name, ())
        )
    return EpcisEvent(**values, other=rest)


def _read_items(rest: dict[str, Any], keys: tuple[str, str]) -> Items:
    return Items(
        tuple(rest.pop(keys[0], ())),
        tuple(
            Quantity(part["epcClass"], part.get("quantity"), part.get("uom"))
            for part in rest.pop(keys[1], ())
        ),
    )
