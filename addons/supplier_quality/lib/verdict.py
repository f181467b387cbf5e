"""From results to a verdict, without a database."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Characteristic:
    """What is looked at.

    :param lower: smallest good value, None when there is no lower limit; with ``upper``
        in the characteristic's own unit. Both None: pass or fail is told, not measured.
    :param samples: how many items need a result.
    :param critical: one nonconforming item fails the lot, whatever the plan accepts.
    """

    code: str
    name: str
    lower: float | None = None
    upper: float | None = None
    unit: str = ""
    samples: int = 1
    critical: bool = False


@dataclass(frozen=True)
class Reading:
    """One result: a value of one item, or a judgement where nothing is measured.

    :param sample: number of the item.
    :param items: how many items a judgement is about.
    :param nonconforming: how many of them do not conform; None: one, if it fails.
    """

    value: float | None = None
    conforming: bool | None = None
    sample: int = 1
    items: int = 1
    nonconforming: int | None = None


@dataclass(frozen=True)
class Numbers:
    """Acceptance and rejection number of the sampling plan, in nonconforming items.

    :param per_hundred: in nonconformities instead, of which an item can have several: an
        AQL above 10 is per hundred items (ISO 2859-1 clause 5.2).
    """

    acceptance: int = 0
    rejection: int = 1
    per_hundred: bool = False


@dataclass(frozen=True)
class Verdict:
    """``incomplete`` until every characteristic has its results or the lot has failed.

    :param failures: characteristics with their readings that do not conform. A lot that
        passed may have some, up to the acceptance number.
    :param missing: names of the characteristics that lack results.
    :param nonconforming: items, or nonconformities, that count against the acceptance
        number.
    """

    state: Literal["incomplete", "passed", "failed"]
    failures: tuple[tuple[Characteristic, Reading], ...] = ()
    missing: tuple[str, ...] = ()
    nonconforming: int = 0


def is_conforming(characteristic: Characteristic, reading: Reading) -> bool:
    """Judge one result; a limit itself is still good, and nothing is rounded.

    7.54 exceeds a limit of 7.5, however many decimals are shown (the absolute method of
    ASTM E29).
    """
    if reading.value is None:
        if reading.nonconforming is not None:
            return reading.nonconforming == 0
        return bool(reading.conforming)
    if not math.isfinite(reading.value):
        return False  # a limit that is not there does not make a number of it
    if characteristic.lower is not None and reading.value < characteristic.lower:
        return False
    return characteristic.upper is None or reading.value <= characteristic.upper


def judge(
    characteristics: Sequence[Characteristic],
    readings: Mapping[str, Sequence[Reading]],
    numbers: Numbers = Numbers(),  # noqa: B008 - frozen
) -> Verdict:
    """Return the verdict on all results so far.

    As soon as the rejection number is reached, or one item fails a critical
    characteristic, the lot has failed; nobody has to finish inspecting it.

    :param readings: characteristic's code → its results.
    """
    failures: list[tuple[Characteristic, Reading]] = []
    missing: list[str] = []
    for characteristic in characteristics:
        found = readings.get(characteristic.code, ())
        failures += [
            (characteristic, reading)
            for reading in found
            if not is_conforming(characteristic, reading)
        ]
        if sum(reading.items for reading in found) < characteristic.samples:
            missing.append(characteristic.name)
    nonconforming = _count(failures, per_hundred=numbers.per_hundred)
    critical = any(characteristic.critical for characteristic, _one in failures)
    if critical or nonconforming >= numbers.rejection:
        state = "failed"
    elif missing or not characteristics:
        state = "incomplete"
    else:
        state = "passed"
    return Verdict(state, tuple(failures), tuple(missing), nonconforming)


def _count(
    failures: Sequence[tuple[Characteristic, Reading]], *, per_hundred: bool
) -> int:
    """Count nonconforming items, or nonconformities.

    A numbered item that fails twice is one item with two nonconformities. Where items were
    only counted nobody knows which they were, and each counts.
    """
    numbered = [
        reading.sample
        for _one, reading in failures
        if reading.items == 1 and reading.nonconforming is None
    ]
    counted = sum(
        1 if reading.nonconforming is None else reading.nonconforming
        for _one, reading in failures
        if not (reading.items == 1 and reading.nonconforming is None)
    )
    return len(numbered if per_hundred else set(numbered)) + counted
