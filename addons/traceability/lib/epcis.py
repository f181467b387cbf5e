"""GS1 EPCIS 2.0 events and documents (EPCIS 2.0.0, JSON/JSON-LD binding).

Builds events from rows of the lot ledger, reads documents of others, and checks what the
schema lets pass: the vocabularies of CBV 2.0 and the name spaces of extensions.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
SCHEMA_VERSION = "2.0"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# CBV 2.0 section 7.1 and 7.2.
BIZ_STEPS = _words(
    """
    accepting arriving assembling collecting commissioning consigning
    creating_class_instance cycle_counting decommissioning departing destroying
    disassembling dispensing encoding entering_exiting holding inspecting installing
    killing loading other packing picking receiving removing repackaging repairing
    replacing reserving retail_selling sampling sensor_reporting shipping staging_outbound
    stock_taking stocking storing transporting unloading unpacking void_shipping
    """
)
DISPOSITIONS = _words(
    """
    active available completeness_inferred completeness_verified conformant
    container_closed container_open damaged destroyed dispensed disposed encoded expired
    in_progress in_transit inactive mismatch_class mismatch_instance mismatch_quantity
    needs_replacement no_pedigree_match non_conformant non_sellable_other
    partially_dispensed recalled reserved retail_sold returned sellable_accessible
    sellable_not_accessible stolen unavailable unknown
    """
)
ACTIONS = frozenset({"ADD", "OBSERVE", "DELETE"})
EVENT_TYPES = frozenset(
    {
        "ObjectEvent",
        "AggregationEvent",
        "TransactionEvent",
        "TransformationEvent",
        "AssociationEvent",
    }
)
STANDARD_MEMBERS = _words(
    """
    @context type eventTime recordTime eventTimeZoneOffset eventID certificationInfo
    errorDeclaration epcList quantityList action bizStep disposition persistentDisposition
    readPoint bizLocation bizTransactionList sourceList destinationList sensorElementList
    ilmd parentID childEPCs childQuantityList inputEPCList inputQuantityList outputEPCList
    outputQuantityList transformationID
    """
)

# UN/ECE Recommendation 20, for the units Odoo ships; pieces carry no unit.
UNIT_CODES = {
    "kg": "KGM",
    "g": "GRM",
    "t": "TNE",
    "mg": "MGM",
    "oz": "ONZ",
    "lb": "LBR",
    "L": "LTR",
    "ml": "MLT",
    "m³": "MTQ",
    "m": "MTR",
    "cm": "CMT",
    "mm": "MMT",
    "m²": "MTK",
    "Hours": "HUR",
    "Days": "DAY",
}

# A name with a prefix (example:field) or a whole URI: an extension.
_PREFIXED = re.compile(r"(?P<prefix>[A-Za-z][\w.+-]*):.+")
_WELL_KNOWN_PREFIXES = frozenset(
    {
        "epcis",
        "cbv",
        "gs1",
        "rdf",
        "rdfs",
        "owl",
        "xsd",
        "dcterms",
        "cbvmda",
        "http",
        "https",
        "urn",
        "ni",
    }
)
_GTIN = re.compile(r"\d{8}|\d{12,14}")


@dataclass(frozen=True)
class Quantity:
    """A quantity of one lot.

    :param unit: Odoo's name of the unit; anything but a known measure means pieces.
    """

    item: str
    lot: str
    quantity: float
    unit: str = ""
    gtin: str = ""


# Kind of ledger row → (bizStep, disposition, action); CBV 2.0.
VOCABULARY = {
    "receipt": ("receiving", "in_progress", "OBSERVE"),
    "hold": ("holding", "non_sellable_other", "OBSERVE"),
    "inspection": ("inspecting", "non_sellable_other", "OBSERVE"),
    "release": ("accepting", "available", "OBSERVE"),
    "production": ("commissioning", "active", "ADD"),
    "shipment": ("shipping", "in_transit", "OBSERVE"),
    "customer_return": ("receiving", "returned", "OBSERVE"),
    "vendor_return": ("shipping", "returned", "OBSERVE"),
    "scrap": ("destroying", "destroyed", "DELETE"),
}


@dataclass(frozen=True)
class LedgerEvent:
    """One row of the lot ledger.

    :param occurred_at: RFC 3339, UTC; ``recorded_at`` likewise.
    :param inputs: what went in; only transformations have it.
    :param documents: URIs of business transactions, such as receipts.
    """

    event_id: str
    occurred_at: str
    recorded_at: str
    biz_step: str
    quantities: Sequence[Quantity]
    inputs: Sequence[Quantity] = ()
    disposition: str = ""
    action: str = "OBSERVE"
    location: str = ""
    documents: Sequence[str] = ()


@dataclass(frozen=True)
class Fault:
    """One thing a document has wrong, with a pointer to it."""

    pointer: str
    detail: str


@dataclass(frozen=True)
class EpcisEvent:
    """An event of a document of others, as far as everybody needs it."""

    type: str
    event_time: str
    event_id: str | None
    biz_step: str | None
    disposition: str | None
    action: str | None
    epcs: tuple[str, ...]
    classes: tuple[tuple[str, float | None, str | None], ...]
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    extensions: Mapping[str, Any] = field(default_factory=dict[str, Any])
    is_error_declaration: bool = False


def lot_uri(quantity: Quantity, namespace: str) -> str:
    """Return the identifier of a lot: GS1 Digital Link with a GTIN, else our own URI.

    :param namespace: an https address that this database owns, without a slash at the end.
    """
    lot = quote(quantity.lot, safe="")
    if _GTIN.fullmatch(quantity.gtin):
        return f"https://id.gs1.org/01/{quantity.gtin.zfill(14)}/10/{lot}"
    return f"{namespace}/item/{quote(quantity.item, safe='')}/lot/{lot}"


def build_event(event: LedgerEvent, namespace: str) -> dict[str, Any]:
    """Return one EPCIS event; a row with inputs is a transformation."""
    common: dict[str, Any] = {
        "type": "TransformationEvent" if event.inputs else "ObjectEvent",
        "eventID": f"urn:uuid:{event.event_id}",
        "eventTime": event.occurred_at,
        "recordTime": event.recorded_at,
        "eventTimeZoneOffset": "+00:00",
    }
    if event.inputs:
        common["inputQuantityList"] = _quantities(event.inputs, namespace)
        common["outputQuantityList"] = _quantities(event.quantities, namespace)
    else:
        common["action"] = event.action
        common["quantityList"] = _quantities(event.quantities, namespace)
    if event.biz_step:
        common["bizStep"] = event.biz_step
    if event.disposition:
        common["disposition"] = event.disposition
    if event.location:
        place = f"{namespace}/location/{quote(event.location, safe='')}"
        common["readPoint"] = {"id": place}
    if event.documents:
        common["bizTransactionList"] = [
            {"bizTransaction": f"{namespace}/document/{quote(document, safe='')}"}
            for document in event.documents
        ]
    return common


def _quantities(quantities: Iterable[Quantity], namespace: str) -> list[dict[str, Any]]:
    elements: list[dict[str, Any]] = []
    for quantity in quantities:
        element: dict[str, Any] = {
            "epcClass": lot_uri(quantity, namespace),
            "quantity": quantity.quantity,
        }
        if quantity.unit in UNIT_CODES:
            element["uom"] = UNIT_CODES[quantity.unit]
        elements.append(element)
    return elements


def build_document(
    events: Iterable[Mapping[str, Any]], *, created_at: str
) -> dict[str, Any]:
    """Return an EPCIS document.

    :param created_at: RFC 3339.
    """
    return {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": SCHEMA_VERSION,
        "creationDate": created_at,
        "epcisBody": {"eventList": list(events)},
    }


def read_document(document: Mapping[str, Any]) -> list[EpcisEvent]:
    """Return the events of a document, a query result, or a single event.

    :raises ValueError: when it is none of these.
    """
    return [_read_event(event) for event in _find_events(document)]


def _find_events(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    kind = document.get("type")
    if kind in EVENT_TYPES:
        return [document]
    body = cast("Mapping[str, Any]", document.get("epcisBody") or {})
    if kind == "EPCISDocument" and "eventList" in body:
        return list(body["eventList"])
    if kind == "EPCISQueryDocument":
        results = body["queryResults"]["resultsBody"]
        return list(results["eventList"])
    raise ValueError("This is neither an EPCIS document nor an EPCIS event.")


def _read_event(event: Mapping[str, Any]) -> EpcisEvent:
    parent = event.get("parentID")
    epcs = [
        *event.get("epcList", ()),
        *event.get("childEPCs", ()),
        *([parent] if parent else []),
    ]
    classes = [*event.get("quantityList", ()), *event.get("childQuantityList", ())]
    return EpcisEvent(
        type=event["type"],
        event_time=event["eventTime"],
        event_id=event.get("eventID"),
        biz_step=_bare(event.get("bizStep")),
        disposition=_bare(event.get("disposition")),
        action=event.get("action"),
        epcs=tuple(epcs),
        classes=tuple(
            (element["epcClass"], element.get("quantity"), element.get("uom"))
            for element in classes
        ),
        inputs=_sides(event, "input"),
        outputs=_sides(event, "output"),
        extensions={
            name: value for name, value in event.items() if name not in STANDARD_MEMBERS
        },
        is_error_declaration="errorDeclaration" in event,
    )


def _sides(event: Mapping[str, Any], side: str) -> tuple[str, ...]:
    classes = event.get(f"{side}QuantityList", ())
    return (
        *event.get(f"{side}EPCList", ()),
        *(element["epcClass"] for element in classes),
    )


def _bare(value: str | None) -> str | None:
    """Return the bare word of a vocabulary element, whichever way it is written."""
    if value is None:
        return None
    for prefix in (
        "urn:epcglobal:cbv:bizstep:",
        "urn:epcglobal:cbv:disp:",
        "https://ref.gs1.org/cbv/BizStep-",
        "https://ref.gs1.org/cbv/Disp-",
    ):
        value = value.removeprefix(prefix)
    return value


def check_document(document: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong beyond the schema: vocabulary, action, name spaces."""
    prefixes = _declared_prefixes(document.get("@context"))
    faults: list[Fault] = []
    for index, event in enumerate(_find_events(document)):
        own = prefixes | _declared_prefixes(event.get("@context"))
        faults += [
            Fault(f"/epcisBody/eventList/{index}{fault.pointer}", fault.detail)
            for fault in check_event(event, own)
        ]
    return faults


def check_event(
    event: Mapping[str, Any], prefixes: frozenset[str] = frozenset()
) -> list[Fault]:
    """Return the faults of one event.

    :param prefixes: the name spaces that its document declares.
    """
    faults: list[Fault] = []
    for name, words in (("bizStep", BIZ_STEPS), ("disposition", DISPOSITIONS)):
        word = _bare(event.get(name))
        if word is not None and word not in words and ":" not in word:
            faults.append(Fault(f"/{name}", f"'{word}' is not in CBV 2.0."))
        if (
            word is not None
            and word not in words
            and word.startswith("urn:epcglobal:cbv:")
        ):
            faults.append(Fault(f"/{name}", f"'{word}' claims to be CBV and is not."))
    if event.get("type") == "TransformationEvent" and "action" in event:
        faults.append(Fault("/action", "A transformation has no action."))
    if "action" in event and event["action"] not in ACTIONS:
        faults.append(Fault("/action", "Must be ADD, OBSERVE or DELETE."))
    faults += [
        Fault(f"/{name}", "The name space of this extension is not declared.")
        for name in event
        if name not in STANDARD_MEMBERS and not _is_declared(name, prefixes)
    ]
    return faults


def _is_declared(name: str, prefixes: frozenset[str]) -> bool:
    match = _PREFIXED.fullmatch(name)
    return bool(match) and match["prefix"] in prefixes | _WELL_KNOWN_PREFIXES


def _declared_prefixes(context: Any) -> frozenset[str]:
    if isinstance(context, dict):
        return frozenset(cast("dict[str, Any]", context))
    if isinstance(context, list):
        parts = [_declared_prefixes(part) for part in cast("list[Any]", context)]
        return frozenset[str]().union(*parts)
    return frozenset()
