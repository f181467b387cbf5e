"""When the operations of an order ran, from their starts, pauses and ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .events import Event, Interval, Kind

# What an operation may do next, by what it does now.
TRANSITIONS: Mapping[str, Mapping[Kind, str]] = {
    "idle": {"started": "running"},
    "running": {"paused": "paused", "ended": "ended"},
    "paused": {"resumed": "running", "started": "running", "ended": "ended"},
    # Work goes on, for example when parts came back for rework.
    "ended": {"started": "running", "resumed": "running"},
}
# Where a report leads that does not follow from the one before it.
LEADS_TO: Mapping[Kind, str] = {
    "started": "running",
    "resumed": "running",
    "paused": "paused",
    "ended": "ended",
}


@dataclass
class Operations:
    """What became of the operations; see ``events.Order``."""

    running: dict[int, str] = field(default_factory=dict[int, str])
    intervals: tuple[Interval, ...] = ()
    violations: dict[str, str] = field(default_factory=dict[str, str])


def follow_operations(ordered: list[Event], completion: Event | None) -> Operations:
    """Return what each operation did.

    What still ran when the order was completed ended then. Where people's time was
    reported, that is the operation's time; otherwise it is the time that it ran.

    :param ordered: in the order in which they happened, without what was taken back.
    """
    result = Operations()
    begins: dict[int, Event] = {}
    ran: list[Interval] = []
    for event in ordered:
        if event.kind not in LEADS_TO:
            continue
        stage = result.running.get(event.operation, "idle")
        following = TRANSITIONS[stage].get(event.kind)
        if following is None:
            result.violations[event.identity] = f"{event.kind}_while_{stage}"
            following = LEADS_TO[event.kind]
        elif completion and event.place > completion.place:
            result.violations[event.identity] = f"{event.kind}_after_completion"
        if following == "running":
            begins.setdefault(event.operation, event)
        elif event.operation in begins:
            ran.append(_close(begins.pop(event.operation), event.occurred_at))
        result.running[event.operation] = following
    if completion:
        ran += [
            _close(begin, max(begin.occurred_at, completion.occurred_at))
            for begin in begins.values()
        ]
        result.running = dict.fromkeys(result.running, "ended")
    labour = [
        Interval(event.operation, event.started_at, event.ended_at, event.identity)
        for event in ordered
        if event.kind == "labour"
    ]
    staffed = {interval.operation for interval in labour}
    kept = [interval for interval in ran if interval.operation not in staffed]
    result.intervals = tuple(
        sorted([*labour, *kept], key=lambda interval: interval.identity)
    )
    return result


def _close(begin: Event, ended_at: float) -> Interval:
    return Interval(begin.operation, begin.occurred_at, ended_at, begin.identity)
