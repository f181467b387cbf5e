"""Rows of our lot ledger as EPCIS 2.0 events; see ``kinds`` for what is which."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, unquote

from .identifiers import TradeItem, is_gtin, link_of, read_trade_item
from .kinds import INCOMING, OTHER, VOCABULARY
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
    :param location: path of the place where it took place; ``whereabouts``: of the one
        where the lot was afterwards, empty when it left or nobody knows.
    :param partner: id of who is on the other side.
    :param documents: ``(type, number)``; a type of CBV 2.0 section 7.3, or empty.
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
    whereabouts: str = ""
    partner: str = ""
    documents: Sequence[tuple[str, str]] = ()
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
    built |= _where_and_why(event, style)
    if event.corrected_at:
        built["errorDeclaration"] = _declare(event)
    return built


def _where_and_why(event: LedgerEvent, style: Style) -> dict[str, Any]:
    """Return the places, the documents, and who is on the other side."""
    found: dict[str, Any] = {}
    if event.location:
        found["readPoint"] = {"id": style.own("location", event.location)}
    if event.whereabouts:
        found["bizLocation"] = {"id": style.own("location", event.whereabouts)}
    if event.documents:
        found["bizTransactionList"] = [
            ({"type": kind} if kind else {})
            | {"bizTransaction": style.own("document", number)}
            for kind, number in event.documents
        ]
    if event.partner and not event.inputs:
        side = "source" if event.kind in INCOMING else "destination"
        party = style.own("party", event.partner)
        found[f"{side}List"] = [{"type": "possessing_party", side: party}]
    return found


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
