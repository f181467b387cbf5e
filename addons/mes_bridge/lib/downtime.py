"""One standstill of a machine, as told in any number of reports."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """What one report says of a standstill.

    :param place: when it was said: time, epoch, sequence; the last word counts.
    :param started_at: seconds since 1970; ``ended_at`` None while it lasts.
    :param cancelled: it never was: nothing that is said before or after counts.
    """

    place: tuple[float, str, int]
    started_at: float
    ended_at: float | None = None
    expected_until: float | None = None
    cancelled: bool = False


@dataclass(frozen=True)
class Standstill:
    """What is known of it."""

    started_at: float
    ended_at: float | None
    expected_until: float | None
    cancelled: bool = False


def merge(reports: Iterable[Report]) -> Standstill:
    """Return what the reports say together, in whatever order they came.

    A report that it goes on never opens again what another says has ended.

    :raises ValueError: there is no report, or it ends before it starts.
    """
    ordered = sorted(reports, key=lambda report: report.place)
    if not ordered:
        raise ValueError("A standstill needs a report.")
    ends = [report.ended_at for report in ordered if report.ended_at is not None]
    expected = [
        report.expected_until for report in ordered if report.expected_until is not None
    ]
    started = ordered[-1].started_at
    ended = ends[-1] if ends else None
    if ended is not None and ended < started:
        raise ValueError("A standstill ends before it starts.")
    cancelled = any(report.cancelled for report in ordered)
    return Standstill(started, ended, expected[-1] if expected else None, cancelled)
