"""The life cycle of an order, as a fold over what the shop floor reported.

The result depends on which events there are, never on the order in which they arrived,
and an event counts once however often it came. Events are put in order by time, epoch
and sequence; nothing is decided while some may still be on their way.
"""

from collections.abc import Iterable, Mapping

from .events import (
    QUANTITY_KINDS,
    TOLERANCE,
    Event,
    Interval,
    Key,
    Kind,
    Order,
    State,
)
from .operations import follow_operations

__all__ = ["TOLERANCE", "Event", "Interval", "Key", "Kind", "Order", "State", "fold"]


def fold(events: Iterable[Event]) -> Order:
    """Return the order that these events add up to."""
    unique = {event.identity: event for event in events}
    ordered = sorted(unique.values(), key=lambda event: event.place)
    taken_back = {event.corrects for event in ordered if event.kind == "reversed"}
    known = {_report(event) for event in ordered}
    amounts, gaps, violations = _count(ordered, taken_back)
    standing = [event for event in ordered if _report(event) not in taken_back]
    consumed = _add_up(standing, amounts, "consumed")
    produced = _add_up(standing, amounts, "reported")
    completions = [event for event in standing if event.kind == "completed"]
    completion = completions[-1] if completions else None
    operations = follow_operations(standing, completion)
    scrapped = _add_up(standing, amounts, "scrapped")
    reports = {_report(e) for e in ordered if e.kind not in ("accepted", "rejected")}
    missing, excess = (
        _compare(completion, consumed, produced, scrapped, len(reports))
        if completion
        else ({}, {})
    )
    return Order(
        state=_state_of(standing, produced, operations.running, completion),
        amounts=amounts,
        consumed=consumed,
        produced=produced,
        missing=missing,
        excess=excess,
        gaps=gaps,
        violations={**violations, **operations.violations},
        unresolved=tuple(sorted(taken_back - known)),
        intervals=operations.intervals,
        running=operations.running,
    )


def _report(event: Event) -> str:
    return event.report or event.identity


def _count(
    ordered: list[Event], taken_back: set[str]
) -> tuple[dict[str, float], dict[str, float], dict[str, str]]:
    """Return what each event adds, the gaps of the senders' counts, and what is odd.

    A sender that counts has counted a report that it took back only later: until then
    its total includes it.
    """
    counted: dict[str, float] = {}
    totals: dict[tuple[str, Key], float] = {}
    gaps: dict[tuple[str, Key], float] = {}
    violations: dict[str, str] = {}
    by_report: dict[str, list[Event]] = {}
    undone: set[str] = set()
    for event in ordered:
        if event.kind == "reversed" and event.corrects not in undone:
            undone.add(event.corrects)
            for corrected in by_report.get(event.corrects, ()):
                totals[corrected.stream] -= counted[corrected.identity]
        if event.kind not in QUANTITY_KINDS:
            continue
        total = totals.get(event.stream, 0.0)
        amount = event.quantity
        if amount is None:
            amount = (event.cumulative or 0.0) - total
            if amount < -TOLERANCE:
                violations[event.identity] = "count_fell"
            amount = max(0.0, amount)
        counted[event.identity] = amount
        by_report.setdefault(_report(event), []).append(event)
        totals[event.stream] = total + amount
        if event.cumulative is not None:
            gaps[event.stream] = event.cumulative - totals[event.stream]
    amounts = {
        event.identity: 0.0 if _report(event) in taken_back else counted[event.identity]
        for event in ordered
        if event.identity in counted
    }
    named = {
        f"{kind}:{key[0]}:{key[1]}": gap
        for (kind, key), gap in gaps.items()
        if abs(gap) > TOLERANCE
    }
    return amounts, named, violations


def _add_up(
    events: Iterable[Event], amounts: Mapping[str, float], kind: Kind
) -> dict[Key, float]:
    totals: dict[Key, float] = {}
    for event in events:
        if event.kind == kind and event.key is not None:
            totals[event.key] = totals.get(event.key, 0.0) + amounts[event.identity]
    return totals


def _state_of(
    standing: list[Event],
    produced: Mapping[Key, float],
    running: Mapping[int, str],
    completion: Event | None,
) -> State:
    if completion:
        return "completed"
    answers = [event for event in standing if event.kind in ("accepted", "rejected")]
    if len(answers) == len([e for e in standing if e.kind != "reversed"]):
        if not answers:
            return "released"
        return "accepted" if answers[-1].kind == "accepted" else "rejected"
    stages = set(running.values())
    if "paused" in stages and "running" not in stages:
        return "paused"
    if any(quantity > TOLERANCE for quantity in produced.values()):
        return "partially_completed"
    return "in_progress"


def _compare(
    completion: Event,
    consumed: Mapping[Key, float],
    produced: Mapping[Key, float],
    scrapped: Mapping[Key, float],
    reports: int,
) -> tuple[dict[str, float], dict[str, float]]:
    differences = {"good": completion.announced_good - sum(produced.values())}
    differences |= _subtract(completion.announced, consumed, "consumed")
    if completion.announced_scrap is not None:
        differences |= _subtract(completion.announced_scrap, scrapped, "scrapped")
    if completion.announced_reports:
        # More than were counted are no contradiction: a sender may go on reporting.
        differences["reports"] = max(0.0, completion.announced_reports - reports)
    missing = {name: value for name, value in differences.items() if value > TOLERANCE}
    excess = {name: -value for name, value in differences.items() if value < -TOLERANCE}
    return missing, excess


def _subtract(
    announced: Mapping[Key, float], told: Mapping[Key, float], kind: str
) -> dict[str, float]:
    return {
        f"{kind}:{key[0]}:{key[1]}": announced.get(key, 0.0) - told.get(key, 0.0)
        for key in {*announced, *told}
    }
