import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

capability = load_lib("supplier_quality", "capability")


def test_indices_of_a_known_series():
    # Moving ranges 1, 1, 1, 1: mean 1, sigma within 1 / 1.128.
    chart = capability.describe([10, 11, 10, 11, 10], lower=7, upper=14)
    assert chart.mean == pytest.approx(10.4)
    assert chart.sigma_within == pytest.approx(0.88652, abs=1e-5)
    assert chart.cpk == pytest.approx(3.4 / (3 * 0.88652), abs=1e-4)
    assert chart.ppk == pytest.approx(3.4 / (3 * 0.54772), abs=1e-4)
    assert chart.upper_control == pytest.approx(10.4 + 2.66 * 1, abs=1e-3)


def test_one_sided_limits_use_the_one_there_is():
    values = [10, 11, 10, 11, 10]
    upper = capability.describe(values, lower=None, upper=14)
    assert upper.cpk == pytest.approx(3.6 / (3 * 0.88652), abs=1e-4)
    assert capability.describe(values, lower=None, upper=None).cpk is None


@pytest.mark.parametrize("values", [[], [5.0]])
def test_too_few_values_have_no_capability(values):
    chart = capability.describe(values, lower=0, upper=10)
    assert (chart.cpk, chart.ppk, chart.signals) == (None, None, ())


def test_values_without_spread_have_no_index():
    assert capability.describe([5.0] * 4, lower=0, upper=10).cpk is None


def test_a_value_beyond_the_control_limits_is_a_signal():
    values = [10, 11] * 8 + [20]
    assert 16 in capability.describe(values, lower=0, upper=30).signals


def test_nine_on_one_side_are_a_signal():
    values = [1, -1] * 10 + [0.5] * 9
    assert capability.describe(values, lower=None, upper=None).signals == (28,)
    assert capability.describe(values[:-1], lower=None, upper=None).signals == ()


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50), st.floats(0.1, 100))
def test_scale_does_not_change_capability(values, factor):
    plain = capability.describe(values, lower=-2e6, upper=2e6)
    scaled = capability.describe(
        [value * factor for value in values], lower=-2e6 * factor, upper=2e6 * factor
    )
    if plain.cpk is not None and plain.sigma_within > 1e-3:
        assert scaled.cpk == pytest.approx(plain.cpk, rel=1e-6)
