"""The totals of an order whose response is Completed: production.order.completed."""

from collections.abc import Mapping
from typing import Any

from .b2mml_terms import CONSUMED, PRODUCED, Event, get_item, get_lot, read_use
from .b2mml_values import B2mmlError, get_list, get_text, read_quantity, require

COMPLETED = "production.order.completed"


def read_completion(response: Mapping[str, Any], events: list[Event]) -> Event:
    """Return the totals of an order that is done.

    :raises B2mmlError: when the document does not tell them.
    """
    order = require(response, "OperationsRequestID")
    materials = [
        material
        for segment in get_list(response, "SegmentResponse")
        for material in _find_materials(segment)
    ]
    made = [
        (get_item(m), *read_quantity(m)) for m in materials if read_use(m) == PRODUCED
    ]
    if len({(item, unit) for item, _quantity, unit in made}) != 1:
        raise B2mmlError(
            f"{order}: a response that is Completed tells what was made in all, of one "
            "product and in one unit, as MaterialActual with the use Produced. Report "
            "without that state, and send production.order.completed with the totals."
        )
    consumed: dict[tuple[str, str | None, str], float] = {}
    for material in materials:
        if read_use(material) == CONSUMED:
            quantity, unit = read_quantity(material)
            item = get_item(material) or require(material, "MaterialDefinitionID")
            key = (item, get_lot(material), unit)
            consumed[key] = consumed.get(key, 0.0) + quantity
    times = [get_text(response, name) for name in ("EndTime", "ActualEndTime")]
    times += [event.time for event in reversed(events)]
    payload = {
        "order": order,
        "good_quantity": round(sum(quantity for _item, quantity, _unit in made), 9),
        "unit": made[0][2],
        "consumed": [
            {"item": item, "quantity": round(quantity, 9), "unit": unit}
            | ({"lot": lot} if lot else {})
            for (item, lot, unit), quantity in consumed.items()
        ],
    }
    return Event(COMPLETED, next((time for time in times if time), None), payload)


def _find_materials(segment: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    materials = get_list(segment, "MaterialActual")
    for part in get_list(segment, "SegmentResponse"):
        materials += _find_materials(part)
    return materials
