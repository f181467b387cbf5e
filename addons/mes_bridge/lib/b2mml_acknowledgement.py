"""The answer of an MES to a schedule: production.order.acknowledged."""

from collections.abc import Mapping
from typing import Any

from .b2mml_schedule import NOUN
from .b2mml_terms import Event, unwrap
from .b2mml_values import B2mmlError, get_list, get_text, require

ACKNOWLEDGED = "production.order.acknowledged"
# What ResponseExpression/@actionCode says (OAGIS 9, as B2MML takes it over).
ANSWERS = {"Accepted": True, "Rejected": False}


def read_acknowledgement(document: Mapping[str, Any]) -> list[Event]:
    """Return the answer for each order of an AcknowledgeOperationsSchedule.

    The release that is meant follows from the BODID of the schedule that is answered.

    :raises B2mmlError: when it says neither yes nor no.
    """
    schedules = unwrap(document, "Acknowledge", NOUN)
    area = document[f"Acknowledge{NOUN}"]
    verb = _get_node(area["DataArea"], "Acknowledge")
    accepted, reason = _read_answer(verb)
    original = get_text(_get_node(verb, "OriginalApplicationArea"), "BODID") or ""
    time = get_text(_get_node(area, "ApplicationArea"), "CreationDateTime")
    return [
        Event(ACKNOWLEDGED, time, _prepare(order, accepted, reason, original))
        for schedule in schedules
        for order in (
            require(request, "ID")
            for request in get_list(schedule, "OperationsRequest")
        )
    ]


def _read_answer(verb: Mapping[str, Any]) -> tuple[bool, str | None]:
    for criteria in get_list(verb, "ResponseCriteria"):
        code = get_text(_get_node(criteria, "ResponseExpression"), "@actionCode")
        if code not in ANSWERS:
            break
        status = _get_node(criteria, "ChangeStatus")
        reason = get_text(status, "Description") or get_text(status, "ReasonCode")
        return ANSWERS[code], reason
    raise B2mmlError(
        "Acknowledge/ResponseCriteria/ResponseExpression/@actionCode has to be Accepted "
        "or Rejected: an order is taken as it was released, or not at all."
    )


def _prepare(
    order: str, accepted: bool, reason: str | None, original: str
) -> dict[str, Any]:
    payload: dict[str, Any] = {"order": order, "accepted": accepted}
    name, _dash, number = original.rpartition("-")
    if name == order and number.isascii() and number.isdigit():
        payload["release"] = int(number)
    return payload | ({"reason": reason} if reason else {})


def _get_node(node: Any, name: str) -> Mapping[str, Any]:
    value = node.get(name) if isinstance(node, Mapping) else None
    return value if isinstance(value, Mapping) else {}
