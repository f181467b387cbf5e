"""Part two: the receipt is validated, and every lot waits for its inspection."""

from tests.plant.day.holds import expect_refusal, try_consumption, undo_trials
from tests.plant.day.story import LOT_A
from tests.plant.setup import Plant
from tests.plant.steps import Observed, check


def play_inspection(plant: Plant, seen: Observed) -> str:
    """The receipt is validated; each lot waits for its inspection."""
    odoo, ids = plant.odoo, plant.ids
    odoo.call("stock.picking", "button_validate", [ids["receipt"]])
    state = odoo.get("stock.picking", ids["receipt"], "state")["state"]
    check(state == "done", f"The receipt is {state}.")
    inspections = odoo.read(
        "quality.inspection",
        ("picking_id", "=", ids["receipt"]),
        fields=["name", "lot_id", "state", "quantity"],
    )
    check(len(inspections) == 2, f"There are {len(inspections)} inspections.")
    for inspection in inspections:
        lot_id, lot_name = inspection["lot_id"]
        ids[lot_name] = lot_id
        disposition = odoo.get("stock.lot", lot_id, "disposition")["disposition"]
        check(disposition == "pending", f"{lot_name} is {disposition}.")
        seen.note("quality.inspection", inspection["id"], inspection["name"])
        seen.note("stock.lot", lot_id, lot_name)
    ids["production"] = odoo.create(
        "mrp.production",
        product_id=ids["finished"],
        product_qty=40,
        bom_id=ids["bom"],
        picking_type_id=ids["manu_type_id"],
    )
    odoo.call("mrp.production", "action_confirm", [ids["production"]])
    odoo.call("mrp.production", "action_assign", [ids["production"]])
    reserved = odoo.count(
        "stock.move.line",
        ("move_id.raw_material_production_id", "=", ids["production"]),
    )
    check(not reserved, "A production order reserved a pending lot.")
    sentence = expect_refusal(plant, try_consumption, LOT_A, "pending")
    undo_trials(plant)
    seen.note("mrp.production", ids["production"], "Production order")
    return (
        "Both lots came in with an inspection each and are pending; the waiting production "
        f"order could reserve nothing of them, and consuming one was refused: “{sentence}”"
    )
