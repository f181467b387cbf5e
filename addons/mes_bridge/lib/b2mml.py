"""Production schedule and performance in B2MML V7, from and to our contracts.

A translation at the edge: inside, the suite speaks its own contracts. What is read and
written here is the JSON form of B2MML (an attribute is ``@name``, what may come more than
once is a list); ``b2mml_xml`` turns it into the XML form and back.

"The Business To Manufacturing Markup Language (B2MML) is used courtesy of MESA
International."

| contract | B2MML V7 |
|---|---|
| production.order.released, changed, recalled | Process-, Change-, CancelOperationsSchedule |
| production.order.acknowledged | AcknowledgeOperationsSchedule |
| production.reported | MaterialActual, use Produced (By-product Produced) |
| production.consumed | MaterialActual, use Consumed |
| production.scrapped | MaterialActual, use Other "Scrapped" |
| production.operation.started, paused, ended | SegmentState, ActualStartTime, ActualEndTime |
| production.order.completed | ResponseState Completed |
| production.reversed, production.downtime | refused, with the way out |
"""

from collections.abc import Callable, Mapping
from typing import Any

from .b2mml_acknowledgement import ACKNOWLEDGED, read_acknowledgement
from .b2mml_performance import (
    CONTRACTS,
    OPERATIONS,
    PERFORMANCE,
    STATES,
    read_performance,
    write_performance,
)
from .b2mml_schedule import NOUN, VERBS, Verb, read_schedule, write_schedule
from .b2mml_terms import RELEASE, Envelope, Event
from .b2mml_values import B2mmlError

__all__ = [
    "ACKNOWLEDGED",
    "CONTRACTS",
    "NOUN",
    "OPERATIONS",
    "PERFORMANCE",
    "RELEASE",
    "STATES",
    "VERBS",
    "Envelope",
    "Event",
    "Verb",
    "find_root",
    "read_acknowledgement",
    "read_events",
    "read_performance",
    "read_schedule",
    "write_performance",
    "write_schedule",
]

READERS: dict[str, Callable[[Mapping[str, Any]], list[Event]]] = {
    f"Process{PERFORMANCE}": read_performance,
    f"Acknowledge{NOUN}": read_acknowledgement,
}
# Documents that are known, and what is sent in their place.
ELSEWHERE = {
    f"Cancel{PERFORMANCE}": "It names no single report. Send production.reversed with "
    "the id of the report that it corrects.",
    f"Change{PERFORMANCE}": "Send production.reversed for the report that was wrong, and "
    "the right one.",
    "OperationsEvent": "Send a stop as production.downtime, with its machine and times.",
    "WorkAlert": "Send a stop as production.downtime, with its machine and times.",
}


def find_root(document: Mapping[str, Any]) -> str:
    """Return the name of a document that we take.

    :raises B2mmlError: saying what to send in its place.
    """
    for name in document:
        if name in READERS:
            return name
        for part, way_out in ELSEWHERE.items():
            if part in name:
                raise B2mmlError(f"{name} is not taken. {way_out}")
    raise B2mmlError(f"This is no {' or '.join(READERS)}.")


def read_events(document: Mapping[str, Any]) -> list[Event]:
    """Return what a document of the shop floor says, in its order.

    :raises B2mmlError: naming what is missing or cannot be said in our contracts.
    """
    return READERS[find_root(document)](document)
