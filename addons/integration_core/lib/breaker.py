"""Circuit breaker of one endpoint: stop sending to who does not answer, then probe."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True)
class BreakerRules:
    """When a breaker opens, and for how long.

    :param failure_share: of the requests in a window, from ``minimum_requests`` on.
    :param open_seconds: doubled with each probe that fails, up to ``open_max_seconds``.
    """

    window_seconds: int = 300
    minimum_requests: int = 10
    failure_share: float = 0.7
    open_seconds: int = 30
    open_max_seconds: int = 900


@dataclass(frozen=True)
class Breaker:
    """What is known of an endpoint.

    :param open_until: naive UTC; nothing is sent before. After it one request probes.
    :param openings: in a row, without a success in between.
    """

    window_started_at: datetime
    requests: int = 0
    failures: int = 0
    openings: int = 0
    open_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.open_until is not None


def record(
    breaker: Breaker,
    rules: BreakerRules,
    *,
    successes: int,
    failures: int,
    now: datetime,
) -> Breaker:
    """Return the breaker after some requests came back."""
    if breaker.is_open:
        return _judge_probe(breaker, rules, successes, failures, now)
    if now - breaker.window_started_at > timedelta(seconds=rules.window_seconds):
        breaker = replace(breaker, window_started_at=now, requests=0, failures=0)
    counted = replace(
        breaker,
        requests=breaker.requests + successes + failures,
        failures=breaker.failures + failures,
        openings=0 if successes else breaker.openings,
    )
    enough = counted.requests >= rules.minimum_requests
    if enough and counted.failures >= rules.failure_share * counted.requests:
        return _open(counted, rules, now)
    return counted


def _judge_probe(
    breaker: Breaker, rules: BreakerRules, successes: int, failures: int, now: datetime
) -> Breaker:
    if successes:
        return Breaker(window_started_at=now)
    # Requests that were under way when it opened say nothing new.
    if failures and breaker.open_until is not None and now >= breaker.open_until:
        return _open(breaker, rules, now)
    return breaker


def _open(breaker: Breaker, rules: BreakerRules, now: datetime) -> Breaker:
    seconds = min(rules.open_seconds * 2**breaker.openings, rules.open_max_seconds)
    return replace(
        breaker,
        openings=breaker.openings + 1,
        open_until=now + timedelta(seconds=seconds),
    )
