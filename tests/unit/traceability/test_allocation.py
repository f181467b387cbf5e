import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

allocation = load_lib("traceability", "allocation")
paths = load_lib("traceability", "paths")
QUANTITIES = st.dictionaries(st.integers(1, 50), st.floats(0.001, 1e6), max_size=6)


@given(QUANTITIES, QUANTITIES)
def test_shares_of_an_input_add_up_to_what_was_consumed(inputs, outputs):
    shares = allocation.allocate(inputs, outputs)
    if not outputs:
        assert shares == []
        return
    for lot, quantity in inputs.items():
        total = sum(share.quantity for share in shares if share.input_lot == lot)
        assert total == pytest.approx(quantity)


def test_one_output_is_exact_and_two_are_allocated():
    assert allocation.allocate({1: 5}, {9: 2})[0].confidence == "exact"
    shares = allocation.allocate({1: 6}, {8: 1, 9: 2})
    assert [share.confidence for share in shares] == ["allocated", "allocated"]
    assert [share.quantity for share in shares] == [2, 4]


def test_nothing_made_means_no_share():
    assert allocation.allocate({1: 5}, {9: 0}) == []


def test_nearest_path_wins_and_cycles_end():
    edges = [(1, None), (2, 1), (3, 2), (4, 3), (4, 1), (1, 4)]
    assert paths.shortest_paths([1], edges) == [
        (1, 0, [1]),
        (2, 1, [1, 2]),
        (4, 1, [1, 4]),
        (3, 2, [1, 2, 3]),
    ]
