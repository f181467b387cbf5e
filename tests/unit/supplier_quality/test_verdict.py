import pytest

from tests.unit.libs import load_lib

verdict = load_lib("supplier_quality", "verdict")
VISCOSITY = verdict.Characteristic("VISC", "Viscosity", 800, 1200, "mPa·s")
CLARITY = verdict.Characteristic("CLARITY", "Clarity")
GOOD = verdict.Reading(value=1000)


@pytest.mark.parametrize(
    ("value", "conforming"),
    [
        (799.999, False),
        (800, True),
        (1200, True),
        (1200.001, False),
        (0, False),
    ],
)
def test_limits_themselves_are_good(value, conforming):
    assert verdict.is_conforming(VISCOSITY, verdict.Reading(value=value)) is conforming


def test_all_good_passes():
    readings = {"VISC": [GOOD], "CLARITY": [verdict.Reading(conforming=True)]}
    assert verdict.judge([VISCOSITY, CLARITY], readings).state == "passed"


def test_missing_result_is_incomplete_and_named():
    result = verdict.judge([VISCOSITY, CLARITY], {"VISC": [GOOD]})
    assert (result.state, result.missing) == ("incomplete", ("Clarity",))


def test_one_bad_result_fails_even_when_others_are_missing():
    result = verdict.judge(
        [VISCOSITY, CLARITY], {"VISC": [verdict.Reading(value=1480)]}
    )
    assert result.state == "failed"
    assert result.failures == ((VISCOSITY, verdict.Reading(value=1480)),)


def test_every_sample_counts():
    two = verdict.Characteristic("VISC", "Viscosity", 800, 1200, samples=2)
    assert verdict.judge([two], {"VISC": [GOOD]}).state == "incomplete"
    assert verdict.judge([two], {"VISC": [GOOD, GOOD]}).state == "passed"
    assert (
        verdict.judge([two], {"VISC": [GOOD, verdict.Reading(value=1)]}).state
        == "failed"
    )


def test_plan_without_characteristics_never_passes_by_itself():
    assert verdict.judge([], {}).state == "incomplete"


def test_one_sided_limit():
    only_upper = verdict.Characteristic("ASH", "Ash", upper=0.5, unit="%")
    assert verdict.is_conforming(only_upper, verdict.Reading(value=-3))
    assert not verdict.is_conforming(only_upper, verdict.Reading(value=0.6))


COUNTED = verdict.Characteristic("LOOK", "Look", samples=80)
H_2_5 = verdict.Numbers(5, 6)


@pytest.mark.parametrize(
    ("nonconforming", "numbers", "state"),
    [
        (0, H_2_5, "passed"),
        (5, H_2_5, "passed"),
        (6, H_2_5, "failed"),
        (1, verdict.Numbers(), "failed"),
        (2, verdict.Numbers(1, 4), "passed"),  # the gap of Z1.4 reduced
        (4, verdict.Numbers(1, 4), "failed"),
    ],
)
def test_counted_items_against_acceptance_and_rejection_number(
    nonconforming, numbers, state
):
    reading = verdict.Reading(
        conforming=not nonconforming, items=80, nonconforming=nonconforming
    )
    result = verdict.judge([COUNTED], {"LOOK": [reading]}, numbers)
    assert (result.state, result.nonconforming) == (state, nonconforming)


def test_fewer_items_than_drawn_are_incomplete():
    reading = verdict.Reading(conforming=True, items=79, nonconforming=0)
    assert verdict.judge([COUNTED], {"LOOK": [reading]}, H_2_5).state == "incomplete"


def test_one_item_that_fails_twice_is_one_nonconforming_item():
    height = verdict.Characteristic("H", "Height", upper=1)
    width = verdict.Characteristic("W", "Width", upper=1)
    readings = {
        "H": [verdict.Reading(value=2, sample=1)],
        "W": [verdict.Reading(value=2, sample=1)],
    }
    result = verdict.judge([height, width], readings, verdict.Numbers(1, 2))
    assert (result.state, result.nonconforming) == ("passed", 1)
    readings["W"] = [verdict.Reading(value=2, sample=2)]
    assert verdict.judge([height, width], readings, verdict.Numbers(1, 2)).state == (
        "failed"
    )


def test_a_critical_characteristic_forgives_nothing():
    critical = verdict.Characteristic("SAFE", "Safety", samples=80, critical=True)
    reading = verdict.Reading(conforming=False, items=80, nonconforming=1)
    assert verdict.judge([critical], {"SAFE": [reading]}, H_2_5).state == "failed"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_conforms_to_nothing(value):
    for lower, upper in ((0, None), (None, 10), (None, None)):
        characteristic = verdict.Characteristic("X", "X", lower, upper)
        assert not verdict.is_conforming(characteristic, verdict.Reading(value=value))


def test_an_item_that_fails_twice_is_one_item_and_two_nonconformities():
    length = verdict.Characteristic("L", "Length", 0, 10)
    width = verdict.Characteristic("W", "Width", 0, 10)
    readings = {"L": [verdict.Reading(value=11)], "W": [verdict.Reading(value=11)]}
    for per_hundred, count in ((False, 1), (True, 2)):
        numbers = verdict.Numbers(2, 3, per_hundred=per_hundred)
        judged = verdict.judge([length, width], readings, numbers)
        assert (judged.nonconforming, judged.state) == (count, "passed")
