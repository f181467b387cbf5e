"""Part six: a repository reads the day's lot events."""

import json
from typing import Any

from tests.plant.day.story import FINISHED_LOT, LOT_A, LOT_B
from tests.plant.setup import Plant
from tests.plant.steps import Observed, check

EPCIS_FILE = "demo-epcis.json"


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
    events = document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
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
    received = [
        event
        for event in events
        if event.get("bizStep") == "receiving"
        and any(lot in json.dumps(event) for lot in (LOT_A, LOT_B))
    ]
    check(received, f"{LOT_A} and {LOT_B} were not received.")
    for event in received:
        types = {entry.get("type") for entry in event["bizTransactionList"]}
        check("po" in types, "A receipt does not name its purchase order.")
        check("bizLocation" in event, "A receipt does not say where the lot is.")
    made = [
        event
        for event in events
        if event["type"] == "TransformationEvent"
        and FINISHED_LOT in event["outputQuantityList"][0]["epcClass"]
    ]
    # One for each report of the shop floor: they are posted as they come.
    check(made, f"There is no transformation into {FINISHED_LOT}.")
    for event in made:
        check(LOT_A in event["inputQuantityList"][0]["epcClass"], "Another input.")
    identities = {event["eventID"] for event in events}
    check(len(identities) == len(events), "An event id occurs twice.")
    exported = plant.odoo.call("traceability.lot.event", "export_epcis")
    file = server.paths.runtime / EPCIS_FILE
    file.write_text(json.dumps(exported, indent=2, ensure_ascii=False))
    rows = plant.odoo.search(
        "traceability.lot.event",
        ("lot_id", "in", [plant.ids[name] for name in (LOT_A, LOT_B, FINISHED_LOT)]),
    )
    for row in rows:
        seen.note("traceability.lot.event", row, "Ledger row")
    return f"{len(events)} lot events were read as EPCIS 2.0 and kept in {file.name}."
