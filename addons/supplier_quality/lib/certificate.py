"""A certificate's values against the specification."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .verdict import Characteristic, Reading, is_conforming

Kind = Literal["missing", "out_of_limits", "other_unit", "no_value"]


@dataclass(frozen=True)
class Stated:
    """What the certificate says of one characteristic.

    :param unit: as written there; empty where none is.
    """

    value: float | None = None
    conforming: bool | None = None
    unit: str = ""


@dataclass(frozen=True)
class Mismatch:
    """Why a certificate does not cover its lot."""

    kind: Kind
    characteristic: Characteristic
    stated: Stated | None = None


def find_mismatches(
    required: Sequence[Characteristic],
    stated: Mapping[str, Stated],
) -> tuple[Mismatch, ...]:
    """Return what is missing, in another unit, or outside of the limits.

    No unit is converted: a certificate in other units is another certificate.

    :param required: characteristics that must be on it.
    :param stated: by characteristic's code.
    """
    found = [
        mismatch
        for one in required
        if (mismatch := _compare(one, stated.get(one.code)))
    ]
    return tuple(found)


def _compare(required: Characteristic, stated: Stated | None) -> Mismatch | None:
    if stated is None:
        return Mismatch("missing", required)
    measured = required.lower is not None or required.upper is not None
    if measured and stated.value is None:
        return Mismatch("no_value", required, stated)
    if measured and stated.unit and stated.unit != required.unit:
        return Mismatch("other_unit", required, stated)
    reading = (
        Reading(value=stated.value)
        if measured
        else Reading(conforming=bool(stated.conforming))
    )
    if not is_conforming(required, reading):
        return Mismatch("out_of_limits", required, stated)
    return None
