"""What is usual for a flow at an hour of the week, and what is not.

Medians and median absolute deviations: a few odd weeks do not move them (Iglewicz and
Hoaglin, "How to Detect and Handle Outliers", 1993).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from statistics import median

# Makes the median absolute deviation comparable with a standard deviation.
SCALE = 1.4826
SCORE = 5.0
WEEKS_MIN = 4
# Below these nothing is concluded: small numbers vary by themselves.
SILENCE_FROM = 5.0
SURGE_FROM = 20
FAILED_FROM = 5
SHARE_SPREAD_MIN = 0.02


@dataclass(frozen=True)
class Baseline:
    """What is usual in one hour of the week.

    :param weeks: over how many weeks; ``count``: messages, ``share``: of failures, 0–1.
    """

    weeks: int
    count: float
    count_spread: float
    share: float
    share_spread: float


@dataclass(frozen=True)
class Anomaly:
    """:param kind: ``silence``, ``surge`` or ``errors``; ``score``: in spreads."""

    kind: str
    value: float
    usual: float
    score: float


def get_hour_of_week(hour: datetime, zone: tzinfo) -> int:
    """Return which hour of the week it is somewhere: 0 is Monday, midnight to one.

    :param hour: naive UTC, its beginning.
    """
    local = hour.replace(tzinfo=UTC).astimezone(zone)
    return local.weekday() * 24 + local.hour


def group_by_hour_of_week(
    hours: Sequence[datetime],
    counts: Sequence[int],
    failed: Sequence[int],
    zone: tzinfo,
) -> dict[int, tuple[list[int], list[int]]]:
    """Return ``{hour of the week: (counts, failed)}`` of a flow's history.

    Plants work by the clock on their wall: when it is put back, so is what is usual.
    """
    found: dict[int, tuple[list[int], list[int]]] = {}
    for hour, count, bad in zip(hours, counts, failed, strict=True):
        group = found.setdefault(get_hour_of_week(hour, zone), ([], []))
        group[0].append(count)
        group[1].append(bad)
    return found


def learn(counts: Sequence[int], failed: Sequence[int], weeks: int) -> Baseline:
    """Return the baseline of one hour of the week.

    :param counts: messages of the weeks in which there were any; of ``weeks`` in all,
        the others had none. ``failed``: of these, in the same order.
    """
    missing = [0] * max(0, weeks - len(counts))
    all_counts = [*counts, *missing]
    shares = [
        min(1.0, bad / count) for count, bad in zip(counts, failed, strict=True) if count
    ]
    count, count_spread = _describe(all_counts)
    share, share_spread = _describe(shares)
    return Baseline(weeks, count, count_spread, share, share_spread)


def _describe(values: Sequence[float]) -> tuple[float, float]:
    if not values:
        return 0.0, 0.0
    middle = median(values)
    return float(middle), SCALE * median(abs(value - middle) for value in values)


def judge(baseline: Baseline, count: int, failed: int) -> list[Anomaly]:
    """Return what is unusual about an hour that is over."""
    if baseline.weeks < WEEKS_MIN:
        return []
    found: list[Anomaly] = []
    # Even the steadiest flow varies like its square root.
    spread = max(baseline.count_spread, baseline.count**0.5, 1.0)
    score = (count - baseline.count) / spread
    if count == 0 and baseline.count >= SILENCE_FROM:
        found.append(Anomaly("silence", 0, baseline.count, score))
    elif score >= SCORE and count >= SURGE_FROM:
        found.append(Anomaly("surge", count, baseline.count, score))
    share = min(1.0, failed / count) if count else 0.0
    share_score = (share - baseline.share) / max(baseline.share_spread, SHARE_SPREAD_MIN)
    if share_score >= SCORE and failed >= FAILED_FROM:
        found.append(Anomaly("errors", share, baseline.share, share_score))
    return found
