"""Production schedule and performance in B2MML V7, from and to our contracts.

A translation at the edge: inside, the suite speaks its own contracts. What is read and
written here is the JSON form of B2MML (an attribute is ``@name``, what may come more than
once is a list); ``b2mml_xml`` turns it into the XML form and back.

"The Business To Manufacturing Markup Language (B2MML) is used courtesy of MESA
International."

| contract | B2MML V7 |
|---|---|
| production.order.released, changed, recalled | Process-, Change-, CancelOperationsSchedule |
| production.reported | MaterialActual, use Produced (By-product Produced) |
| production.consumed | MaterialActual, use Consumed |
| production.scrapped | MaterialActual, use Other "Scrapped" |
| production.operation.started, paused, resumed, ended | SegmentResponse without material |
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .b2mml_values import (
    B2mmlError,
    get_list,
    get_text,
    read_quantity,
    require,
    write_quantity,
)

RELEASE = "B2MML-V0700"
NOUN = "OperationsSchedule"
PERFORMANCE = "OperationsPerformance"
TYPE = "Production"
Verb = Literal["Process", "Change", "Cancel"]
VERBS: tuple[Verb, ...] = ("Process", "Change", "Cancel")

PRODUCED, BYPRODUCT, CONSUMED, SCRAPPED = (
    "Produced",
    "By-product Produced",
    "Consumed",
    "Scrapped",
)
# What others write for the same; V7 keeps the older words beside the newer ones.
USES = {
    "Produced": PRODUCED,
    "Material Produced": PRODUCED,
    "Yield Produced": PRODUCED,
    "Co-product Produced": BYPRODUCT,
    "By-product Produced": BYPRODUCT,
    "Consumed": CONSUMED,
    "Material Consumed": CONSUMED,
    "Scrapped": SCRAPPED,
}
CONTRACTS = {
    PRODUCED: "production.reported",
    BYPRODUCT: "production.reported",
    CONSUMED: "production.consumed",
    SCRAPPED: "production.scrapped",
}
STATES = {
    "production.operation.started": "Running",
    "production.operation.resumed": "Running",
    "production.operation.paused": "Paused",
    "production.operation.ended": "Completed",
}
# Held and Suspended are pauses too; who resumes and who starts cannot be told apart here.
OPERATIONS = {
    "Running": "production.operation.started",
    "Paused": "production.operation.paused",
    "Held": "production.operation.paused",
    "Suspended": "production.operation.paused",
    "Completed": "production.operation.ended",
}


@dataclass(frozen=True)
class Envelope:
    """Who writes a document, and when.

    :param created_at: RFC 3339; :param document_id: the BOD's id, the same when it is
        written again.
    """

    sender: str
    created_at: str
    document_id: str

    def as_area(self) -> dict[str, Any]:
        """Return the ``ApplicationArea``."""
        return {
            "Sender": {"LogicalID": self.sender},
            "CreationDateTime": self.created_at,
            "BODID": self.document_id,
        }


@dataclass(frozen=True)
class Event:
    """One report.

    :param contract: its code; :param time: RFC 3339, None when nobody said so.
    """

    contract: str
    time: str | None
    payload: dict[str, Any]


def write_schedule(
    orders: Iterable[Mapping[str, Any]], envelope: Envelope, verb: Verb = "Process"
) -> dict[str, Any]:
    """Return the schedule that releases, changes or cancels orders.

    :param orders: payloads of production.order.released.
    """
    requests = [_write_request(order, verb) for order in orders]
    if not requests:
        raise B2mmlError("A schedule has one order at least.")
    schedule = {
        "ID": envelope.document_id,
        "PublishedDate": envelope.created_at,
        "OperationsType": TYPE,
        "OperationsRequest": requests,
    }
    return _wrap(verb, NOUN, schedule, envelope)


def read_schedule(document: Mapping[str, Any]) -> tuple[Verb, list[dict[str, Any]]]:
    """Return the verb and the orders of a schedule, as production.order.released.

    :raises B2mmlError: naming what is missing.
    """
    for verb in VERBS:
        if f"{verb}{NOUN}" in document:
            schedules = _unwrap(document, verb, NOUN)
            return verb, [
                _read_request(request)
                for schedule in schedules
                for request in get_list(schedule, "OperationsRequest")
            ]
    raise B2mmlError(f"This is no Process-, Change- or Cancel{NOUN}.")


def write_performance(
    events: Iterable[Event], envelope: Envelope
) -> dict[str, Any]:
    """Return what was reported, one response for each order.

    :raises B2mmlError: for a contract that has no place in it.
    """
    orders: dict[str, list[Event]] = {}
    for event in events:
        orders.setdefault(event.payload["order"], []).append(event)
    performance = {
        "ID": envelope.document_id,
        "PublishedDate": envelope.created_at,
        "OperationsType": TYPE,
        "OperationsResponse": [
            {
                "ID": f"{envelope.document_id}-{number}",
                "OperationsRequestID": [order],
                "SegmentResponse": [
                    _write_response(event, f"{envelope.document_id}-{number}-{index}")
                    for index, event in enumerate(reported, 1)
                ],
            }
            for number, (order, reported) in enumerate(orders.items(), 1)
        ],
    }
    return _wrap("Process", PERFORMANCE, performance, envelope)


def read_performance(document: Mapping[str, Any]) -> list[Event]:
    """Return the reports of a performance, in the order of the document.

    :raises B2mmlError: naming what is missing or cannot be said in our contracts.
    """
    if f"Process{PERFORMANCE}" not in document:
        raise B2mmlError(f"This is no Process{PERFORMANCE}.")
    return [
        event
        for performance in _unwrap(document, "Process", PERFORMANCE)
        for response in get_list(performance, "OperationsResponse")
        for segment in get_list(response, "SegmentResponse")
        for event in _read_segment(segment, _read_order(segment, response))
    ]


def _wrap(
    verb: str, noun: str, content: dict[str, Any], envelope: Envelope
) -> dict[str, Any]:
    return {
        f"{verb}{noun}": {
            "@releaseID": RELEASE,
            "ApplicationArea": envelope.as_area(),
            "DataArea": {verb: {}, noun: [content]},
        }
    }


def _unwrap(document: Mapping[str, Any], verb: str, noun: str) -> list[Mapping[str, Any]]:
    area = document[f"{verb}{noun}"]
    data = area.get("DataArea") if isinstance(area, Mapping) else None
    found = get_list(data, noun) if isinstance(data, Mapping) else []
    if not found:
        raise B2mmlError(f"{verb}{noun}: DataArea/{noun} is missing.")
    return found


def _write_request(order: Mapping[str, Any], verb: Verb) -> dict[str, Any]:
    request: dict[str, Any] = {"ID": order["order"]}
    if order.get("production"):
        request["Description"] = [order["production"]]
    if order.get("revision"):
        request["Version"] = order["revision"]
    if order.get("planned_start"):
        request["StartTime"] = order["planned_start"]
    if order.get("planned_finish"):
        request["EndTime"] = order["planned_finish"]
    return request | {
        "OperationsType": TYPE,
        "RequestState": "Cancelled" if verb == "Cancel" else "Released",
        "SegmentRequirement": _write_segments(order),
    }


def _write_segments(order: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one segment for each operation; the first holds the materials."""
    operations = order.get("operations") or [{"name": order["order"]}]
    segments: list[dict[str, Any]] = []
    for number, operation in enumerate(operations, 1):
        segment: dict[str, Any] = {
            "ID": f"{order['order']}-{number}",
            "OperationsType": TYPE,
            "ProcessSegmentID": operation.get("name") or f"{number}",
            # The schema asks for both; the product is what the definition is of.
            "OperationsDefinitionID": order["item"],
            "OperationsSegmentID": operation.get("name") or f"{number}",
        }
        if operation.get("work_centre"):
            segment["EquipmentRequirement"] = [
                {"ID": f"{number}", "EquipmentID": [operation["work_centre"]]}
            ]
        if number == 1:
            segment["MaterialRequirement"] = _write_materials(order)
        segments.append(segment)
    return segments


def _write_materials(order: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = [(order, None, order["quantity"], PRODUCED)]
    rows += [(one, None, one["quantity"], BYPRODUCT) for one in order.get("byproducts") or ()]
    for component in order["components"]:
        rest = component["quantity"]
        for lot in component.get("lots") or ():
            rows.append((component, lot["lot"], lot["quantity"], CONSUMED))
            rest -= lot["quantity"]
        if rest > 1e-9 or not component.get("lots"):
            rows.append((component, None, round(rest, 9), CONSUMED))
    return [
        _write_material(f"{number}", row["item"], lot, quantity, row["unit"], use)
        for number, (row, lot, quantity, use) in enumerate(rows, 1)
    ]


def _write_material(
    identity: str, item: str | None, lot: str | None, quantity: float, unit: str, use: str
) -> dict[str, Any]:
    material: dict[str, Any] = {"ID": identity}
    if item:
        material["MaterialDefinitionID"] = [item]
    if lot:
        material["MaterialLotID"] = [lot]
    if use == SCRAPPED:
        material["MaterialUse"] = {"@OtherValue": SCRAPPED, "$": "Other"}
    else:
        material["MaterialUse"] = use
    return material | {"Quantity": [write_quantity(quantity, unit)]}


def _read_request(request: Mapping[str, Any]) -> dict[str, Any]:
    order: dict[str, Any] = {"order": require(request, "ID")}
    for name, theirs in (
        ("revision", "Version"),
        ("planned_start", "StartTime"),
        ("planned_finish", "EndTime"),
    ):
        if get_text(request, theirs):
            order[name] = get_text(request, theirs)
    segments = get_list(request, "SegmentRequirement")
    materials = [m for segment in segments for m in get_list(segment, "MaterialRequirement")]
    produced = [m for m in materials if _read_use(m) == PRODUCED]
    if len(produced) != 1:
        raise B2mmlError(f"{order['order']}: one material is produced, not {len(produced)}.")
    quantity, unit = read_quantity(produced[0])
    byproducts = [_read_need(m) for m in materials if _read_use(m) == BYPRODUCT]
    return order | {
        "item": require(produced[0], "MaterialDefinitionID"),
        "quantity": quantity,
        "unit": unit,
        "components": _read_components(materials),
        "operations": [_read_operation(segment) for segment in segments],
        **({"byproducts": byproducts} if byproducts else {}),
    }


def _read_need(material: Mapping[str, Any]) -> dict[str, Any]:
    quantity, unit = read_quantity(material)
    item = require(material, "MaterialDefinitionID")
    return {"item": item, "quantity": quantity, "unit": unit}


def _read_components(materials: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the needs by item and unit, with the lots that were named for them."""
    components: dict[tuple[str, str], dict[str, Any]] = {}
    for material in materials:
        if _read_use(material) != CONSUMED:
            continue
        need = _read_need(material)
        component = components.setdefault(
            (need["item"], need["unit"]), {**need, "quantity": 0.0}
        )
        component["quantity"] += need["quantity"]
        lot = get_text(material, "MaterialLotID")
        if lot:
            entry = {"lot": lot, "quantity": need["quantity"]}
            component.setdefault("lots", []).append(entry)
    return list(components.values())


def _read_operation(segment: Mapping[str, Any]) -> dict[str, Any]:
    operation = {"name": get_text(segment, "ProcessSegmentID") or require(segment, "ID")}
    for equipment in get_list(segment, "EquipmentRequirement"):
        centre = get_text(equipment, "EquipmentID")
        if centre:
            operation["work_centre"] = centre
    return operation


def _write_response(event: Event, identity: str) -> dict[str, Any]:
    payload = event.payload
    segment: dict[str, Any] = {"ID": identity}
    if event.time:
        segment |= {"PostingDate": event.time, "ActualEndTime": event.time}
    segment |= {"OperationsType": TYPE}
    if payload.get("operation"):
        segment["ProcessSegmentID"] = [payload["operation"]]
    state = STATES.get(event.contract)
    if state:
        segment["SegmentState"] = state
    if payload.get("work_centre"):
        segment["EquipmentActual"] = [{"ID": "1", "EquipmentID": [payload["work_centre"]]}]
    if not state:
        segment["MaterialActual"] = [_write_actual(event)]
    return segment


def _write_actual(event: Event) -> dict[str, Any]:
    payload = event.payload
    uses = {code: use for use, code in CONTRACTS.items() if use != BYPRODUCT}
    if event.contract not in uses:
        raise B2mmlError(f"{event.contract} has no place in B2MML's performance.")
    if "quantity" not in payload:
        raise B2mmlError("B2MML reports what was added: a quantity is needed.")
    use = uses[event.contract]
    if use == PRODUCED and payload.get("item"):
        use = BYPRODUCT
    actual = _write_material(
        "1",
        payload.get("item"),
        payload.get("lot"),
        payload["quantity"],
        payload["unit"],
        use,
    )
    if payload.get("reason"):
        # After the lots, before the use: the schema has an order.
        use_and_quantity = {n: actual.pop(n) for n in ("MaterialUse", "Quantity")}
        actual |= {"Description": [payload["reason"]], **use_and_quantity}
    return actual


def _read_order(segment: Mapping[str, Any], response: Mapping[str, Any]) -> str:
    own = get_text(segment, "OperationsRequestID")
    return own or require(response, "OperationsRequestID")


def _read_segment(segment: Mapping[str, Any], order: str) -> list[Event]:
    time = next(
        (
            get_text(segment, name)
            for name in ("PostingDate", "ActualEndTime", "ActualStartTime")
            if get_text(segment, name)
        ),
        None,
    )
    base: dict[str, Any] = {"order": order}
    if get_text(segment, "ProcessSegmentID"):
        base["operation"] = get_text(segment, "ProcessSegmentID")
    for equipment in get_list(segment, "EquipmentActual"):
        if get_text(equipment, "EquipmentID"):
            base["work_centre"] = get_text(equipment, "EquipmentID")
    materials = get_list(segment, "MaterialActual")
    events = [_read_actual(material, base, time) for material in materials]
    contract = OPERATIONS.get(get_text(segment, "SegmentState") or "")
    if contract and not materials:
        events.append(Event(contract, time, base))
    return events


def _read_actual(
    material: Mapping[str, Any], base: Mapping[str, Any], time: str | None
) -> Event:
    use = _read_use(material)
    quantity, unit = read_quantity(material)
    payload = {**base, "quantity": quantity, "unit": unit}
    item = get_text(material, "MaterialDefinitionID")
    if use == CONSUMED:
        item = require(material, "MaterialDefinitionID")
    # Of the order's own product nobody names the item: the order does.
    if item and use != PRODUCED:
        payload["item"] = item
    if get_text(material, "MaterialLotID"):
        payload["lot"] = get_text(material, "MaterialLotID")
    if use == SCRAPPED and get_text(material, "Description"):
        payload["reason"] = get_text(material, "Description")
    return Event(CONTRACTS[use], time, payload)


def _read_use(material: Mapping[str, Any]) -> str:
    value = material.get("MaterialUse")
    text = get_text(material, "MaterialUse")
    if text == "Other" and isinstance(value, Mapping):
        text = value.get("@OtherValue")
    use = USES.get(text or "")
    if use is None:
        raise B2mmlError(f"MaterialUse {text!r} cannot be said in our contracts.")
    return use
