import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

entry = load_lib("supplier_quality", "entry")
ENGLISH = {"decimal_point": ".", "thousands_separator": ","}
GERMAN = {"decimal_point": ",", "thousands_separator": "."}
FRENCH = {"decimal_point": ",", "thousands_separator": "\u202f"}


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("0", ENGLISH, 0),
        (" 7.5 ", ENGLISH, 7.5),
        (".5", ENGLISH, 0.5),
        ("-3", ENGLISH, -3),
        ("\u22123", ENGLISH, -3),
        ("1,480", ENGLISH, 1480),
        ("1,480", GERMAN, 1.48),
        ("1.480,25", GERMAN, 1480.25),
        ("1 480,5", FRENCH, 1480.5),
        ("1480", FRENCH, 1480),
    ],
)
def test_numbers_are_read_in_the_users_language(text, language, value):
    assert entry.parse_number(text, **language) == value


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("7,5", ENGLISH),
        ("14,80", ENGLISH),
        ("7.5", GERMAN),
        ("", ENGLISH),
        (".", ENGLISH),
        ("-", ENGLISH),
        ("1e3", ENGLISH),
        ("nan", ENGLISH),
        ("inf", ENGLISH),
        ("< 5", ENGLISH),
        ("1 480", ENGLISH),
        ("5 %", ENGLISH),
        ("1..5", ENGLISH),
    ],
)
def test_what_could_mean_two_things_is_refused(text, language):
    with pytest.raises(ValueError, match="not a number"):
        entry.parse_number(text, **language)


def test_what_no_float_holds_is_refused():
    with pytest.raises(ValueError, match="too large"):
        entry.parse_number("9" * 400, **ENGLISH)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (7.5, 2, "7.50"),
        (7.54, 1, "7.54"),
        (1480, 0, "1480"),
        (0, 1, "0.0"),
        (0.1 + 0.2, 1, "0.3"),
        (-0.25, 1, "-0.25"),
    ],
)
def test_a_value_is_shown_as_it_was_judged(value, decimals, text):
    assert entry.format_number(value, decimals) == text


@given(st.integers(-(10**9), 10**9), st.integers(0, 6), st.sampled_from(".,"))
def test_what_is_shown_can_be_typed_again(number, decimals, point):
    value = number / 10**decimals
    text = entry.format_number(value, 0, decimal_point=point)
    again = entry.parse_number(text, decimal_point=point, thousands_separator="")
    assert again == pytest.approx(value)
