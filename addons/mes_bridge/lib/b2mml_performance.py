"""Production performance in B2MML V7, from and to our reports.

| in a SegmentResponse | becomes |
|---|---|
| MaterialActual | what was reported, consumed or scrapped |
| SegmentState, ActualStartTime and ActualEndTime | started, paused, ended; beside materials too |
| SegmentResponse | the same, of the same order |

An ActualEndTime alone, beside materials, is the time of the report. An OperationsResponse that
is Completed tells the order's totals: what its own materials add up to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .b2mml_completion import read_completion
from .b2mml_terms import (
    BYPRODUCT,
    CONSUMED,
    PRODUCED,
    SCRAPPED,
    TYPE,
    Envelope,
    Event,
    get_item,
    get_lot,
    get_single,
    read_use,
    unwrap,
    wrap,
    write_material,
)
from .b2mml_values import B2mmlError, get_list, get_text, read_quantity, require

PERFORMANCE = "OperationsPerformance"
DEPTH_MAX = 20
ONE_ORDER = "Write one OperationsResponse for each order."
STARTED, PAUSED, ENDED = (
    "production.operation.started",
    "production.operation.paused",
    "production.operation.ended",
)
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
    "Running": STARTED,
    "Paused": PAUSED,
    "Held": PAUSED,
    "Suspended": PAUSED,
    "Completed": ENDED,
    "Closed": ENDED,
}
# Nothing has happened yet, or nothing that somebody is told.
SILENT = {"Forecast", "Released", "Ready", "Waiting", "Pending"}


@dataclass(frozen=True)
class _Place:
    """Where a segment's reports belong; what it does not say its parent does."""

    order: str
    operation: str | None = None
    work_centre: str | None = None

    def as_payload(self) -> dict[str, Any]:
        payload = {
            "order": self.order,
            "operation": self.operation,
            "work_centre": self.work_centre,
        }
        return {name: value for name, value in payload.items() if value}


def write_performance(events: Iterable[Event], envelope: Envelope) -> dict[str, Any]:
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
    return wrap("Process", PERFORMANCE, performance, envelope)


def read_performance(document: Mapping[str, Any]) -> list[Event]:
    """Return the reports of a performance, in the order of the document.

    :raises B2mmlError: naming what is missing or cannot be said in our contracts.
    """
    if f"Process{PERFORMANCE}" not in document:
        raise B2mmlError(f"This is no Process{PERFORMANCE}.")
    return [
        event
        for performance in unwrap(document, "Process", PERFORMANCE)
        for response in get_list(performance, "OperationsResponse")
        for event in _read_response(response)
    ]


def _write_response(event: Event, identity: str) -> dict[str, Any]:
    payload = event.payload
    segment: dict[str, Any] = {"ID": identity}
    if event.time:
        segment["PostingDate"] = event.time
        if event.contract == ENDED:
            segment["ActualEndTime"] = event.time
    segment |= {"OperationsType": TYPE}
    if payload.get("operation"):
        segment["ProcessSegmentID"] = [payload["operation"]]
    state = STATES.get(event.contract)
    if state:
        segment["SegmentState"] = state
    if payload.get("work_centre"):
        segment["EquipmentActual"] = [
            {"ID": "1", "EquipmentID": [payload["work_centre"]]}
        ]
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
    actual = write_material(
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


def _read_response(response: Mapping[str, Any]) -> list[Event]:
    events = [
        event
        for segment in get_list(response, "SegmentResponse")
        for event in _read_segment(segment, _Place(_read_order(segment, response)), 0)
    ]
    state = get_text(response, "ResponseState")
    if state in ("Completed", "Closed"):
        events.append(read_completion(response, events))
    elif state and state not in SILENT and state not in OPERATIONS:
        raise B2mmlError(f"ResponseState {state!r} cannot be said in our contracts.")
    return events


def _read_order(segment: Mapping[str, Any], response: Mapping[str, Any]) -> str:
    own = get_single(segment, "OperationsRequestID", ONE_ORDER)
    of_all = get_single(response, "OperationsRequestID", ONE_ORDER)
    return own or of_all or require(response, "OperationsRequestID")


def _read_segment(
    segment: Mapping[str, Any], parent: _Place, depth: int
) -> list[Event]:
    if depth > DEPTH_MAX:
        raise B2mmlError(f"SegmentResponse nests deeper than {DEPTH_MAX} levels.")
    place = replace(
        parent,
        order=get_single(segment, "OperationsRequestID", ONE_ORDER) or parent.order,
        operation=get_text(segment, "ProcessSegmentID") or parent.operation,
    )
    for equipment in get_list(segment, "EquipmentActual"):
        if get_text(equipment, "EquipmentID"):
            place = replace(place, work_centre=get_text(equipment, "EquipmentID"))
    names = ("PostingDate", "ActualEndTime", "ActualStartTime")
    time = next((t for t in (get_text(segment, name) for name in names) if t), None)
    materials = [
        _read_actual(material, place.as_payload(), time)
        for material in get_list(segment, "MaterialActual")
    ]
    inner = [
        event
        for part in get_list(segment, "SegmentResponse")
        for event in _read_segment(part, place, depth + 1)
    ]
    begin, end = _read_states(segment, place, time, is_alone=not materials)
    return [*begin, *materials, *inner, *end]


def _read_states(
    segment: Mapping[str, Any], place: _Place, time: str | None, *, is_alone: bool
) -> tuple[list[Event], list[Event]]:
    """Return what a segment says of its operation: before its materials, and after.

    :param is_alone: without materials an end is one; beside them, with nothing else
        said, it is the time of the report.
    :raises B2mmlError: for a state that our contracts have no word for.
    """
    state = get_text(segment, "SegmentState")
    contract = OPERATIONS.get(state or "")
    if state and not contract and state not in SILENT:
        raise B2mmlError(f"SegmentState {state!r} cannot be said in our contracts.")
    start, end = (
        get_text(segment, "ActualStartTime"),
        get_text(segment, "ActualEndTime"),
    )
    payload = place.as_payload()
    begins = (
        [Event(STARTED, start or time, payload)] if start or contract == STARTED else []
    )
    if contract == PAUSED:
        return begins, [Event(PAUSED, time, payload)]
    if contract == ENDED or (end and not state and (start or is_alone)):
        return begins, [Event(ENDED, end or time, payload)]
    return begins, []


def _read_actual(
    material: Mapping[str, Any], base: Mapping[str, Any], time: str | None
) -> Event:
    use = read_use(material)
    quantity, unit = read_quantity(material)
    payload = {**base, "quantity": quantity, "unit": unit}
    item = get_item(material)
    if use in (CONSUMED, BYPRODUCT):
        item = item or require(material, "MaterialDefinitionID")
    if item:
        payload["item"] = item
    lot = get_lot(material)
    if lot:
        payload["lot"] = lot
    if use == SCRAPPED and get_text(material, "Description"):
        payload["reason"] = get_text(material, "Description")
    return Event(CONTRACTS[use], time, payload)
