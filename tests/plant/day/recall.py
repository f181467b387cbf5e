"""Part five: the product ships, and a recall is simulated."""

from typing import Any

from tests.plant.day.picking import fill_line, make_delivery
from tests.plant.day.story import FINISHED_LOT, LOT_A
from tests.plant.setup import Plant
from tests.plant.steps import Observed, check


def play_recall(plant: Plant, seen: Observed) -> str:
    """The product ships; a simulation says where lot A went."""
    odoo, ids = plant.odoo, plant.ids
    picking, move = make_delivery(plant, ids["finished"], 25)
    fill_line(plant, picking, move, ids[FINISHED_LOT], 25)
    context = {"skip_backorder": True, "skip_sms": True}
    odoo.call("stock.picking", "button_validate", [picking], context=context)
    recall = odoo.create(
        "traceability.recall",
        lot_id=ids[LOT_A],
        reason="Supplier reports a wrong batch",
    )
    odoo.call("traceability.recall", "action_run", [recall])
    answer = odoo.get(
        "traceability.recall", recall, "name", "production_ids", "answer_milliseconds"
    )
    check(answer["production_ids"] == [ids["production"]], f"Orders: {answer}")
    check(answer["answer_milliseconds"] > 0, "The time to answer was not recorded.")
    lots = read_answer(plant, "traceability.recall.line", recall, "lot_id")
    check({LOT_A, FINISHED_LOT} == {row["lot_id"][1] for row in lots}, f"Lots: {lots}")
    stock = read_answer(
        plant, "traceability.recall.stock", recall, "lot_id", "quantity"
    )
    on_hand = {row["lot_id"][1]: row["quantity"] for row in stock}
    check(on_hand == {LOT_A: 44, FINISHED_LOT: 13}, f"On hand: {on_hand}")
    customers = read_answer(
        plant, "traceability.recall.customer", recall, "partner_id", "quantity"
    )
    found = [(row["partner_id"][0], row["quantity"]) for row in customers]
    check(found == [(ids["customer"], 25)], f"Customers: {customers}")
    seen.note("traceability.recall", recall, answer["name"])
    seen.note("stock.picking", picking, "Delivery")
    return (
        f"{answer['name']} answered in {answer['answer_milliseconds']} ms: {LOT_A} went into "
        f"one production order and {FINISHED_LOT}; 44 kg and 13 pieces are on hand, Nordpump "
        "AG has 25."
    )


def read_answer(plant: Plant, model: str, recall: int, *fields: str) -> list[Any]:
    return plant.odoo.read(model, ("recall_id", "=", recall), fields=list(fields))
