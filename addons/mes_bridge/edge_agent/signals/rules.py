"""What becomes of one signal of one work centre. No I/O, no clock."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Kind = Literal["measure", "counter", "state"]


class RuleError(ValueError):
    """A rule cannot be meant; the text says why."""


@dataclass(frozen=True)
class Rule:
    """One rule.

    :param kind: ``measure``: a value that varies; ``counter``: a number that only
        grows; ``state``: a value that stands for a state.
    :param deadband: of a measure: less of a change than this is none; the signal's unit.
    :param debounce_seconds: a change has to last this long, else it was none.
    :param window_seconds: one aggregate for each so many seconds; 0: none.
    :param shift_starts: in place of it, an aggregate for each shift: ``06:00`` ….
    :param grace_seconds: how long a window waits for samples that come late.
    :param time_zone: of the shifts, an IANA name.
    :param rollover: the counter begins again at zero when it reaches this; 0: never.
    :param high: above it an event is raised, at once; None: never.
    :param low: below it.
    :param hysteresis: how far back the value has to come before the event ends.
    :param hold_seconds: how long it has to be beyond before the event is raised.
    """

    work_centre: str
    signal: str
    kind: Kind = "measure"
    deadband: float = 0.0
    debounce_seconds: float = 0.0
    window_seconds: int = 0
    shift_starts: tuple[str, ...] = ()
    time_zone: str = "UTC"
    rollover: float = 0.0
    high: float | None = None
    low: float | None = None
    hysteresis: float = 0.0
    hold_seconds: float = 0.0
    grace_seconds: float = 0.0

    def __post_init__(self) -> None:
        _check(self)

    @property
    def key(self) -> tuple[str, str]:
        """What the rule is found by."""
        return self.work_centre, self.signal

    @property
    def aggregates(self) -> bool:
        """Whether samples end in an aggregate."""
        return bool(self.window_seconds or self.shift_starts)

    def get_window(self, at: float) -> tuple[float, float]:
        """Return the window of a moment: its begin and end, seconds since 1970."""
        if self.window_seconds:
            begin = at // self.window_seconds * self.window_seconds
            return begin, begin + self.window_seconds
        return _get_shift(at, self.shift_starts, ZoneInfo(self.time_zone))


def read_rule(values: Mapping[str, Any]) -> Rule:
    """Return a rule from parsed JSON.

    :raises RuleError: for unknown or malformed members.
    """
    names = {field.name for field in fields(Rule)}
    unknown = sorted(set(values) - names)
    if unknown:
        raise RuleError(f"Unknown: {', '.join(unknown)}.")
    given = {name: value for name, value in values.items() if value is not None}
    if "shift_starts" in given:
        given["shift_starts"] = tuple(given["shift_starts"])
    try:
        return Rule(**given)
    except TypeError as error:
        raise RuleError(f"A rule is malformed: {error}.") from error


def parse_time(text: str) -> time:
    """Read ``HH:MM``.

    :raises RuleError: when it is none.
    """
    try:
        return datetime.strptime(text, "%H:%M").time()
    except ValueError as error:
        raise RuleError(f"{text!r} is no time of day such as 06:00.") from error


def _check(rule: Rule) -> None:
    if not rule.work_centre or not rule.signal:
        raise RuleError("A rule names a work centre and a signal.")
    if rule.kind not in get_args(Kind):
        raise RuleError(f"{rule.kind!r} is no kind of signal.")
    numbers = (
        rule.deadband,
        rule.debounce_seconds,
        rule.window_seconds,
        rule.rollover,
        rule.hysteresis,
        rule.hold_seconds,
        rule.grace_seconds,
    )
    if any(not math.isfinite(number) or number < 0 for number in numbers):
        raise RuleError("The numbers of a rule are not negative.")
    if rule.window_seconds and rule.shift_starts:
        raise RuleError("A rule aggregates by time or by shift, not both.")
    if rule.kind == "state" and rule.aggregates:
        raise RuleError("A state is not aggregated: its changes are what counts.")
    if rule.kind == "counter" and not rule.aggregates:
        raise RuleError("A counter needs a window or shifts: one count for each.")
    _check_thresholds(rule)
    for start in rule.shift_starts:
        parse_time(start)
    try:
        ZoneInfo(rule.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise RuleError(f"{rule.time_zone!r} is no time zone.") from error


def _check_thresholds(rule: Rule) -> None:
    limits = [limit for limit in (rule.low, rule.high) if limit is not None]
    if not all(map(math.isfinite, limits)):
        raise RuleError("A threshold is a number.")
    if sorted(set(limits)) != limits:
        raise RuleError("The lower threshold is below the higher one.")


def _get_shift(
    at: float, shift_starts: tuple[str, ...], zone: ZoneInfo
) -> tuple[float, float]:
    moment = datetime.fromtimestamp(at, UTC).astimezone(zone)
    starts = sorted(
        # Wall time to moment day by day: a shift may be an hour longer or shorter.
        datetime.combine(
            moment.date() + timedelta(days=day), parse_time(start), zone
        ).timestamp()
        for day in (-1, 0, 1)
        for start in shift_starts
    )
    begin = max(start for start in starts if start <= at)
    end = min(start for start in starts if start > at)
    return begin, end
