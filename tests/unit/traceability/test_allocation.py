import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

allocation = load_lib("traceability", "allocation")
Consumed, Produced = allocation.Consumed, allocation.Produced

MAIN, BYPRODUCT = 1, 2


def test_one_output_lot_holds_everything_for_certain():
    shares = allocation.allocate(
        [Consumed(1, 10, 4.0), Consumed(2, 11, 0.5)],
        [Produced(MAIN, 20, 3.0)],
        digits=2,
    )
    assert [(s.input_lot_id, s.output_lot_id, s.quantity) for s in shares] == [
        (10, 20, 4.0),
        (11, 20, 0.5),
    ]
    assert {s.confidence for s in shares} == {"exact"}


def test_lines_of_one_lot_are_one_output():
    shares = allocation.allocate(
        [Consumed(1, 10, 4.0)],
        [Produced(MAIN, 20, 1.0), Produced(MAIN, 20, 2.0)],
        digits=2,
    )
    assert [(s.quantity, s.confidence) for s in shares] == [(4.0, "exact")]


def test_several_output_lots_share_by_quantity_and_say_so():
    shares = allocation.allocate(
        [Consumed(1, 10, 8.0)],
        [Produced(MAIN, 20, 3.0), Produced(MAIN, 21, 1.0)],
        digits=2,
    )
    assert [(s.output_lot_id, s.quantity, s.confidence) for s in shares] == [
        (20, 6.0, "allocated"),
        (21, 2.0, "allocated"),
    ]


def test_what_the_shop_floor_knows_is_exact_and_excludes_the_others():
    shares = allocation.allocate(
        [Consumed(1, 10, 1.0), Consumed(2, 11, 1.0)],
        [Produced(MAIN, 20, 1.0), Produced(MAIN, 21, 1.0)],
        digits=2,
        known={(1, 20): 1.0, (2, 21): 1.0},
    )
    assert [(s.input_lot_id, s.output_lot_id, s.confidence) for s in shares] == [
        (10, 20, "exact"),
        (11, 21, "exact"),
    ]


def test_a_byproduct_has_seen_the_whole_input():
    shares = allocation.allocate(
        [Consumed(1, 10, 8.0)],
        [Produced(MAIN, 20, 3.0), Produced(BYPRODUCT, 30, 500.0)],
        digits=2,
    )
    assert [(s.output_lot_id, s.quantity, s.confidence) for s in shares] == [
        (20, 8.0, "exact"),
        (30, 8.0, "exact"),
    ]


def test_an_untracked_output_still_shows_where_the_input_went():
    [share] = allocation.allocate(
        [Consumed(1, 10, 8.0)], [Produced(MAIN, None, 3.0)], digits=2
    )
    assert (share.output_product_id, share.output_lot_id) == (MAIN, None)


@given(
    quantity=st.integers(1, 10**7),
    weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=30),
    digits=st.integers(0, 4),
)
def test_shares_add_up_to_what_went_in(quantity, weights, digits):
    consumed = quantity / 10**digits
    shares = allocation.allocate(
        [Consumed(1, 10, consumed)],
        [Produced(MAIN, lot, weight) for lot, weight in enumerate(weights)],
        digits=digits,
    )
    assert len(shares) == len(weights)
    assert sum(s.quantity for s in shares) == pytest.approx(consumed)
