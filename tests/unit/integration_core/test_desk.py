from datetime import datetime, timedelta

import pytest

from tests.unit.libs import load_lib

cause = load_lib("integration_core", "cause")
correction = load_lib("integration_core", "correction")
impact = load_lib("integration_core", "impact")
payload = load_lib("integration_core", "payload")
summary = load_lib("integration_core", "queue_summary")
NOW = datetime(2026, 3, 2, 8)


@pytest.mark.parametrize(
    ("hours", "criticality", "priority"),
    [
        (3, "normal", "3"),
        (20, "normal", "2"),
        (100, "normal", "1"),
        (400, "normal", "0"),
        (20, "line_stop", "3"),
        (400, "high", "1"),
        (-5, "low", "3"),
    ],
)
def test_earliest_start_and_criticality_decide(hours, criticality, priority):
    one = impact.Endangered(NOW + timedelta(hours=hours), 5)
    assert impact.judge([one], criticality, now=NOW).priority == priority


def test_three_customers_raise_by_a_step_and_nothing_is_low():
    hit = [impact.Endangered(NOW + timedelta(hours=20), 2, name) for name in "abca"]
    found = impact.judge(hit, "normal", now=NOW)
    assert (found.priority, found.customers, found.quantity) == (
        "3",
        ("a", "b", "c"),
        8,
    )
    assert impact.judge([], "normal", now=NOW).priority == "0"


def test_a_correction_touches_the_same_fault_and_nothing_else():
    before = {"unit": "EA", "lines": [{"unit": "EA", "q": 1}, {"unit": "KG", "q": 1}]}
    after = {"unit": "EA", "lines": [{"unit": "KG", "q": 1}, {"unit": "KG", "q": 1}]}
    changes = correction.find_changes(before, after)
    assert [(c.path, c.old, c.new) for c in changes] == [
        (("lines", "*", "unit"), "EA", "KG")
    ]
    other = {"unit": "EA", "lines": [{"unit": "EA", "q": 7}]}
    fixed = correction.apply_changes(other, changes)
    assert fixed == {"unit": "EA", "lines": [{"unit": "KG", "q": 7}]}
    assert other["lines"][0]["unit"] == "EA"


def test_true_is_not_one():
    changes = correction.find_changes({"a": 1}, {"a": 2})
    assert correction.apply_changes({"a": True}, changes) == {"a": True}


@pytest.mark.parametrize(
    ("before", "after"),
    [({"a": 1}, {}), ({"a": [1]}, {"a": [1, 2]}), ({"a": 1}, {"a": {}})],
)
def test_other_shapes_are_not_generalised(before, after):
    with pytest.raises(correction.ShapeError):
        correction.find_changes(before, after)


def test_names_beside_a_code_are_found():
    data = {"lines": [{"item": "X", "description": "Bolt"}, {"item": "Y"}]}
    assert payload.find_names(payload.find_value_context(data, "X")) == ["Bolt"]
    assert payload.find_value_context(data, "Z") is None
    assert payload.find_members(data, "item") == ["X", "Y"]


def test_summary_tells_age_and_trend():
    day = timedelta(days=1)
    cases = [
        summary.Case("unmapped", NOW - day, None, 5, is_overdue=True),
        summary.Case("unmapped", NOW - 9 * day, NOW - 8 * day, 0, is_overdue=False),
        summary.Case("refused", NOW - 2 * day, NOW - day, 0, is_overdue=False),
    ]
    first, second = summary.summarize(cases, now=NOW)
    assert (first.group, first.open_count, first.message_count) == ("unmapped", 1, 5)
    assert (first.oldest_hours, first.overdue_count, first.median_hours) == (24, 1, 24)
    assert (first.opened_this_week, first.opened_week_before) == (1, 1)
    assert second.open_count == 0





@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lot 'A' has 4.5 kg left", "Lot 'B 2' has 12 kg left"),
        ("WH/IN/00012 is done", "WH/IN/00013 is done"),
        ("Not “this” one\nmore", "Not “that” one"),
    ],
)
def test_numbers_and_quoted_names_are_no_cause(one, other):
    assert cause.find_cause(one) == cause.find_cause(other)


def test_other_words_are_another_cause():
    assert cause.find_cause("Lot 'A' is on hold") != cause.find_cause("No lot 'A'")
