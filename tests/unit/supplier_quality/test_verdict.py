import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

verdict = load_lib("supplier_quality", "verdict")
Limits, Observation = verdict.Limits, verdict.Observation
VISCOSITY = verdict.Requirement("VISC", 1)
CLARITY = verdict.Requirement("CLARITY", 1)
RANGE = Limits("range", 800, 1200)

measured = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "limits", "conform"),
    [
        (799.999, RANGE, False),
        (800, RANGE, True),
        (1200, RANGE, True),
        (1200.001, RANGE, False),
        (0, RANGE, False),
        (-3, Limits("maximum", 0, 0.5), True),
        (0.5, Limits("maximum", 0, 0.5), True),
        (0.6, Limits("maximum", 0, 0.5), False),
        (0.6, Limits("minimum", 0.7, 0), False),
        (9e9, Limits("minimum", 0.7, 0), True),
        # Nothing is rounded in favour of the goods.
        (7.54, Limits("maximum", 0, 7.5), False),
        (0, Limits("range", 0, 0), True),
    ],
)
def test_limits_themselves_are_good(value, limits, conform):
    assert verdict.conforms(value, limits) is conform


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_no_result(value):
    with pytest.raises(ValueError, match="not a measured value"):
        verdict.conforms(value, RANGE)


@given(value=measured, bounds=st.tuples(measured, measured))
def test_range_is_minimum_and_maximum_together(value, bounds):
    low, high = sorted(bounds)
    both = verdict.conforms(value, Limits("range", low, high))
    each = (
        verdict.conforms(value, Limits(kind, low, high))
        for kind in ("minimum", "maximum")
    )
    assert both is all(each)


def test_all_good_passes():
    result = verdict.judge(
        [VISCOSITY, CLARITY],
        [Observation("VISC", 1, True), Observation("CLARITY", 1, True)],
    )
    assert (result.outcome, result.failures, result.missing) == ("passed", (), ())


def test_missing_result_is_open_and_named():
    result = verdict.judge([VISCOSITY, CLARITY], [Observation("VISC", 1, True)])
    assert (result.outcome, result.missing) == ("open", (("CLARITY", 1),))


def test_one_bad_result_fails_even_when_others_are_missing():
    bad = Observation("VISC", 1, False)
    result = verdict.judge([VISCOSITY, CLARITY], [bad])
    assert (result.outcome, result.failures) == ("failed", (bad,))
    assert not result.complete


def test_plan_without_characteristics_never_passes():
    assert verdict.judge([], []).outcome == "open"


def test_what_nobody_asked_for_does_not_count():
    result = verdict.judge([CLARITY], [Observation("OTHER", 1, False)])
    assert result.outcome == "open"


def test_one_sample_twice_is_not_two_samples():
    two = verdict.Requirement("VISC", 2)
    once = Observation("VISC", 1, True)
    assert verdict.judge([two], [once, once]).missing == (("VISC", 1),)


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("ABC"), st.integers(1, 3)), st.booleans()
    ),
    st.randoms(use_true_random=False),
)
def test_verdict_does_not_depend_on_the_order_of_results(results, random):
    requirements = [verdict.Requirement(code, 3) for code in "ABC"]
    observations = [
        Observation(code, sample, conform)
        for (code, sample), conform in results.items()
    ]
    shuffled = list(observations)
    random.shuffle(shuffled)
    first = verdict.judge(requirements, observations)
    assert verdict.judge(requirements, shuffled) == first
    assert (first.outcome == "failed") == (not all(results.values()))
    complete = set(results) == set(itertools.product("ABC", (1, 2, 3)))
    assert first.complete is complete
    assert (first.outcome == "passed") == (complete and all(results.values()))
