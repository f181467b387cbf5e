import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

allocation = load_lib("traceability", "allocation")
Input, Output, allocate, draw = (
    allocation.Input,
    allocation.Output,
    allocation.allocate,
    allocation.draw,
)
QUANTITY = st.floats(0.001, 1e6)
INPUTS = st.dictionaries(st.integers(1, 9), QUANTITY, max_size=5).map(
    lambda found: [Input(1, vertex, vertex % 3, q) for vertex, q in found.items()]
)
OUTPUTS = st.dictionaries(st.integers(11, 19), QUANTITY, max_size=5).map(
    lambda found: [Output(vertex, weight) for vertex, weight in found.items()]
)
KNOWN = st.dictionaries(
    st.tuples(st.integers(1, 9), st.integers(11, 19)), QUANTITY, max_size=6
)


@given(INPUTS, OUTPUTS, KNOWN)
def test_shares_of_an_input_add_up_to_what_was_consumed(inputs, outputs, known):
    shares = allocate(inputs, outputs, known)
    if not outputs:
        assert shares == []
        return
    for part in inputs:
        own = [share.quantity for share in shares if share.source == part]
        assert sum(own) == pytest.approx(part.quantity)
        assert min(own) >= 0


def test_one_output_is_exact_and_two_are_allocated():
    assert allocate([Input(1, 1, 1, 5)], [Output(9, 2)])[0].confidence == "exact"
    shares = allocate([Input(1, 1, 1, 6)], [Output(8, 1), Output(9, 2)])
    assert [share.confidence for share in shares] == ["allocated", "allocated"]
    assert [share.quantity for share in shares] == [2, 4]


def test_what_is_reported_is_exact_and_the_rest_goes_where_it_lacks():
    inputs = [Input(1, lot, 1, 1) for lot in (1, 2, 3)]
    outputs = [Output(lot, 1) for lot in (11, 12, 13)]
    shares = allocate(inputs, outputs, {(1, 11): 1, (2, 12): 1})
    assert [
        (share.source.vertex, share.output, share.confidence) for share in shares
    ] == [(1, 11, "exact"), (2, 12, "exact"), (3, 13, "allocated")]


def test_nothing_made_means_no_share():
    assert allocate([Input(1, 1, 1, 5)], [Output(9, 0)]) == []


@given(st.lists(QUANTITY, max_size=6), QUANTITY)
def test_a_draw_takes_of_every_batch_and_never_more_than_is_left(left, quantity):
    batches = list(enumerate(left))
    draws, missing = draw(batches, quantity)
    assert sum(part for _batch, part in draws) + missing == pytest.approx(quantity)
    assert len(draws) == len(left)
    for (_batch, part), (_same, had) in zip(draws, batches, strict=True):
        assert 0 < part <= had * (1 + 1e-9)
