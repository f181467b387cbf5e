import itertools

from tests.unit.libs import load_lib

plan_choice = load_lib("supplier_quality", "plan_choice")
GOODS = plan_choice.Goods(
    product_id=7, category_path=[1, 2, 3], partner_id=5, company_id=9
)


def plan(plan_id, *, product=None, category=None, partner=None, company=None):
    return plan_choice.Candidate(plan_id, product, category, partner, company)


# From the least specific to the most specific one.
LADDER = [
    plan(10, category=1),
    plan(11, category=1, company=9),
    plan(12, category=1, partner=5),
    plan(13, category=2),
    plan(14, category=3),
    plan(15, category=3, partner=5),
    plan(16, product=7),
    plan(17, product=7, company=9),
    plan(18, product=7, partner=5),
    plan(19, product=7, partner=5, company=9),
]


def test_the_more_specific_plan_wins_whatever_the_order():
    for weaker, stronger in itertools.combinations(LADDER, 2):
        assert plan_choice.choose([weaker, stronger], GOODS) == stronger.plan_id
        assert plan_choice.choose([stronger, weaker], GOODS) == stronger.plan_id


def test_what_does_not_fit_is_never_chosen():
    foreign = [
        plan(1, product=8),
        plan(2, category=4),
        plan(3, product=7, partner=6),
        plan(4, product=7, company=8),
    ]
    assert plan_choice.choose(foreign, GOODS) is None
    assert plan_choice.choose([*foreign, LADDER[0]], GOODS) == 10


def test_plan_of_a_supplier_does_not_fit_unknown_suppliers():
    unknown = plan_choice.Goods(7, [1], None, 9)
    assert plan_choice.choose([plan(1, product=7, partner=5)], unknown) is None
