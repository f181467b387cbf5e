"""From results to a verdict. The rules are here; records only store what they say."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

LimitType = Literal["range", "minimum", "maximum"]
Outcome = Literal["open", "passed", "failed"]


@dataclass(frozen=True)
class Limits:
    """Specification limits of a measured characteristic, both inclusive.

    :param type: ``range`` reads both bounds, the others read only their own.
    """

    type: LimitType
    minimum: float
    maximum: float


@dataclass(frozen=True)
class Requirement:
    """How many samples of one characteristic a verdict needs."""

    code: str
    samples: int


@dataclass(frozen=True)
class Observation:
    """One recorded result.

    :param conform: whether it meets the requirement.
    """

    code: str
    sample: int
    conform: bool


@dataclass(frozen=True)
class Verdict:
    """What the results say so far.

    :param failures: the nonconforming observations, by characteristic and sample.
    :param missing: ``(code, number of samples)`` that nobody has recorded yet.
    """

    outcome: Outcome
    failures: tuple[Observation, ...]
    missing: tuple[tuple[str, int], ...]

    @property
    def complete(self) -> bool:
        """Every sample the plan asks for has a result."""
        return not self.missing


def conforms(value: float, limits: Limits) -> bool:
    """Compare a value with its limits as it was reported.

    Nothing is rounded in favour of the goods: 7.54 exceeds a limit of 7.5, however many
    decimals the plan shows (the absolute method of ASTM E29).

    :raises ValueError: for what is no number.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a measured value")
    if limits.type != "maximum" and value < limits.minimum:
        return False
    return limits.type == "minimum" or value <= limits.maximum


def judge(
    requirements: Sequence[Requirement], observations: Iterable[Observation]
) -> Verdict:
    """Return the verdict: acceptance number zero over all samples.

    One nonconforming observation fails the lot, whatever is still missing. Passing takes
    every sample of every characteristic; without requirements nothing can pass. Results
    of characteristics that nobody asked for do not count.
    """
    order = {requirement.code: place for place, requirement in enumerate(requirements)}
    relevant = {
        (observation.code, observation.sample): observation
        for observation in observations
        if observation.code in order
    }
    failures = tuple(
        sorted(
            (one for one in relevant.values() if not one.conform),
            key=lambda one: (order[one.code], one.sample),
        )
    )
    recorded = Counter(code for code, _sample in relevant)
    missing = tuple(
        (requirement.code, requirement.samples - recorded[requirement.code])
        for requirement in requirements
        if recorded[requirement.code] < requirement.samples
    )
    if failures:
        return Verdict("failed", failures, missing)
    if missing or not requirements:
        return Verdict("open", failures, missing)
    return Verdict("passed", failures, missing)
