from datetime import date

import pytest

from tests.unit.libs import load_lib

convention = load_lib("integration_stock", "lot_convention")
unit_codes = load_lib("integration_stock", "unit_codes")
PATTERN = convention.compile_convention(
    r"(?P<plant>\d{4})/(?P<lot>H-\d+)/(?P<expiry>\d{6})"
)


def read(code, template="{lot}"):
    return convention.read_lot(code, PATTERN, template, "%y%m%d")


def test_groups_become_number_and_dates():
    parts = read("0001/H-7/261114", "{plant}.{lot}{colour}")
    assert (parts.number, parts.expiry) == ("0001.H-7{colour}", date(2026, 11, 14))


@pytest.mark.parametrize(
    "code", ["H-7", "0001/H-7/261399", "0001/H-7/261114 ", "1" * 100]
)
def test_what_does_not_follow_is_no_match(code):
    assert read(code) is None


@pytest.mark.parametrize("pattern", ["(", "(?P<item>.*)", "(?P<lot>.)(?P<x>.)"])
def test_pattern_that_cannot_be_used_says_why(pattern):
    with pytest.raises(convention.ConventionError):
        convention.compile_convention(pattern)


def test_common_unit_codes_are_known():
    assert unit_codes.find_dimension(" kgm ") == "mass"
    assert unit_codes.find_dimension("C62") == "pieces"
    assert unit_codes.find_dimension("PALLET") is None
