"""Functions of translations: look-ups, units, time zones; in lists as well."""

import pytest

from tests.unit.libs import load_lib

expression = load_lib("integration_core", "expression")
translation = load_lib("integration_core", "translation")

CODES = {("unit", "ST"): "Units", ("unit", "KG"): "kg"}
FACTORS = {"GRM": 0.001, "CS": 12}


def run(text, payload, timezone="Europe/Berlin"):
    return translation.translate(
        expression.compile_expression(text, translation.TranslationFunctions),
        payload,
        look_up=lambda domain, code: CODES[domain, code],
        factor=FACTORS.__getitem__,
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to_utc('31.12.2025 14:00', '%d.%m.%Y %H:%M')", "2025-12-31T13:00:00.000Z"),
        ("to_utc('20260101', '%Y%m%d', 'Asia/Tokyo')", "2025-12-31T15:00:00.000Z"),
        ("to_utc('2026-01-01T00:00', '', 'UTC')", "2026-01-01T00:00:00.000Z"),
        ("to_utc(`1767225600`)", "2026-01-01T00:00:00.000Z"),
        ("to_utc(`1767225600500`)", "2026-01-01T00:00:00.500Z"),
    ],
)
def test_moments_come_in_the_partners_own_form(text, expected):
    assert run(text, {}) == expected


@pytest.mark.parametrize(
    "text",
    [
        "to_utc('0001-01-01T00:00:00', '', 'Asia/Tokyo')",
        "to_utc('2026-01-01', '', 'Nowhere/Town')",
        "to_utc('2026-01-01', '', '../etc/passwd')",
        "to_utc('31.12.2025', '%d.%m.%Y %H:%M')",
        "to_utc('2026-01-01', '', 'UTC', 'more')",
        "to_utc('1 1', '%d %d')",
        "to_utc(`1e30`)",
    ],
)
def test_moments_out_of_reach_are_refused(text):
    with pytest.raises(expression.ExpressionError):
        run(text, {})


def test_quantities_follow_the_unit_of_each_line():
    payload = [{"q": 1500, "u": "GRM"}, {"q": 2, "u": "CS"}, {"q": 0.1, "u": "GRM"}]
    assert run("[].convert(q, u)", payload) == [1.5, 24, 0.0001]


@pytest.mark.parametrize("payload", ["soon", None])
def test_what_is_no_moment_is_refused(payload):
    with pytest.raises(expression.ExpressionError):
        run("to_utc(@)", payload)


@pytest.mark.parametrize("text", ["scale('x', `2`)", "map_code('unit', `2`)"])
def test_wrong_types_are_refused(text):
    with pytest.raises(expression.ExpressionError):
        run(text, {})


def test_constants_stand_as_they_are():
    assert run("{kind: 'steel', count: `2`}", {}) == {"kind": "steel", "count": 2}
