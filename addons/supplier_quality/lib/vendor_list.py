"""Which line of the approved vendor list speaks for a product and supplier."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

State = Literal["pending", "approved", "conditional", "blocked"]
Standing = Literal[
    "approved", "conditional", "missing", "expired", "pending", "blocked"
]


@dataclass(frozen=True)
class Line:
    """One line of the list of a supplier; None means no limit.

    :param until: the last day it is valid.
    """

    state: State
    product_id: int | None = None
    category_id: int | None = None
    until: date | None = None


def find_standing(
    lines: Iterable[Line],
    *,
    product_id: int,
    category_path: Sequence[int],
    today: date,
) -> Standing:
    """Return how a supplier stands for a product.

    The most specific line speaks; among equals a blocked one.

    :param category_path: ids from the root category down to the product's own.
    """
    fitting = [
        line
        for line in lines
        if line.product_id in (None, product_id)
        and (line.category_id is None or line.category_id in category_path)
    ]
    if not fitting:
        return "missing"
    path = list(category_path)

    def rank(line: Line) -> tuple[bool, int, bool, bool]:
        depth = path.index(line.category_id) if line.category_id in path else -1
        valid = line.until is None or line.until >= today
        return (line.product_id is not None, depth, line.state == "blocked", valid)

    line = max(fitting, key=rank)
    if line.state == "blocked":
        return "blocked"
    if line.until is not None and line.until < today:
        return "expired"
    return line.state
