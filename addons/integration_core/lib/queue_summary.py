"""The exception queue in a few figures that a morning meeting can use."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median


@dataclass(frozen=True)
class Case:
    """One exception, as the summary looks at it.

    :param group: what it is counted under: kind, system …
    """

    group: str
    opened_at: datetime
    resolved_at: datetime | None
    message_count: int
    is_overdue: bool


@dataclass(frozen=True)
class Line:
    """What a group did: open now, its age, and this week beside the week before.

    :param median_hours: from open to resolved, of those resolved within 28 days.
    """

    group: str
    open_count: int
    overdue_count: int
    message_count: int
    oldest_hours: float
    opened_this_week: int
    opened_week_before: int
    median_hours: float | None


def summarize(cases: Sequence[Case], *, now: datetime) -> list[Line]:
    """Return one line per group, what is most open first."""
    groups = Counter(case.group for case in cases)
    lines = [
        _sum_up(group, [case for case in cases if case.group == group], now)
        for group in groups
    ]
    return sorted(lines, key=lambda line: (-line.open_count, line.group))


def _sum_up(group: str, cases: Sequence[Case], now: datetime) -> Line:
    still_open = [case for case in cases if case.resolved_at is None]
    return Line(
        group,
        len(still_open),
        sum(case.is_overdue for case in still_open),
        sum(case.message_count for case in still_open),
        max((_hours(case.opened_at, now) for case in still_open), default=0.0),
        _count_opened(cases, now - timedelta(days=7), now),
        _count_opened(cases, now - timedelta(days=14), now - timedelta(days=7)),
        _median_hours(cases, now - timedelta(days=28)),
    )


def _count_opened(cases: Iterable[Case], start: datetime, end: datetime) -> int:
    return sum(start <= case.opened_at < end for case in cases)


def _median_hours(cases: Iterable[Case], since: datetime) -> float | None:
    hours = [
        _hours(case.opened_at, case.resolved_at)
        for case in cases
        if case.resolved_at is not None and case.resolved_at >= since
    ]
    return median(hours) if hours else None


def _hours(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 3600
