"""Part four: an order goes to the shop floor, and reports come back."""

import random

from tests.plant.day.story import FINISHED_LOT, LOT_A
from tests.plant.partner import until
from tests.plant.setup import Plant
from tests.plant.steps import Observed, check


def play_production(plant: Plant, seen: Observed) -> str:
    """Release while the MES is down; reports come shuffled and doubled."""
    odoo, ids, mes = plant.odoo, plant.ids, plant.mes_server
    odoo.call("mrp.production", "action_assign", [ids["production"]])
    odoo.call("mrp.production", "action_release_to_mes", [ids["production"]])
    order = odoo.read(
        "mes.order", ("production_id", "=", ids["production"]), fields=["name"]
    )[0]
    delivery = odoo.search(
        "integration.delivery", ("endpoint_id", "=", ids["endpoint"])
    )[0]
    until(
        lambda: odoo.count(
            "integration.attempt",
            ("delivery_id", "=", delivery),
            ("outcome", "=", "retry"),
        ),
        60,
        "The delivery to the MES was not tried while it was down",
    )
    mes.start()
    until(
        lambda: odoo.get("integration.delivery", delivery, "state")["state"] == "done",
        60,
        "The delivery did not reach the MES after it came back",
    )
    check(len(mes.deliveries) == 1, f"The MES got {len(mes.deliveries)} requests.")
    check(mes.deliveries[0].genuine, "The signature of the webhook does not verify.")
    check(
        mes.deliveries[0].event["data"]["order"] == order["name"],
        "Another order arrived.",
    )
    report_day(plant, order["name"])
    check_production(plant)
    tried = odoo.get("integration.delivery", delivery, "attempt_count")["attempt_count"]
    seen.note("integration.delivery", delivery, "Release to the MES")
    seen.note("mes.order", order["id"], order["name"])
    seen.note("mrp.production", ids["production"], "Production order")
    seen.note("stock.lot", ids[FINISHED_LOT], FINISHED_LOT)
    return (
        f"The order reached the MES once, at attempt {tried}. Seven reports, shuffled and "
        f"doubled, closed it with 76 kg of {LOT_A} in 38 pieces of {FINISHED_LOT}."
    )


def report_day(plant: Plant, order: str) -> None:
    """Send every report twice, in a random order, but for one use that is told first.

    The ledger says what was known when a lot was made: of nothing that is known to be used
    yet, it is commissioned and not a transformation.
    """
    mes = plant.partners["mes"]
    resin = {"item": "M-RESIN", "lot": LOT_A, "unit": "KGM"}
    good = {"lot": FINISHED_LOT, "unit": "EA"}
    reports = [
        ("production.operation.started", {"operation": "Moulding"}),
        ("production.consumed", resin | {"quantity": 50}),
        ("production.consumed", resin | {"quantity": 20}),
        ("production.consumed", resin | {"quantity": 6}),
        ("production.reported", good | {"quantity": 25}),
        ("production.reported", good | {"quantity": 13}),
        (
            "production.order.completed",
            {
                "good_quantity": 38,
                "unit": "EA",
                "consumed": [resin | {"quantity": 76}],
            },
        ),
    ]
    events = [
        mes.event(contract, {"order": order, **data}, subject=order)
        for contract, data in reports
    ]
    shuffled = events * 2
    random.shuffle(shuffled)
    first_use = events[1]
    uuids = set()
    for event in [first_use, *shuffled]:
        response = mes.post(event)
        check(response.status_code == 202, f"A report was refused: {response.text}")
        uuids.add(response.json()["message"])
    check(len(uuids) == len(events), "A double was taken for a new report.")
    for uuid in uuids:
        status = mes.wait(uuid)
        check(status["state"] == "done", f"A report was not worked off: {status}")


def check_production(plant: Plant) -> None:
    odoo, ids = plant.odoo, plant.ids
    production = odoo.get("mrp.production", ids["production"], "state", "qty_produced")
    check(production["state"] == "done", f"The order is {production['state']}.")
    check(production["qty_produced"] == 38, f"It made {production['qty_produced']}.")
    consumed = odoo.read(
        "stock.move.line",
        ("move_id.raw_material_production_id", "=", ids["production"]),
        ("state", "=", "done"),
        fields=["lot_id", "quantity"],
    )
    totals: dict[str, float] = {}
    for line in consumed:
        totals[line["lot_id"][1]] = totals.get(line["lot_id"][1], 0) + line["quantity"]
    check(totals == {LOT_A: 76}, f"Consumed: {totals}.")
    lots = odoo.search("stock.lot", ("name", "=", FINISHED_LOT))
    check(len(lots) == 1, f"There are {len(lots)} lots {FINISHED_LOT}.")
    ids[FINISHED_LOT] = lots[0]
    check(stock_of(plant, lots[0]) == 38, f"In stock: {stock_of(plant, lots[0])}.")


def stock_of(plant: Plant, lot: int) -> float:
    """Return the pieces of a lot in the plant's stock."""
    quants = plant.odoo.read(
        "stock.quant",
        ("lot_id", "=", lot),
        ("location_id", "child_of", plant.ids["lot_stock_id"]),
        fields=["quantity"],
    )
    return sum(quant["quantity"] for quant in quants)
