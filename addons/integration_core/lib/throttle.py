"""Generic cell rate algorithm (ITU-T I.371): one number per caller is enough."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """Whether a request may pass.

    :param arrival: the caller's new theoretical arrival time, to be kept.
    :param retry_after_seconds: zero when it may pass.
    """

    arrival: float
    retry_after_seconds: float


def decide(
    arrival: float,
    now: float,
    *,
    per_minute: float,
    burst: float,
    cost: float = 1,
    paid: float = 0,
) -> Verdict:
    """Decide on one request (or ``cost`` messages) arriving now.

    :param arrival: the theoretical arrival time kept from before, 0 when unknown.
    :param now: seconds, same clock as ``arrival``.
    :param burst: how many may come at once after a pause.
    :param paid: taken a moment ago for the same request, and again when it is repeated.
    """
    interval = 60 / per_minute
    start = max(arrival, now)
    # A batch larger than the burst must be possible for someone who was quiet.
    allowance = interval * max(burst, cost + paid)
    after = start + interval * cost
    excess = after - now - allowance
    if excess > 1e-9:
        return Verdict(arrival, excess + interval * paid)
    return Verdict(after, 0.0)
