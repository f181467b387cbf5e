"""How many samples to draw from a lot, and how many may be nonconforming."""

import math
from dataclasses import dataclass
from typing import Literal

from .sampling_tables import (
    AQLS,
    Level,
    Severity,
    Standard,
    find_cell,
    find_code_letter,
)

Method = Literal["all", "fixed", "percentage", "aql"]


@dataclass(frozen=True)
class Scheme:
    """What an inspection plan says about sampling.

    :param method: every item, a fixed number, a percentage, or acceptance sampling.
    :param size: samples of a fixed plan.
    :param percentage: of the lot, greater than 0.
    :param acceptance: Ac of the first three methods; acceptance sampling has its own.
    :param aql: one of ``sampling_tables.AQLS``.
    """

    method: Method
    size: int = 1
    percentage: float = 10
    acceptance: int = 0
    level: Level = "II"
    aql: str = "1.0"
    standard: Standard = "iso_2859_1"


@dataclass(frozen=True)
class Draw:
    """What to draw from one lot.

    :param acceptance: Ac; :param rejection: Re, more than Ac + 1 in Z1.4 reduced only.
    :param letter: sample size code letter, empty outside of acceptance sampling.
    :param full: every item is inspected.
    :param tighter_acceptance: Ac had the AQL been one step tighter, for the switching
        score; None where that is another sample size or there is no such step.
    """

    sample_size: int
    acceptance: int
    rejection: int
    letter: str = ""
    full: bool = False
    tighter_acceptance: int | None = None


def draw(
    scheme: Scheme,
    quantity: float,
    *,
    severity: Severity = "normal",
    countable: bool = True,
) -> Draw:
    """Return what to draw from a lot.

    :param quantity: of the lot, in the product's unit; a part of an item is an item.
    :param countable: the product is kept in pieces. Bulk goods cannot be inspected item
        by item: every item is one sample of the whole, a fixed number stays, and a
        percentage or an AQL counts the units of measure.
    """
    items = max(1, math.ceil(round(quantity, 9)))
    if scheme.method == "aql":
        return _draw_by_attributes(scheme, items, severity)
    if scheme.method == "all":
        size = items if countable else 1
    elif scheme.method == "percentage":
        size = min(items, max(1, math.ceil(round(items * scheme.percentage / 100, 9))))
    else:
        size = max(1, min(scheme.size, items)) if countable else max(1, scheme.size)
    return Draw(
        size, scheme.acceptance, scheme.acceptance + 1, full=countable and size == items
    )


def _draw_by_attributes(scheme: Scheme, items: int, severity: Severity) -> Draw:
    """Single sampling: a sample no smaller than the lot is the whole lot."""
    letter = find_code_letter(items, scheme.level)
    cell = find_cell(letter, scheme.aql, severity, scheme.standard)
    return Draw(
        sample_size=min(cell.sample_size, items),
        acceptance=cell.acceptance,
        rejection=cell.rejection,
        letter=cell.letter,
        full=cell.sample_size >= items,
        tighter_acceptance=_find_tighter_acceptance(scheme, cell.letter),
    )


def _find_tighter_acceptance(scheme: Scheme, letter: str) -> int | None:
    """Return Ac of the same sample under normal inspection, one AQL step tighter."""
    column = AQLS.index(scheme.aql)
    if not column or letter == "S":
        return None
    tighter = find_cell(letter, AQLS[column - 1], "normal", scheme.standard)
    return tighter.acceptance if tighter.letter == letter else None
