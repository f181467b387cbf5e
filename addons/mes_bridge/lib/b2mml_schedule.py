"""Production schedules in B2MML V7, from and to production.order.released."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from .b2mml_terms import (
    BYPRODUCT,
    CONSUMED,
    PRODUCED,
    TYPE,
    Envelope,
    get_item,
    get_lot,
    read_use,
    unwrap,
    wrap,
    write_material,
)
from .b2mml_values import B2mmlError, get_list, get_text, read_quantity, require

NOUN = "OperationsSchedule"
Verb = Literal["Process", "Change", "Cancel"]
VERBS: tuple[Verb, ...] = ("Process", "Change", "Cancel")


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
    return wrap(verb, NOUN, schedule, envelope)


def read_schedule(document: Mapping[str, Any]) -> tuple[Verb, list[dict[str, Any]]]:
    """Return the verb and the orders of a schedule, as production.order.released.

    :raises B2mmlError: naming what is missing.
    """
    for verb in VERBS:
        if f"{verb}{NOUN}" in document:
            schedules = unwrap(document, verb, NOUN)
            return verb, [
                _read_request(request)
                for schedule in schedules
                for request in get_list(schedule, "OperationsRequest")
            ]
    raise B2mmlError(f"This is no Process-, Change- or Cancel{NOUN}.")


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
        write_material(f"{number}", row["item"], lot, quantity, row["unit"], use)
        for number, (row, lot, quantity, use) in enumerate(rows, 1)
    ]


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
    produced = [m for m in materials if read_use(m) == PRODUCED]
    if len(produced) != 1:
        raise B2mmlError(f"{order['order']}: one material is produced, not {len(produced)}.")
    quantity, unit = read_quantity(produced[0])
    byproducts = [_read_need(m) for m in materials if read_use(m) == BYPRODUCT]
    return order | {
        "item": get_item(produced[0]) or require(produced[0], "MaterialDefinitionID"),
        "quantity": quantity,
        "unit": unit,
        "components": _read_components(materials),
        "operations": [_read_operation(segment) for segment in segments],
        **({"byproducts": byproducts} if byproducts else {}),
    }


def _read_need(material: Mapping[str, Any]) -> dict[str, Any]:
    quantity, unit = read_quantity(material)
    item = get_item(material) or require(material, "MaterialDefinitionID")
    return {"item": item, "quantity": quantity, "unit": unit}


def _read_components(materials: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the needs by item and unit, with the lots that were named for them."""
    components: dict[tuple[str, str], dict[str, Any]] = {}
    for material in materials:
        if read_use(material) != CONSUMED:
            continue
        need = _read_need(material)
        component = components.setdefault(
            (need["item"], need["unit"]), {**need, "quantity": 0.0}
        )
        component["quantity"] += need["quantity"]
        lot = get_lot(material)
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
