"""What people try with a lot that is not released, and what they are told."""

from collections.abc import Callable

from tests.plant.day.picking import fill_line, make_delivery
from tests.plant.rpc import OdooError
from tests.plant.setup import Plant
from tests.plant.steps import check


def expect_refusal(
    plant: Plant, attempt: Callable[[Plant, int], None], lot: str, reason: str
) -> str:
    """Expect a refusal that names the lot and the reason. Returns the sentence."""
    try:
        attempt(plant, plant.ids[lot])
    except OdooError as error:
        sentence = str(error)
        check(lot in sentence and reason in sentence.lower(), sentence)
        return sentence
    raise AssertionError(f"{attempt.__name__} with {lot} was not refused.")


def try_shipment(plant: Plant, lot: int) -> None:
    picking, move = make_delivery(plant, plant.ids["raw"], 5)
    plant.trials.append(("stock.picking", "action_cancel", picking))
    fill_line(plant, picking, move, lot, 5)
    context = {"skip_backorder": True, "skip_sms": True}
    plant.odoo.call("stock.picking", "button_validate", [picking], context=context)


def try_consumption(plant: Plant, lot: int) -> None:
    odoo, ids = plant.odoo, plant.ids
    production = odoo.create(
        "mrp.production",
        product_id=ids["finished"],
        product_qty=1,
        bom_id=ids["bom"],
        picking_type_id=ids["manu_type_id"],
    )
    odoo.call("mrp.production", "action_confirm", [production])
    move = odoo.search("stock.move", ("raw_material_production_id", "=", production))[0]
    fill_line(plant, False, move, lot, 2)
    made = odoo.create("stock.lot", name=f"TRY-{production}", product_id=ids["finished"])
    plant.trials.append(("stock.lot", "unlink", made))
    plant.trials.append(("mrp.production", "action_cancel", production))
    odoo.call(
        "mrp.production",
        "write",
        [production],
        {
            "qty_producing": 1,
            "lot_producing_ids": [(6, 0, [made])],
        },
    )
    context = {"skip_consumption": True, "skip_backorder": True}
    odoo.call("mrp.production", "button_mark_done", [production], context=context)


def try_scrap(plant: Plant, lot: int) -> None:
    ids = plant.ids
    scrap = plant.odoo.create(
        "stock.scrap",
        product_id=ids["raw"],
        lot_id=lot,
        scrap_qty=1,
        location_id=ids["lot_stock_id"],
    )
    plant.trials.append(("stock.scrap", "unlink", scrap))
    plant.odoo.call("stock.scrap", "do_scrap", [scrap])


def undo_trials(plant: Plant) -> None:
    """Cancel what the attempts left behind."""
    while plant.trials:
        model, method, record = plant.trials.pop()
        plant.odoo.call(model, method, [record])
