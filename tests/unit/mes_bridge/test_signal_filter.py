"""From signals to transactions."""

import math
import random
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_agent

rules = load_agent("signals.rules")
filters = load_agent("signals.filter")
Rule, Channel, SignalFilter = rules.Rule, filters.Channel, filters.SignalFilter
AT = 1_772_430_000.0


def feed(rule, samples):
    """Return what a channel emitted and its account; samples: (seconds, value)."""
    channel = Channel(rule)
    emissions = [e for at, value in samples for e in channel.take(AT + at, value)]
    return emissions + channel.flush(), channel.account


def make(kind="measure", **values):
    return Rule("Press 4", "x", kind, **values)


def test_deadband_is_measured_from_what_was_last_told():
    emissions, account = feed(
        make(deadband=1.0), [(0, 10), (1, 10.5), (2, 10.9), (3, 11.0), (4, 10.5), (5, 10)]
    )
    assert [e.values["after"] for e in emissions] == [10, 11.0, 10]
    assert account.dropped == Counter(deadband=3)


def test_slow_drift_is_told_in_the_end():
    emissions, _account = feed(make(deadband=1.0), [(n, n * 0.1) for n in range(101)])
    values = [e.values["after"] for e in emissions]
    assert values == pytest.approx(range(11))


def test_change_has_to_last():
    emissions, account = feed(
        make("state", debounce_seconds=5),
        [(0, 1), (10, 0), (11, 1), (20, 0), (22, 0), (26, 0), (30, 1)],
    )
    assert [(e.begin - AT, e.values["after"]) for e in emissions] == [(0, 1), (20, 0)]
    assert account.dropped == Counter(debounce=1, unchanged=3, pending=1)
    assert account.kept == 2


def test_change_that_lasted_is_told_without_another_sample():
    channel = Channel(make("state", debounce_seconds=5))
    channel.take(AT, 1)
    channel.take(AT + 10, 0)
    assert channel.tick(AT + 14.9) == []
    (change,) = channel.tick(AT + 15)
    assert (change.begin, change.values) == (AT + 10, {"before": 1, "after": 0})


def test_window_says_everything_about_its_samples():
    emissions, account = feed(make(window_seconds=60), [(n, n % 7) for n in range(120)])
    assert [(e.begin - AT, e.end - AT) for e in emissions] == [(0, 60), (60, 120)]
    first = emissions[0].values
    assert (first["count"], first["minimum"], first["maximum"]) == (60, 0, 6)
    assert first["mean"] == pytest.approx(sum(n % 7 for n in range(60)) / 60)
    assert account.dropped == Counter(aggregated=120)


def test_counter_rolls_over_and_is_reset():
    samples = [(0, 9990), (10, 9998), (20, 5), (30, 25), (40, 3), (70, 8)]
    emissions, _account = feed(make("counter", window_seconds=60, rollover=10000), samples)
    assert [(e.values["delta"], e.values["resets"]) for e in emissions] == [
        (8 + 7 + 20 + 3, 1),
        (5, 0),
    ]
    assert emissions[-1].values["cumulative"] == 43


def test_counter_that_stands_still_is_silent():
    emissions, _account = feed(
        make("counter", window_seconds=60), [(n * 10, 7) for n in range(60)]
    )
    assert emissions == []


def test_threshold_has_hysteresis_and_a_hold():
    rule = make(deadband=1000, high=100, hysteresis=5, hold_seconds=3)
    samples = [(0, 90), (1, 101), (2, 99), (3, 101), (7, 102), (8, 97), (9, 94), (10, 99)]
    emissions, _account = feed(rule, samples)
    thresholds = [e for e in emissions if e.kind == "threshold"]
    assert [(e.begin - AT, e.values["before"], e.values["after"]) for e in thresholds] == [
        (3, "normal", "high"),
        (9, "high", "normal"),
    ]


def test_threshold_that_is_never_told_again_is_raised_by_time():
    channel = Channel(make(deadband=1000, low=10, hold_seconds=30))
    channel.take(AT, 50)
    channel.take(AT + 10, 5)
    assert channel.tick(AT + 39) == []
    (raised,) = channel.tick(AT + 40)
    assert (raised.begin, raised.values["after"]) == (AT + 10, "low")


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-02", 8), ("2026-03-29", 7), ("2026-10-25", 9)]
)
def test_shift_is_shorter_or_longer_when_the_clocks_change(day, hours):
    zone = ZoneInfo("Europe/Berlin")
    rule = make(shift_starts=("06:00", "14:00", "22:00"), time_zone="Europe/Berlin")
    night = datetime.fromisoformat(f"{day}T01:00").replace(tzinfo=zone).timestamp()
    begin, end = rule.get_window(night)
    assert datetime.fromtimestamp(begin, zone).hour == 22
    assert (end - begin) / 3600 == hours


def test_late_and_invalid_samples_are_accounted_for():
    samples = [(0, 1), (0, 1), (-5, 9), (1, math.nan), (2, math.inf), (3, 2)]
    _emissions, account = feed(make(), samples)
    assert account.dropped == Counter(late=2, invalid=2)


def test_signal_without_a_rule_is_counted():
    signals = SignalFilter([make()])
    assert signals.take("Press 9", "y", AT, 1) == []
    assert signals.unknown.dropped == Counter(no_rule=1)


def test_changed_rule_ends_its_window_and_others_go_on():
    other = Rule("Press 5", "x", window_seconds=60)
    signals = SignalFilter([make(window_seconds=60), other])
    for work_centre in ("Press 4", "Press 5"):
        signals.take(work_centre, "x", AT, 1)
    (last,) = signals.set_rules([make(window_seconds=30), other])
    assert (last.work_centre, last.values["count"]) == ("Press 4", 1)
    assert signals.get_accounts()["Press 5", "x"].taken == 1


RULES = st.builds(
    make,
    kind=st.sampled_from(["measure", "state"]),
    deadband=st.sampled_from([0, 1, 5]),
    debounce_seconds=st.sampled_from([0, 3, 20]),
    high=st.sampled_from([None, 40]),
    hold_seconds=st.sampled_from([0, 10]),
) | st.builds(
    make,
    kind=st.sampled_from(["measure", "counter"]),
    window_seconds=st.sampled_from([7, 60]),
    rollover=st.sampled_from([0, 100]),
    low=st.sampled_from([None, 10]),
    grace_seconds=st.sampled_from([0, 15]),
)
SAMPLES = st.lists(
    st.tuples(st.floats(-5, 30), st.integers(0, 100) | st.just(math.nan)), max_size=80
)


@given(RULES, SAMPLES)
def test_every_sample_has_exactly_one_fate(rule, moves):
    at, samples = 0.0, []
    for pause, value in moves:
        at += pause
        samples.append((at, value))
    emissions, account = feed(rule, samples)
    windows = [e for e in emissions if e.kind in ("aggregate", "count")]
    assert all(a.end <= b.begin for a, b in zip(windows, windows[1:], strict=False))
    assert account.taken == len(samples)
    assert account.taken == account.kept + sum(account.dropped.values())
    assert min(account.dropped.values(), default=0) >= 0


@given(SAMPLES, st.integers(1, 40))
def test_counts_add_up_however_they_are_cut(moves, rollover_at):
    """The sum over windows is what the counter grew by."""
    value, at, samples, grown = 0.0, 0.0, [], 0.0
    for index, (pause, drawn) in enumerate(moves):
        step = 0 if math.isnan(drawn) else drawn % 40
        at += abs(pause) + 0.01
        value += step
        grown += step if index else 0
        samples.append((at, value % 100))
    emissions, _account = feed(
        make("counter", window_seconds=rollover_at, rollover=100), samples
    )
    assert sum(e.values["delta"] for e in emissions) == pytest.approx(grown)


def test_line_of_200_signals_a_second_ends_as_a_handful_a_minute():
    chance = random.Random(5)
    signals = SignalFilter(
        [
            Rule("Press 4", "temperature", deadband=2, debounce_seconds=5, high=200),
            Rule("Press 4", "pressure", window_seconds=60),
            Rule("Press 4", "cycles", "counter", window_seconds=60, rollover=65536),
            Rule("Press 4", "running", "state", debounce_seconds=10),
        ]
    )
    emitted = Counter()
    minutes, per_second = 10, 200
    for number in range(minutes * 60 * per_second):
        at = AT + number / per_second
        name = ("temperature", "pressure", "cycles", "running")[number % 4]
        value = {
            "temperature": 180 + chance.gauss(0, 0.5),
            "pressure": 90 + chance.gauss(0, 2),
            "cycles": (number // 400) % 65536,
            "running": 0 if (number // per_second) % 120 > 90 else 1,
        }[name]
        emitted.update(e.kind for e in signals.take("Press 4", name, at, value))
    total = sum(emitted.values())
    assert 2 <= total / minutes <= 6, emitted
    accounts = signals.get_accounts().values()
    assert sum(a.taken for a in accounts) == minutes * 60 * per_second
    assert emitted["change"] >= 6, "Stops of 29 s are told"


@pytest.mark.parametrize(
    "values",
    [
        {"work_centre": ""},
        {"kind": "sound"},
        {"deadband": -1},
        {"deadband": math.nan},
        {"window_seconds": 60, "shift_starts": ["06:00"]},
        {"kind": "state", "window_seconds": 60},
        {"kind": "counter"},
        {"high": 1, "low": 2},
        {"high": "much"},
        {"low": math.inf},
        {"shift_starts": ["25:00"]},
        {"time_zone": "Mars/Base"},
        {"colour": "red"},
        {"window_seconds": "sixty"},
    ],
)
def test_rule_that_cannot_be_meant_is_refused(values):
    with pytest.raises(rules.RuleError):
        rules.read_rule({"work_centre": "Press 4", "signal": "x"} | values)
