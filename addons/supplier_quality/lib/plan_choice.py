"""Which inspection plan applies: the most specific one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """A plan with what it is limited to; None means no limit."""

    plan_id: int
    product_id: int | None
    category_id: int | None
    partner_id: int | None
    company_id: int | None
    picking_type_id: int | None = None


@dataclass(frozen=True)
class Goods:
    """What was received.

    :param category_path: ids from the root category down to the product's own.
    """

    product_id: int
    category_path: Sequence[int]
    partner_id: int | None
    company_id: int
    picking_type_id: int | None = None


def choose(candidates: Iterable[Candidate], goods: Goods) -> int | None:
    """Return the id of the most specific plan that fits, or None.

    A plan for the product goes before one for its category, a nearer category before a
    farther one, then one for this supplier before one for all, then one for this
    operation type before one for all, then the company's own before a shared one.
    """
    fitting = [one for one in candidates if _fits(one, goods)]
    if not fitting:
        return None
    return max(fitting, key=lambda one: _rank(one, goods)).plan_id


def _fits(plan: Candidate, goods: Goods) -> bool:
    if plan.company_id not in (None, goods.company_id):
        return False
    if plan.partner_id is not None and plan.partner_id != goods.partner_id:
        return False
    if plan.picking_type_id not in (None, goods.picking_type_id):
        return False
    if plan.product_id is not None:
        return plan.product_id == goods.product_id
    return plan.category_id in goods.category_path


def _rank(plan: Candidate, goods: Goods) -> tuple[bool, int, bool, bool, bool, int]:
    path = list(goods.category_path)
    depth = path.index(plan.category_id) if plan.category_id in path else -1
    return (
        plan.product_id is not None,
        depth,
        plan.partner_id is not None,
        plan.picking_type_id is not None,
        plan.company_id is not None,
        plan.plan_id,
    )
