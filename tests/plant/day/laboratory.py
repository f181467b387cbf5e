"""Part three: the laboratory reports, and what failed is held on every path."""

from tests.plant.day.holds import (
    expect_refusal,
    try_consumption,
    try_scrap,
    try_shipment,
    undo_trials,
)
from tests.plant.day.picking import make_delivery
from tests.plant.day.story import LOT_A, LOT_B, message_id
from tests.plant.setup import Plant
from tests.plant.steps import Observed, check


def play_laboratory(plant: Plant, seen: Observed) -> str:
    """Results arrive: one lot passes, one fails and is held on every path."""
    odoo, lims = plant.odoo, plant.partners["lims"]
    for lot, viscosity in ((LOT_A, 1010), (LOT_B, 1480)):
        status = lims.deliver(
            "inspection.resulted",
            {
                "item": "LAB-RESIN",
                "lot": lot,
                "inspector": "Laboratory 2",
                "results": [
                    {"characteristic": "VISC", "value": viscosity, "unit": "mPa·s"},
                    {"characteristic": "COLOUR", "conforming": True},
                ],
            },
            subject=lot,
        )
        seen.note(
            "integration.message",
            message_id(plant, status["message"]),
            f"Results {lot}",
        )
        seen.note("stock.lot", plant.ids[lot], lot)
    states = {
        lot: odoo.get("stock.lot", plant.ids[lot], "disposition")["disposition"]
        for lot in (LOT_A, LOT_B)
    }
    check(
        states == {LOT_A: "released", LOT_B: "quarantined"}, f"The lots are {states}."
    )
    nonconformances = odoo.read(
        "quality.nonconformance", ("lot_id", "=", plant.ids[LOT_B]), fields=["name"]
    )
    check(len(nonconformances) == 1, "There is not exactly one nonconformance.")
    seen.note(
        "quality.nonconformance", nonconformances[0]["id"], nonconformances[0]["name"]
    )
    check_reservation(plant)
    sentences = [
        expect_refusal(plant, attempt, LOT_B, "1480")
        for attempt in (try_consumption, try_shipment, try_scrap)
    ]
    undo_trials(plant)
    return (
        f"{LOT_A} passed and is released, {LOT_B} failed, is quarantined and opened "
        f"{nonconformances[0]['name']}. Reserving, consuming, shipping and scrapping it was "
        f"refused: “{sentences[0]}”"
    )


def check_reservation(plant: Plant) -> None:
    """A delivery of everything reserves the good lot only."""
    picking, move = make_delivery(plant, plant.ids["raw"], 200)
    plant.odoo.call("stock.picking", "action_assign", [picking])
    lines = plant.odoo.read(
        "stock.move.line", ("move_id", "=", move), fields=["lot_id", "quantity"]
    )
    reserved = {line["lot_id"][1]: line["quantity"] for line in lines}
    check(reserved == {LOT_A: 120}, f"Reserved: {reserved}.")
    plant.odoo.call("stock.picking", "action_cancel", [picking])
