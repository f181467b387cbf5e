"""Functions of translations: look-ups, units, time zones; in lists as well."""

import pytest

from tests.unit.libs import load_lib

expression = load_lib("integration_core", "expression")
translation = load_lib("integration_core", "translation")

CODES = {("unit", "ST"): "Units", ("unit", "KG"): "kg"}


def run(text, payload, timezone="Europe/Berlin"):
    return translation.translate(
        expression.compile_expression(text, translation.TranslationFunctions),
        payload,
        look_up=lambda domain, code: CODES[domain, code],
        timezone=timezone,
    )


def test_lists_are_translated_member_by_member():
    payload = {"pos": [{"u": "ST", "q": 3}, {"u": "KG", "q": 0.1}]}
    text = "{lines: pos[].{unit: map_code('unit', u), quantity: scale(q, `3`)}}"
    assert run(text, payload) == {
        "lines": [
            {"unit": "Units", "quantity": 9.0},
            {"unit": "kg", "quantity": 0.3},
        ]
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-01T08:00:00", "2026-07-01T06:00:00.000Z"),
        ("2026-01-01 08:00", "2026-01-01T07:00:00.000Z"),
        ("2026-01-01T08:00:00+00:00", "2026-01-01T08:00:00.000Z"),
        ("2026-01-01T08:00:00.5Z", "2026-01-01T08:00:00.500Z"),
    ],
)
def test_moments_without_a_zone_are_local(text, expected):
    assert run("to_utc(@)", text) == expected


@pytest.mark.parametrize("payload", ["soon", 5, None])
def test_what_is_no_moment_is_refused(payload):
    with pytest.raises(expression.ExpressionError):
        run("to_utc(@)", payload)


@pytest.mark.parametrize("text", ["scale('x', `2`)", "map_code('unit', `2`)"])
def test_wrong_types_are_refused(text):
    with pytest.raises(expression.ExpressionError):
        run(text, {})


def test_constants_stand_as_they_are():
    assert run("{kind: 'steel', count: `2`}", {}) == {"kind": "steel", "count": 2}
