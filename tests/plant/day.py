"""A plant's day, played over real HTTP against a running Odoo.

``play(server)`` plays all eight parts and returns a ``Step`` for each. The partners are
small real systems: they sign, they listen, they go down and come back.
"""

import json
import random
from typing import Any

from tests.plant.crash import play_crash
from tests.plant.partner import until
from tests.plant.rpc import OdooError
from tests.plant.setup import Plant, prepare
from tests.plant.steps import Observed, Step, check, run_step

LOT_A, LOT_B, FINISHED_LOT = "RHC-2411-A", "RHC-2411-B", "PH-2411-01"
EPCIS_FILE = "demo-epcis.json"


def play(server: Any) -> list[Step]:
    """Play the day against ``tools.server.Server``; see ``tools/demo.py``."""
    plant = prepare(
        server.url, server.database, server.admin_login, server.admin_password
    )
    parts = (
        ("asn", lambda seen: play_asn(plant, seen)),
        ("inspection", lambda seen: play_inspection(plant, seen)),
        ("laboratory", lambda seen: play_laboratory(plant, seen)),
        ("production", lambda seen: play_production(plant, seen)),
        ("recall", lambda seen: play_recall(plant, seen)),
        ("epcis", lambda seen: play_epcis(plant, server, seen)),
        ("crash", lambda seen: play_crash(plant, server, seen)),
        ("reconciliation", lambda seen: play_reconciliation(plant, seen)),
    )
    try:
        return [run_step(name, part) for name, part in parts]
    finally:
        if plant.mes_server:
            plant.mes_server.stop()


def message_id(plant: Plant, uuid: str) -> int:
    """Return the database id of a message."""
    return plant.odoo.search("integration.message", ("uuid", "=", uuid))[0]


# 1 -----------------------------------------------------------------------


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


# 2 -----------------------------------------------------------------------


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
    seen.note("mrp.production", ids["production"], "Production order")
    return (
        "Both lots came in with an inspection each and are pending; the waiting production "
        "order could reserve nothing of them."
    )


# 3 -----------------------------------------------------------------------


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
        refused(plant, name, attempt)
        for name, attempt in (
            ("consumption", try_consumption),
            ("shipment", try_shipment),
            ("scrap", try_scrap),
        )
    ]
    return (
        f"{LOT_A} passed and is released, {LOT_B} failed, is quarantined and opened "
        f"{nonconformances[0]['name']}. Reserving, consuming, shipping and scrapping it was "
        f"refused: “{sentences[0]}”"
    )


def refused(plant: Plant, name: str, attempt: Any) -> str:
    """Expect a refusal that names the lot and the reason. Returns the sentence."""
    try:
        attempt(plant)
    except OdooError as error:
        sentence = str(error)
        check(LOT_B in sentence and "1480" in sentence, f"{name}: {sentence}")
        return sentence
    raise AssertionError(f"{name} of the quarantined lot was not refused.")


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


def make_delivery(plant: Plant, product: int, quantity: float) -> tuple[int, int]:
    """Create and confirm a delivery. Returns the ids of picking and move."""
    odoo, ids = plant.odoo, plant.ids
    customers = odoo.ref("stock.stock_location_customers")
    places = {"location_id": ids["lot_stock_id"], "location_dest_id": customers}
    picking = odoo.create(
        "stock.picking",
        picking_type_id=ids["out_type_id"],
        partner_id=ids["customer"],
        **places,
    )
    move = odoo.create(
        "stock.move",
        product_id=product,
        product_uom_qty=quantity,
        picking_id=picking,
        **places,
    )
    odoo.call("stock.picking", "action_confirm", [picking])
    return picking, move


def fill_line(plant: Plant, picking: int, move: int, lot: int, quantity: float) -> None:
    """Enter by hand which lot goes, as a picker would."""
    odoo = plant.odoo
    found = odoo.get(
        "stock.move", move, "product_id", "location_id", "location_dest_id"
    )
    odoo.call(
        "stock.move.line",
        "unlink",
        odoo.search("stock.move.line", ("move_id", "=", move)),
    )
    odoo.create(
        "stock.move.line",
        move_id=move,
        picking_id=picking,
        lot_id=lot,
        quantity=quantity,
        picked=True,
        **{name: value[0] for name, value in found.items() if name != "id"},
    )


def try_shipment(plant: Plant) -> None:
    picking, move = make_delivery(plant, plant.ids["raw"], 5)
    fill_line(plant, picking, move, plant.ids[LOT_B], 5)
    context = {"skip_backorder": True, "skip_sms": True}
    plant.odoo.call("stock.picking", "button_validate", [picking], context=context)


def try_consumption(plant: Plant) -> None:
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
    fill_line(plant, False, move, ids[LOT_B], 2)
    lot = odoo.create("stock.lot", name=f"TRY-{production}", product_id=ids["finished"])
    odoo.call(
        "mrp.production",
        "write",
        [production],
        {
            "qty_producing": 1,
            "lot_producing_ids": [(6, 0, [lot])],
        },
    )
    context = {"skip_consumption": True, "skip_backorder": True}
    odoo.call("mrp.production", "button_mark_done", [production], context=context)


def try_scrap(plant: Plant) -> None:
    ids = plant.ids
    scrap = plant.odoo.create(
        "stock.scrap",
        product_id=ids["raw"],
        lot_id=ids[LOT_B],
        scrap_qty=1,
        location_id=ids["lot_stock_id"],
    )
    plant.odoo.call("stock.scrap", "do_scrap", [scrap])


# 4 -----------------------------------------------------------------------


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
    """Send every report twice, in a random order."""
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
    uuids = set()
    for event in shuffled:
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


# 5 -----------------------------------------------------------------------


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


# 6 -----------------------------------------------------------------------


def play_epcis(plant: Plant, server: Any, seen: Observed) -> str:
    """A repository reads the day's lot events as EPCIS 2.0."""
    repository = plant.partners["repository"]
    response = repository.session.get(
        f"{plant.odoo.url}/epcis/v2/events",
        params={"perPage": 1000},
        timeout=30,
        headers={"Authorization": f"Bearer {repository.token}"},
    )
    check(response.status_code == 200, f"{response.status_code}: {response.text}")
    document = response.json()
    events = document["epcisBody"]["eventList"]
    steps = [event.get("bizStep") for event in events]
    for step in (
        "receiving",
        "inspecting",
        "accepting",
        "holding",
        "commissioning",
        "shipping",
    ):
        check(step in steps, f"No event says '{step}'.")
    made = [event for event in events if event["type"] == "TransformationEvent"]
    check(len(made) == 1, f"There are {len(made)} transformations.")
    check(LOT_A in made[0]["inputQuantityList"][0]["epcClass"], "Another input.")
    check(
        FINISHED_LOT in made[0]["outputQuantityList"][0]["epcClass"], "Another output."
    )
    identities = {event["eventID"] for event in events}
    check(len(identities) == len(events), "An event id occurs twice.")
    file = server.paths.runtime / EPCIS_FILE
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False))
    rows = plant.odoo.search(
        "traceability.lot.event",
        ("lot_id", "in", [plant.ids[name] for name in (LOT_A, LOT_B, FINISHED_LOT)]),
    )
    for row in rows:
        seen.note("traceability.lot.event", row, "Ledger row")
    return f"{len(events)} lot events were read as EPCIS 2.0 and kept in {file.name}."


# 8 -----------------------------------------------------------------------


def play_reconciliation(plant: Plant, seen: Observed) -> str:
    """The nightly job finds exactly the one difference that was planted."""
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
    cron = odoo.ref("integration_core.integration_reconciliation_cron")
    odoo.call("ir.cron", "method_direct_trigger", [cron])
    until(
        lambda: (
            odoo.get("integration.reconciliation", run["id"], "state")["state"]
            == "done"
        ),
        60,
        "The nightly reconciliation did not finish",
    )
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
