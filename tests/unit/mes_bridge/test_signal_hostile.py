"""Signals of broken machines: every sample is accounted for, and what is told is true."""

import json
import math
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from tests.unit.libs import ADDONS, load_agent

rules = load_agent("signals.rules")
filters = load_agent("signals.filter")
intakes = load_agent("signal_intake")
Rule, Channel, SignalFilter = rules.Rule, filters.Channel, filters.SignalFilter
AT = 1_772_430_000.0
SCHEMA = ADDONS / "mes_bridge/contracts/production.signal.recorded/1.0.json"
CONTRACT = Draft202012Validator(json.loads(SCHEMA.read_text()))
NUMBERS = st.floats() | st.integers(-(10**9), 10**9)
MOMENTS = st.floats(AT, AT + 9000) | st.floats() | st.sampled_from([0.0, -1e18, 1e18])
RULES = st.builds(
    Rule,
    st.just("Press 4"),
    st.just("x"),
    st.just("measure"),
    deadband=st.sampled_from([0, 5]),
    debounce_seconds=st.sampled_from([0, 30]),
    high=st.sampled_from([None, 100]),
) | st.builds(
    Rule,
    st.just("Press 4"),
    st.just("x"),
    st.sampled_from(["measure", "counter"]),
    shift_starts=st.just(("06:00", "14:00", "22:00")),
    time_zone=st.sampled_from(["UTC", "Pacific/Kiritimati", "America/Los_Angeles"]),
    rollover=st.sampled_from([0, 1000]),
)


def count(samples, **values):
    """Return the count that a counter's samples amount to, in one window."""
    channel = Channel(Rule("Press 4", "x", "counter", window_seconds=3600, **values))
    told = [e for n, value in enumerate(samples) for e in channel.take(AT + n, value)]
    told += channel.flush()
    return (told[0].values["delta"], told[0].values["resets"]) if told else (0, 0)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ((98, 99, 0, 1), (3, 0)),
        ((98, 99, 100, 0), (2, 0)),
        ((99, 0), (1, 0)),
        ((60, 9), (49, 0)),
        ((60, 10), (10, 1)),
        ((40, 0), (0, 1)),
        ((7, 0, 0, 3), (3, 1)),
        ((150, 3), (3, 1)),
        ((5, -20), (0, 1)),
        ((5,), (0, 0)),
    ],
)
def test_counter_at_its_limit_and_reset(samples, expected):
    assert count(samples, rollover=100) == expected


def test_counter_that_never_rolls_over_is_reset():
    assert count((99, 0, 4)) == (4, 1)


def test_duplicates_out_of_order_count_once():
    samples = [(0, 10), (2, 12), (1, 11), (2, 12), (0, 10), (3, 13), (3, 13)]
    channel = Channel(Rule("Press 4", "x", "counter", window_seconds=60))
    for at, value in samples:
        channel.take(AT + at, value)
    (told,) = channel.flush()
    assert told.values["delta"] == 3
    assert channel.account.dropped == Counter(aggregated=3, late=4)


def test_first_value_is_told_whatever_the_deadband():
    channel = Channel(Rule("Press 4", "x", deadband=1e9))
    (told,) = channel.take(AT, 0.0)
    assert told.values == {"before": None, "after": 0.0}
    assert channel.take(AT + 1, 999.0) == []


def test_window_without_a_signal_is_not_told():
    channel = Channel(Rule("Press 4", "x", window_seconds=60))
    assert channel.tick(AT) == channel.flush() == []
    channel.take(AT, 1.0, AT)
    assert len(channel.tick(AT + 600)) == 1
    assert channel.tick(AT + 6000) == channel.flush() == []


@pytest.mark.parametrize("day", [datetime(2026, 3, 28), datetime(2026, 10, 24)])
def test_shifts_of_a_night_in_which_clocks_change_hold_every_sample(day):
    zone = ZoneInfo("Europe/Berlin")
    shifts = ("02:30", "06:00", "22:00")
    rule = Rule("Press 4", "x", shift_starts=shifts, time_zone=zone.key)
    begin = day.replace(hour=20, tzinfo=zone).timestamp()
    end = (day + timedelta(days=1, hours=12)).replace(tzinfo=zone).timestamp()
    channel, told = Channel(rule), []
    samples = range(int(begin), int(end), 300)
    for at in samples:
        told += channel.take(float(at), 1.0)
    told += channel.flush()
    assert sum(e.values["count"] for e in told) == len(samples)
    assert all(a.end == b.begin for a, b in zip(told, told[1:], strict=False))
    starts = [datetime.fromtimestamp(e.begin, zone).strftime("%H:%M") for e in told]
    spring = "03:30" if day.month == 3 else "02:30"
    assert starts == ["06:00", "22:00", spring, "06:00"]


@given(RULES, st.lists(st.tuples(MOMENTS, NUMBERS), max_size=60))
def test_whatever_comes_is_accounted_for_and_said_in_json(rule, samples):
    signals = SignalFilter([rule])
    told = []
    for at, value in samples:
        told += signals.take("Press 4", "x", at, value, AT)
        signals.take("Press 5", "x", at, value, AT)
    told += signals.flush()
    (account,) = signals.get_accounts().values()
    assert account.taken == len(samples) == signals.unknown.taken
    assert account.taken == account.kept + sum(account.dropped.values())
    assert signals.unknown.taken == sum(signals.unknown.dropped.values())
    for emission in told:
        event = intakes.prepare_event(emission)
        json.dumps(event, allow_nan=False)
        CONTRACT.validate(event["data"])
        delta = emission.values.get("delta", 0)
        assert delta >= 0
        assert math.isfinite(delta)
    json.dumps([*signals.dump_changed().values()], allow_nan=False)


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "aggregate", "minimum": 1},
        {"kind": "aggregate", "mean": 1e308},
        {"kind": "count", "cumulative": 5},
        {"kind": "count", "delta": -1},
        {"kind": "change", "after": "warm"},
        {"kind": "threshold", "after": "warm", "value": 1},
        {"kind": "threshold", "after": "high"},
        {"kind": "aggregate", "mean": 1, "count": 2**31},
    ],
)
def test_what_odoo_could_not_record_breaks_the_contract(told):
    moment = "2026-03-29T02:30:00Z"
    common = {"work_centre": "P", "signal": "x", "begin": moment, "end": moment}
    with pytest.raises(ValidationError):
        CONTRACT.validate(common | told)


class _Clock:
    def now(self):
        return AT

    def monotonic(self):
        return AT


@pytest.mark.parametrize(
    "sample",
    [
        {"value": "warm"},
        {"value": 10**400},
        {"value": None},
        {"value": [1]},
        {},
        {"value": 1, "at": "yesterday"},
        {"value": 1, "at": "2026-03-29T02:30:00"},
        {"value": 1, "at": 5},
        "sample",
        None,
        [],
    ],
)
def test_what_is_no_sample_is_refused_by_name(sample):
    named = {"work_centre": "Press 4", "signal": "x"}
    if isinstance(sample, dict):
        sample = named | sample
    signals = intakes.SignalIntake.__new__(intakes.SignalIntake)
    signals._intake = type("Intake", (), {"clock": _Clock()})
    with pytest.raises(Exception, match="Sample 0 needs"):
        signals.take([sample])
