import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

reconciliation = load_lib("integration_core", "reconciliation")
Figure = reconciliation.Figure


def test_one_list_per_column_and_short_keys_are_filled_up():
    columns = reconciliation.as_columns(
        [Figure((5, 0, 9), 1.5), Figure((6,), 2, "scrap")]
    )
    assert columns == ([5, 6], [0, 0], [9, 0], [0, 0], ["quantity", "scrap"], [1.5, 2])


def test_binary_noise_is_rounded_away():
    *_keys, quantities = reconciliation.as_columns([Figure((1,), 0.1 + 0.2)])
    assert quantities == [0.3]


def test_key_of_five_parts_is_refused():
    with pytest.raises(ValueError, match="at most 4"):
        reconciliation.as_columns([Figure((1, 2, 3, 4, 5), 1)])


@given(st.integers(0, 50), st.integers(1, 7))
def test_chunks_lose_nothing_and_keep_their_size(count, size):
    figures = [Figure((number,), number) for number in range(count)]
    chunks = list(reconciliation.chunked(iter(figures), size))
    assert [figure for chunk in chunks for figure in chunk] == figures
    assert all(0 < len(chunk) <= size for chunk in chunks)
