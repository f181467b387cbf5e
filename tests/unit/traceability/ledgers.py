"""Rows of the lot ledger: at least one event of every kind it knows."""

from datetime import UTC, datetime

from tests.unit.libs import load_lib

ledger = load_lib("traceability", "ledger")
gs1 = load_lib("traceability", "gs1")

NOW = datetime(2026, 3, 2, 7, 12, 9, tzinfo=UTC)
NAMESPACE = "https://id.example.com/trace"
OWN = gs1.own_uri(NAMESPACE, "item", "RESIN 1/2", "lot", "LÖT 7")
LINK = "https://id.gs1.org/01/04012345111118/10/RES-2403-08"
CLASS = "urn:epc:class:lgtin:4012345.011111.RES-2403-08"
SERIAL = "urn:epc:id:sgtin:4012345.011111.17"


def entry(kind, **values):
    """Return a row as the database would hold it."""
    key = values.pop("key", kind)
    defaults = {
        "event_uuid": ledger.make_uuid("test", key),
        "epc": OWN,
        "occurred_at": NOW,
        "recorded_at": NOW,
        "quantity": 25.5,
        "unit_code": "KGM",
        "offset": "+01:00",
        "biz_step": ledger.KINDS[kind].biz_step,
        "disposition": ledger.KINDS[kind].disposition,
        "location": "8",
    }
    return ledger.Entry(kind=kind, **(defaults | values))


EVERY_KIND = {
    "receipt": [entry("receipt", partner="9", document=("stock.picking", "4"))],
    "inspection": [entry("inspection", disposition="conformant", epc=LINK)],
    "hold": [entry("hold", quantity=0, location=None)],
    "release": [entry("release", epc=CLASS)],
    "recall": [entry("recall")],
    "production": [
        entry("production", role="input", document=("mrp.production", "3")),
        entry("production", role="input", epc=LINK),
        entry("production", role="output", epc=SERIAL, instance=True, quantity=1),
        entry("production", role="output", epc=CLASS, unit_code=None, quantity=3),
    ],
    "production_untracked_inputs": [
        entry("production", role="output", document=("mrp.production", "3"))
    ],
    "production_later_input": [
        entry("production", role="input", document=("mrp.production", "3"))
    ],
    "shipment": [entry("shipment", partner="9", document=("stock.picking", "5"))],
    "customer_return": [
        entry("customer_return", partner="9", document=("stock.picking", "6"))
    ],
    "vendor_return": [
        entry("vendor_return", partner="9", document=("stock.picking", "7"))
    ],
    "scrap": [entry("scrap", document=("stock.scrap", "1"))],
}


def make_events(rows):
    """Return the event of some rows, and the declaration that it was wrong."""
    event = ledger.build_event(rows, namespace=NAMESPACE)
    return [
        event,
        ledger.declare_error(event, declared_at=NOW, corrected_by=event.event_id[9:]),
        ledger.declare_error(event, declared_at=NOW, corrected_by=None),
    ]
