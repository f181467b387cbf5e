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
    find_taken_back,
)
from .operations import follow_operations
from .parts import assign_parts
from .rounding import round_off

__all__ = [
    "TOLERANCE",
    "Event",
    "Interval",
    "Key",
    "Kind",
    "Order",
    "State",
    "assign_parts",
    "fold",
]


def fold(
    events: Iterable[Event],
    *,
    part: int = 1,
    rounding: Mapping[int, float] | None = None,
) -> Order:
    """Return what these events of an order add up to.

    :param part: of which part state and totals are asked; counts go on across parts.
    :param rounding: the step in which a product is counted, by product.
    """
    steps = rounding or {}
    unique = {event.identity: event for event in events}
    ordered = sorted(unique.values(), key=lambda event: event.place)
    taken_back = find_taken_back(ordered)
    known = {event.name for event in ordered}
    amounts, gaps, odd = _count(ordered, taken_back)
    mine = [event for event in ordered if event.part == part]
    standing = [event for event in mine if event.name not in taken_back]
    consumed = _add_up(standing, amounts, "consumed")
    produced = _add_up(standing, amounts, "reported")
    completions = [event for event in standing if event.kind == "completed"]
    completion = completions[-1] if completions else None
    operations = follow_operations(standing, completion)
    scrapped = _add_up(standing, amounts, "scrapped")
    spoilt = [e for e in standing if e.made_before]
    good = sum(produced.values()) - sum(amounts[e.identity] for e in spoilt)
    reports = {e.name for e in mine if e.kind not in ("accepted", "rejected")}
    missing, excess = (
        _compare(completion, consumed, produced, good, scrapped, len(reports), steps)
        if completion
        else ({}, {})
    )
    violations = {e.identity: odd[e.identity] for e in mine if e.identity in odd}
    return Order(
        state=_state_of(standing, produced, operations.running, completion),
        amounts=amounts,
        rounded=round_off(ordered, amounts, steps),
        consumed=consumed,
        produced=produced,
        good=good,
        missing=missing,
        excess=excess,
        gaps=gaps,
        violations={**violations, **operations.violations},
        unresolved=tuple(
            sorted({e.corrects for e in standing if e.kind == "reversed"} - known)
        ),
        intervals=operations.intervals,
        running=operations.running,
    )


def _count(
    ordered: list[Event], taken_back: set[str]
) -> tuple[dict[str, float], dict[str, float], dict[str, str]]:
    """Return what each event adds, the gaps of the senders' counts, and what is odd.

    A sender that counts has counted a report that it took back only later: until then
    its total includes it. Its count goes on across parts, or begins anew with one: then
    it is lower than before.
    """
    counted: dict[str, float] = {}
    totals: dict[tuple[str, Key, str], float] = {}
    gaps: dict[tuple[str, Key, str], float] = {}
    parts: dict[tuple[str, Key, str], int] = {}
    violations: dict[str, str] = {}
    by_report: dict[str, list[Event]] = {}
    undone: set[str] = set()
    for event in ordered:
        stands = event.kind == "reversed" and event.name not in taken_back
        if stands and event.corrects not in undone:
            undone.add(event.corrects)
            for corrected in by_report.get(event.corrects, ()):
                totals[corrected.stream] -= counted[corrected.identity]
        if event.kind not in QUANTITY_KINDS:
            continue
        is_new_part = parts.get(event.stream, event.part) != event.part
        total = _find_base(event, totals.get(event.stream, 0.0), is_new_part)
        parts[event.stream] = event.part
        grown = (event.cumulative or 0.0) - total
        if event.cumulative is not None and grown < -TOLERANCE:
            violations[event.identity] = "count_fell"
        amount = max(0.0, grown) if event.quantity is None else event.quantity
        counted[event.identity] = amount
        by_report.setdefault(event.name, []).append(event)
        totals[event.stream] = total + amount
        if event.cumulative is not None:
            gaps[event.stream] = event.cumulative - totals[event.stream]
    amounts = {
        event.identity: 0.0 if event.name in taken_back else counted[event.identity]
        for event in ordered
        if event.identity in counted
    }
    named: dict[str, float] = {}
    for (kind, key, _epoch), gap in gaps.items():
        if abs(gap) > TOLERANCE:
            name = f"{kind}:{key[0]}:{key[1]}"
            named[name] = named.get(name, 0.0) + gap
    return amounts, named, violations


def _find_base(event: Event, total: float, is_new_part: bool) -> float:
    """Return what an event's count goes on from: a lower one began with its part."""
    if event.cumulative is None or event.cumulative >= total:
        return total
    return 0.0 if is_new_part or event.begins_anew else total


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
    good: float,
    scrapped: Mapping[Key, float],
    reports: int,
    steps: Mapping[int, float],
) -> tuple[dict[str, float], dict[str, float]]:
    differences = {"good": completion.announced_good - good}
    differences |= _subtract(completion.announced, consumed, "consumed")
    if completion.announced_scrap is not None:
        differences |= _subtract(completion.announced_scrap, scrapped, "scrapped")
    if completion.announced_reports:
        # More than were counted are no contradiction: a sender may go on reporting.
        differences["reports"] = max(0.0, completion.announced_reports - reports)
    good_step = max((steps.get(key[0], 0.0) for key in produced), default=0.0)
    # What rounds to the same is the same.
    close = {
        name: TOLERANCE + (good_step if name == "good" else _find_step(name, steps)) / 2
        for name in differences
    }
    missing = {n: value for n, value in differences.items() if value > close[n]}
    excess = {n: -value for n, value in differences.items() if value < -close[n]}
    return missing, excess


def _find_step(name: str, steps: Mapping[int, float]) -> float:
    _kind, _colon, key = name.partition(":")
    return steps.get(int(key.split(":")[0]), 0.0) if key else 0.0


def _subtract(
    announced: Mapping[Key, float], told: Mapping[Key, float], kind: str
) -> dict[str, float]:
    return {
        f"{kind}:{key[0]}:{key[1]}": announced.get(key, 0.0) - told.get(key, 0.0)
        for key in {*announced, *told}
    }
