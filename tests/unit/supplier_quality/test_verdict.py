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
    assert result.findings == ("Viscosity 1480 mPa·s (min 800, max 1200)",)


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
