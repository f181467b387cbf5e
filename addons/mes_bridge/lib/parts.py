"""Which part of an order an event belongs to: a backorder is the next part.

A part ends with a completion that announces a backorder. What happened afterwards belongs
to the next part, however early it arrives; so the parts, too, follow from which events there
are and not from the order in which they came.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from .events import Event, Place, find_taken_back

__all__ = ["assign_parts"]


def assign_parts(
    events: Iterable[Event], ends: Sequence[Place] = (), *, continues: bool = False
) -> dict[str, int]:
    """Return the part of each event, by identity; the first is 1.

    :param ends: where the parts ended that have been split off already; these stay.
    :param continues: another production order follows, although no completion says so.
    """
    ordered = sorted(events, key=lambda event: event.place)
    boundaries = [*ends, *_find_ends(ordered, ends, continues=continues)]
    parts = {
        event.identity: max(1 + bisect_left(boundaries, event.place), event.told_part)
        for event in ordered
    }
    by_report: dict[str, int] = {}
    for event in ordered:
        by_report.setdefault(event.name, parts[event.identity])
    # A report is taken back in the part that it belongs to.
    for event in ordered:
        if event.kind == "reversed" and event.corrects in by_report:
            parts[event.identity] = by_report[event.corrects]
    return parts


def _find_ends(
    ordered: list[Event], ends: Sequence[Place], *, continues: bool
) -> list[Place]:
    """Return where further parts end, by the completions that stand."""
    taken_back = find_taken_back(ordered)
    found: list[Event] = []
    for event in ordered:
        if event.kind != "completed" or event.name in taken_back:
            continue
        if not (event.backorder or continues) or (ends and event.place <= ends[-1]):
            continue
        if found and event.told_part and event.told_part == found[-1].told_part:
            # The same part was completed anew.
            found.pop()
        found.append(event)
        continues = False
    return [event.place for event in found]
