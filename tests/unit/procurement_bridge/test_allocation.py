from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

allocation = load_lib("procurement_bridge", "allocation")
Part, Slot, Placement = allocation.Part, allocation.Slot, allocation.Placement

quantities = st.integers(1, 100_000).map(lambda cents: cents / 100)


def test_slots_are_filled_in_their_order():
    placements = allocation.allocate(
        [Part(1, 7, 120), Part(2, 7, 80)], [Slot(10, 7, 70), Slot(11, 7, 130)], digits=2
    )
    assert placements == [
        Placement(1, 10, 70),
        Placement(1, 11, 50),
        Placement(2, 11, 80),
    ]


def test_products_keep_apart():
    placements = allocation.allocate(
        [Part(1, 8, 5)], [Slot(10, 7, 100), Slot(11, 8, 5)], digits=2
    )
    assert placements == [Placement(1, 11, 5)]


def test_too_much_says_how_much():
    with pytest.raises(allocation.NotExpectedError) as caught:
        allocation.allocate(
            [Part(1, 7, 60), Part(2, 7, 41)], [Slot(10, 7, 100)], digits=2
        )
    assert (caught.value.product_id, caught.value.advised, caught.value.expected) == (
        7,
        101,
        100,
    )


def test_overcounted_slot_offers_nothing_and_takes_nothing_from_others():
    parts, slots = [Part(1, 7, 30)], [Slot(10, 7, -20), Slot(11, 7, 30)]
    assert allocation.allocate(parts, slots, digits=2) == [Placement(1, 11, 30)]


@pytest.mark.parametrize(("excess", "fits"), [(0.004, True), (0.006, False)])
def test_less_than_half_of_the_last_digit_is_nothing(excess, fits):
    parts, slots = [Part(1, 7, 10 + excess)], [Slot(10, 7, 10)]
    if fits:
        assert allocation.allocate(parts, slots, digits=2) == [Placement(1, 10, 10)]
    else:
        with pytest.raises(allocation.NotExpectedError):
            allocation.allocate(parts, slots, digits=2)


def test_binary_noise_is_no_surplus():
    parts = [Part(number, 7, 0.1) for number in range(3)]
    placements = allocation.allocate(parts, [Slot(10, 7, 0.3)], digits=2)
    assert [p.quantity for p in placements] == [0.1, 0.1, 0.1]


@given(st.lists(st.tuples(st.integers(1, 3), quantities), max_size=8), st.data())
def test_everything_advised_is_placed_and_no_slot_overflows(advised, data):
    parts = [Part(n, product, q) for n, (product, q) in enumerate(advised)]
    needed = defaultdict(float)
    for part in parts:
        needed[part.product_id] += part.quantity
    slots = []
    for product, total in needed.items():
        first = round(total * data.draw(st.floats(0, 1)), 2)
        slots += [
            Slot(product * 10, product, first),
            Slot(product * 10 + 1, product, round(total - first, 2)),
        ]
    placements = allocation.allocate(parts, slots, digits=2)
    for part in parts:
        placed = sum(p.quantity for p in placements if p.line_id == part.line_id)
        assert placed == pytest.approx(part.quantity, abs=0.02)
    for slot in slots:
        taken = sum(p.quantity for p in placements if p.move_id == slot.move_id)
        assert taken <= slot.quantity + 0.01
