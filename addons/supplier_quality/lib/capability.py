"""Run charts of measured values: control limits, signals, capability."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

# Mean moving range of two normal values, in standard deviations (ASTM E2587).
D2_OF_TWO = 1.128
RUN_ON_ONE_SIDE = 9  # Nelson's second rule


@dataclass(frozen=True)
class Capability:
    """A chart of individual values.

    Values are None where there are too few of them, no spread, or no limit.

    :param sigma_within: from the mean moving range; control limits and Cpk use it.
    :param sigma_overall: standard deviation of all values; Ppk uses it.
    :param signals: places of values beyond a control limit, or that end nine in a row
        on one side of the mean.
    """

    mean: float | None = None
    sigma_within: float | None = None
    sigma_overall: float | None = None
    lower_control: float | None = None
    upper_control: float | None = None
    cpk: float | None = None
    ppk: float | None = None
    signals: tuple[int, ...] = ()


def describe(
    values: Sequence[float], *, lower: float | None, upper: float | None
) -> Capability:
    """Return chart and capability of values in the order they were measured.

    :param lower: specification limits, in the values' unit; None: there is none.
    """
    if len(values) < 2:
        return Capability(mean=values[0] if values else None)
    mean = fmean(values)
    within = (
        fmean([abs(after - before) for before, after in zip(values, values[1:])])  # noqa: B905
        / D2_OF_TWO
    )
    overall = stdev(values)
    low, high = mean - 3 * within, mean + 3 * within
    return Capability(
        mean=mean,
        sigma_within=within,
        sigma_overall=overall,
        lower_control=low,
        upper_control=high,
        cpk=_index(mean, within, lower, upper),
        ppk=_index(mean, overall, lower, upper),
        signals=_find_signals(values, mean, low, high),
    )


def _index(
    mean: float, sigma: float, lower: float | None, upper: float | None
) -> float | None:
    """Return the distance to the nearer limit in units of three sigma (ISO 22514-2)."""
    distances: list[float] = []
    if upper is not None:
        distances.append(upper - mean)
    if lower is not None:
        distances.append(mean - lower)
    if not distances or math.isclose(sigma, 0, abs_tol=1e-12):
        return None
    return min(distances) / (3 * sigma)


def _find_signals(
    values: Sequence[float], mean: float, low: float, high: float
) -> tuple[int, ...]:
    signals: list[int] = []
    run, side = 0, 0
    for place, value in enumerate(values):
        now = (value > mean) - (value < mean)
        run = run + 1 if now and now == side else 1
        side = now
        if not low <= value <= high or (side and run >= RUN_ON_ONE_SIDE):
            signals.append(place)
    return tuple(signals)
