"""Part eight: by night, stock is compared with the WMS."""

from tests.plant.day.story import FINISHED_LOT, message_id
from tests.plant.setup import Plant
from tests.plant.steps import Observed, check


def play_reconciliation(plant: Plant, seen: Observed) -> str:
    """The comparison finds exactly the one difference that was planted."""
    odoo, ids, wms = plant.odoo, plant.ids, plant.partners["wms"]
    codes = {ids["raw"]: ("W-RESIN", "KGM"), ids["finished"]: ("W-HOUSING", "PCE")}
    quants = odoo.read(
        "stock.quant",
        ("location_id", "=", ids["lot_stock_id"]),
        ("quantity", ">", 0),
        fields=["product_id", "lot_id", "quantity"],
    )
    lines = [
        {
            "item": codes[quant["product_id"][0]][0],
            "unit": codes[quant["product_id"][0]][1],
            "lot": quant["lot_id"][1],
            "location": "NORTH-1",
            "quantity": quant["quantity"],
        }
        for quant in quants
    ]
    check(len(lines) == 3, f"Plant North holds {len(lines)} lots.")
    planted = next(line for line in lines if line["lot"] == FINISHED_LOT)
    planted["quantity"] -= 2
    event = wms.event("stock.snapshot", {})
    status = wms.deliver(
        "stock.snapshot",
        {
            "snapshot_id": "WMS-NIGHT-1",
            "as_of": event["time"],
            "plants": ["NORTH"],
            "lines": lines,
        },
    )
    run = odoo.read(
        "integration.reconciliation",
        ("snapshot_ref", "=", "WMS-NIGHT-1"),
        fields=["state"],
    )[0]
    check(run["state"] == "waiting", f"The run is {run['state']} before the night.")
    # The plant's night is hours away: somebody lets it be compared now.
    odoo.call("integration.reconciliation", "action_reconcile", [run["id"]])
    (run,) = odoo.read(
        "integration.reconciliation", ("id", "=", run["id"]), fields=["state"]
    )
    check(run["state"] == "done", f"The run is {run['state']} after the comparison.")
    found = odoo.read(
        "integration.discrepancy",
        ("run_id", "=", run["id"]),
        fields=["name", "lot_id", "ours", "theirs", "difference"],
    )
    check(len(found) == 1, f"There are {len(found)} discrepancies: {found}")
    check(
        found[0]["lot_id"][0] == ids[FINISHED_LOT], f"It is about {found[0]['lot_id']}."
    )
    check((found[0]["ours"], found[0]["theirs"]) == (13, 11), f"It says {found[0]}.")
    seen.note("integration.message", message_id(plant, status["message"]), "Snapshot")
    seen.note("integration.reconciliation", run["id"], "WMS-NIGHT-1")
    seen.note("integration.discrepancy", found[0]["id"], found[0]["name"])
    return (
        f"Of {len(lines)} lots compared with the WMS exactly one differs: {FINISHED_LOT}, "
        "13 here and 11 there."
    )
