"""What a kind of row of our lot ledger is as an EPCIS 2.0 event.

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

``readPoint`` is where it took place, ``bizLocation`` where the objects are afterwards: absent
once they have been shipped, used up or destroyed, and where nobody knows.

A correction to nothing declares that what it corrects did not occur, and so does its own
event. A transformation whose inputs were told by an earlier row is an ObjectEvent.

A kind this table does not know is an observation without a business step: nothing of the
ledger is left out.
"""

from dataclasses import dataclass


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
# What the transfer behind a kind of row is in CBV 2.0 section 7.3.
TRANSFER_TYPES = {
    "shipment": "desadv",
    "receipt": "recadv",
    "customer_return": "rma",
}
PRODUCTION_ORDER, PURCHASE_ORDER = "prodorder", "po"
# A partner on the other side of these is where the lot came from; else where it goes.
INCOMING = frozenset({"receipt", "customer_return"})
