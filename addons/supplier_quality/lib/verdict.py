"""From results to a verdict, without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Characteristic:
    """What is looked at.

    :param lower: smallest good value, None when there is no lower limit; with ``upper``
        in the characteristic's own unit. Both None: pass or fail is told, not measured.
    :param samples: how many results are needed.
    """

    code: str
    name: str
    lower: float | None = None
    upper: float | None = None
    unit: str = ""
    samples: int = 1


@dataclass(frozen=True)
class Reading:
    """One result: a value, or a judgement where nothing is measured."""

    value: float | None = None
    conforming: bool | None = None


@dataclass(frozen=True)
class Verdict:
    """``incomplete`` until every characteristic has its results or one has failed.

    :param findings: one sentence per result out of limits.
    :param missing: names of the characteristics that lack results.
    """

    state: Literal["incomplete", "passed", "failed"]
    findings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def is_conforming(characteristic: Characteristic, reading: Reading) -> bool:
    """Judge one result; a limit itself is still good."""
    if reading.value is None:
        return bool(reading.conforming)
    if characteristic.lower is not None and reading.value < characteristic.lower:
        return False
    return characteristic.upper is None or reading.value <= characteristic.upper


def describe(characteristic: Characteristic, reading: Reading) -> str:
    """Say what was found and what the limit is."""
    if reading.value is None:
        return f"{characteristic.name} not conforming"
    unit = f" {characteristic.unit}" if characteristic.unit else ""
    limits: list[str] = []
    if characteristic.lower is not None:
        limits.append(f"min {characteristic.lower:g}")
    if characteristic.upper is not None:
        limits.append(f"max {characteristic.upper:g}")
    return f"{characteristic.name} {reading.value:g}{unit} ({', '.join(limits)})"


def judge(
    characteristics: Sequence[Characteristic], readings: Mapping[str, Sequence[Reading]]
) -> Verdict:
    """Return the verdict on all results so far.

    One bad result fails the lot at once; nobody has to finish measuring it.

    :param readings: characteristic's code → its results.
    """
    findings: list[str] = []
    missing: list[str] = []
    for characteristic in characteristics:
        found = readings.get(characteristic.code, ())
        findings += [
            describe(characteristic, reading)
            for reading in found
            if not is_conforming(characteristic, reading)
        ]
        if len(found) < characteristic.samples:
            missing.append(characteristic.name)
    if findings:
        return Verdict("failed", tuple(findings), tuple(missing))
    if missing or not characteristics:
        return Verdict("incomplete", (), tuple(missing))
    return Verdict("passed")
