"""From a month's figures of a supplier to a score and a grade."""

from dataclasses import dataclass
from typing import Literal

Grade = Literal["A", "B", "C", "D", ""]
NO_DATA = -1.0


@dataclass(frozen=True)
class Figures:
    """What happened in a period.

    :param received: quantity; :param nonconforming: of it.
    :param inspected: lots decided; :param accepted: of them.
    :param due: order lines whose date lay in the period; :param otif: of them on time
        and in full.
    :param answers: first answers to corrective actions; :param response_days: their mean.
    """

    received: float = 0
    nonconforming: float = 0
    inspected: int = 0
    accepted: int = 0
    due: int = 0
    otif: int = 0
    answers: int = 0
    response_days: float = 0


@dataclass(frozen=True)
class Scale:
    """How figures become points, 0 to 100.

    :param weights: of PPM, lot acceptance, delivery and response.
    :param ppm_limit: parts per million that earn nothing.
    :param response_target: days that earn everything; three times as many earn nothing.
    :param thresholds: least score of the grades A, B and C.
    """

    weights: tuple[float, float, float, float] = (30, 30, 30, 10)
    ppm_limit: float = 10_000
    response_target: float = 3
    thresholds: tuple[float, float, float] = (90, 75, 60)


@dataclass(frozen=True)
class Scorecard:
    """NO_DATA where there is nothing to judge: no history is not a good history."""

    ppm: float
    acceptance: float
    delivery: float
    response: float
    score: float
    grade: Grade


def evaluate(figures: Figures, scale: Scale) -> Scorecard:
    """Return rates, score and grade; what has no data takes its weight out."""
    ppm = _rate(figures.nonconforming, figures.received, 1e6)
    acceptance = _rate(figures.accepted, figures.inspected, 100)
    delivery = _rate(figures.otif, figures.due, 100)
    response = figures.response_days if figures.answers else NO_DATA
    points = (
        _fall(ppm, 0, scale.ppm_limit),
        acceptance,
        delivery,
        _fall(response, scale.response_target, 3 * scale.response_target),
    )
    score = _weigh(points, scale.weights)
    return Scorecard(
        ppm, acceptance, delivery, response, score, _grade(score, scale.thresholds)
    )


def _rate(part: float, whole: float, factor: float) -> float:
    return min(part / whole, 1) * factor if whole > 0 else NO_DATA


def _fall(value: float, best: float, worst: float) -> float:
    """Return 100 up to ``best``, 0 from ``worst`` on, and a line between."""
    if value == NO_DATA:
        return NO_DATA
    if worst <= best:
        return 100.0 if value <= best else 0.0
    return min(100.0, max(0.0, 100 * (worst - value) / (worst - best)))


def _weigh(points: tuple[float, ...], weights: tuple[float, ...]) -> float:
    known = [
        (point, weight)
        for point, weight in zip(points, weights, strict=True)
        if point != NO_DATA and weight > 0
    ]
    total = sum(weight for _point, weight in known)
    if not total:
        return NO_DATA
    return round(sum(point * weight for point, weight in known) / total, 2)


def _grade(score: float, thresholds: tuple[float, float, float]) -> Grade:
    if score == NO_DATA:
        return ""
    grades: tuple[Grade, ...] = ("A", "B", "C")
    for grade, least in zip(grades, thresholds, strict=True):
        if score >= least:
            return grade
    return "D"
