"""Part one: the supplier announces a shipment."""

import json
from typing import Any

from tests.plant.day.story import LOT_A, LOT_B, message_id
from tests.plant.setup import Plant
from tests.plant.steps import Observed, check


def play_asn(plant: Plant, seen: Observed) -> str:
    """A signed ship notice; the same again; a tampered one."""
    odoo, supplier = plant.odoo, plant.partners["rheinharz"]
    purchase = odoo.get("purchase.order", plant.ids["purchase"], "name", "picking_ids")
    event = supplier.event(
        "shipment.advised",
        {
            "asn": "ASN-88001",
            "purchase_order": purchase["name"],
            "supplier": "RHC",
            "shipped_on": "2026-11-18",
            "carrier": "Nordfracht",
            "lines": [
                {
                    "line": 1,
                    "item": "RHC-CR-7",
                    "quantity": 200,
                    "unit": "KGM",
                    "lots": [
                        {"lot": LOT_A, "quantity": 120},
                        {"lot": LOT_B, "quantity": 80},
                    ],
                }
            ],
        },
        subject=purchase["name"],
    )
    first = supplier.post(event)
    check(first.status_code == 202, f"The notice was not accepted: {first.text}")
    uuid = first.json()["message"]
    status = supplier.wait(uuid)
    check(status["state"] == "done", f"The notice was not worked off: {status}")
    plant.ids["receipt"] = purchase["picking_ids"][0]
    lines = receipt_lots(plant)
    check(lines == {LOT_A: 120, LOT_B: 80}, f"The receipt shows {lines}.")
    again = supplier.post(event)
    check(
        again.headers.get("Idempotency-Replayed") == "true",
        "The double was not told apart.",
    )
    check(again.json() == first.json(), "The double got another answer.")
    check(receipt_lots(plant) == lines, "The double changed the receipt.")
    refuse_tampered(plant, event)
    notice = odoo.read(
        "procurement.shipment.notice", ("name", "=", "ASN-88001"), fields=["name"]
    )[0]
    seen.note("integration.message", message_id(plant, uuid), "Ship notice message")
    seen.note("procurement.shipment.notice", notice["id"], notice["name"])
    seen.note("stock.picking", plant.ids["receipt"], "Receipt")
    return (
        f"The ship notice stands on the receipt with {LOT_A} (120 kg) and {LOT_B} (80 kg); "
        "the same again changed nothing; a tampered one was refused."
    )


def receipt_lots(plant: Plant) -> dict[str, float]:
    lines = plant.odoo.read(
        "stock.move.line",
        ("picking_id", "=", plant.ids["receipt"]),
        fields=["lot_id", "lot_name", "quantity"],
    )
    return {
        (line["lot_id"] and line["lot_id"][1]) or line["lot_name"]: line["quantity"]
        for line in lines
    }


def refuse_tampered(plant: Plant, event: dict[str, Any]) -> None:
    supplier = plant.partners["rheinharz"]
    genuine = json.dumps(event | {"id": "tampered"}).encode()
    headers = supplier.headers(genuine)
    response = supplier.session.post(
        supplier.address,
        data=genuine.replace(b"120", b"190"),
        headers=headers,
        timeout=30,
    )
    check(response.status_code == 401, f"Tampered: {response.status_code}.")
    found = plant.odoo.count("integration.message", ("event_id", "=", "tampered"))
    check(not found, "The tampered notice left a message.")
