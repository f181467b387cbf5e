"""Rows of our lot ledger as EPCIS 2.0 events.

| ledger | event | bizStep | disposition | action |
|---|---|---|---|---|
| receipt | ObjectEvent | receiving | in_progress | OBSERVE |
| hold | ObjectEvent | holding | non_sellable_other | OBSERVE |
| recall | ObjectEvent | holding | recalled | OBSERVE |
| rejection | ObjectEvent | inspecting | non_conformant | OBSERVE |
| inspection | ObjectEvent | inspecting | non_sellable_other | OBSERVE |
| release | ObjectEvent | accepting | available | OBSERVE |
| production | TransformationEvent | commissioning | active | |
| shipment | ObjectEvent | shipping | in_transit | OBSERVE |
| customer_return | ObjectEvent | receiving | returned | OBSERVE |
| vendor_return | ObjectEvent | shipping | returned | OBSERVE |
| scrap | ObjectEvent | destroying | destroyed | DELETE |
| adjustment | ObjectEvent | cycle_counting | | ADD what was found, DELETE what was missing |
| transfer | ObjectEvent | storing | | OBSERVE |
| relabel | TransformationEvent | repackaging | | |
| unbuild | TransformationEvent | disassembling | active | |
| repair | TransformationEvent | repairing | active | |
| consumption | ObjectEvent | | | OBSERVE |
| correction | as the first row of its move, which is declared an error | | | |

A correction to nothing declares that what it corrects did not occur, and so does its own
event. A transformation whose inputs were told by an earlier row is an ObjectEvent.

A kind this table does not know is an observation without a business step: nothing of the
ledger is left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, unquote

from .identifiers import TradeItem, is_gtin, link_of, read_trade_item
from .namespaces import CONTEXT
from .urn import PrefixLength, to_urn

SCHEMA_VERSION = "2.0"
Form = Literal["link", "urn"]

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


@dataclass(frozen=True)
class Words:
    """What a kind of ledger row is in CBV 2.0."""

    biz_step: str = ""
    disposition: str = ""
    action: str = "OBSERVE"


VOCABULARY = {
    "receipt": Words("receiving", "in_progress"),
    "hold": Words("holding", "non_sellable_other"),
    "recall": Words("holding", "recalled"),
    "rejection": Words("inspecting", "non_conformant"),
    "inspection": Words("inspecting", "non_sellable_other"),
    "release": Words("accepting", "available"),
    "production": Words("commissioning", "active", "ADD"),
    "shipment": Words("shipping", "in_transit"),
    "customer_return": Words("receiving", "returned"),
    "vendor_return": Words("shipping", "returned"),
    "scrap": Words("destroying", "destroyed", "DELETE"),
    "adjustment": Words("cycle_counting"),
    "transfer": Words("storing"),
    "relabel": Words("repackaging", "", "ADD"),
    "unbuild": Words("disassembling", "active", "ADD"),
    "repair": Words("repairing", "active", "ADD"),
    "consumption": Words(),
}
OTHER = Words()
# What the document behind a kind of row is in CBV 2.0 section 7.3.
DOCUMENT_TYPES = {
    "production": "prodorder",
    "shipment": "desadv",
    "receipt": "recadv",
    "customer_return": "rma",
}
# A partner on the other side of these is where the lot came from; else where it goes.
INCOMING = frozenset({"receipt", "customer_return"})


@dataclass(frozen=True)
class Quantity:
    """A quantity of one lot, or one serial number.

    :param unit: Odoo's name of the unit; anything but a known measure means pieces.
    """

    item: str
    lot: str
    quantity: float
    unit: str = ""
    gtin: str = ""
    serial: bool = False


@dataclass(frozen=True)
class LedgerEvent:
    """One row of the lot ledger.

    :param occurred_at: RFC 3339, UTC; ``recorded_at`` likewise.
    :param inputs: what went in; only transformations have it.
    :param location: path of a place; ``partner``: id of who is on the other side.
    :param corrected_at: when a later row corrected this one; ``corrected_by``: its id,
        empty where this did not occur at all.
    """

    event_id: str
    occurred_at: str
    recorded_at: str
    kind: str
    quantities: Sequence[Quantity]
    inputs: Sequence[Quantity] = ()
    location: str = ""
    partner: str = ""
    document: str = ""
    corrected_at: str = ""
    corrected_by: str = ""

    @property
    def action(self) -> str:
        """ADD, OBSERVE or DELETE."""
        if self.kind == "adjustment":
            return "DELETE" if self.quantities[0].quantity < 0 else "ADD"
        return VOCABULARY.get(self.kind, OTHER).action


@dataclass(frozen=True)
class Style:
    """How our own identifiers are written.

    :param namespace: an https address this database owns, without a slash at the end.
    :param form: of GS1 identifiers.
    """

    namespace: str
    form: Form = "link"
    prefix_length: PrefixLength = lambda _digits: None

    def own(self, kind: str, *values: str) -> str:
        """Return an identifier below our own address."""
        return "/".join([self.namespace, kind, *(quote(v, safe="") for v in values)])

    def lot(self, quantity: Quantity) -> str:
        """Return the identifier of a lot or serial: GS1's with a GTIN, else our own."""
        if is_gtin(quantity.gtin):
            number = {"serial" if quantity.serial else "lot": quantity.lot}
            link = link_of(TradeItem(quantity.gtin, **number))
            return to_urn(link, self.prefix_length) if self.form == "urn" else link
        word = "serial" if quantity.serial else "lot"
        return (
            f"{self.own('item', quantity.item)}/{word}/{quote(quantity.lot, safe='')}"
        )

    def read_own(self, uri: str, kind: str) -> list[str] | None:
        """Return the values of an identifier of ours, or None."""
        start = f"{self.namespace}/{kind}/"
        if not uri.startswith(start):
            return None
        return [unquote(part) for part in uri[len(start) :].split("/")]

    def read_lot(self, uri: str) -> tuple[str, str, bool] | None:
        """Return ``(item code or GTIN, lot, whether it is a GTIN)`` of an identifier."""
        item = read_trade_item(uri)
        if item:
            lot = item.serial or item.lot
            return (item.gtin, lot, True) if lot else None
        own = self.read_own(uri, "item")
        if own and len(own) == 3 and own[1] in ("lot", "serial"):
            return own[0], own[2], False
        return None


def build_event(event: LedgerEvent, style: Style) -> dict[str, Any]:
    """Return one EPCIS event; a row with inputs is a transformation."""
    words = VOCABULARY.get(event.kind, OTHER)
    built: dict[str, Any] = {
        "type": "TransformationEvent" if event.inputs else "ObjectEvent",
        "eventID": f"urn:uuid:{event.event_id}",
        "eventTime": event.occurred_at,
        "recordTime": event.recorded_at,
        "eventTimeZoneOffset": "+00:00",
    }
    if event.inputs:
        built |= _what("input", event.inputs, style)
        built |= _what("output", event.quantities, style)
    else:
        built["action"] = event.action
        built |= _what("", event.quantities, style)
        if not {"epcList", "quantityList"} & built.keys():
            built["epcList"] = []
    if words.biz_step:
        built["bizStep"] = words.biz_step
    if words.disposition:
        built["disposition"] = words.disposition
    if event.location:
        built["readPoint"] = {"id": style.own("location", event.location)}
    if event.document:
        transaction = {"bizTransaction": style.own("document", event.document)}
        if event.kind in DOCUMENT_TYPES:
            transaction["type"] = DOCUMENT_TYPES[event.kind]
        built["bizTransactionList"] = [transaction]
    if event.partner and not event.inputs:
        side = "source" if event.kind in INCOMING else "destination"
        party = style.own("party", event.partner)
        built[f"{side}List"] = [{"type": "possessing_party", side: party}]
    if event.corrected_at:
        built["errorDeclaration"] = _declare(event)
    return built


def _declare(event: LedgerEvent) -> dict[str, Any]:
    declared = {"declarationTime": event.corrected_at, "reason": "did_not_occur"}
    if not event.corrected_by:
        return declared
    return {
        **declared,
        "reason": "incorrect_data",
        "correctiveEventIDs": [f"urn:uuid:{event.corrected_by}"],
    }


def _what(side: str, quantities: Iterable[Quantity], style: Style) -> dict[str, Any]:
    epcs = {style.lot(q): None for q in quantities if q.serial}
    elements: list[dict[str, Any]] = []
    for quantity in quantities:
        if quantity.serial:
            continue
        element: dict[str, Any] = {
            "epcClass": style.lot(quantity),
            "quantity": abs(quantity.quantity),
        }
        if quantity.unit in UNIT_CODES:
            element["uom"] = UNIT_CODES[quantity.unit]
        elements.append(element)
    epc_name, class_name = (
        (f"{side}EPCList", f"{side}QuantityList")
        if side
        else ("epcList", "quantityList")
    )
    what: dict[str, Any] = {}
    if epcs:
        what[epc_name] = list(epcs)
    if elements:
        what[class_name] = elements
    return what


def build_document(
    events: Iterable[Any], *, created_at: str, context: Sequence[Any] = (CONTEXT,)
) -> dict[str, Any]:
    """Return an EPCIS document.

    :param created_at: RFC 3339.
    """
    return {
        "@context": list(context),
        "type": "EPCISDocument",
        "schemaVersion": SCHEMA_VERSION,
        "creationDate": created_at,
        "epcisBody": {"eventList": list(events)},
    }


def build_query_document(
    events: Iterable[Any], *, created_at: str, context: Sequence[Any] = (CONTEXT,)
) -> dict[str, Any]:
    """Return the answer to a query (EPCIS 2.0 section 12.4)."""
    document = build_document((), created_at=created_at, context=context)
    body = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": list(events)}}
    return {
        **document,
        "type": "EPCISQueryDocument",
        "epcisBody": {"queryResults": body},
    }
